//! Calls: of functions of the program, which are followed, and of everything else, which is written down.

use seriema_program::Symbol;
use seriema_program::ir::{self, Expr, ExprId, ParameterKind};

use super::statement::Flow;
use super::value::{Arguments, ClassId, FrameId, FuncId, Node, NodeId, Site, Value};
use super::{Context, MAX_CALL_STEPS, MAX_DEPTH, Startup};

impl Startup<'_> {
    /// What a call is given.
    pub(super) fn arguments(&mut self, context: Context, call: &ir::Call) -> Arguments {
        let source = self.file(context.file);
        let mut arguments = Arguments::default();
        for argument in &call.positional {
            if let Expr::Star(inner) = source.expr(*argument) {
                let inner = self.eval(context, inner);
                let (items, is_open) = self.elements(inner);
                arguments.positional.extend(items);
                arguments.is_open |= is_open;
            } else {
                let value = self.eval(context, *argument);
                arguments.positional.push(value);
            }
        }
        for (name, value) in &call.keywords {
            let value = self.eval(context, *value);
            match name {
                Some(name) => arguments.keywords.push((*name, value)),
                None => match self.heap.entries(value) {
                    Some(entries) => {
                        let named = entries.iter().filter_map(|(key, value)| match key {
                            Value::Text(name) => Some((*name, *value)),
                            _ => None,
                        });
                        arguments.keywords.extend(named);
                    }
                    None => arguments.is_open = true,
                },
            }
        }
        arguments
    }

    /// A function with its decorators around it.
    pub(super) fn decorated(&mut self, context: Context, decorators: &[ExprId], function: Value) -> Value {
        let mut made = function;
        for decorator in decorators.iter().rev() {
            let site = Self::site(context.file, self.file(context.file), *decorator);
            let decorator = self.eval(context, *decorator);
            made = self.decorate(decorator, made, site);
        }
        made
    }

    /// What a decorator makes of a function.
    fn decorate(&mut self, decorator: Value, function: Value, site: Site) -> Value {
        if !decorator.is_known() {
            return self.note(Value::Unknown, Arguments::of(function), site);
        }
        let result = self.call(decorator, Arguments::of(function), site);
        if result == function {
            return result;
        }
        // Of a function that a decorator of the program puts in its place, both are needed: what is inside, and what the
        // decorator does first.
        let is_followed = match self.heap.call(result) {
            Some(call) => call.callee != decorator,
            None => true,
        };
        if is_followed { self.note(decorator, Arguments::of(function), site) } else { result }
    }

    /// What calling something gives.
    pub(crate) fn call(&mut self, callee: Value, arguments: Arguments, site: Site) -> Value {
        match callee {
            Value::Class(class) => {
                let init = self.class_attribute(class, Symbol::new("__init__"));
                let made = self.note(callee, arguments.clone(), site);
                if let Some(Value::Node(init)) = init
                    && let Node::Closure { func, frame } = *self.heap.node(init)
                {
                    self.invoke(func, frame, Some(made), &arguments);
                }
                made
            }
            Value::Node(id) => self.call_node(id, arguments, site),
            Value::Api(path) => match self.call_builtin(path, &arguments, site) {
                Some(value) => value,
                None => self.note(callee, arguments, site),
            },
            Value::Unknown => {
                // Who takes a function may well be a decorator, and who knows what of.
                if self.is_function(arguments.positional.first().copied().unwrap_or(Value::Unknown)) {
                    return self.note(callee, arguments, site);
                }
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    fn call_node(&mut self, id: NodeId, arguments: Arguments, site: Site) -> Value {
        match self.heap.node(id) {
            Node::Closure { func, frame } => {
                let (func, frame) = (*func, *frame);
                self.invoke(func, frame, None, &arguments)
            }
            Node::Bound { of, function } => {
                let of = *of;
                match *self.heap.node(*function) {
                    Node::Closure { func, frame } => self.invoke(func, frame, Some(of), &arguments),
                    _ => Value::Unknown,
                }
            }
            Node::Attribute { of, name } => {
                let (of, name) = (*of, *name);
                if let Some(value) = self.call_method(of, name.as_str(), &arguments) {
                    return value;
                }
                self.note(Value::Node(id), arguments, site)
            }
            Node::Call(call) => {
                let (callee, inner) = (call.callee, call.arguments.positional.first().copied());
                if self.path_of(callee).is_some_and(|path| path.as_str() == "functools.partial") {
                    let mut all = call.arguments.clone();
                    let function = all.positional.drain(..1.min(all.positional.len())).next();
                    all.positional.extend(arguments.positional);
                    all.keywords.extend(arguments.keywords);
                    return self.call(function.unwrap_or(Value::Unknown), all, site);
                }
                // A function within what decorators made of it: the functions it calls are told of all the same.
                if let Some(inner) = inner.filter(|inner| self.is_function(*inner) && *inner != Value::Node(id)) {
                    return self.call(inner, arguments, site);
                }
                if let Value::Class(class) = callee
                    && let Some(method) = self.class_attribute(class, Symbol::new("__call__"))
                    && let Value::Node(method) = method
                    && let Node::Closure { func, frame } = *self.heap.node(method)
                {
                    return self.invoke(func, frame, Some(Value::Node(id)), &arguments);
                }
                self.note(Value::Node(id), arguments, site)
            }
            Node::Sequence { .. } | Node::Dict { .. } | Node::Super { .. } => Value::Unknown,
        }
    }

    /// Whether a value is a function of the program, whatever is around it.
    fn is_function(&self, value: Value) -> bool {
        self.innermost(value).is_some()
    }

    /// The function of the program that is inside of what decorators made.
    pub(crate) fn innermost(&self, value: Value) -> Option<FuncId> {
        let mut value = value;
        for _ in 0..16 {
            let Value::Node(id) = value else { return None };
            match self.heap.node(id) {
                Node::Closure { func, .. } => return Some(*func),
                Node::Bound { function, .. } => value = Value::Node(*function),
                Node::Call(call) if !matches!(call.callee, Value::Class(_)) => {
                    value = *call.arguments.positional.first()?;
                }
                _ => return None,
            }
        }
        None
    }

    /// Gives the variables that a function has of the one around it their values.
    pub(super) fn capture(&mut self, func: FuncId, from: FrameId, to: FrameId) {
        let function = self.function(func);
        for parameter in &function.parameters {
            if parameter.kind != ParameterKind::Captured {
                continue;
            }
            let value = self.heap.frame(from).locals.get(usize::from(parameter.outer)).copied();
            if let Some(local) = self.heap.frame_mut(to).locals.get_mut(usize::from(parameter.slot)) {
                *local = value.unwrap_or(Value::Unknown);
            }
        }
    }

    /// Calls a function of the program.
    pub(crate) fn invoke(
        &mut self,
        func: FuncId,
        around: FrameId,
        object: Option<Value>,
        arguments: &Arguments,
    ) -> Value {
        let is_again = self.active.iter().filter(|active| **active == func).count() > 1;
        if self.depth >= MAX_DEPTH || is_again || !self.step() {
            return Value::Unknown;
        }
        self.called.insert(func);
        let function = self.function(func);
        let frame = self.heap.open(function.locals.len());
        self.capture(func, around, frame);
        self.bind(func, around, frame, object, arguments);
        let context = Context { file: func.file, frame };
        let limit = self.limit;
        if self.depth == 0 {
            self.limit = limit.min(self.steps.saturating_add(MAX_CALL_STEPS));
        }
        self.depth += 1;
        self.active.push(func);
        let class = function.class.map(|index| ClassId { file: func.file, index });
        self.objects_of_calls.push(object.zip(class));
        if function.is_generator {
            self.yields.push(Vec::new());
        }
        let flow = stacker::maybe_grow(256 << 10, 4 << 20, || self.block(context, function.body, true));
        self.is_sure = true;
        self.active.pop();
        self.objects_of_calls.pop();
        self.depth -= 1;
        self.limit = limit;
        if function.is_generator {
            let items = self.yields.pop().unwrap_or_default();
            return self.heap.sequence(items, false);
        }
        match flow {
            Flow::Return(value) => value,
            Flow::Raise => Value::Unknown,
            _ => Value::None,
        }
    }

    fn bind(&mut self, func: FuncId, around: FrameId, frame: FrameId, object: Option<Value>, arguments: &Arguments) {
        let function = self.function(func);
        let outer = Context { file: func.file, frame: around };
        let mut positional = object.into_iter().chain(arguments.positional.iter().copied());
        let mut taken: Vec<Symbol> = Vec::new();
        for parameter in &function.parameters {
            let value = match parameter.kind {
                ParameterKind::Captured => continue,
                ParameterKind::Star => {
                    let items: Vec<Value> = positional.by_ref().collect();
                    self.heap.sequence(items, arguments.is_open)
                }
                ParameterKind::DoubleStar => {
                    let rest = arguments.keywords.iter().filter(|(name, _)| !taken.contains(name));
                    let entries = rest.map(|(name, value)| (Value::Text(*name), *value)).collect();
                    Value::Node(self.heap.add(Node::Dict { entries, is_open: arguments.is_open }))
                }
                ParameterKind::Positional | ParameterKind::Normal | ParameterKind::Keyword => {
                    taken.push(parameter.name);
                    let by_place = match parameter.kind {
                        ParameterKind::Keyword => None,
                        _ => positional.next(),
                    };
                    let given = by_place.or_else(|| arguments.named(parameter.name.as_str()));
                    match (given, parameter.default) {
                        (Some(value), _) => value,
                        (None, Some(default)) => self.eval(outer, default),
                        (None, None) => match parameter.annotation {
                            Some(annotation) => self.of_type(outer, annotation),
                            None => Value::Unknown,
                        },
                    }
                }
            };
            if let Some(local) = self.heap.frame_mut(frame).locals.get_mut(usize::from(parameter.slot)) {
                *local = value;
            }
        }
    }

    /// Something of a type: what a parameter that nobody gives is taken to be.
    pub(super) fn of_type(&mut self, context: Context, annotation: ExprId) -> Value {
        let class = match self.eval(context, annotation) {
            annotated @ Value::Node(_) => self.elements(annotated).0.first().copied().unwrap_or(Value::Unknown),
            class => class,
        };
        let is_class = match class {
            Value::Class(_) => true,
            Value::Api(path) => path.as_str().contains('.') && !path.as_str().starts_with("typing."),
            _ => false,
        };
        if !is_class {
            return Value::Unknown;
        }
        let site = Self::site(context.file, self.file(context.file), annotation);
        self.note(class, Arguments { is_open: true, ..Arguments::default() }, site)
    }
}
