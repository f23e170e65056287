//! What is known of a value that is put into a command or a statement.

use seriema_program::ast::visitor::{self, Visitor};
use seriema_program::ast::{self, CmpOp, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextSize};
use seriema_program::{BindingKind, Origin, ScopeId, ScopeKind, Semantic};

use crate::shared::template::{Hole, assigned};

/// Where a hole's value comes from, made milder by what the function does with it: a number by its default, a constant
/// by convention, one of an allowed set, an argument that only constants are passed for.
pub(crate) fn origin_of(semantic: &Semantic<'_>, hole: &Hole<'_>) -> Origin {
    if hole.numeric {
        return Origin::Inert;
    }
    let origin = semantic.origin_in(hole.scope, hole.expr);
    if origin <= Origin::Program {
        return origin;
    }
    if origin < Origin::Local && (is_named_constant(hole.expr) || is_module_attribute(semantic, hole)) {
        return Origin::Program;
    }
    if let Some(name) = root_name(hole.expr) {
        if origin == Origin::Parameter
            && let Some(passed) = origin_of_parameter(semantic, hole.scope, name)
        {
            return passed;
        }
        if is_checked(semantic, hole.scope, &name.id, hole.expr.start()) {
            return Origin::Program;
        }
    }
    origin
}

/// `NAME`, `self.NAME`, `Color.RED.value`, `model._meta.db_table`, `cls.__name__`: the program's own by convention.
pub(crate) fn is_named_constant(expr: &Expr) -> bool {
    let is_constant = |name: &str| {
        let mut letters = name.chars().filter(|c| c.is_alphabetic());
        let first = letters.next();
        (first.is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_uppercase)
            && letters.all(char::is_uppercase))
            || matches!(
                name,
                "_meta"
                    | "__tablename__"
                    | "__name__"
                    | "__class__"
                    | "__module__"
                    | "__qualname__"
                    | "__table__"
                    | "__version__"
                    | "__file__"
                    | "__path__"
            )
    };
    match expr {
        Expr::Name(name) => is_constant(&name.id),
        Expr::Attribute(attribute) => is_constant(&attribute.attr) || is_named_constant(&attribute.value),
        Expr::Subscript(subscript) => is_named_constant(&subscript.value),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => is_named_constant(&method.value),
            _ => false,
        },
        _ => false,
    }
}

/// `math.pi`, `config.table`: what another module holds.
fn is_module_attribute(semantic: &Semantic<'_>, hole: &Hole<'_>) -> bool {
    let Expr::Attribute(attribute) = hole.expr else { return false };
    let Expr::Name(module) = &*attribute.value else { return false };
    let found = semantic.binding_in(hole.scope, &module.id, module.range.start());
    found.is_some_and(|(binding, _)| matches!(binding.kind, BindingKind::Import(_)))
}

/// The name that a value is taken from, through `str(...)`, methods, items.
pub(crate) fn root_name(expr: &Expr) -> Option<&ast::ExprName> {
    match expr {
        Expr::Name(name) => Some(name),
        Expr::Subscript(subscript) => root_name(&subscript.value),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => root_name(&method.value),
            Expr::Name(function) if function.id == "str" => root_name(call.arguments.args.first()?),
            _ => None,
        },
        _ => None,
    }
}

/// What a parameter can hold: a number when its default is one, else what the file's own callers pass.
fn origin_of_parameter(semantic: &Semantic<'_>, scope: ScopeId, name: &ast::ExprName) -> Option<Origin> {
    let (binding, owner) = semantic.binding_in(scope, &name.id, name.range.start())?;
    // `x = x.strip()`, `y = x`
    if let Some(value) = assigned(binding)
        && let Some(inner) = root_name(value)
    {
        let (inner_binding, _) = semantic.binding_in(binding.scope, &inner.id, inner.range.start())?;
        return if matches!(inner_binding.kind, BindingKind::Parameter(_)) {
            origin_of_parameter(semantic, binding.scope, inner)
        } else {
            None
        };
    }
    let BindingKind::Parameter(parameter) = binding.kind else { return None };
    let ScopeKind::Function(function) = semantic.scopes.scope(owner).kind else { return None };
    let default = function
        .parameters
        .iter_non_variadic_params()
        .find(|candidate| candidate.parameter.name.as_str() == parameter.name.as_str())
        .and_then(|candidate| candidate.default.as_deref());
    if matches!(default, Some(Expr::NumberLiteral(_) | Expr::BooleanLiteral(_))) {
        return Some(Origin::Inert);
    }
    semantic.origin_of_argument(function, &parameter.name)
}

/// Whether the function tests a name against what is allowed before `at`: `name in ALLOWED`, `name.isdigit()`,
/// `re.fullmatch(..., name)`, `isinstance(name, int)`.
pub(crate) fn is_checked(semantic: &Semantic<'_>, scope: ScopeId, name: &str, at: TextSize) -> bool {
    let ScopeKind::Function(function) = semantic.scopes.scope(scope).kind else { return false };
    if !semantic.affords_search(function.range.len().to_usize()) {
        return false;
    }
    let mut finder = Checks { name, at, found: false, depth: 0 };
    finder.visit_body(&function.body);
    finder.found
}

struct Checks<'s> {
    name: &'s str,
    at: TextSize,
    found: bool,
    depth: u32,
}

impl Checks<'_> {
    fn is_name(&self, expr: &Expr) -> bool {
        root_name(expr).is_some_and(|root| root.id == self.name) && !expr.is_subscript_expr()
    }

    fn is_check(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Compare(compare) => {
                let membership = compare.ops.iter().any(|op| matches!(op, CmpOp::In | CmpOp::NotIn));
                membership
                    && self.is_name(&compare.left)
                    && compare.comparators.first().is_some_and(|allowed| !allowed.is_string_literal_expr() && is_collection(allowed))
            }
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) => match method.attr.as_str() {
                    "isdigit" | "isalnum" | "isidentifier" | "isnumeric" | "isdecimal" | "isalpha" => {
                        self.is_name(&method.value)
                    }
                    "match" | "fullmatch" => call.arguments.args.iter().any(|argument| self.is_name(argument)),
                    _ => false,
                },
                Expr::Name(function) => {
                    function.id == "isinstance"
                        && call.arguments.args.first().is_some_and(|argument| self.is_name(argument))
                        && call.arguments.args.get(1).is_some_and(|class| {
                            matches!(class, Expr::Name(name) if matches!(name.id.as_str(), "int" | "float" | "bool"))
                        })
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// A display, a named collection or mapping; not a string in which any piece would be found.
fn is_collection(expr: &Expr) -> bool {
    match expr {
        Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) | Expr::Name(_) | Expr::Attribute(_) => true,
        Expr::Call(call) => {
            let name = match &*call.func {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(method) => method.attr.as_str(),
                _ => "",
            };
            matches!(name, "keys" | "values" | "set" | "list" | "tuple" | "frozenset" | "get_table_names" | "columns")
        }
        _ => false,
    }
}

impl<'a> Visitor<'a> for Checks<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.found || stmt.start() >= self.at || self.depth > 200 {
            return;
        }
        self.depth += 1;
        visitor::walk_stmt(self, stmt);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.found || expr.start() >= self.at || self.depth > 200 {
            return;
        }
        // `for x in y` and comprehensions are no checks; only what is tested is.
        if self.is_check(expr) {
            self.found = true;
            return;
        }
        self.depth += 1;
        visitor::walk_expr(self, expr);
        self.depth -= 1;
    }
}

/// Whether a value went through something that its name says quotes or compiles it. `words` are parts of names.
pub(crate) fn went_through<'a>(
    semantic: &Semantic<'a>,
    scope: ScopeId,
    expr: &'a Expr,
    words: &dyn Fn(&str) -> bool,
    depth: u32,
) -> bool {
    if depth > 8 {
        return false;
    }
    let inner = |expr: &'a Expr| went_through(semantic, scope, expr, words, depth + 1);
    match expr {
        Expr::StringLiteral(_) | Expr::NumberLiteral(_) => true,
        Expr::Call(call) => {
            let (name, receiver) = match &*call.func {
                Expr::Name(name) => (name.id.as_str(), None),
                Expr::Attribute(method) => (method.attr.as_str(), Some(&*method.value)),
                Expr::Call(_) => return inner(&call.func),
                _ => return false,
            };
            if words(name) {
                return true;
            }
            let arguments = &call.arguments.args;
            match (name, receiver) {
                // Quotes doubled or taken out by hand.
                ("replace", Some(_)) if arguments.first().is_some_and(is_quote_literal) => true,
                ("map", None) => arguments.first().and_then(callable_name).is_some_and(words),
                ("join", Some(_)) => arguments.first().is_some_and(inner),
                ("list" | "tuple" | "sorted" | "set" | "str", None) => arguments.first().is_some_and(inner),
                ("format" | "strip" | "upper" | "lower" | "replace" | "get" | "items" | "values", Some(receiver)) => {
                    inner(receiver) && !receiver.is_string_literal_expr()
                }
                _ => {
                    // `qn = connection.ops.quote_name`
                    matches!(&*call.func, Expr::Name(function) if semantic
                        .binding_in(scope, &function.id, function.range.start())
                        .and_then(|(binding, _)| assigned(binding))
                        .and_then(callable_name)
                        .is_some_and(words))
                }
            }
        }
        Expr::Name(name) => {
            if words(&name.id) {
                return true;
            }
            let Some((binding, owner)) = semantic.binding_in(scope, &name.id, name.range.start()) else { return false };
            let from = |binding: &seriema_program::Binding<'a>| match binding.kind {
                BindingKind::Assign(value)
                | BindingKind::Annotated(_, Some(value))
                | BindingKind::Unpacked(value)
                | BindingKind::Augmented(value)
                | BindingKind::Iteration(value)
                | BindingKind::Context(value) => went_through(semantic, binding.scope, value, words, depth + 1),
                _ => false,
            };
            let given = semantic.scopes.mutations(owner, &name.id);
            let all = || semantic.scopes.bindings_of(owner, &name.id).take(6);
            if given.is_empty() {
                from(binding) && all().all(|binding| matches!(binding.kind, BindingKind::Parameter(_)) || from(binding))
            } else {
                given.iter().take(8).all(|(scope, value)| went_through(semantic, *scope, value, words, depth + 1))
            }
        }
        Expr::Attribute(attribute) => words(&attribute.attr),
        Expr::Subscript(subscript) => inner(&subscript.value),
        Expr::If(choice) => inner(&choice.body) && inner(&choice.orelse),
        Expr::BoolOp(op) => op.values.iter().all(inner),
        Expr::BinOp(op) => inner(&op.left) && inner(&op.right),
        Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => elts.iter().all(inner),
        Expr::ListComp(ast::ExprListComp { elt, generators, .. })
        | Expr::Generator(ast::ExprGenerator { elt, generators, .. })
        | Expr::SetComp(ast::ExprSetComp { elt, generators, .. }) => {
            let passed_on = generators.iter().any(|generator| {
                matches!((&generator.target, &**elt), (Expr::Name(target), Expr::Name(element)) if target.id == element.id)
                    && inner(&generator.iter)
            });
            passed_on || inner(elt)
        }
        Expr::FString(f) => f.value.elements().filter_map(|e| e.as_interpolation()).all(|hole| inner(&hole.expression)),
        Expr::Starred(starred) => inner(&starred.value),
        Expr::Await(awaited) => inner(&awaited.value),
        _ => false,
    }
}

fn is_quote_literal(expr: &Expr) -> bool {
    expr.as_string_literal_expr().is_some_and(|literal| matches!(literal.value.to_str(), "'" | "\"" | "`"))
}

fn callable_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// `name`, `name` and `other`, ...: the values as messages name them.
pub(crate) fn list_names<'a>(semantic: &Semantic<'a>, exprs: impl Iterator<Item = &'a Expr>) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut more = false;
    for expr in exprs {
        let name = shown(semantic.text(expr));
        if names.contains(&name) {
            continue;
        }
        if names.len() == 3 {
            more = true;
            break;
        }
        names.push(name);
    }
    if more {
        names.push("others".to_owned());
    }
    let last = names.pop().unwrap_or_else(|| "values".to_owned());
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}

/// Source as a message shows it: in one line, not too long, in backticks.
pub(crate) fn shown(source: &str) -> String {
    let mut text = source.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > 48 {
        text = text.chars().take(45).collect();
        text.push_str("...");
    }
    format!("`{text}`")
}
