//! What the names in a function mean, without calling it.

use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, FunctionKind, ParameterKind, Stmt};

use super::value::{Arguments, ClassId, FuncId, Site, Value};
use super::{Context, Startup};
use crate::visit::{self, Visit};

/// Imports within a function: what is assigned, and what it is given.
struct Imports(Vec<(ExprId, ExprId)>);

impl Visit for Imports {
    fn statement(&mut self, file: &FileIr, stmt: Stmt) {
        if let Stmt::Assign(target, value) = stmt
            && matches!(file.expr(value), Expr::Member(..) | Expr::Module(_))
        {
            self.0.push((target, value));
        }
    }

    fn expression(&mut self, _file: &FileIr, _id: ExprId) {}
}

impl Startup<'_> {
    /// Variables in which a function's names can be looked up: imports within it, parameters by their types, `self`.
    pub(crate) fn scope(&mut self, func: FuncId) -> Context {
        if let Some(known) = self.scopes.get(&func) {
            return *known;
        }
        let function = self.function(func);
        let frame = self.heap.open(function.locals.len());
        let context = Context { file: func.file, frame };
        self.scopes.insert(func, context);
        let outer = if function.parent == 0 || function.kind == FunctionKind::Module {
            self.module_context(func.file)
        } else {
            self.scope(FuncId { file: func.file, index: function.parent })
        };
        if func.index != 0 {
            self.capture(func, outer.frame, frame);
        }
        let mut is_first = true;
        for parameter in &function.parameters {
            if parameter.kind == ParameterKind::Captured {
                continue;
            }
            let value = match (function.class, parameter.annotation) {
                (Some(index), _) if is_first => self.object(ClassId { file: func.file, index }),
                (_, Some(annotation)) => self.of_type(outer, annotation),
                _ => Value::Unknown,
            };
            is_first = false;
            if let Some(local) = self.heap.frame_mut(frame).locals.get_mut(usize::from(parameter.slot)) {
                *local = value;
            }
        }
        let mut imports = Imports(Vec::new());
        visit::block(self.file(func.file), function.body, &mut imports);
        for (target, value) in imports.0 {
            let value = self.eval(context, value);
            self.assign(context, target, value, true);
        }
        context
    }

    /// Some object of a class; always the same.
    pub(crate) fn object(&mut self, class: ClassId) -> Value {
        if let Some(known) = self.objects.get(&class) {
            return *known;
        }
        let site = Site { file: class.file, span: self.class(class).span };
        let made = self.note(Value::Class(class), Arguments { is_open: true, ..Arguments::default() }, site);
        self.objects.insert(class, made);
        made
    }

    /// What an expression of a function stands for: names, attributes, and what they are called on. Nothing is called.
    pub(crate) fn meaning(&mut self, func: FuncId, expr: ExprId) -> Value {
        let context = self.scope(func);
        self.meaning_in(context, expr, 0)
    }

    fn meaning_in(&mut self, context: Context, expr: ExprId, depth: u32) -> Value {
        if depth > 16 {
            return Value::Unknown;
        }
        match self.file(context.file).expr(expr) {
            Expr::Local(_) | Expr::Global(_) | Expr::Member(..) | Expr::Module(_) | Expr::Literal(_) => {
                self.eval(context, expr)
            }
            Expr::Attribute(of, name) => {
                let of = self.meaning_in(context, of, depth + 1);
                self.attribute(of, name)
            }
            Expr::Call(call) => {
                let callee = self.file(context.file).calls[call as usize].callee;
                match self.meaning_in(context, callee, depth + 1) {
                    // What calling something of a library gives is known by its path.
                    Value::Api(path) => Value::Api(path.called()),
                    Value::Class(class) => self.object(class),
                    callee => match self.path_of(callee) {
                        Some(path) => Value::Api(path.called()),
                        None => Value::Unknown,
                    },
                }
            }
            Expr::Await(of) => self.meaning_in(context, of, depth + 1),
            Expr::Index(of, _) => match self.meaning_in(context, of, depth + 1) {
                Value::Api(path) => Value::Api(path.element()),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// An attribute of an object of the program, by name.
    pub(crate) fn class_value(&self, class: ClassId, name: &str) -> Option<Value> {
        self.class_attribute(class, Symbol::new(name))
    }
}
