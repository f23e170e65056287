//! What of a piece of markup is neither constant nor escaped.

use seriema_program::ast::{self, Comprehension, Expr, Operator, Stmt};
use seriema_program::text_size::{Ranged, TextSize};
use seriema_program::{BindingKind, Node, Origin, Semantic};

use super::markup_names::{
    is_attribute_name, is_constant_name, is_conversion, is_escaping_name, is_markup_name, is_number_name,
    is_program_object, is_translation, keeps_escaping,
};

/// Expressions looked at before what is left counts as unknown.
const MAX_STEPS: u32 = 96;

/// Operands of a concatenation, and methods called one upon the other, that are looked through.
const MAX_CHAIN: u32 = 32;

/// How likely a value is to hold what a stranger wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Danger {
    /// What another function returns: it may well be markup.
    Result,
    /// A parameter, or a field of an object.
    Data,
    /// Data of a request.
    Remote,
}

/// The worst part of a piece of markup.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawPart<'a> {
    /// The value.
    pub expr: &'a Expr,
    /// Where it comes from.
    pub danger: Danger,
    /// Whether it is put between other text, so that it is meant to be text and not markup itself.
    pub joined: bool,
}

impl RawPart<'_> {
    fn rank(&self) -> (bool, bool, Danger, bool) {
        (self.danger == Danger::Remote, self.joined && self.danger == Danger::Data, self.danger, self.joined)
    }
}

/// The worst part of `expr` that is neither constant nor escaped; none when there is none.
pub(crate) fn raw_part<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> Option<RawPart<'a>> {
    Search { semantic, generators: Vec::new(), steps: MAX_STEPS }.part(expr, false)
}

struct Search<'s, 'a> {
    semantic: &'s Semantic<'a>,
    /// Generators of the comprehensions around the expression that is looked at.
    generators: Vec<&'a Comprehension>,
    steps: u32,
}

impl<'a> Search<'_, 'a> {
    fn part(&mut self, expr: &'a Expr, joined: bool) -> Option<RawPart<'a>> {
        let Some(steps) = self.steps.checked_sub(1) else {
            return Some(RawPart { expr, danger: Danger::Result, joined });
        };
        self.steps = steps;
        match expr {
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::Compare(_)
            | Expr::Lambda(_) => None,
            Expr::FString(f) => {
                let holes = f.value.elements().filter_map(|element| element.as_interpolation());
                let open = holes.filter(|hole| hole.format_spec.is_none() || is_text_format(hole));
                self.worst(open.map(|hole| &*hole.expression), true)
            }
            Expr::BinOp(op) if op.op == Operator::Add => {
                // `Markup(...) + value` escapes the value.
                if self.is_markup(&op.left) || self.is_markup(&op.right) {
                    return None;
                }
                // Two values side by side may be pieces of markup; between literals they are text.
                let joined = joined || has_literal(&op.left) || has_literal(&op.right);
                self.worst([&*op.left, &*op.right].into_iter(), joined)
            }
            Expr::BinOp(op) if op.op == Operator::Mod => {
                let numbers = conversions(&op.left)
                    .is_some_and(|kinds| !kinds.iter().any(|kind| matches!(kind, 's' | 'r' | 'a')));
                if self.is_markup(&op.left) || numbers {
                    return None;
                }
                let template = self.part(&op.left, joined);
                let values = match &*op.right {
                    Expr::Tuple(tuple) => {
                        let conversions = conversions(&op.left);
                        let takes_text = |index: usize| match &conversions {
                            Some(kinds) if kinds.len() == tuple.elts.len() => matches!(kinds[index], 's' | 'r' | 'a'),
                            _ => true,
                        };
                        let texts = tuple.elts.iter().enumerate().filter(|(index, _)| takes_text(*index));
                        self.worst(texts.map(|(_, value)| value), true)
                    }
                    Expr::Dict(dict) => self.worst(dict.items.iter().map(|item| &item.value), true),
                    value => self.part(value, true),
                };
                worse(template, values)
            }
            // `"&nbsp;" * depth`
            Expr::BinOp(op) if op.op == Operator::Mult => self.part(&op.left, joined),
            Expr::BoolOp(op) => self.worst(op.values.iter(), joined),
            Expr::If(choice) => self.worst([&*choice.body, &*choice.orelse].into_iter(), joined),
            Expr::Starred(inner) => self.part(&inner.value, joined),
            Expr::Await(inner) => self.part(&inner.value, joined),
            Expr::Named(named) => self.part(&named.value, joined),
            Expr::List(ast::ExprList { elts, .. }) | Expr::Set(ast::ExprSet { elts, .. }) => {
                self.worst(elts.iter(), joined)
            }
            Expr::Tuple(tuple) => self.worst(tuple.elts.iter(), joined),
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. }) => {
                let before = self.generators.len();
                self.generators.extend(generators);
                let part = self.part(elt, joined);
                self.generators.truncate(before);
                part
            }
            Expr::Name(name) => self.name(expr, name, joined),
            Expr::Call(call) => self.call(expr, call, joined),
            Expr::Attribute(attribute) => self.field(expr, &attribute.value, &attribute.attr, joined),
            Expr::Subscript(subscript) => {
                let key = subscript.slice.as_string_literal_expr().map_or("", |key| key.value.to_str());
                self.field(expr, &subscript.value, key, joined)
            }
            _ => Some(RawPart { expr, danger: Danger::Result, joined }),
        }
    }

    fn worst(&mut self, exprs: impl Iterator<Item = &'a Expr>, joined: bool) -> Option<RawPart<'a>> {
        let mut found = None;
        for expr in exprs {
            found = worse(found, self.part(expr, joined));
        }
        found
    }

    fn name(&mut self, expr: &'a Expr, name: &'a ast::ExprName, joined: bool) -> Option<RawPart<'a>> {
        let generator = self.generators.iter().rev().find(|generator| binds(&generator.target, &name.id)).copied();
        if let Some(generator) = generator {
            let iterated = self.part(&generator.iter, joined)?;
            let danger = if is_markup_name(&name.id) { Danger::Result } else { iterated.danger };
            return Some(RawPart { expr, danger, joined });
        }
        let semantic = self.semantic;
        let at = name.range.start();
        let own = semantic.scopes.bindings_of(semantic.current_scope(), &name.id);
        // Values assigned in the same function: any may be in force, and escaping one of them shows that it is done.
        let mut values = Vec::new();
        for binding in own.take(9) {
            match binding.kind {
                BindingKind::Assign(value) | BindingKind::Augmented(value) | BindingKind::Annotated(_, Some(value)) => {
                    if binding.offset > at {
                        continue;
                    }
                    if self.is_escaped(value) {
                        return None;
                    }
                    let appended = matches!(binding.kind, BindingKind::Augmented(_));
                    values.push((value, appended));
                    if !appended && dominates(semantic, binding.offset) {
                        break;
                    }
                }
                BindingKind::Unpacked(value) | BindingKind::Iteration(value) => {
                    let part = self.part(value, joined)?;
                    let danger = if is_markup_name(&name.id) { Danger::Result } else { part.danger };
                    return Some(RawPart { expr, danger, joined });
                }
                BindingKind::Parameter(_) => return self.parameter(expr, &name.id, joined),
                BindingKind::Function(_) | BindingKind::Class(_) => return None,
                _ => return Some(RawPart { expr, danger: self.danger_of(expr, Danger::Result), joined }),
            }
        }
        if values.is_empty() {
            return match semantic.binding(&name.id, at).map(|binding| binding.kind) {
                Some(BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value))) => self.part(value, joined),
                Some(BindingKind::Parameter(_)) => self.parameter(expr, &name.id, joined),
                Some(BindingKind::Function(_) | BindingKind::Class(_)) => None,
                // A constant of another module, by convention.
                Some(BindingKind::ImportFrom { member, .. }) if is_constant_name(member) => None,
                _ => Some(RawPart { expr, danger: self.danger_of(expr, Danger::Result), joined }),
            };
        }
        let mut found = None;
        for (value, appended) in values {
            // The name itself inside its own new value adds nothing.
            if matches!(value, Expr::Name(inner) if inner.id == name.id) {
                continue;
            }
            found = worse(found, self.part(value, joined || appended));
        }
        found
    }

    fn parameter(&self, expr: &'a Expr, name: &str, joined: bool) -> Option<RawPart<'a>> {
        let danger = match self.semantic.origin(expr) {
            Origin::Remote => Danger::Remote,
            Origin::Constant | Origin::Inert | Origin::Program => return None,
            _ if is_number_name(name) => return None,
            _ if is_markup_name(name) || matches!(name, "self" | "cls") => Danger::Result,
            _ => Danger::Data,
        };
        Some(RawPart { expr, danger, joined })
    }

    /// `object.field`, `mapping["key"]`
    fn field(&mut self, expr: &'a Expr, base: &'a Expr, name: &str, joined: bool) -> Option<RawPart<'a>> {
        match self.semantic.origin(expr) {
            // What a request says of the server, or of itself in a few fixed words.
            Origin::Remote
                if matches!(name, "script_root" | "method" | "endpoint" | "blueprint" | "scheme" | "remote_addr") =>
            {
                return None;
            }
            Origin::Remote => return Some(RawPart { expr, danger: Danger::Remote, joined }),
            Origin::Constant | Origin::Inert | Origin::Program => return None,
            _ => {}
        }
        if is_constant_name(name) || is_number_name(name) {
            return None;
        }
        // A method of a form, a class of a module: their attributes are the program's own.
        let of_module = self.semantic.qualified(base).is_some_and(|path| !path.contains("()"));
        let of_markup = matches!(base, Expr::Name(base) if is_attribute_name(&base.id));
        let known = of_module || of_markup || is_markup_name(name) || is_program_object(base);
        let danger = if known || base.is_call_expr() { Danger::Result } else { Danger::Data };
        Some(RawPart { expr, danger, joined })
    }

    fn call(&mut self, expr: &'a Expr, call: &'a ast::ExprCall, joined: bool) -> Option<RawPart<'a>> {
        if self.is_escaped(expr) {
            return None;
        }
        let path = self.semantic.qualified(&call.func);
        let path = path.as_deref().unwrap_or_default();
        let first = call.arguments.args.first();
        match path {
            "builtins.str" | "builtins.repr" | "builtins.list" | "builtins.tuple" | "builtins.sorted"
            | "builtins.set" | "builtins.reversed" | "builtins.unicode" | "textwrap.dedent" => {
                return first.and_then(|first| self.part(first, joined));
            }
            // `</script>` inside a string of the document ends the script.
            "json.dumps" => {
                // An encoder of its own may well escape.
                if call.arguments.find_keyword("cls").is_some() {
                    return Some(RawPart { expr, danger: Danger::Result, joined: true });
                }
                let part = first.and_then(|first| self.part(first, true))?;
                return Some(RawPart { expr, danger: part.danger, joined: true });
            }
            "markdown.markdown" | "markdown2.markdown" | "commonmark.commonmark" | "markdown.Markdown().convert" => {
                if self.semantic.text(call).contains("safe_mode") {
                    return None;
                }
                let part = first.and_then(|first| self.part(first, true))?;
                return Some(RawPart { expr: part.expr, danger: part.danger.max(Danger::Data), joined: true });
            }
            "re.sub" => return call.arguments.args.get(2).and_then(|text| self.part(text, joined)),
            _ => {}
        }
        let name = last_name(&call.func);
        if is_conversion(name) {
            return first.and_then(|first| self.part(first, joined));
        }
        if is_translation(name) {
            let part = first.and_then(|first| self.part(first, joined))?;
            // What a catalogue answers is not what it was asked; a message made up on the spot is its own answer.
            let made = matches!(first, Some(Expr::BinOp(_) | Expr::FString(_)));
            let danger = if made { part.danger } else { Danger::Result };
            return Some(RawPart { danger, ..part });
        }
        if let Expr::Attribute(method) = &*call.func {
            match name {
                "format" | "format_map" if !self.is_markup(&method.value) => {
                    let template = self.part(&method.value, joined);
                    let positional = call.arguments.args.iter();
                    let values = positional.chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
                    return worse(template, self.worst(values, true));
                }
                "join" if !self.is_markup(&method.value) => {
                    return first.and_then(|first| self.part(first, true));
                }
                "replace" => {
                    let replacement = call.arguments.args.get(1).and_then(|new| self.part(new, joined));
                    return worse(self.part(&method.value, joined), replacement);
                }
                "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "title" | "capitalize" | "encode" | "decode"
                | "split" | "splitlines" | "removeprefix" | "removesuffix" | "expandtabs" | "copy" | "items"
                | "values" | "keys" => return self.part(&method.value, joined),
                "get" | "get_full_name" | "get_username" | "get_short_name" | "first" | "last" => {
                    let key = first.and_then(|key| key.as_string_literal_expr()).map_or("", |key| key.value.to_str());
                    return self.field(expr, &method.value, key, joined);
                }
                _ => {}
            }
        }
        Some(RawPart { expr, danger: self.danger_of(expr, Danger::Result), joined })
    }

    fn danger_of(&self, expr: &'a Expr, otherwise: Danger) -> Danger {
        if self.semantic.origin(expr) == Origin::Remote { Danger::Remote } else { otherwise }
    }

    /// Whether an expression is `Markup(...)`, `format_html(...)`, `mark_safe(...)`: what is joined to markupsafe's is
    /// escaped, and what it was made from is reported there.
    fn is_markup(&self, expr: &Expr) -> bool {
        let mut expr = expr;
        for _ in 0..MAX_CHAIN {
            let Expr::Call(call) = expr else { return false };
            match (last_name(&call.func), &*call.func) {
                ("Markup" | "HTML", _) => return true,
                ("format" | "join", Expr::Attribute(method)) => expr = &method.value,
                _ => return false,
            }
        }
        false
    }

    /// Whether an expression is the result of escaping, of rendering a template, or a number.
    fn is_escaped(&self, expr: &Expr) -> bool {
        let mut expr = expr;
        for _ in 0..MAX_CHAIN {
            let Expr::Call(call) = expr else { return false };
            let name = last_name(&call.func);
            if is_escaping_name(name) || self.replaces_brackets(call) {
                return true;
            }
            // `escape(value).replace(...)`
            match &*call.func {
                Expr::Attribute(method) if keeps_escaping(name) => expr = &method.value,
                _ => return false,
            }
        }
        false
    }

    /// `value.replace("<", "&lt;")`
    fn replaces_brackets(&self, call: &ast::ExprCall) -> bool {
        matches!(&*call.func, Expr::Attribute(method) if &method.attr == "replace")
            && ["&lt;", "u003c", "u003C"].iter().any(|mark| self.semantic.text(call).contains(mark))
    }
}

fn worse<'a>(a: Option<RawPart<'a>>, b: Option<RawPart<'a>>) -> Option<RawPart<'a>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.rank() > a.rank() { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// Whether a generator's target is the name, or a tuple that holds it.
fn binds(target: &Expr, name: &str) -> bool {
    let is_name = |expr: &Expr| matches!(expr, Expr::Name(target) if target.id == name);
    match target {
        Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => elts.iter().any(is_name),
        target => is_name(target),
    }
}

fn last_name(callee: &Expr) -> &str {
    match callee {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

/// Whether a concatenation holds literal text, among its last operands.
fn has_literal(expr: &Expr) -> bool {
    let mut expr = expr;
    for _ in 0..MAX_CHAIN {
        match expr {
            Expr::StringLiteral(_) | Expr::FString(_) => return true,
            Expr::BinOp(op) if op.op == Operator::Mod => return true,
            Expr::BinOp(op) => {
                if matches!(&*op.right, Expr::StringLiteral(_) | Expr::FString(_)) {
                    return true;
                }
                expr = &op.left;
            }
            _ => return false,
        }
    }
    false
}

/// Whether the assignment that ends at `offset` is one of the statements before the current node, in its block or in
/// one around it: then nothing older is left of the name's value.
fn dominates(semantic: &Semantic<'_>, offset: TextSize) -> bool {
    let mut body: Vec<&[Stmt]> = vec![semantic.file.suite()];
    for node in semantic.ancestors() {
        let Node::Stmt(statement) = node else { continue };
        match statement {
            Stmt::FunctionDef(function) => {
                body.push(&function.body);
                break;
            }
            Stmt::If(statement) => {
                body.push(&statement.body);
                body.extend(statement.elif_else_clauses.iter().map(|clause| &*clause.body));
            }
            Stmt::For(statement) => body.extend([&*statement.body, &*statement.orelse]),
            Stmt::While(statement) => body.extend([&*statement.body, &*statement.orelse]),
            Stmt::With(statement) => body.push(&statement.body),
            Stmt::Try(statement) => {
                body.extend([&*statement.body, &*statement.orelse, &*statement.finalbody]);
                for ast::ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    body.push(&handler.body);
                }
            }
            _ => {}
        }
    }
    let Some(at) = semantic.statement().map(Ranged::range) else { return false };
    if !semantic.affords_search(at.start().to_usize()) {
        return false;
    }
    let assigns = |statement: &Stmt| matches!(statement, Stmt::Assign(_) | Stmt::AnnAssign(_));
    body.into_iter()
        .filter(|body| body.iter().any(|statement| statement.range().contains_range(at)))
        .flat_map(|body| body.iter().take_while(|statement| statement.end() <= at.start()))
        .any(|statement| statement.end() == offset && assigns(statement))
}

/// `{value:s}` and `{value:>20}` pad text; `{value:.2f}` and `{value:d}` take numbers alone.
fn is_text_format(hole: &ast::InterpolatedElement) -> bool {
    let Some(spec) = &hole.format_spec else { return true };
    let last = spec.elements.last().and_then(|element| match element {
        ast::InterpolatedStringElement::Literal(literal) => literal.value.chars().last(),
        ast::InterpolatedStringElement::Interpolation(_) => None,
    });
    !matches!(last, Some('d' | 'f' | 'F' | 'g' | 'G' | 'e' | 'E' | 'x' | 'X' | 'b' | 'o' | 'n' | '%' | 'c'))
}

/// The conversions of a constant `%` template, in order; none when it takes names.
fn conversions(template: &Expr) -> Option<Vec<char>> {
    let Expr::StringLiteral(literal) = template else { return None };
    let text = literal.value.to_str().replace("%%", "");
    let is_flag = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | ' ' | '#');
    text.split('%').skip(1).map(|hole| hole.trim_start_matches(is_flag).chars().next().filter(|c| *c != '(')).collect()
}
