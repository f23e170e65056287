//! Classes, their objects, and attributes of everything.

use seriema_program::Symbol;
use seriema_program::ir::ClassIndex;

use super::value::{Arguments, ClassId, FuncId, Node, NodeId, Site, Value};
use super::{ClassMade, Context, Startup};

/// Base classes of base classes.
const MAX_BASES: usize = 64;

impl Startup<'_> {
    /// Runs a class's body.
    pub(super) fn make_class(&mut self, context: Context, index: ClassIndex) -> Value {
        let class = ClassId { file: context.file, index };
        let definition = self.class(class);
        let bases = definition.bases.iter().map(|base| self.eval(context, *base)).collect();
        let body = self.function(FuncId { file: context.file, index: definition.body });
        let frame = self.heap.open(body.locals.len());
        self.capture(FuncId { file: context.file, index: definition.body }, context.frame, frame);
        self.classes.insert(class, ClassMade { bases, frame, decorators: Vec::new() });
        self.block(Context { file: context.file, frame }, body.body, true);
        let made = Value::Class(class);
        for decorator in definition.decorators.iter().rev() {
            let site = Self::site(context.file, self.file(context.file), *decorator);
            let decorator = self.eval(context, *decorator);
            if let Some(class) = self.classes.get_mut(&class) {
                class.decorators.push(decorator);
            }
            // Whatever it makes of the class, the name stands for it.
            self.call(decorator, Arguments::of(made), site);
        }
        made
    }

    /// What a class was made of, if it was.
    pub(crate) fn made(&self, class: ClassId) -> Option<&ClassMade> {
        self.classes.get(&class)
    }

    /// A class and all that it inherits from within the program, and by their names, from outside of it: in the order in
    /// which attributes are looked up, nearly.
    pub(crate) fn lineage(&self, class: ClassId) -> (Vec<ClassId>, Vec<Symbol>) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut waiting = vec![Value::Class(class)];
        while let Some(next) = waiting.pop() {
            if ours.len() + theirs.len() >= MAX_BASES {
                break;
            }
            match next {
                Value::Class(class) if !ours.contains(&class) => {
                    ours.push(class);
                    if let Some(made) = self.classes.get(&class) {
                        waiting.extend(made.bases.iter().rev());
                    }
                }
                Value::Api(path) if !theirs.contains(&path) => theirs.push(path),
                // A base that a function makes: `declarative_base()`, `with_metaclass(Meta, Base)`.
                Value::Node(id) => {
                    if let Node::Call(call) = self.heap.node(id) {
                        waiting.extend(call.arguments.positional.iter().rev());
                        if let Value::Api(path) = call.callee {
                            theirs.push(path.called());
                        }
                    } else if let Some(path) = self.path_of(next) {
                        theirs.push(path);
                    }
                }
                _ => {}
            }
        }
        (ours, theirs)
    }

    /// What a class of the program, or one that it inherits from, has under a name.
    pub(crate) fn class_attribute(&self, class: ClassId, name: Symbol) -> Option<Value> {
        let (ours, _) = self.lineage(class);
        ours.into_iter().find_map(|class| self.own_attribute(class, name))
    }

    /// What a class of the program itself has under a name.
    pub(crate) fn own_attribute(&self, class: ClassId, name: Symbol) -> Option<Value> {
        if let Some(value) = self.heap.assigned(Value::Class(class), name) {
            return Some(value);
        }
        let made = self.classes.get(&class)?;
        let body = self.function(FuncId { file: class.file, index: self.class(class).body });
        // A name is bound in a body when anything was assigned to it there; declarations alone leave it unknown.
        let at = body.locals.iter().position(|local| *local == name)?;
        let value = self.heap.frame(made.frame).locals.get(at).copied()?;
        Some(value)
    }

    /// What a class of the program itself has: names and values, sorted by where their names stand in its body.
    pub(crate) fn own_attributes(&self, class: ClassId) -> Vec<(Symbol, Value)> {
        let Some(made) = self.classes.get(&class) else { return Vec::new() };
        let body = self.function(FuncId { file: class.file, index: self.class(class).body });
        let values = self.heap.frame(made.frame).locals.iter();
        body.locals.iter().copied().zip(values.copied()).filter(|(_, value)| value.is_known()).collect()
    }

    /// `of.name`
    pub(crate) fn attribute(&mut self, of: Value, name: Symbol) -> Value {
        if let Some(value) = self.heap.assigned(of, name) {
            return value;
        }
        match of {
            Value::Unknown => Value::Unknown,
            Value::Api(path) => {
                let inner = path.dot(name);
                // `import a.b` of a package without a file of its own.
                if self.packages.contains(path.as_str())
                    && let Some(file) = self.imported(inner.as_str())
                {
                    return Value::Module(file);
                }
                Value::Api(inner)
            }
            Value::Module(file) => self.of_module(file, name),
            Value::Class(class) => match self.class_attribute(class, name) {
                Some(value) => self.unwrapped_static(value, of),
                None => self.heap.attribute(of, name),
            },
            Value::Node(id) => self.node_attribute(id, name),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Text(_) => self.heap.attribute(of, name),
        }
    }

    fn node_attribute(&mut self, id: NodeId, name: Symbol) -> Value {
        let of = Value::Node(id);
        if let Node::Super { of, class } = *self.heap.node(id) {
            let (ours, _) = self.lineage(class);
            let inherited = ours.into_iter().skip(1).find_map(|class| self.own_attribute(class, name));
            return match inherited.filter(|value| value.is_known()) {
                Some(value) => self.bound(of, value),
                // What a library's class does with it is seen by whoever looks at the object.
                None => self.heap.attribute(of, name),
            };
        }
        if let Node::Call(call) = self.heap.node(id)
            && let Value::Class(class) = call.callee
            && let Some(value) = self.class_attribute(class, name)
        {
            return self.bound(of, value);
        }
        self.heap.attribute(of, name)
    }

    /// What a class has, as its object has it: functions are methods, properties are read.
    fn bound(&mut self, of: Value, value: Value) -> Value {
        let Value::Node(id) = value else { return value };
        match self.heap.node(id) {
            Node::Closure { .. } => Value::Node(self.heap.add(Node::Bound { of, function: id })),
            Node::Call(call) => {
                let inner = call.arguments.positional.first().copied();
                match (call.callee, inner) {
                    (Value::Api(path), Some(inner)) => match path.as_str() {
                        "staticmethod" => inner,
                        "classmethod" => self.bound(of, inner),
                        "property" | "functools.cached_property" | "django.utils.functional.cached_property" => {
                            let site = call.site;
                            let method = self.bound(of, inner);
                            self.call(method, Arguments::default(), site)
                        }
                        _ => value,
                    },
                    _ => value,
                }
            }
            _ => value,
        }
    }

    /// What a class has, as the class itself has it.
    fn unwrapped_static(&mut self, value: Value, of: Value) -> Value {
        let Some(call) = self.heap.call(value) else { return value };
        let inner = call.arguments.positional.first().copied();
        match (call.callee, inner) {
            (Value::Api(path), Some(inner)) if path.as_str() == "staticmethod" => inner,
            (Value::Api(path), Some(Value::Node(function))) if path.as_str() == "classmethod" => {
                Value::Node(self.heap.add(Node::Bound { of, function }))
            }
            _ => value,
        }
    }

    /// The path by which something outside of the program is reached: `flask.Flask`, `flask.Flask().route`.
    pub(crate) fn path_of(&self, value: Value) -> Option<Symbol> {
        self.path_within(value, 0)
    }

    fn path_within(&self, value: Value, depth: u32) -> Option<Symbol> {
        if depth > 32 {
            return None;
        }
        match value {
            Value::Api(path) => Some(path),
            Value::Node(id) => match self.heap.node(id) {
                Node::Attribute { of, name } => Some(self.path_within(*of, depth + 1)?.dot(*name)),
                Node::Call(call) => Some(self.path_within(call.callee, depth + 1)?.called()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The names of the classes, from outside of the program, that an object or class is one of.
    pub(crate) fn kinds(&self, value: Value) -> Vec<Symbol> {
        let class = match self.heap.call(value) {
            Some(call) => call.callee,
            None => value,
        };
        match class {
            Value::Class(class) => self.lineage(class).1,
            class => self.path_of(class).into_iter().collect(),
        }
    }

    /// Writes down a call that is not followed.
    pub(super) fn note(&mut self, callee: Value, arguments: Arguments, site: Site) -> Value {
        Value::Node(self.heap.add(Node::Call(super::Call { callee, arguments, site })))
    }
}
