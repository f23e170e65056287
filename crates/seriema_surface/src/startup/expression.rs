//! Expressions.

use seriema_program::Symbol;
use seriema_program::ir::{BinaryOp, CompareOp, Expr, ExprId, FormatPart, FunctionKind, List, Literal};

use super::value::{FuncId, GAP, Node, Value};
use super::{Context, MAX_ITEMS, Startup};

/// Bytes that a text may have.
const MAX_TEXT: usize = 4096;

impl Startup<'_> {
    /// The value of an expression.
    pub(crate) fn eval(&mut self, context: Context, id: ExprId) -> Value {
        if !self.step() {
            return Value::Unknown;
        }
        let source = self.file(context.file);
        match source.expr(id) {
            Expr::Unknown | Expr::Unary(_) => Value::Unknown,
            Expr::Literal(literal) => match literal {
                Literal::None => Value::None,
                Literal::Bool(value) => Value::Bool(value),
                Literal::Int(value) => Value::Int(value),
                Literal::Str(text) | Literal::Bytes(text) => Value::Text(text),
                Literal::Ellipsis | Literal::Float(_) => Value::Unknown,
            },
            Expr::Local(slot) => {
                self.heap.frame(context.frame).locals.get(usize::from(slot)).copied().unwrap_or(Value::Unknown)
            }
            Expr::Global(name) => self.name(context, name),
            Expr::Module(name) => match self.imported(name.as_str()) {
                Some(file) => Value::Module(file),
                // Of a package without a file, what is in it is found by the whole name.
                None => Value::Api(name),
            },
            Expr::Member(module, name) => self.member(module, name),
            Expr::Attribute(of, name) => {
                let of = self.eval(context, of);
                self.attribute(of, name)
            }
            Expr::Index(of, key) => {
                let of = self.eval(context, of);
                let key = self.eval(context, key);
                self.item(of, key)
            }
            Expr::Slice(of, from, to) => {
                let of = self.eval(context, of);
                let from = from.map(|from| self.eval(context, from));
                let to = to.map(|to| self.eval(context, to));
                self.slice(of, from, to)
            }
            Expr::Call(index) => {
                let call = &source.calls[index as usize];
                let callee = self.eval(context, call.callee);
                let arguments = self.arguments(context, call);
                self.call(callee, arguments, Self::site(context.file, source, id))
            }
            Expr::Binary(op, left, right) => {
                let left = self.eval(context, left);
                let right = self.eval(context, right);
                self.binary(op, left, right)
            }
            Expr::Negate(of) => match self.eval(context, of) {
                Value::Int(value) => Value::Int(value.saturating_neg()),
                _ => Value::Unknown,
            },
            Expr::Not(of) => {
                let of = self.eval(context, of);
                self.truth(of).map_or(Value::Unknown, |truth| Value::Bool(!truth))
            }
            Expr::And(list) => self.first_deciding(context, list, false),
            Expr::Or(list) => self.first_deciding(context, list, true),
            Expr::Compare(op, left, right) => {
                let left = self.eval(context, left);
                let right = self.eval(context, right);
                self.compare(op, left, right)
            }
            Expr::IfElse(test, then, orelse) => {
                let test = self.eval(context, test);
                match self.truth(test) {
                    Some(true) => self.eval(context, then),
                    Some(false) => self.eval(context, orelse),
                    None => match self.eval(context, then) {
                        Value::Unknown | Value::None => self.eval(context, orelse),
                        value => value,
                    },
                }
            }
            Expr::Format(index) => {
                let mut text = String::new();
                for part in &source.formats[index as usize] {
                    match part {
                        FormatPart::Text(part) => text.push_str(part.as_str()),
                        FormatPart::Value(value, _) => {
                            let value = self.eval(context, *value);
                            push_text(&mut text, value);
                        }
                    }
                }
                made_text(&text)
            }
            Expr::Display(_, list) => {
                let mut items = Vec::new();
                let mut is_open = false;
                for item in source.exprs_of(list) {
                    if let Expr::Star(inner) = source.expr(*item) {
                        let inner = self.eval(context, inner);
                        let (more, open) = self.elements(inner);
                        items.extend(more);
                        is_open |= open;
                    } else {
                        items.push(self.eval(context, *item));
                    }
                }
                self.heap.sequence(items, is_open)
            }
            Expr::Dict(list) => self.dictionary(context, list),
            Expr::Function(index) => {
                let func = FuncId { file: context.file, index };
                let function = self.function(func);
                let made = Value::Node(self.heap.add(Node::Closure { func, frame: context.frame }));
                if function.kind != FunctionKind::Def {
                    return made;
                }
                self.decorated(context, &function.decorators, made)
            }
            Expr::Class(index) => self.make_class(context, index),
            Expr::Comprehension(display, index) => {
                let comprehension = &source.comprehensions[index as usize];
                let mut items = Vec::new();
                let mut is_open = false;
                self.clauses(context, comprehension, 0, &mut items, &mut is_open);
                if comprehension.key.is_some() && display.is_none() {
                    let entries = items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
                    return Value::Node(self.heap.add(Node::Dict { entries, is_open }));
                }
                self.heap.sequence(items, is_open)
            }
            Expr::Await(of) | Expr::Star(of) => self.eval(context, of),
            Expr::Yield(value) => {
                let value = value.map_or(Value::None, |value| self.eval(context, value));
                if let Some(yields) = self.yields.last_mut().filter(|yields| yields.len() < MAX_ITEMS) {
                    yields.push(value);
                }
                Value::Unknown
            }
            Expr::YieldFrom(of) => {
                let of = self.eval(context, of);
                let (items, _) = self.elements(of);
                if let Some(yields) = self.yields.last_mut().filter(|yields| yields.len() < MAX_ITEMS) {
                    yields.extend(items);
                }
                Value::Unknown
            }
            Expr::Named(target, value) => {
                let value = self.eval(context, value);
                self.assign(context, target, value, true);
                value
            }
        }
    }

    /// What a name of a module stands for: something of its own, something imported with everything else, or a builtin.
    fn name(&mut self, context: Context, name: Symbol) -> Value {
        if let Some(value) = self.globals[context.file as usize].get(&name) {
            return *value;
        }
        match name.as_str() {
            "__name__" => {
                let module = &self.file(context.file).module;
                return if module.is_empty() { Value::Unknown } else { Value::text(module) };
            }
            "__file__" => return Value::Unknown,
            _ => {}
        }
        if let Some(value) = self.defined(context.file, name) {
            return value;
        }
        match self.stars[context.file as usize].last() {
            Some(star) if !super::builtin::is_builtin(name.as_str()) => Value::Api(star.dot(name)),
            _ => Value::Api(name),
        }
    }

    fn clauses(
        &mut self,
        context: Context,
        comprehension: &seriema_program::ir::Comprehension,
        at: usize,
        items: &mut Vec<Value>,
        is_open: &mut bool,
    ) {
        if items.len() >= MAX_ITEMS || self.steps >= self.limit {
            *is_open = true;
            return;
        }
        let Some(clause) = comprehension.clauses.get(at) else {
            if let Some(key) = comprehension.key {
                let key = self.eval(context, key);
                items.push(key);
            }
            let element = self.eval(context, comprehension.element);
            items.push(element);
            return;
        };
        let over = self.eval(context, clause.iter);
        let (elements, open) = self.elements(over);
        *is_open |= open;
        let unknown = (open && elements.is_empty()).then_some(Value::Unknown);
        for element in elements.into_iter().chain(unknown).take(MAX_ITEMS) {
            self.assign(context, clause.target, element, true);
            let mut holds = true;
            for condition in &clause.conditions {
                let condition = self.eval(context, *condition);
                holds &= self.truth(condition) != Some(false);
            }
            if holds {
                self.clauses(context, comprehension, at + 1, items, is_open);
            }
        }
    }

    fn dictionary(&mut self, context: Context, list: List) -> Value {
        let source = self.file(context.file);
        let mut entries: Vec<(Value, Value)> = Vec::new();
        let mut is_open = false;
        for pair in source.exprs_of(list).chunks_exact(2) {
            if matches!(source.expr(pair[0]), Expr::Unknown) {
                let inner = self.eval(context, pair[1]);
                match self.heap.entries(inner) {
                    Some(more) => entries.extend_from_slice(more),
                    None => is_open = true,
                }
                continue;
            }
            let key = self.eval(context, pair[0]);
            let value = self.eval(context, pair[1]);
            match entries.iter_mut().find(|(known, _)| *known == key && key.is_known()) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        Value::Node(self.heap.add(Node::Dict { entries, is_open }))
    }

    fn first_deciding(&mut self, context: Context, list: List, decides: bool) -> Value {
        let source = self.file(context.file);
        let mut last = Value::Unknown;
        let mut unsure = None;
        for expr in source.exprs_of(list) {
            last = self.eval(context, *expr);
            match self.truth(last) {
                Some(truth) if truth == decides => break,
                Some(_) => {}
                // `given or default`: what is known is as good a guess as any.
                None if decides && last.is_known() => unsure = unsure.or(Some(last)),
                None if !decides => return Value::Unknown,
                None => {}
            }
        }
        unsure.unwrap_or(last)
    }

    /// The elements of something that is gone through, and whether there may be more.
    pub(crate) fn elements(&self, value: Value) -> (Vec<Value>, bool) {
        if let Some((items, is_open)) = self.heap.items(value) {
            return (items.to_vec(), is_open);
        }
        match value {
            Value::Node(id) => match self.heap.node(id) {
                Node::Dict { entries, is_open } => (entries.iter().map(|(key, _)| *key).collect(), *is_open),
                // Whatever it holds is known by it: `router.urls`, `i18n_patterns(...)`.
                Node::Attribute { .. } | Node::Call(_) => (vec![value], true),
                Node::Closure { .. } | Node::Bound { .. } | Node::Super { .. } | Node::Sequence { .. } => {
                    (Vec::new(), true)
                }
            },
            _ => (Vec::new(), true),
        }
    }

    /// Whether a value counts as true, if that is known.
    pub(crate) fn truth(&self, value: Value) -> Option<bool> {
        match value {
            Value::None => Some(false),
            Value::Bool(value) => Some(value),
            Value::Int(value) => Some(value != 0),
            Value::Text(text) if text.as_str().contains(GAP) => None,
            Value::Text(text) => Some(!text.as_str().is_empty()),
            Value::Class(_) | Value::Module(_) => Some(true),
            Value::Api(path) => match path.as_str() {
                "typing.TYPE_CHECKING" => Some(true),
                _ => None,
            },
            Value::Unknown => None,
            Value::Node(id) => match self.heap.node(id) {
                Node::Sequence { items, is_open } => {
                    if items.is_empty() {
                        (!is_open).then_some(false)
                    } else {
                        Some(true)
                    }
                }
                Node::Dict { entries, is_open } => {
                    if entries.is_empty() {
                        (!is_open).then_some(false)
                    } else {
                        Some(true)
                    }
                }
                Node::Closure { .. } | Node::Bound { .. } | Node::Super { .. } => Some(true),
                Node::Attribute { .. } | Node::Call(_) => None,
            },
        }
    }

    fn compare(&self, op: CompareOp, left: Value, right: Value) -> Value {
        let is_plain = |value: Value| match value {
            Value::Text(text) => !text.as_str().contains(GAP),
            Value::None | Value::Bool(_) | Value::Int(_) => true,
            _ => false,
        };
        // A program is started as its users start it.
        if let (Value::Text(_), Some("__main__")) = (left, right.as_text()) {
            return Value::Bool(op == CompareOp::Eq);
        }
        if matches!(op, CompareOp::Is | CompareOp::IsNot) && right == Value::None {
            let is_none = match left {
                Value::None => true,
                Value::Unknown | Value::Api(_) => return Value::Unknown,
                Value::Node(id) if matches!(self.heap.node(id), Node::Attribute { .. }) => return Value::Unknown,
                _ => false,
            };
            return Value::Bool(is_none == (op == CompareOp::Is));
        }
        if let (CompareOp::In | CompareOp::NotIn, Some((items, is_open))) = (op, self.heap.items(right)) {
            let all_plain = items.iter().all(|item| is_plain(*item));
            if !is_plain(left) {
                return Value::Unknown;
            }
            let found = items.contains(&left);
            if !found && (is_open || !all_plain) {
                return Value::Unknown;
            }
            return Value::Bool(found == (op == CompareOp::In));
        }
        if !is_plain(left) || !is_plain(right) {
            return Value::Unknown;
        }
        match op {
            CompareOp::Eq | CompareOp::Is => Value::Bool(left == right),
            CompareOp::NotEq | CompareOp::IsNot => Value::Bool(left != right),
            _ => match (left, right) {
                (Value::Int(left), Value::Int(right)) => Value::Bool(match op {
                    CompareOp::Lt => left < right,
                    CompareOp::LtE => left <= right,
                    CompareOp::Gt => left > right,
                    _ => left >= right,
                }),
                _ => Value::Unknown,
            },
        }
    }

    /// `left op right`, of texts, lists and numbers.
    pub(super) fn binary(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        match (op, left, right) {
            (BinaryOp::Add, Value::Int(left), Value::Int(right)) => Value::Int(left.saturating_add(right)),
            (BinaryOp::Add, Value::Text(_), _) | (BinaryOp::Add, _, Value::Text(_)) => {
                let mut text = String::new();
                push_text(&mut text, left);
                push_text(&mut text, right);
                made_text(&text)
            }
            (BinaryOp::Add | BinaryOp::Or, _, _) if self.is_sequence(left) || self.is_sequence(right) => {
                let (mut items, left_open) = self.elements(left);
                let (more, right_open) = self.elements(right);
                items.extend(more);
                let is_open = left_open || right_open || items.len() > MAX_ITEMS;
                items.truncate(MAX_ITEMS);
                self.heap.sequence(items, is_open)
            }
            (BinaryOp::Or, _, _) if self.heap.entries(left).is_some() => {
                let mut entries = self.heap.entries(left).unwrap_or_default().to_vec();
                let more = self.heap.entries(right);
                let is_open = more.is_none();
                entries.extend_from_slice(more.unwrap_or_default());
                Value::Node(self.heap.add(Node::Dict { entries, is_open }))
            }
            (BinaryOp::Mod, Value::Text(format), given) => self.percent(format.as_str(), given),
            // `pathlib.Path(...) / "name"` and the like.
            _ => Value::Unknown,
        }
    }

    fn is_sequence(&self, value: Value) -> bool {
        self.heap.items(value).is_some()
    }

    /// `target op= value`: lists grow in place, whoever else has them.
    pub(super) fn augmented(&mut self, old: Value, op: BinaryOp, added: Value) -> Value {
        if op != BinaryOp::Add || !self.is_sequence(old) {
            return self.binary(op, old, added);
        }
        self.extend(old, added);
        old
    }

    /// Puts all elements of one value at the end of a list.
    pub(super) fn extend(&mut self, list: Value, added: Value) {
        let (more, open) = self.elements(added);
        if let Value::Node(id) = list
            && let Node::Sequence { items, is_open } = self.heap.node_mut(id)
        {
            items.extend(more);
            *is_open |= open || items.len() > MAX_ITEMS;
            items.truncate(MAX_ITEMS);
        }
    }

    /// `format % given`
    fn percent(&mut self, format: &str, given: Value) -> Value {
        let given = match self.heap.items(given) {
            Some((items, _)) => items.to_vec(),
            None => vec![given],
        };
        let mut given = given.into_iter();
        let mut text = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            match rest.chars().next() {
                Some('%') => text.push('%'),
                Some('s' | 'd' | 'i') => push_text(&mut text, given.next().unwrap_or(Value::Unknown)),
                _ => return Value::Unknown,
            }
            rest = &rest[1..];
        }
        text.push_str(rest);
        made_text(&text)
    }

    /// `of[from:to]`
    fn slice(&mut self, of: Value, from: Option<Value>, to: Option<Value>) -> Value {
        let Some((items, is_open)) = self.heap.items(of) else { return Value::Unknown };
        let items = items.to_vec();
        let at = |value: Option<Value>, default: usize| match value {
            None | Some(Value::None) => Some(default),
            Some(Value::Int(at)) => {
                let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
                usize::try_from(if at < 0 { at.saturating_add(len).max(0) } else { at.min(len) }).ok()
            }
            Some(_) => None,
        };
        match (at(from, 0), at(to, items.len())) {
            (Some(from), Some(to)) => {
                let part = items.get(from..to.max(from)).unwrap_or_default().to_vec();
                self.heap.sequence(part, is_open)
            }
            _ => self.heap.sequence(items, true),
        }
    }

    fn item(&mut self, of: Value, key: Value) -> Value {
        if let Some((items, _)) = self.heap.items(of) {
            return match key {
                Value::Int(at) => {
                    let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
                    let at = if at < 0 { at + len } else { at };
                    usize::try_from(at).ok().and_then(|at| items.get(at).copied()).unwrap_or(Value::Unknown)
                }
                _ => Value::Unknown,
            };
        }
        if let Some(entries) = self.heap.entries(of) {
            return entries.iter().find(|(known, _)| *known == key).map_or(Value::Unknown, |(_, value)| *value);
        }
        match of {
            // `Annotated[T, Depends(...)]`: all that is said.
            Value::Api(path) if path.as_str().ends_with(".Annotated") => key,
            // `Generic[T]`, `list[int]`: what stands before it.
            Value::Class(_) => of,
            Value::Api(path) if !path.as_str().starts_with("typing.") => of,
            Value::Node(_) => {
                let callee = self.heap.attribute(of, Symbol::new("__getitem__"));
                match self.heap.assigned(callee, item_name(key)) {
                    Some(value) => value,
                    None => self.heap.attribute(callee, item_name(key)),
                }
            }
            _ => Value::Unknown,
        }
    }
}

/// The name under which an element of an unknown thing is kept.
fn item_name(key: Value) -> Symbol {
    match key {
        Value::Text(text) => text,
        Value::Int(at) => Symbol::new(&at.to_string()),
        _ => Symbol::new("?"),
    }
}

/// Writes a value into a text; a gap for what is not known.
pub(super) fn push_text(text: &mut String, value: Value) {
    match value {
        Value::Text(part) => text.push_str(part.as_str()),
        Value::Int(value) => text.push_str(&value.to_string()),
        Value::None => text.push_str("None"),
        Value::Bool(value) => text.push_str(if value { "True" } else { "False" }),
        _ => text.push(GAP),
    }
}

/// A text that was put together.
pub(super) fn made_text(text: &str) -> Value {
    if text.len() > MAX_TEXT { Value::Unknown } else { Value::text(text) }
}
