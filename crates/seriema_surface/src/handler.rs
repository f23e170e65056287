//! What a route leads to: functions and classes within what decorators made of them.

use seriema_program::Symbol;

use crate::startup::{Call, ClassId, FuncId, Node, Startup, Value};

/// Decorators around one handler.
const MAX_WRAPPERS: usize = 32;

/// Names of methods of classes that answer requests, as the methods of HTTP.
pub(crate) const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Function(FuncId),
    Class(ClassId),
    /// Something of a library, or that nobody knows.
    Other(Value),
}

/// A handler, with what is around it.
#[derive(Clone, Debug)]
pub(crate) struct Handler {
    pub(crate) target: Target,
    /// The calls of decorators around it, the outermost first.
    pub(crate) wrappers: Vec<Call>,
    /// What a class was given when it was made a view: `as_view(...)`.
    pub(crate) made_with: Option<Call>,
}

/// Looks into a value that is to answer requests.
pub(crate) fn handler(startup: &Startup<'_>, value: Value) -> Handler {
    let mut wrappers = Vec::new();
    let mut value = value;
    let mut made_with = None;
    for _ in 0..MAX_WRAPPERS {
        match value {
            Value::Class(class) => return Handler { target: Target::Class(class), wrappers, made_with },
            Value::Node(id) => match startup.heap.node(id) {
                Node::Closure { func, .. } => {
                    return Handler { target: Target::Function(*func), wrappers, made_with };
                }
                Node::Bound { function, .. } => value = Value::Node(*function),
                Node::Call(call) => {
                    // `View.as_view("name")`, `Schema.as_asgi()`: the class; an object that is called: its class.
                    if let Value::Node(callee) = call.callee
                        && let Node::Attribute { of: Value::Class(class), .. } = startup.heap.node(callee)
                    {
                        made_with = Some(call.clone());
                        value = Value::Class(*class);
                        continue;
                    }
                    if let Value::Class(class) = call.callee {
                        made_with = Some(call.clone());
                        value = Value::Class(class);
                        continue;
                    }
                    match wrapped(startup, call) {
                        Some(inner) => {
                            wrappers.push(call.clone());
                            value = inner;
                        }
                        None => break,
                    }
                }
                _ => break,
            },
            _ => break,
        }
    }
    Handler { target: Target::Other(value), wrappers, made_with }
}

/// What a decorator was called with.
fn wrapped(startup: &Startup<'_>, call: &Call) -> Option<Value> {
    let candidates = call.arguments.positional.iter().chain(call.arguments.keywords.iter().map(|(_, value)| value));
    let mut callable = candidates.copied().filter(|value| match value {
        Value::Class(_) => true,
        Value::Node(id) => matches!(startup.heap.node(*id), Node::Closure { .. } | Node::Bound { .. } | Node::Call(_)),
        _ => false,
    });
    callable
        .next()
        .or_else(|| call.arguments.positional.first().copied().filter(|value| matches!(value, Value::Api(_))))
}

impl Handler {
    /// The functions that answer, with the method of HTTP that each is for; empty if it answers all of them.
    pub(crate) fn functions(&self, startup: &Startup<'_>) -> Vec<(&'static str, FuncId)> {
        match self.target {
            Target::Function(func) => vec![("", func)],
            Target::Class(class) => {
                let methods = METHODS.iter().filter_map(|name| Some((*name, method(startup, class, name)?)));
                methods.collect()
            }
            Target::Other(_) => Vec::new(),
        }
    }

    /// The module and qualified name of what answers; empty if nobody knows.
    pub(crate) fn name(&self, startup: &Startup<'_>) -> String {
        let (file, qualified) = match self.target {
            Target::Function(func) => (func.file, startup.function(func).qualified),
            Target::Class(class) => (class.file, startup.class(class).qualified),
            Target::Other(value) => {
                return startup.path_of(value).map(|path| path.as_str().replace("()", "")).unwrap_or_default();
            }
        };
        let module = startup.file(file).module.as_str();
        if module.is_empty() { qualified.to_string() } else { format!("{module}.{qualified}") }
    }
}

/// The function that a class of the program has as a method.
pub(crate) fn method(startup: &Startup<'_>, class: ClassId, name: &str) -> Option<FuncId> {
    let value = startup.class_attribute(class, Symbol::new(name))?;
    startup.innermost(value)
}
