//! What is known of frameworks: `frameworks/*.toml`.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use crate::inventory::EntryKind;

/// One framework.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Framework {
    /// Its name, as its documentation writes it.
    pub(crate) name: String,
    /// Packages of which one is imported where it is used.
    pub(crate) modules: Vec<String>,
    /// How its patterns write parameters.
    #[serde(default)]
    pub(crate) syntax: Syntax,
    /// What the names of methods of classes begin with that answer requests: `on_` of `on_get`.
    #[serde(default)]
    pub(crate) methods: String,
    /// What routes hang on.
    #[serde(default, rename = "router")]
    pub(crate) routers: Vec<Router>,
    /// What makes a route.
    #[serde(default, rename = "route")]
    pub(crate) routes: Vec<Route>,
    /// What puts one router below another.
    #[serde(default, rename = "mount")]
    pub(crate) mounts: Vec<Mount>,
    /// What gives a router many routes.
    #[serde(default, rename = "attach")]
    pub(crate) attaches: Vec<Attach>,
    /// What stands before all routes of a router.
    #[serde(default, rename = "before")]
    pub(crate) befores: Vec<Before>,
    /// Decorators, classes and functions that turn requests away, or say that none is.
    #[serde(default)]
    pub(crate) guards: Guards,
}

/// Names of what turns requests away: decorators, base classes, permissions, middleware, functions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Guards {
    /// Who do not let in who is not known.
    pub(crate) authentication: Vec<String>,
    /// Who ask for a right.
    pub(crate) authorization: Vec<String>,
    /// Who ask how often.
    pub(crate) throttle: Vec<String>,
    /// Who ask whether a request comes from a page of the program itself.
    pub(crate) csrf: Vec<String>,
    /// Who say that everybody may come.
    pub(crate) public: Vec<String>,
    /// Who say that a request may come from any page.
    pub(crate) csrf_exempt: Vec<String>,
}

/// How parameters are written in patterns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Syntax {
    /// `{id}`, `{id:int}`
    #[default]
    Braces,
    /// `<id>`, `<int:id>` (type first)
    Angles,
    /// `<id>`, `<id:int>` (name first)
    Named,
    /// A regular expression.
    Regex,
    /// No path at all: a name.
    Name,
}

/// Where an argument is: its position, its names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<Word>")]
pub(crate) struct Argument {
    pub(crate) position: Option<usize>,
    pub(crate) names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Position(usize),
    Name(String),
}

impl From<Vec<Word>> for Argument {
    fn from(words: Vec<Word>) -> Self {
        let mut made = Self::default();
        for word in words {
            match word {
                Word::Position(position) => made.position = Some(position),
                Word::Name(name) => made.names.push(name),
            }
        }
        made
    }
}

impl Argument {
    /// What a call gives here.
    pub(crate) fn of(&self, arguments: &crate::startup::Arguments) -> Option<crate::startup::Value> {
        let named = || self.names.iter().find_map(|name| arguments.named(name));
        self.position.and_then(|position| arguments.positional.get(position).copied()).or_else(named)
    }

    /// Whether there is one at all.
    pub(crate) fn is_some(&self) -> bool {
        self.position.is_some() || !self.names.is_empty()
    }
}

/// Something that routes hang on: an application, a blueprint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Router {
    /// Its classes.
    pub(crate) class: Vec<String>,
    /// Whether it is an application: nothing has to stand above it.
    #[serde(default)]
    pub(crate) root: bool,
    /// The argument that says what stands before its routes' paths.
    #[serde(default)]
    pub(crate) prefix: Argument,
    /// Arguments with lists of routes.
    #[serde(default)]
    pub(crate) routes: Argument,
    /// Arguments with what stands before its routes.
    #[serde(default)]
    pub(crate) guards: Argument,
    /// The argument with the router that this one adds to: `Api(app)`.
    #[serde(default)]
    pub(crate) of: Argument,
    /// Attributes of the class that take the place of arguments: `path = "/x"`.
    #[serde(default)]
    pub(crate) attributes: bool,
    /// The argument with a name that stands before its routes' paths when nothing else does.
    #[serde(default)]
    pub(crate) named_prefix: Argument,
    /// The argument with a version: `/v1` before the prefix.
    #[serde(default)]
    pub(crate) version: Argument,
    /// Whether its lists of routes have pairs of a path and a handler.
    #[serde(default)]
    pub(crate) tuples: bool,
    /// Whether its positional arguments are routers.
    #[serde(default)]
    pub(crate) children: bool,
    /// Whether the class itself is the router, and its methods are routes.
    #[serde(default)]
    pub(crate) members: bool,
}

/// Something that makes a route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    /// Methods of routers, with attributes before them: `router.add_get`.
    #[serde(default)]
    pub(crate) calls: Vec<String>,
    /// Functions and classes of the framework.
    #[serde(default)]
    pub(crate) functions: Vec<String>,
    #[serde(default = "http")]
    pub(crate) kind: EntryKind,
    /// The argument with the path.
    #[serde(default)]
    pub(crate) path: Argument,
    /// Whether all positional arguments from the path on are paths.
    #[serde(default)]
    pub(crate) paths: bool,
    /// The argument with the handler; none if it is what is decorated.
    #[serde(default)]
    pub(crate) handler: Argument,
    /// The argument with what is at the end of the names of methods of a class: `on_get_items`.
    #[serde(default)]
    pub(crate) suffix: Argument,
    /// Whether a function of the framework makes a route of what it decorates.
    #[serde(default)]
    pub(crate) decorates: bool,
    /// Whether such a route hangs on no router: on the framework's own.
    #[serde(default)]
    pub(crate) top: bool,
    /// The argument with a list of methods, or with one.
    #[serde(default)]
    pub(crate) methods: Argument,
    /// The methods of one that says nothing of them; with `"*"` the call's name is the method.
    #[serde(default)]
    pub(crate) default: Vec<String>,
    /// Arguments with what stands before it.
    #[serde(default)]
    pub(crate) guards: Argument,
}

fn http() -> EntryKind {
    EntryKind::Http
}

/// Something that puts a router below another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mount {
    #[serde(default)]
    pub(crate) calls: Vec<String>,
    #[serde(default)]
    pub(crate) functions: Vec<String>,
    /// The argument with what is mounted: a router, or a list of routes.
    #[serde(default)]
    pub(crate) child: Argument,
    /// The argument with what this router is mounted in: `api.init_app(app)`.
    #[serde(default)]
    pub(crate) into: Argument,
    /// The argument with what stands before its paths.
    #[serde(default)]
    pub(crate) prefix: Argument,
    /// Whether that takes the place of the router's own prefix.
    #[serde(default)]
    pub(crate) replaces: bool,
    /// Arguments with what stands before its routes.
    #[serde(default)]
    pub(crate) guards: Argument,
}

/// Something that gives a router a list of routes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attach {
    pub(crate) calls: Vec<String>,
    pub(crate) routes: Argument,
}

/// Something that puts a function before all routes of a router.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Before {
    pub(crate) calls: Vec<String>,
    /// The argument with the function; none if it is what is decorated.
    #[serde(default)]
    pub(crate) function: Argument,
    /// Whether it holds for the whole application, not for this router alone.
    #[serde(default)]
    pub(crate) application: bool,
}

/// All frameworks, by the names of their files.
const FRAMEWORKS: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/frameworks.rs"));

/// The frameworks of which a program imports something: `imported` are the first components of what it does.
pub(crate) fn frameworks(imported: &FxHashSet<&str>) -> Vec<Framework> {
    let mut all = Vec::new();
    for (name, text) in FRAMEWORKS {
        // Reading takes longer than looking whether it has to be.
        let is_used = imported.iter().any(|module| text.contains(&format!("\"{module}\"")));
        if !is_used {
            continue;
        }
        match toml::from_str::<Framework>(text) {
            Ok(framework) => {
                if framework.modules.iter().any(|module| imported.contains(module.as_str())) {
                    all.push(framework);
                }
            }
            // The tests read them all.
            Err(error) => debug_assert!(false, "{name}: {error}"),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{FRAMEWORKS, Framework};

    #[test]
    fn every_framework_can_be_read() {
        for (name, text) in FRAMEWORKS {
            let read = toml::from_str::<Framework>(text);
            assert!(read.is_ok(), "{name}: {}", read.err().map(|error| error.to_string()).unwrap_or_default());
        }
        assert!(FRAMEWORKS.len() > 3);
    }
}
