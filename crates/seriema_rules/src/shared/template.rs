//! A string that the program builds, as its known text with holes for the values.
//!
//! Follows names to what they are bound to (also piecewise, with `+=`), and understands concatenation, `%`, `.format`,
//! f-strings, `join` and `replace`. What a hole stands next to tells what its value can do.

use std::borrow::Cow;

use crate::shared::filling::is_numeric_spec;
use seriema_program::ast::{self, Expr, Operator};
use seriema_program::text_size::TextSize;
use seriema_program::{Binding, BindingKind, Const, Origin, ScopeId, Semantic};

/// Stands for a hole in [`Template::text`]; no source holds it.
pub(crate) const HOLE: char = '\u{f8ff}';

/// Longest literal that is looked into, in bytes: no statement and no command is longer.
const MAX_LITERAL: usize = 1 << 16;

/// How often a template's text is gone through, about.
const PASSES: usize = 8;

/// Expressions looked at for one template; what lies beyond becomes holes.
const MAX_STEPS: u32 = 160;

/// Names followed within each other.
const MAX_DEPTH: u32 = 10;

/// A value in a built string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hole<'a> {
    /// What is put in. For what a comprehension binds: what it iterates over.
    pub(crate) expr: &'a Expr,
    /// Where `expr` stands.
    pub(crate) scope: ScopeId,
    /// Whether the format (`%d`, `{:.2f}`) lets only numbers in.
    pub(crate) numeric: bool,
}

/// A piece of a built string.
#[derive(Clone, Debug)]
pub(crate) enum Part<'a> {
    /// Known text.
    Text(Cow<'a, str>),
    /// A value.
    Hole(Hole<'a>),
}

/// A built string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template<'a> {
    /// Its pieces in order.
    pub(crate) parts: Vec<Part<'a>>,
}

impl<'a> Template<'a> {
    /// Takes an expression at the current node apart.
    pub(crate) fn of(semantic: &Semantic<'a>, expr: &'a Expr) -> Self {
        let scope = semantic.current_scope();
        Reader::new(semantic).read(scope, expr)
    }

    /// [`Self::of`] a concatenation or a `%`.
    pub(crate) fn of_binop(semantic: &Semantic<'a>, op: &'a ast::ExprBinOp) -> Self {
        Reader::new(semantic).read_binop(semantic.current_scope(), op).unwrap_or_default()
    }

    /// [`Self::of`] an f-string.
    pub(crate) fn of_fstring(semantic: &Semantic<'a>, f: &'a ast::ExprFString) -> Self {
        Reader::new(semantic).read_fstring(semantic.current_scope(), f)
    }

    /// [`Self::of`] a call of a string's method.
    pub(crate) fn of_call(semantic: &Semantic<'a>, call: &'a ast::ExprCall) -> Self {
        Reader::new(semantic).read_call(semantic.current_scope(), call).unwrap_or_default()
    }

    /// What a name holds at a place of the current scope; empty when that is not a string built here.
    pub(crate) fn of_name(semantic: &Semantic<'a>, name: &'a ast::ExprName, at: TextSize) -> Self {
        Reader::new(semantic).read_name(semantic.current_scope(), name, at).unwrap_or_default()
    }

    /// The text with [`HOLE`] for each hole.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(known) => text.push_str(known),
                Part::Hole(_) => text.push(HOLE),
            }
        }
        text
    }

    /// The values.
    pub(crate) fn holes(&self) -> impl Iterator<Item = &Hole<'a>> {
        self.parts.iter().filter_map(|part| if let Part::Hole(hole) = part { Some(hole) } else { None })
    }

    /// Whether any text is known.
    pub(crate) fn has_text(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Text(text) if !text.trim().is_empty()))
    }

    /// The value, when the string is nothing else.
    pub(crate) fn single_hole(&self) -> Option<&Hole<'a>> {
        if let [Part::Hole(hole)] = self.parts.as_slice() { Some(hole) } else { None }
    }

    /// The text with `content` in place of the hole that `value` fills, and dots in place of the others. None when it
    /// gets too long to be shown, or is nothing but holes.
    pub(crate) fn filled(&self, value: &Hole<'a>, content: &str) -> Option<String> {
        let mut text = String::new();
        let mut placed = false;
        for part in &self.parts {
            match part {
                Part::Text(known) => text.push_str(known),
                Part::Hole(hole) if !placed && std::ptr::eq(hole.expr, value.expr) => {
                    text.push_str(content);
                    placed = true;
                }
                Part::Hole(_) => text.push('…'),
            }
        }
        (placed && text.len() <= 600).then(|| text.trim().to_owned())
    }

    /// Adds what follows.
    pub(crate) fn append(&mut self, other: Template<'a>) {
        for part in other.parts {
            self.push(part);
        }
    }

    pub(super) fn push(&mut self, part: Part<'a>) {
        if let (Some(Part::Text(last)), Part::Text(next)) = (self.parts.last_mut(), &part) {
            last.to_mut().push_str(next);
        } else {
            self.parts.push(part);
        }
    }

    pub(super) fn push_text(&mut self, text: impl Into<Cow<'a, str>>) {
        let text = text.into();
        if !text.is_empty() {
            self.push(Part::Text(text));
        }
    }

    fn text_only(text: impl Into<Cow<'a, str>>) -> Self {
        let mut template = Self::default();
        template.push_text(text);
        template
    }

    pub(super) fn hole(expr: &'a Expr, scope: ScopeId) -> Self {
        Self { parts: vec![Part::Hole(Hole { expr, scope, numeric: false })] }
    }

    pub(super) fn numeric(mut self) -> Self {
        for part in &mut self.parts {
            if let Part::Hole(hole) = part {
                hole.numeric = true;
            }
        }
        self
    }
}

/// Whether an expression builds a string out of parts, rather than being one or standing for one.
pub(crate) fn is_built(expr: &Expr) -> bool {
    match expr {
        Expr::BinOp(op) => matches!(op.op, Operator::Add | Operator::Mod),
        Expr::FString(f) => f.value.elements().any(|element| element.is_interpolation()),
        Expr::Call(call) => matches!(
            &*call.func,
            Expr::Attribute(method)
                if matches!(method.attr.as_str(), "format" | "format_map" | "join" | "replace")
                    || (is_shape_method(&method.attr) && is_built(&method.value))
        ),
        _ => false,
    }
}

/// Methods that keep what a string says.
fn is_shape_method(name: &str) -> bool {
    matches!(
        name,
        "strip"
            | "lstrip"
            | "rstrip"
            | "lower"
            | "upper"
            | "encode"
            | "decode"
            | "expandtabs"
            | "casefold"
            | "splitlines"
    )
}

pub(super) struct Reader<'s, 'a> {
    pub(super) semantic: &'s Semantic<'a>,
    steps: u32,
    depth: u32,
    /// Names that comprehensions bind, with what they iterate over.
    bound: Vec<(&'a str, &'a Expr)>,
}

impl<'s, 'a> Reader<'s, 'a> {
    fn new(semantic: &'s Semantic<'a>) -> Self {
        Self { semantic, steps: MAX_STEPS, depth: 0, bound: Vec::new() }
    }

    pub(super) fn read(&mut self, scope: ScopeId, expr: &'a Expr) -> Template<'a> {
        if self.steps == 0 || self.depth >= MAX_DEPTH * 4 {
            return Template::hole(expr, scope);
        }
        self.steps -= 1;
        self.depth += 1;
        let template = self.read_structure(scope, expr).unwrap_or_else(|| match self.constant(scope, expr) {
            Some(text) => Template::text_only(text),
            None => Template::hole(expr, scope),
        });
        self.depth -= 1;
        template
    }

    pub(super) fn constant(&self, scope: ScopeId, expr: &'a Expr) -> Option<Cow<'a, str>> {
        match self.semantic.constant_in(scope, expr)? {
            Const::Str(text) => Some(text),
            Const::Int(value) => Some(value.to_string().into()),
            _ => None,
        }
    }

    fn read_structure(&mut self, scope: ScopeId, expr: &'a Expr) -> Option<Template<'a>> {
        match expr {
            Expr::StringLiteral(literal) => {
                let text = literal.value.to_str();
                (text.len() <= MAX_LITERAL && self.semantic.affords(text.len() * PASSES))
                    .then(|| Template::text_only(text))
            }
            Expr::FString(f) => Some(self.read_fstring(scope, f)),
            Expr::BinOp(op) => self.read_binop(scope, op),
            Expr::Call(call) => self.read_call(scope, call),
            Expr::Name(name) => {
                if let Some((_, iter)) = self.bound.iter().rev().find(|(bound, _)| *bound == name.id.as_str()) {
                    return Some(Template::hole(iter, scope));
                }
                self.read_name(scope, name, name.range.start())
            }
            Expr::If(choice) => {
                let then = self.read(scope, &choice.body);
                let otherwise = self.read(scope, &choice.orelse);
                Some(if self.risk(&otherwise) > self.risk(&then) { otherwise } else { then })
            }
            Expr::Named(named) => Some(self.read(scope, &named.value)),
            _ => None,
        }
    }

    fn read_binop(&mut self, scope: ScopeId, op: &'a ast::ExprBinOp) -> Option<Template<'a>> {
        match op.op {
            Operator::Add => {
                let mut template = self.read(scope, &op.left);
                let right = self.read(scope, &op.right);
                template.append(right);
                Some(template)
            }
            Operator::Mod => {
                let template = self.read(scope, &op.left);
                template.has_text().then(|| self.fill_percent(scope, template, &op.right))
            }
            // `"?, " * n`
            Operator::Mult if op.left.is_string_literal_expr() => Some(self.read(scope, &op.left)),
            _ => None,
        }
    }

    fn read_fstring(&mut self, scope: ScopeId, f: &'a ast::ExprFString) -> Template<'a> {
        let mut template = Template::default();
        for part in f.value.as_slice() {
            match part {
                ast::FStringPart::Literal(literal) => template.push_text(&*literal.value),
                ast::FStringPart::FString(f) => {
                    for element in &f.elements {
                        match element {
                            ast::InterpolatedStringElement::Literal(literal) => template.push_text(&*literal.value),
                            ast::InterpolatedStringElement::Interpolation(hole) => {
                                let numeric = hole.format_spec.as_ref().is_some_and(|spec| {
                                    spec.elements
                                        .last()
                                        .and_then(|last| last.as_literal())
                                        .is_some_and(|last| is_numeric_spec(&last.value))
                                });
                                let inner = self.read(scope, &hole.expression);
                                template.append(if numeric { inner.numeric() } else { inner });
                            }
                        }
                    }
                }
            }
        }
        template
    }

    fn read_call(&mut self, scope: ScopeId, call: &'a ast::ExprCall) -> Option<Template<'a>> {
        if let Expr::Attribute(method) = &*call.func {
            let receiver = &*method.value;
            match method.attr.as_str() {
                "format" | "format_map" => {
                    let template = self.read(scope, receiver);
                    return template.has_text().then(|| self.fill_braces(scope, template, call));
                }
                "join" => return self.read_join(scope, receiver, call.arguments.args.first()?),
                "replace" => {
                    let [old, new, ..] = &*call.arguments.args else { return None };
                    let template = self.read(scope, receiver);
                    return template.has_text().then(|| self.replace(scope, template, old, new));
                }
                name if is_shape_method(name) => {
                    let template = self.read(scope, receiver);
                    return template.has_text().then_some(template);
                }
                _ => {}
            }
        }
        let path = self.semantic.qualified_in(scope, &call.func)?;
        match &*path {
            "textwrap.dedent"
            | "inspect.cleandoc"
            | "builtins.str"
            | "sqlalchemy.text"
            | "sqlalchemy.sql.text"
            | "sqlalchemy.sql.expression.text"
            | "sqlalchemy.literal_column" => {
                let template = self.read(scope, call.arguments.args.first()?);
                template.has_text().then_some(template)
            }
            _ => None,
        }
    }

    /// What a name holds at `at`; none when it is no string that is built here.
    fn read_name(&mut self, scope: ScopeId, name: &'a ast::ExprName, at: TextSize) -> Option<Template<'a>> {
        if self.depth >= MAX_DEPTH * 4 {
            return None;
        }
        let semantic = self.semantic;
        let (_, owner) = semantic.binding_in(scope, &name.id, at)?;
        let from_inside = owner == scope;
        let before = |binding: &&Binding<'a>| !from_inside || binding.offset <= at;
        let bindings: Vec<Binding<'a>> =
            semantic.scopes.bindings_of(owner, &name.id).filter(before).take(8).copied().collect();
        // A name from outside that is bound again and again says nothing.
        if !from_inside && bindings.len() > 1 {
            return None;
        }
        let mut best: Option<(Template<'a>, TextSize)> = None;
        self.depth += 2;
        for binding in bindings.iter().filter(|binding| assigned(binding).is_some()) {
            let Some(value) = assigned(binding) else { continue };
            let template = self.read(binding.scope, value);
            let better = match &best {
                None => true,
                Some((chosen, _)) => template.has_text() && self.risk(&template) > self.risk(chosen),
            };
            if better {
                best = Some((template, binding.offset));
            }
        }
        let mut template = match best {
            Some((template, offset)) => {
                let mut template = template;
                for binding in bindings.iter().rev().filter(|binding| binding.offset > offset) {
                    if let BindingKind::Augmented(value) = binding.kind {
                        let more = self.read(binding.scope, value);
                        template.append(more);
                    }
                }
                template
            }
            None => {
                self.depth -= 2;
                return None;
            }
        };
        self.depth -= 2;
        if !template.has_text() && !template.parts.is_empty() {
            return None;
        }
        if template.parts.len() > 64 {
            template.parts.truncate(64);
        }
        Some(template)
    }

    fn read_join(&mut self, scope: ScopeId, separator: &'a Expr, items: &'a Expr) -> Option<Template<'a>> {
        let separator = self.constant(scope, separator)?;
        match items {
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                Some(self.join_all(scope, &separator, elts.iter().map(|element| (scope, element))))
            }
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. }) => {
                let before = self.bound.len();
                for generator in generators {
                    self.bind_target(&generator.target, &generator.iter);
                }
                let template = self.read(scope, elt);
                self.bound.truncate(before);
                // A value alone has the origin of the comprehension, which knows more.
                Some(if template.has_text() || template.parts.is_empty() {
                    template
                } else {
                    Template::hole(items, scope)
                })
            }
            // `["%s"] * n`
            Expr::BinOp(op) if op.op == Operator::Mult => {
                let list =
                    if op.left.is_list_expr() || op.left.is_string_literal_expr() { &op.left } else { &op.right };
                match &**list {
                    Expr::List(list) => {
                        Some(self.join_all(scope, &separator, list.elts.iter().map(|element| (scope, element))))
                    }
                    literal @ Expr::StringLiteral(_) => Some(self.read(scope, literal)),
                    _ => None,
                }
            }
            Expr::Name(name) => self.join_named(scope, &separator, name),
            _ => None,
        }
    }

    /// `sep.join(name)` where the name is bound to a list that is filled here.
    fn join_named(&mut self, scope: ScopeId, separator: &str, name: &'a ast::ExprName) -> Option<Template<'a>> {
        let (binding, owner) = self.semantic.binding_in(scope, &name.id, name.range.start())?;
        if owner != scope || self.semantic.scopes.bindings_of(owner, &name.id).count() != 1 {
            return None;
        }
        let given = self.semantic.scopes.mutations(owner, &name.id);
        match assigned(binding)? {
            Expr::List(list) => {
                let all = list.elts.iter().map(|element| (scope, element)).chain(given.iter().copied());
                Some(self.join_all(scope, separator, all.take(16)))
            }
            comprehension @ (Expr::ListComp(_) | Expr::BinOp(_)) if given.is_empty() && self.depth < MAX_DEPTH => {
                let first = match comprehension {
                    Expr::ListComp(comp) => {
                        let before = self.bound.len();
                        for generator in &comp.generators {
                            self.bind_target(&generator.target, &generator.iter);
                        }
                        let template = self.read(scope, &comp.elt);
                        self.bound.truncate(before);
                        template
                    }
                    Expr::BinOp(op) if op.op == Operator::Mult => {
                        let elts = &op.left.as_list_expr()?.elts;
                        self.join_all(scope, separator, elts.iter().map(|element| (scope, element)))
                    }
                    _ => return None,
                };
                first.has_text().then_some(first)
            }
            _ => None,
        }
    }

    fn join_all(
        &mut self,
        scope: ScopeId,
        separator: &str,
        items: impl Iterator<Item = (ScopeId, &'a Expr)>,
    ) -> Template<'a> {
        let mut template = Template::default();
        for (index, (own_scope, item)) in items.enumerate() {
            if index > 0 {
                template.push_text(separator.to_owned());
            }
            let item = if let Expr::Starred(starred) = item { &*starred.value } else { item };
            let inner = self.read(if own_scope == scope { scope } else { own_scope }, item);
            template.append(inner);
        }
        template
    }

    fn bind_target(&mut self, target: &'a Expr, iter: &'a Expr) {
        match target {
            Expr::Name(name) => self.bound.push((&name.id, iter)),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.bind_target(element, iter)),
            _ => {}
        }
    }

    /// How far a template's values can be steered from outside.
    fn risk(&self, template: &Template<'a>) -> Origin {
        let origin = |hole: &Hole<'a>| {
            if hole.numeric { Origin::Inert } else { self.semantic.origin_in(hole.scope, hole.expr) }
        };
        template.holes().take(6).map(origin).max().unwrap_or(Origin::Constant)
    }
}

/// The value of a plain assignment.
pub(crate) fn assigned<'a>(binding: &Binding<'a>) -> Option<&'a Expr> {
    match binding.kind {
        BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) => Some(value),
        _ => None,
    }
}
