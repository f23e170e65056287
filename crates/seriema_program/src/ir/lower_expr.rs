//! Expressions.

use ruff_python_ast::{self as ast, BoolOp, CmpOp, ConversionFlag, Expr as Ast, Number, Operator, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use super::lower::{Lowerer, offset};
use super::percent::{Piece, braces, percent};
use super::{BinaryOp, Call, Clause, CompareOp, Comprehension, Conversion, Display, Expr, ExprId, FormatPart, Literal};
use crate::Symbol;

/// Longest string literal that is kept; of a longer one the beginning is.
const MAX_TEXT: usize = 4096;

fn symbol(text: &str) -> Symbol {
    if text.len() <= MAX_TEXT {
        return Symbol::new(text);
    }
    let mut end = MAX_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Symbol::new(&text[..end])
}

pub(super) fn binary(op: Operator) -> BinaryOp {
    match op {
        Operator::Add => BinaryOp::Add,
        Operator::Sub => BinaryOp::Sub,
        Operator::Mult => BinaryOp::Mul,
        Operator::Div => BinaryOp::Div,
        Operator::FloorDiv => BinaryOp::FloorDiv,
        Operator::Mod => BinaryOp::Mod,
        Operator::Pow => BinaryOp::Pow,
        Operator::BitOr => BinaryOp::Or,
        Operator::BitAnd => BinaryOp::And,
        Operator::BitXor | Operator::LShift | Operator::RShift | Operator::MatMult => BinaryOp::Other,
    }
}

fn compare(op: CmpOp) -> CompareOp {
    match op {
        CmpOp::Eq => CompareOp::Eq,
        CmpOp::NotEq => CompareOp::NotEq,
        CmpOp::Lt => CompareOp::Lt,
        CmpOp::LtE => CompareOp::LtE,
        CmpOp::Gt => CompareOp::Gt,
        CmpOp::GtE => CompareOp::GtE,
        CmpOp::Is => CompareOp::Is,
        CmpOp::IsNot => CompareOp::IsNot,
        CmpOp::In => CompareOp::In,
        CmpOp::NotIn => CompareOp::NotIn,
    }
}

impl<'a> Lowerer<'a> {
    pub(super) fn expr(&mut self, node: &'a Ast) -> ExprId {
        if self.depth >= crate::MAX_NESTING {
            return self.push(Expr::Unknown, node.range());
        }
        self.depth += 1;
        let id = self.expr_inner(node);
        self.depth -= 1;
        id
    }

    fn exprs<'n: 'a>(&mut self, nodes: impl IntoIterator<Item = &'n Ast>) -> Vec<ExprId> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    fn expr_inner(&mut self, node: &'a Ast) -> ExprId {
        let range = node.range();
        let expr = match node {
            Ast::NoneLiteral(_) => Expr::Literal(Literal::None),
            Ast::EllipsisLiteral(_) => Expr::Literal(Literal::Ellipsis),
            Ast::BooleanLiteral(literal) => Expr::Literal(Literal::Bool(literal.value)),
            Ast::NumberLiteral(literal) => Expr::Literal(match &literal.value {
                Number::Int(value) => value.as_i64().map_or(Literal::Float(f64::MAX), Literal::Int),
                Number::Float(value) => Literal::Float(*value),
                Number::Complex { real, .. } => Literal::Float(*real),
            }),
            Ast::StringLiteral(literal) => Expr::Literal(Literal::Str(symbol(literal.value.to_str()))),
            Ast::BytesLiteral(literal) => {
                let bytes: Vec<u8> = literal.value.bytes().take(MAX_TEXT).collect();
                let text = String::from_utf8(bytes).unwrap_or_default();
                Expr::Literal(Literal::Bytes(symbol(if text.is_ascii() { &text } else { "" })))
            }
            Ast::Name(name) => self.name(name.id.as_str()),
            Ast::Attribute(attribute) => {
                let object = self.expr(&attribute.value);
                Expr::Attribute(object, Symbol::new(&attribute.attr))
            }
            Ast::Subscript(subscript) => {
                let object = self.expr(&subscript.value);
                if let Ast::Slice(slice) = &*subscript.slice {
                    let lower = slice.lower.as_deref().map(|lower| self.expr(lower));
                    let upper = slice.upper.as_deref().map(|upper| self.expr(upper));
                    Expr::Slice(object, lower, upper)
                } else {
                    Expr::Index(object, self.expr(&subscript.slice))
                }
            }
            Ast::Slice(_) | Ast::IpyEscapeCommand(_) => Expr::Unknown,
            Ast::Call(call) => return self.call(call),
            Ast::BinOp(op) => return self.binop(op),
            Ast::UnaryOp(op) => {
                let operand = self.expr(&op.operand);
                match op.op {
                    UnaryOp::Not => Expr::Not(operand),
                    UnaryOp::USub => Expr::Negate(operand),
                    UnaryOp::UAdd | UnaryOp::Invert => Expr::Unary(operand),
                }
            }
            Ast::BoolOp(op) => {
                let values = self.exprs(&op.values);
                let list = self.expr_list(&values);
                if op.op == BoolOp::And { Expr::And(list) } else { Expr::Or(list) }
            }
            Ast::Compare(node) => {
                let mut left = self.expr(&node.left);
                let mut all = Vec::with_capacity(node.ops.len());
                for (op, right) in node.ops.iter().zip(&node.comparators) {
                    let right = self.expr(right);
                    all.push(self.push(Expr::Compare(compare(*op), left, right), range));
                    left = right;
                }
                if let [only] = *all {
                    return only;
                }
                Expr::And(self.expr_list(&all))
            }
            Ast::If(node) => {
                let test = self.expr(&node.test);
                let then = self.expr(&node.body);
                Expr::IfElse(test, then, self.expr(&node.orelse))
            }
            Ast::FString(node) => return self.fstring(node),
            Ast::TString(node) => {
                let holes = node.value.elements().filter_map(|element| element.as_interpolation());
                let values: Vec<ExprId> = holes.map(|hole| self.expr(&hole.expression)).collect();
                Expr::Display(Display::Tuple, self.expr_list(&values))
            }
            Ast::List(node) => {
                let items = self.exprs(&node.elts);
                Expr::Display(Display::List, self.expr_list(&items))
            }
            Ast::Tuple(node) => {
                let items = self.exprs(&node.elts);
                Expr::Display(Display::Tuple, self.expr_list(&items))
            }
            Ast::Set(node) => {
                let items = self.exprs(&node.elts);
                Expr::Display(Display::Set, self.expr_list(&items))
            }
            Ast::Dict(node) => {
                let mut items = Vec::with_capacity(2 * node.items.len());
                for item in &node.items {
                    let key = match &item.key {
                        Some(key) => self.expr(key),
                        None => self.push(Expr::Unknown, item.value.range()),
                    };
                    items.push(key);
                    items.push(self.expr(&item.value));
                }
                Expr::Dict(self.expr_list(&items))
            }
            Ast::Lambda(node) => Expr::Function(self.lambda(node)),
            Ast::ListComp(node) => self.comprehension(Some(Display::List), None, &node.elt, &node.generators),
            Ast::SetComp(node) => self.comprehension(Some(Display::Set), None, &node.elt, &node.generators),
            Ast::Generator(node) => self.comprehension(None, None, &node.elt, &node.generators),
            Ast::DictComp(node) => self.comprehension(None, node.key.as_deref(), &node.value, &node.generators),
            Ast::Await(node) => Expr::Await(self.expr(&node.value)),
            Ast::Yield(node) => Expr::Yield(node.value.as_deref().map(|value| self.expr(value))),
            Ast::YieldFrom(node) => Expr::YieldFrom(self.expr(&node.value)),
            Ast::Starred(node) => Expr::Star(self.expr(&node.value)),
            Ast::Named(node) => {
                let value = self.expr(&node.value);
                Expr::Named(self.expr(&node.target), value)
            }
        };
        self.push(expr, range)
    }

    fn comprehension(
        &mut self,
        kind: Option<Display>,
        key: Option<&'a Ast>,
        element: &'a Ast,
        generators: &'a [ast::Comprehension],
    ) -> Expr {
        let shadows = self.frames.last().map_or(0, |frame| frame.shadows.len());
        let mut clauses = Vec::with_capacity(generators.len());
        for generator in generators {
            let iter = self.expr(&generator.iter);
            self.shadow(&generator.target);
            let target = self.expr(&generator.target);
            let conditions = self.exprs(&generator.ifs);
            clauses.push(Clause { target, iter, conditions });
        }
        let key = key.map(|key| self.expr(key));
        let element = self.expr(element);
        if let Some(frame) = self.frames.last_mut() {
            frame.shadows.truncate(shadows);
        }
        let index = offset(self.file.comprehensions.len());
        self.file.comprehensions.push(Comprehension { key, element, clauses });
        Expr::Comprehension(kind, index)
    }

    /// Gives the names of a comprehension's target variables of their own.
    fn shadow(&mut self, target: &'a Ast) {
        match target {
            Ast::Name(name) => {
                if let Some(frame) = self.frames.last_mut() {
                    let slot = frame.fresh(&name.id);
                    frame.shadows.push((&name.id, slot));
                }
            }
            Ast::Tuple(ast::ExprTuple { elts, .. }) | Ast::List(ast::ExprList { elts, .. })
                if self.depth < crate::MAX_NESTING =>
            {
                self.depth += 1;
                for element in elts {
                    self.shadow(element);
                }
                self.depth -= 1;
            }
            Ast::Starred(starred) => self.shadow(&starred.value),
            _ => {}
        }
    }

    fn call(&mut self, node: &'a ast::ExprCall) -> ExprId {
        if let Some(format) = self.str_format(node) {
            return format;
        }
        let callee = self.expr(&node.func);
        let positional = self.exprs(node.arguments.args.iter());
        let keywords = node.arguments.keywords.iter();
        let keywords =
            keywords.map(|keyword| (keyword.arg.as_ref().map(|name| Symbol::new(name)), self.expr(&keyword.value)));
        let keywords = keywords.collect();
        self.push_call(Call { callee, positional, keywords }, node.range())
    }

    fn binop(&mut self, node: &'a ast::ExprBinOp) -> ExprId {
        if node.op == Operator::Mod
            && let Ast::StringLiteral(template) = &*node.left
            && let Some(pieces) = percent(template.value.to_str())
        {
            return self.percent_format(&pieces, &node.right, node.range);
        }
        // A chain of `+` leans to the left as deep as it is long: not by recursion.
        let mut chain = vec![node];
        let mut left = &*node.left;
        while let Ast::BinOp(inner) = left {
            if inner.op == Operator::Mod {
                break;
            }
            chain.push(inner);
            left = &inner.left;
        }
        let mut id = self.expr(left);
        for op in chain.into_iter().rev() {
            let right = self.expr(&op.right);
            id = self.push(Expr::Binary(binary(op.op), id, right), op.range);
        }
        id
    }

    fn push_format(&mut self, parts: Vec<FormatPart>, range: TextRange) -> ExprId {
        let index = offset(self.file.formats.len());
        self.file.formats.push(parts);
        self.push(Expr::Format(index), range)
    }

    fn percent_format(&mut self, pieces: &[Piece<'_>], right: &'a Ast, range: TextRange) -> ExprId {
        let mut positional: Vec<ExprId> = Vec::new();
        let mut named: Vec<(&str, ExprId)> = Vec::new();
        let mut whole = None;
        match right {
            Ast::Tuple(tuple) => positional = self.exprs(&tuple.elts),
            Ast::Dict(dict) => {
                for item in &dict.items {
                    let value = self.expr(&item.value);
                    if let Some(Ast::StringLiteral(key)) = &item.key {
                        named.push((key.value.to_str(), value));
                    } else {
                        whole = Some(value);
                    }
                }
            }
            other => whole = Some(self.expr(other)),
        }
        let mut next = 0;
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let (value, how) = match piece {
                Piece::Text(text) => {
                    parts.push(FormatPart::Text(symbol(text)));
                    continue;
                }
                Piece::Next(how) => {
                    next += 1;
                    (positional.get(next - 1).copied().or(whole), *how)
                }
                Piece::Named(name, how) => {
                    let found = named.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value);
                    let found = found.or_else(|| {
                        let whole = whole?;
                        let key = self.literal(Literal::Str(Symbol::new(name)), range);
                        Some(self.push(Expr::Index(whole, key), range))
                    });
                    (found, *how)
                }
                Piece::Numbered(_, how) => (whole, *how),
            };
            if let Some(value) = value {
                parts.push(FormatPart::Value(value, how));
            }
        }
        self.push_format(parts, range)
    }

    /// `"...".format(...)` of a literal with plain arguments.
    fn str_format(&mut self, node: &'a ast::ExprCall) -> Option<ExprId> {
        let Ast::Attribute(method) = &*node.func else { return None };
        let Ast::StringLiteral(template) = &*method.value else { return None };
        if method.attr.as_str() != "format"
            || node.arguments.args.iter().any(Ast::is_starred_expr)
            || node.arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
        {
            return None;
        }
        let pieces = braces(template.value.to_str())?;
        let positional = self.exprs(node.arguments.args.iter());
        let named: Vec<(&str, ExprId)> = node
            .arguments
            .keywords
            .iter()
            .filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str(), self.expr(&keyword.value))))
            .collect();
        let mut next = 0;
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            let (value, how) = match piece {
                Piece::Text(text) => {
                    parts.push(FormatPart::Text(symbol(text)));
                    continue;
                }
                Piece::Next(how) => {
                    next += 1;
                    (positional.get(next - 1).copied(), *how)
                }
                Piece::Numbered(index, how) => (positional.get(*index).copied(), *how),
                Piece::Named(name, how) => {
                    (named.iter().find(|(known, _)| known == name).map(|(_, value)| *value), *how)
                }
            };
            if let Some(value) = value {
                parts.push(FormatPart::Value(value, how));
            }
        }
        Some(self.push_format(parts, node.range()))
    }

    fn fstring(&mut self, node: &'a ast::ExprFString) -> ExprId {
        let mut parts = Vec::new();
        for part in node.value.as_slice() {
            match part {
                ast::FStringPart::Literal(literal) => parts.push(FormatPart::Text(symbol(&literal.value))),
                ast::FStringPart::FString(f) => {
                    for element in &f.elements {
                        match element {
                            ast::InterpolatedStringElement::Literal(literal) => {
                                parts.push(FormatPart::Text(symbol(&literal.value)));
                            }
                            ast::InterpolatedStringElement::Interpolation(hole) => {
                                let value = self.expr(&hole.expression);
                                parts.push(FormatPart::Value(value, conversion(hole)));
                            }
                        }
                    }
                }
            }
        }
        self.push_format(parts, node.range())
    }
}

fn conversion(hole: &ast::InterpolatedElement) -> Conversion {
    if matches!(hole.conversion, ConversionFlag::Repr | ConversionFlag::Ascii) {
        return Conversion::Repr;
    }
    let number = hole.format_spec.as_ref().is_some_and(|spec| {
        spec.elements
            .last()
            .and_then(|last| last.as_literal())
            .is_some_and(|literal| literal.value.ends_with(['d', 'x', 'X', 'o', 'b', 'e', 'f', 'g', 'n', '%']))
    });
    if number { Conversion::Number } else { Conversion::Plain }
}
