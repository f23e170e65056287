//! Where a value goes: the names that it is given.

use seriema_program::ast::visitor::{self, Visitor};
use seriema_program::ast::{self, Expr, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{Node, Semantic};

use super::expression_parts::{is_searchable, mentioned};

/// Levels of code that are looked into for a local variable's uses.
const MAX_DEPTH: u32 = 128;

/// Functions whose result does not hold their argument: what goes in is counted, waited for or bounded with.
const CONSUMERS: &[&str] = &[
    "sleep",
    "wait",
    "range",
    "xrange",
    "len",
    "randint",
    "randrange",
    "sample",
    "call_later",
    "debug",
    "info",
    "warning",
    "isinstance",
    "timedelta",
    "seed",
    "sum",
    "Random",
    "shuffle",
    "expires",
    "randbelow",
    "token_bytes",
    "token_hex",
    "token_urlsafe",
    "urandom",
];

/// Functions whose result is their arguments in another form.
const TRANSFORMERS: &[&str] = &[
    "Hash",
    "abs",
    "b16encode",
    "b32encode",
    "b64encode",
    "b64decode",
    "blake2b",
    "bytes",
    "bytearray",
    "ceil",
    "chr",
    "choice",
    "concat",
    "decode",
    "digest",
    "encode",
    "floor",
    "force_bytes",
    "force_str",
    "format",
    "hex",
    "hexdigest",
    "hexlify",
    "int",
    "join",
    "list",
    "ljust",
    "lower",
    "map",
    "md5",
    "new",
    "next",
    "oct",
    "pack",
    "pow",
    "quote",
    "replace",
    "rjust",
    "round",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "smart_str",
    "str",
    "strip",
    "sub",
    "substr",
    "to_bytes",
    "to_native",
    "to_text",
    "translate",
    "trunc",
    "tuple",
    "unhexlify",
    "upper",
    "urlsafe_b64encode",
    "zfill",
];

/// Functions that store what follows a name under that name.
const SETTERS: &[&str] =
    &["__setitem__", "add", "hset", "put", "set", "set_cookie", "set_secure_cookie", "setattr", "setdefault", "setex"];

/// Where a value goes.
#[derive(Debug, Default)]
pub(crate) struct Destination<'a> {
    /// Variables, attributes, keys, keyword arguments and functions that it is given to, the nearest first.
    pub(crate) names: Vec<&'a str>,
    /// The other sides of comparisons with it.
    pub(crate) compared: Vec<&'a str>,
    /// Whether the function hands it out.
    pub(crate) returned: bool,
    /// The variable that holds it.
    pub(crate) variable: Option<&'a str>,
    /// Whether it ends here: compared, counted with, waited for.
    pub(crate) consumed: bool,
}

/// Where the value of the current node goes, with its local variable's uses.
pub(crate) fn destination<'a>(semantic: &Semantic<'a>, range: TextRange) -> Destination<'a> {
    let mut found = from_ancestors(semantic.ancestors(), range);
    if let Some(variable) = found.variable
        && let Some(function) = semantic.enclosing_function()
        && !found.consumed
        && is_searchable(function.range)
    {
        let mut uses = Uses { variable, defined_at: range, ancestors: Vec::new(), found: Vec::new() };
        uses.visit_body(&function.body);
        let any = !uses.found.is_empty();
        let kept = uses.found.iter().any(|used| !used.consumed);
        for used in uses.found {
            found.compared.extend(used.compared);
            if !used.consumed {
                found.names.extend(used.names);
                found.returned |= used.returned;
            }
        }
        found.consumed = any && !kept;
    }
    found
}

fn from_ancestors<'a>(ancestors: impl Iterator<Item = Node<'a>>, start: TextRange) -> Destination<'a> {
    let mut found = Destination::default();
    let mut inner = start;
    let holds = |outer: &Expr, inner: TextRange| outer.range().contains_range(inner);
    for node in ancestors {
        match node {
            Node::Keyword(keyword) => {
                if let Some(name) = &keyword.arg {
                    found.names.push(name);
                }
                inner = keyword.range;
            }
            Node::Handler(_) => break,
            Node::Expr(expr) => {
                match expr {
                    Expr::Call(call) if !holds(&call.func, inner) => {
                        let name = callee(&call.func);
                        if CONSUMERS.contains(&name) {
                            found.consumed = true;
                            return found;
                        }
                        if matches!(name, "append" | "extend" | "add" | "insert" | "update" | "setdefault" | "write")
                            && let Expr::Attribute(method) = &*call.func
                        {
                            found.names.extend(own_name(&method.value));
                            found.variable = method.value.as_name_expr().map(|name| name.id.as_str());
                        }
                        found.names.push(name);
                        if SETTERS.contains(&name) {
                            let keys = call.arguments.args.iter().take_while(|argument| !holds(argument, inner));
                            found
                                .names
                                .extend(keys.filter_map(|key| Some(key.as_string_literal_expr()?.value.to_str())));
                        }
                        // What other functions make of several arguments is not this value any more.
                        if call.arguments.len() > 1 && !TRANSFORMERS.contains(&name) {
                            return found;
                        }
                    }
                    Expr::Dict(dict) => {
                        let item = dict.items.iter().find(|item| holds(&item.value, inner));
                        if let Some(Expr::StringLiteral(key)) = item.and_then(|item| item.key.as_ref()) {
                            found.names.push(key.value.to_str());
                        }
                    }
                    Expr::Compare(compare) => {
                        let sides = std::iter::once(&*compare.left).chain(&compare.comparators);
                        for side in sides.filter(|side| !holds(side, inner)) {
                            found.compared.extend(mentioned(side));
                        }
                        found.consumed = true;
                        return found;
                    }
                    Expr::If(choice) if holds(&choice.test, inner) => {
                        found.consumed = true;
                        return found;
                    }
                    Expr::ListComp(ast::ExprListComp { generators, .. })
                    | Expr::SetComp(ast::ExprSetComp { generators, .. })
                    | Expr::Generator(ast::ExprGenerator { generators, .. })
                        if generators.iter().any(|g| g.ifs.iter().any(|condition| holds(condition, inner))) =>
                    {
                        found.consumed = true;
                        return found;
                    }
                    Expr::Named(named) => found.names.extend(own_name(&named.target)),
                    Expr::Yield(_) | Expr::YieldFrom(_) => found.returned = true,
                    _ => {}
                }
                inner = expr.range();
            }
            Node::Stmt(stmt) => {
                match stmt {
                    Stmt::Assign(assign) if holds(&assign.value, inner) => {
                        for target in &assign.targets {
                            found.target(target);
                        }
                    }
                    Stmt::AnnAssign(assign) => found.target(&assign.target),
                    Stmt::AugAssign(assign) => found.target(&assign.target),
                    Stmt::Return(_) => found.returned = true,
                    Stmt::FunctionDef(function) => {
                        let parameter = function.parameters.iter_non_variadic_params().find(|parameter| {
                            parameter.default.as_deref().is_some_and(|default| holds(default, inner))
                        });
                        found.names.extend(parameter.map(|parameter| parameter.parameter.name.as_str()));
                    }
                    Stmt::If(_) | Stmt::While(_) | Stmt::For(_) | Stmt::Assert(_) | Stmt::Raise(_) => {
                        found.consumed = true;
                    }
                    _ => {}
                }
                break;
            }
        }
    }
    found
}

impl<'a> Destination<'a> {
    fn target(&mut self, target: &'a Expr) {
        match target {
            Expr::Name(name) => self.variable = Some(&name.id),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.names.extend(own_name(element))),
            _ => {}
        }
        self.names.extend(own_name(target));
    }
}

/// The name that an expression goes by: a variable, an attribute, a key.
pub(crate) fn own_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::Subscript(subscript) => match &*subscript.slice {
            Expr::StringLiteral(key) => Some(key.value.to_str()),
            Expr::Name(_) | Expr::Attribute(_) => own_name(&subscript.slice).or_else(|| own_name(&subscript.value)),
            _ => own_name(&subscript.value),
        },
        Expr::Starred(starred) => own_name(&starred.value),
        _ => None,
    }
}

/// The last component of a callee as written.
fn callee(function: &Expr) -> &str {
    match function {
        Expr::Name(name) => &name.id,
        Expr::Attribute(attribute) => &attribute.attr,
        _ => "",
    }
}

struct Uses<'s, 'a> {
    variable: &'s str,
    defined_at: TextRange,
    ancestors: Vec<Node<'a>>,
    found: Vec<Destination<'a>>,
}

impl<'a> Visitor<'a> for Uses<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.ancestors.len() < MAX_DEPTH as usize {
            self.ancestors.push(Node::Stmt(stmt));
            visitor::walk_stmt(self, stmt);
            self.ancestors.pop();
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.ancestors.len() >= MAX_DEPTH as usize {
            return;
        }
        if let Expr::Name(name) = expr
            && name.id == self.variable
            && name.ctx.is_load()
            && name.range.start() > self.defined_at.end()
        {
            self.found.push(from_ancestors(self.ancestors.iter().rev().copied(), name.range));
        }
        self.ancestors.push(Node::Expr(expr));
        visitor::walk_expr(self, expr);
        self.ancestors.pop();
    }

    fn visit_keyword(&mut self, keyword: &'a ast::Keyword) {
        self.ancestors.push(Node::Keyword(keyword));
        visitor::walk_keyword(self, keyword);
        self.ancestors.pop();
    }

    fn visit_pattern(&mut self, _: &'a ast::Pattern) {}
}
