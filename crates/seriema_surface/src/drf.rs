//! Django REST framework: routers, viewsets and their actions, permissions.

use seriema_program::Symbol;

use crate::django::path_of;
use crate::handler::{Handler, Target};
use crate::startup::{Call, ClassId, Node, Site, Startup, Value};

/// Actions of a viewset, the mixin that brings each, its method, and whether it is about one object.
const ACTIONS: &[(&str, &str, &str, bool)] = &[
    ("list", "ListModelMixin", "GET", false),
    ("create", "CreateModelMixin", "POST", false),
    ("retrieve", "RetrieveModelMixin", "GET", true),
    ("update", "UpdateModelMixin", "PUT", true),
    ("partial_update", "UpdateModelMixin", "PATCH", true),
    ("destroy", "DestroyModelMixin", "DELETE", true),
];

/// Routers within routers.
const MAX_DEPTH: u32 = 8;

/// A route of a router.
pub(crate) struct ViewRoute {
    pub(crate) pattern: String,
    pub(crate) handler: Handler,
    /// Methods of HTTP, each with the name of the function that answers.
    pub(crate) actions: Vec<(String, String)>,
    pub(crate) site: Site,
}

/// Whether a value is a router.
pub(crate) fn is_router(startup: &Startup<'_>, value: Value) -> bool {
    startup.kinds(value).iter().any(|kind| {
        let kind = kind.as_str();
        (kind.starts_with("rest_framework") || kind.contains("router")) && kind.ends_with("Router")
    })
}

/// The routes of a router.
pub(crate) fn routes(startup: &Startup<'_>, router: Value) -> Vec<ViewRoute> {
    let mut all = Vec::new();
    if is_router(startup, router) {
        registered(startup, router, 0, &mut all);
    }
    all
}

fn registered(startup: &Startup<'_>, router: Value, depth: u32, all: &mut Vec<ViewRoute>) {
    if depth > MAX_DEPTH {
        return;
    }
    let slash = match startup.heap.call(router).and_then(|call| call.arguments.named("trailing_slash")) {
        Some(Value::Bool(false)) => "",
        _ => "/",
    };
    let before = nested(startup, router, depth);
    for (_, call) in startup.heap.calls() {
        let Value::Node(callee) = call.callee else { continue };
        let Node::Attribute { of, name } = *startup.heap.node(callee) else { continue };
        if of != router && !is_registry(startup, of, router) {
            continue;
        }
        match name.as_str() {
            "register" => {
                let prefix = call.arguments.get(Some(0), "prefix").and_then(Value::as_text);
                let prefix = prefix.map_or_else(|| crate::startup::GAP.to_string(), str::to_owned);
                let Some(Value::Class(class)) = call.arguments.get(Some(1), "viewset") else { continue };
                viewset(startup, class, &format!("{before}{prefix}"), slash, call, all);
            }
            // `router.registry.extend(other.registry)`
            "extend" => {
                if let Some(Value::Node(other)) = call.arguments.positional.first()
                    && let Node::Attribute { of: other, .. } = startup.heap.node(*other)
                    && is_router(startup, *other)
                    && *other != router
                {
                    registered(startup, *other, depth + 1, all);
                }
            }
            _ => {}
        }
    }
}

/// Whether a value is `router.registry`.
fn is_registry(startup: &Startup<'_>, value: Value, router: Value) -> bool {
    let Value::Node(id) = value else { return false };
    matches!(startup.heap.node(id), Node::Attribute { of, name } if *of == router && name.as_str() == "registry")
}

/// What stands before the routes of a router within another (`drf-nested-routers`).
fn nested(startup: &Startup<'_>, router: Value, depth: u32) -> String {
    let Some(call) = startup.heap.call(router) else { return String::new() };
    let is_nested = startup.kinds(router).iter().any(|kind| kind.as_str().contains("Nested"));
    if !is_nested || depth > MAX_DEPTH {
        return String::new();
    }
    let parent = call.arguments.get(Some(0), "parent_router").unwrap_or(Value::Unknown);
    let prefix = call.arguments.get(Some(1), "parent_prefix").and_then(Value::as_text).unwrap_or_default();
    let lookup = call.arguments.named("lookup").and_then(Value::as_text).unwrap_or("nested_1");
    let of_parent = startup.heap.calls().find_map(|(_, call)| {
        let Value::Node(callee) = call.callee else { return None };
        let Node::Attribute { of, name } = *startup.heap.node(callee) else { return None };
        let own = call.arguments.get(Some(0), "prefix").and_then(Value::as_text)?;
        match call.arguments.get(Some(1), "viewset") {
            Some(Value::Class(class)) if of == parent && name.as_str() == "register" && own == prefix => Some(class),
            _ => None,
        }
    });
    let (field, values) =
        of_parent.map_or_else(|| ("pk".to_owned(), "[^/.]+".to_owned()), |class| lookup_of(startup, class));
    let before = nested(startup, parent, depth + 1);
    format!("{before}{prefix}/(?P<{lookup}_{field}>{values})/")
}

/// The parameter by which a viewset finds an object, and what it may be.
fn lookup_of(startup: &Startup<'_>, class: ClassId) -> (String, String) {
    let text = |name: &str| startup.class_value(class, name).and_then(Value::as_text).map(str::to_owned);
    let field = text("lookup_url_kwarg").or_else(|| text("lookup_field")).unwrap_or_else(|| "pk".to_owned());
    let values = text("lookup_value_regex").unwrap_or_else(|| "[^/.]+".to_owned());
    (field, values)
}

/// A further action of a viewset.
struct Further {
    /// Whether it is about one object.
    detail: bool,
    path: String,
    actions: Vec<(String, String)>,
    site: Site,
}

fn viewset(startup: &Startup<'_>, class: ClassId, prefix: &str, slash: &str, call: &Call, all: &mut Vec<ViewRoute>) {
    let (ours, theirs) = startup.lineage(class);
    let names: Vec<&str> = theirs.iter().map(|base| base.as_str().rsplit('.').next().unwrap_or_default()).collect();
    let inherits = |mixin: &str, is_safe: bool| {
        names.contains(&mixin)
            || names.contains(&"ModelViewSet")
            || (is_safe && names.contains(&"ReadOnlyModelViewSet"))
    };
    let allowed = startup.class_value(class, "http_method_names").map(|allowed| startup.elements(allowed).0);
    let is_allowed = |method: &str| {
        allowed.as_ref().is_none_or(|allowed| {
            allowed.is_empty()
                || allowed.iter().any(|one| one.as_text().is_some_and(|one| one.eq_ignore_ascii_case(method)))
        })
    };
    let (field, values) = lookup_of(startup, class);
    let mut add = |pattern: String, actions: Vec<(String, String)>, site: Site| {
        if !actions.is_empty() {
            let handler = Handler { target: Target::Class(class), wrappers: Vec::new(), made_with: None };
            all.push(ViewRoute { pattern, handler, actions, site });
        }
    };
    let start = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let head = start.trim_end_matches('/');
    let own = |name: &str| ours.iter().any(|class| startup.own_attribute(*class, Symbol::new(name)).is_some());
    let mapped = |detail: bool| -> Vec<(String, String)> {
        let of = ACTIONS.iter().filter(|(name, mixin, method, one)| {
            *one == detail && (own(name) || inherits(mixin, matches!(*method, "GET"))) && is_allowed(method)
        });
        let mut mapped: Vec<(String, String)> =
            of.map(|(name, _, method, _)| ((*method).to_owned(), (*name).to_owned())).collect();
        mapped.sort();
        mapped
    };
    add(format!("^{head}{slash}$"), mapped(false), call.site);
    // The same order as in the framework: further actions on lists, the object, further actions on objects.
    let mut further: Vec<Further> = Vec::new();
    let mut seen: Vec<Symbol> = Vec::new();
    for class in &ours {
        for (name, value) in startup.own_attributes(*class) {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let Some((action, site)) = action(startup, value) else { continue };
            let detail = matches!(action.arguments.named("detail"), Some(Value::Bool(true)))
                || path_of(startup, action.callee) == "detail_route";
            let listed = action.arguments.get(Some(0), "methods").map(|methods| startup.elements(methods).0);
            let listed: Vec<String> = listed
                .unwrap_or_default()
                .iter()
                .filter_map(|one| one.as_text())
                .map(str::to_ascii_uppercase)
                .collect();
            let methods = if listed.is_empty() { vec!["GET".to_owned()] } else { listed };
            let mut actions: Vec<(String, String)> = methods
                .into_iter()
                .filter(|method| is_allowed(method))
                .map(|method| (method, name.to_string()))
                .collect();
            actions.sort();
            let path = action.arguments.named("url_path").and_then(Value::as_text).unwrap_or(name.as_str());
            further.push(Further { detail, path: path.to_owned(), actions, site });
        }
    }
    for Further { detail, path, actions, site } in further {
        let pattern = if detail {
            format!("^{start}(?P<{field}>{values})/{path}{slash}$")
        } else {
            format!("^{start}{path}{slash}$")
        };
        add(pattern, actions, site);
    }
    add(format!("^{start}(?P<{field}>{values}){slash}$"), mapped(true), call.site);
}

/// The `@action(...)` around a method.
fn action<'s>(startup: &'s Startup<'_>, value: Value) -> Option<(&'s Call, Site)> {
    let mut value = value;
    for _ in 0..8 {
        let call = startup.heap.call(value)?;
        let made = startup.heap.call(call.callee);
        if let Some(made) = made
            && matches!(path_of(startup, made.callee).as_str(), "action" | "detail_route" | "list_route")
        {
            return Some((made, made.site));
        }
        value = call.arguments.positional.first().copied()?;
    }
    None
}

/// What `as_view({"get": "list"})` says.
pub(crate) fn actions_of(startup: &Startup<'_>, made: &Call) -> Option<Vec<(String, String)>> {
    let given = made.arguments.get(Some(0), "actions")?;
    let entries = startup.heap.entries(given)?;
    let mut actions: Vec<(String, String)> = entries
        .iter()
        .filter_map(|(method, name)| Some((method.as_text()?.to_ascii_uppercase(), name.as_text()?.to_owned())))
        .collect();
    actions.sort();
    (!actions.is_empty()).then_some(actions)
}

/// Whether what answers is a view of this framework.
pub(crate) fn is_view(startup: &Startup<'_>, handler: &Handler) -> bool {
    match handler.target {
        Target::Class(class) => startup.lineage(class).1.iter().any(|base| base.as_str().starts_with("rest_framework")),
        Target::Function(_) => handler.wrappers.iter().any(|call| path_of(startup, call.callee) == "api_view"),
        Target::Other(_) => false,
    }
}

/// Whether a view says by itself who may use it.
pub(crate) fn has_permissions(startup: &Startup<'_>, handler: &Handler) -> bool {
    match handler.target {
        Target::Class(class) => {
            // Of a list that is longer than is known (`api_settings.DEFAULT_PERMISSION_CLASSES + [Mine]`), the rest is
            // taken to be the default.
            let is_whole = |value: Value| startup.heap.items(value).is_some_and(|(_, is_open)| !is_open);
            startup.class_value(class, "permission_classes").is_some_and(is_whole)
                || startup.class_value(class, "get_permissions").is_some()
        }
        Target::Function(_) => {
            handler.wrappers.iter().any(|call| path_of(startup, call.callee) == "permission_classes")
        }
        Target::Other(_) => false,
    }
}
