//! SQL text put together from values.

use std::sync::LazyLock;

use regex::Regex;
use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr, Operator, Stmt};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{BindingKind, Node, Origin, ScopeId, Semantic};

use crate::shared::parameterize;
use crate::shared::query::{self, Verdict};
use crate::shared::reach::{self, Reach};
use crate::shared::sql::Slot;
use crate::shared::statement::{self, Likeness};
use crate::shared::template::{HOLE, Template, assigned, is_built};
use crate::shared::value::list_names;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "sql-injection",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [89],
    aliases: ["B608", "S608"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_binop(operator);
    hooks.on_fstring(fstring);
    hooks.on_call(&["format", "format_map", "replace", "join"], string_method);
    hooks.on_assign(augmented);
    hooks.on_call(reach::EXECUTORS, executor);
    hooks.on_call(&["text", "literal_column"], executor);
    hooks.on_call(&["filter", "where", "having"], condition);
}

/// What ruff looks for in the source of a concatenation or f-string, or in the text of a template.
static RUFF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?is)\b(select\s+.*\s+from\s|delete\s+from\s|(insert|replace)\s+.*\s+values\s|update\s+.*\s+set\s)")
        .ok()
});

/// What Bandit looks for in the text.
static BANDIT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?is)(select\s.*from\s|delete\s+from\s|insert\s+into\s.*values[\s(]|update\s.*set\s)").ok()
});

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

fn codes(bandit: bool, ruff: bool) -> &'static [&'static str] {
    match (bandit, ruff) {
        (true, true) => &["B608", "S608"],
        (true, false) => &["B608"],
        (false, true) => &["S608"],
        (false, false) => &[],
    }
}

/// A string under construction that may be a statement.
struct Built<'a> {
    range: TextRange,
    template: Template<'a>,
    /// Whether ruff takes it for SQL.
    ruff: bool,
    /// Whether Bandit does.
    bandit: bool,
    /// Whether it is only a part of a larger one, which is weighed as a whole.
    inner: bool,
}

/// How often the text of what may be a statement is gone through, about.
const PASSES: usize = 8;

fn operator<'a>(cx: &mut Checker<'_, 'a>, node: &'a ast::ExprBinOp) {
    let parent = cx.semantic.parent();
    let source = cx.semantic.text(node);
    if !statement::may_be_statement(source.as_bytes()) {
        // `sql = sql + " WHERE name = '" + name + "'"`
        if let Some(Node::Stmt(Stmt::Assign(assign))) = parent
            && node.op == Operator::Add
            && let [Expr::Name(target)] = assign.targets.as_slice()
            && let Some(first) = leftmost(node).as_name_expr()
            && first.id == target.id
        {
            continued(cx, node.range(), first, Template::of_binop(cx.semantic, node), true);
        } else if node.op == Operator::Mod && in_compiler_method(cx.semantic) {
            compiled(cx, node.range(), Template::of_binop(cx.semantic, node));
        }
        return;
    }
    if !cx.semantic.affords(source.len() * PASSES) {
        return;
    }
    let inside = matches!(parent, Some(Node::Expr(Expr::BinOp(_))));
    let template = Template::of_binop(cx.semantic, node);
    let ruff = match node.op {
        Operator::Add => {
            !inside
                && is_concatenation(&node.left, &node.right) == Some(true)
                && matches(&RUFF, &written_out(cx.semantic, node))
        }
        _ => node.left.as_string_literal_expr().is_some_and(|literal| matches(&RUFF, &escaped(literal))),
    };
    let bandit = match node.op {
        Operator::Mod => {
            node.left.as_string_literal_expr().is_some_and(|literal| matches(&BANDIT, literal.value.to_str()))
        }
        _ => {
            let mut text = String::new();
            literals(&node.left, &node.right, &mut text);
            matches(&BANDIT, &text)
        }
    };
    let inner = is_inner(cx.semantic, node.range());
    built(cx, Built { range: node.range(), template, ruff, bandit, inner });
}

/// What Bandit sees of a concatenation: its literals with a space between.
fn literals(left: &Expr, right: &Expr, out: &mut String) {
    for side in [left, right] {
        match side {
            Expr::StringLiteral(literal) => out.push_str(literal.value.to_str()),
            Expr::BinOp(op) => literals(&op.left, &op.right, out),
            _ => continue,
        }
        out.push(' ');
    }
}

fn leftmost(node: &ast::ExprBinOp) -> &Expr {
    let mut left = &*node.left;
    while let Expr::BinOp(inner) = left {
        if inner.op != Operator::Add {
            break;
        }
        left = &inner.left;
    }
    left
}

/// Whether two operands of `+` make a string: one of them is one, and neither is anything else. None when both may be.
fn is_concatenation(left: &Expr, right: &Expr) -> Option<bool> {
    match (is_string(left), is_string(right)) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), _) | (_, Some(true)) => Some(true),
        _ => None,
    }
}

/// Whether an expression is a string by its shape; none when that does not show.
fn is_string(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::StringLiteral(_) | Expr::FString(_) => Some(true),
        Expr::BinOp(op) => is_concatenation(&op.left, &op.right),
        Expr::Call(_) | Expr::Subscript(_) | Expr::Attribute(_) | Expr::Name(_) => None,
        Expr::Named(named) => is_string(&named.value),
        Expr::UnaryOp(op) => is_string(&op.operand),
        Expr::If(choice) => match (is_string(&choice.body), is_string(&choice.orelse)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Expr::BoolOp(op) => {
            let values: Vec<_> = op.values.iter().map(is_string).collect();
            if values.contains(&Some(true)) {
                Some(true)
            } else if values.iter().all(|value| *value == Some(false)) {
                Some(false)
            } else {
                None
            }
        }
        _ => Some(false),
    }
}

/// Whether the current node is a piece of a larger string.
fn is_inner(semantic: &Semantic<'_>, range: TextRange) -> bool {
    match semantic.parent() {
        Some(Node::Expr(Expr::BinOp(op))) => matches!(op.op, Operator::Add | Operator::Mod),
        Some(Node::Expr(Expr::Attribute(method))) => {
            matches!(method.attr.as_str(), "format" | "format_map" | "replace" | "strip" | "lstrip" | "rstrip" | "join")
                && range == method.value.range()
        }
        Some(Node::Expr(Expr::FString(_))) => true,
        _ => false,
    }
}

fn fstring<'a>(cx: &mut Checker<'_, 'a>, node: &'a ast::ExprFString) {
    let source = cx.semantic.text(node);
    if !statement::may_be_statement(source.as_bytes())
        || !node.value.elements().any(|element| element.is_interpolation())
    {
        if in_compiler_method(cx.semantic) {
            compiled(cx, node.range(), Template::of_fstring(cx.semantic, node));
        }
        return;
    }
    let template = Template::of_fstring(cx.semantic, node);
    let ruff = matches(&RUFF, &raw_contents(cx.semantic, node));
    let mut constant = String::new();
    for part in node.value.as_slice() {
        match part {
            ast::FStringPart::Literal(literal) => constant.push_str(literal),
            ast::FStringPart::FString(f) => f.elements.literals().for_each(|literal| constant.push_str(literal)),
        }
    }
    let bandit = matches(&BANDIT, &constant);
    let inner = is_inner(cx.semantic, node.range());
    built(cx, Built { range: node.range(), template, ruff, bandit, inner });
}

/// What ruff sees of an f-string: the source between the quotes of its pieces.
fn raw_contents(semantic: &Semantic<'_>, node: &ast::ExprFString) -> String {
    let mut text = String::new();
    for part in node.value.as_slice() {
        let source = semantic.text(part);
        let quoted = source.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let width = if quoted.starts_with("\"\"\"") || quoted.starts_with("'''") { 3 } else { 1 };
        text.push_str(quoted.get(width..quoted.len().saturating_sub(width)).unwrap_or_default());
    }
    text
}

/// What ruff sees of the template of `%` and `.format`: a line break is two characters there.
fn escaped(literal: &ast::ExprStringLiteral) -> String {
    literal.value.to_str().escape_default().to_string()
}

/// What ruff sees of a concatenation: its code written anew, each string on one line.
fn written_out(semantic: &Semantic<'_>, node: &ast::ExprBinOp) -> String {
    fn write(semantic: &Semantic<'_>, expr: &Expr, out: &mut String) {
        match expr {
            Expr::BinOp(op) if op.op == Operator::Add => {
                write(semantic, &op.left, out);
                out.push_str(" + ");
                write(semantic, &op.right, out);
            }
            Expr::StringLiteral(literal) => {
                for (index, piece) in literal.value.iter().enumerate() {
                    out.push_str(if index > 0 { " '" } else { "'" });
                    out.extend(piece.value.escape_default());
                    out.push('\'');
                }
            }
            other => out.push_str(semantic.text(other)),
        }
    }
    let mut out = String::new();
    write(semantic, &node.left, &mut out);
    out.push_str(" + ");
    write(semantic, &node.right, &mut out);
    out
}

fn string_method<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Expr::Attribute(method) = &*call.func else { return };
    // `base.format(...)` of a name is weighed where it is run.
    let Expr::StringLiteral(literal) = &*method.value else { return };
    let source = match method.attr.as_str() {
        "join" => match call.arguments.args.first() {
            Some(items @ (Expr::List(_) | Expr::Tuple(_))) => cx.semantic.text(items),
            _ => return,
        },
        _ => cx.semantic.text(literal),
    };
    if !statement::may_be_statement(source.as_bytes()) {
        return;
    }
    let template = Template::of_call(cx.semantic, call.node);
    let ruff = method.attr.as_str() == "format" && matches(&RUFF, &escaped(literal));
    let bandit = matches!(method.attr.as_str(), "format" | "replace") && matches(&BANDIT, literal.value.to_str());
    let inner = is_inner(cx.semantic, call.range());
    built(cx, Built { range: call.range(), template, ruff, bandit, inner });
}

/// `sql += f" AND name = '{name}'"`
fn augmented<'a>(cx: &mut Checker<'_, 'a>, stmt: &'a Stmt) {
    let Stmt::AugAssign(assign) = stmt else { return };
    let Expr::Name(name) = &*assign.target else { return };
    if assign.op != Operator::Add || !is_built(&assign.value) {
        return;
    }
    let value = &*assign.value;
    if statement::may_be_statement(cx.semantic.text(value).as_bytes()) {
        return;
    }
    continued(cx, value.range(), name, Template::of(cx.semantic, value), false);
}

/// A further piece of the statement that `name` holds. `whole`: whether `template` starts with what it held before.
fn continued<'a>(
    cx: &mut Checker<'_, 'a>,
    range: TextRange,
    name: &'a ast::ExprName,
    template: Template<'a>,
    whole: bool,
) {
    let base = Template::of_name(cx.semantic, name, range.start());
    if !base.has_text() || statement::likeness(&base.text()) == Likeness::None {
        return;
    }
    let first = base.parts.len();
    let template = if whole {
        template
    } else {
        let mut all = base;
        all.append(template);
        all
    };
    let likeness = statement::likeness(&template.text());
    let reach = reach::reach_of_name(cx.semantic, &name.id);
    if reach == Reach::Shown || (likeness != Likeness::Certain && reach.executor().is_none()) {
        return;
    }
    if let Some(verdict) = query::judge(cx.semantic, &template, first, likeness) {
        report(cx, &[], range, &template, &verdict, reach.executor());
    }
}

fn built(cx: &mut Checker<'_, '_>, built: Built<'_>) {
    let text = built.template.text();
    let codes = codes(built.bandit && !built.inner, built.ruff);
    let reach = if built.inner { Reach::Elsewhere } else { reach::reach(cx.semantic, built.range) };
    let likeness = statement::likeness(&text);
    let executor = reach.executor();
    let is_sql = likeness == Likeness::Certain
        || (executor.is_some() && (!codes.is_empty() || likeness != Likeness::None || statement::mentions_sql(&text)));
    // `RawSQL` has a rule of its own.
    let elsewhere = built.inner || reach == Reach::Shown || executor.is_some_and(|name| name.ends_with("RawSQL"));
    let verdict = if is_sql && !elsewhere { query::judge(cx.semantic, &built.template, 0, likeness) } else { None };
    match verdict {
        Some(verdict) => report(cx, codes, built.range, &built.template, &verdict, executor),
        None if codes.is_empty() => {}
        None => {
            let message = if built.template.holes().next().is_some() {
                "A string that reads like SQL is built from parts"
            } else {
                "A string that reads like SQL is built from constants"
            };
            let finding = cx.report(&RULE, codes, built.range, message);
            finding.persona(Persona::Auditor).severity(Severity::Info).confidence(Confidence::Low);
        }
    }
}

/// Whether the current function is a method by which Django's expressions compile themselves: what it returns is SQL.
fn in_compiler_method(semantic: &Semantic<'_>) -> bool {
    semantic.enclosing_function().is_some_and(|function| {
        let name = function.name.as_str();
        name.starts_with("as_") && matches!(name, "as_sql" | "as_postgresql" | "as_mysql" | "as_oracle" | "as_sqlite")
    })
}

/// A piece of SQL in such a method: its values in quotes, and those that the caller of the expression gave, need to be
/// parameters.
fn compiled(cx: &mut Checker<'_, '_>, range: TextRange, template: Template<'_>) {
    let text = template.text();
    let is_template = text.contains("%(expressions)s");
    if is_inner(cx.semantic, range) || !(is_template || text.contains('\'')) {
        return;
    }
    if reach::reach(cx.semantic, range) == Reach::Shown {
        return;
    }
    let Some(verdict) = query::judge(cx.semantic, &template, 0, Likeness::None) else { return };
    let given = is_template && verdict.values.iter().any(|hole| query::is_keyword_of_expression(cx.semantic, hole));
    // A value that is all of a literal: of more, each would have to be looked at.
    let alone = text.contains(&format!("'{HOLE}'")) && verdict.values.iter().all(|hole| !hole.expr.is_bin_op_expr());
    if given || (alone && verdict.slot == Slot::Quoted && verdict.persona == Persona::Regular) {
        let values = list_names(cx.semantic, verdict.values.iter().map(|hole| hole.expr));
        let message = format!("The SQL of an expression is built with {values}, which should be one of its parameters");
        let finding = cx.report(&RULE, &[], range, message);
        finding.severity(Severity::Medium).confidence(Confidence::Low);
    }
}

fn executor<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(argument) = statement_argument(call) else { return };
    let name = call.name();
    if matches!(name, "text" | "literal_column") && !reach::is_sqlalchemy_text(cx.semantic, call.node) {
        return;
    }
    if argument.is_string_literal_expr() || name == "RawSQL" || is_weighed_where_built(cx.semantic, argument) {
        return;
    }
    let semantic = cx.semantic;
    let template = Template::of(semantic, argument);
    let text = template.text();
    let executor = reach::function_text(semantic, call.node);
    if template.has_text() {
        let likeness = statement::likeness(&text);
        if likeness == Likeness::None && !reach::runs_nothing_else(call) && !statement::mentions_sql(&text) {
            return;
        }
        if let Some(verdict) = query::judge(semantic, &template, 0, likeness) {
            report(cx, &[], argument.range(), &template, &verdict, Some(&executor));
        }
    } else if let Some(hole) = template.single_hole()
        && reach::runs_statements(call)
        && semantic.origin_in(hole.scope, hole.expr) == Origin::Remote
        && is_text(semantic, hole.scope, hole.expr, 0)
    {
        let source = list_names(semantic, [argument].into_iter());
        let message = format!("`{executor}` runs SQL text that comes from outside: {source}");
        cx.report(&RULE, &[], argument.range(), message).confidence(Confidence::High);
    }
}

/// Whether a value is text that was taken out of something, rather than an object that was made of it.
fn is_text<'a>(semantic: &Semantic<'a>, scope: ScopeId, expr: &'a Expr, depth: u32) -> bool {
    let is_annotated_text = |annotation: &Expr| matches!(annotation, Expr::Name(name) if name.id == "str");
    match expr {
        _ if depth > 6 => false,
        Expr::Subscript(subscript) => is_text(semantic, scope, &subscript.value, depth + 1),
        Expr::Attribute(_) => true,
        Expr::BoolOp(op) => op.values.first().is_some_and(|first| is_text(semantic, scope, first, depth + 1)),
        Expr::Await(awaited) => is_text(semantic, scope, &awaited.value, depth + 1),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => {
                matches!(
                    method.attr.as_str(),
                    "get"
                        | "getlist"
                        | "pop"
                        | "strip"
                        | "decode"
                        | "read"
                        | "get_json"
                        | "json"
                        | "get_data"
                        | "text"
                        | "body"
                ) || method.attr.ends_with("_argument")
            }
            Expr::Name(function) => function.id == "str",
            _ => false,
        },
        Expr::Name(name) => match semantic.binding_in(scope, &name.id, name.range.start()) {
            Some((binding, _)) => match binding.kind {
                BindingKind::Parameter(parameter) => parameter.annotation.as_deref().is_none_or(is_annotated_text),
                BindingKind::Assign(value) => is_text(semantic, binding.scope, value, depth + 1),
                BindingKind::Annotated(annotation, Some(_)) => is_annotated_text(annotation),
                _ => false,
            },
            None => false,
        },
        _ => false,
    }
}

/// Whether the hooks for strings under construction see what an executor is given.
fn is_weighed_where_built<'a>(semantic: &Semantic<'a>, argument: &'a Expr) -> bool {
    let covered = |value: &Expr| is_built(value) && statement::may_be_statement(semantic.text(value).as_bytes());
    let covered = |value: &Expr| {
        // The pieces of `text("..." + x)` are met on their own, and so is what another executor is given.
        let inner = value.as_call_expr().and_then(|call| call.arguments.args.first());
        covered(value)
            || inner.is_some_and(covered)
            || value.as_call_expr().is_some_and(|call| reach::is_executor(semantic, call))
    };
    let Expr::Name(variable) = argument else { return covered(argument) };
    let found = semantic.binding_in(semantic.current_scope(), &variable.id, variable.range.start());
    let Some((_, owner)) = found else { return true };
    semantic.scopes.bindings_of(owner, &variable.id).any(|binding| match binding.kind {
        BindingKind::Augmented(_) => true,
        _ => assigned(binding).is_some_and(|value| covered(value) || continues(value, &variable.id)),
    })
}

/// `name + ...`
fn continues(value: &Expr, name: &str) -> bool {
    matches!(value, Expr::BinOp(op) if leftmost(op).as_name_expr().is_some_and(|first| first.id == name))
}

fn statement_argument<'a>(call: &Call<'a>) -> Option<&'a Expr> {
    let names = ["sql", "query", "statement", "operation", "stmt", "raw_query", "sql_query"];
    call.positional(0).or_else(|| names.iter().find_map(|name| call.keyword(name)))
}

/// `.filter("name = '%s'" % name)`
fn condition<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(argument) = call.positional(0) else { return };
    if !call.func.is_attribute_expr()
        || !is_built(argument)
        || statement::may_be_statement(cx.semantic.text(argument).as_bytes())
    {
        return;
    }
    let template = Template::of(cx.semantic, argument);
    if !template.has_text() {
        return;
    }
    let Some(verdict) = query::judge(cx.semantic, &template, 0, Likeness::None) else { return };
    if !matches!(verdict.slot, Slot::Quoted | Slot::Value) || verdict.origin < Origin::Parameter {
        return;
    }
    let executor = reach::function_text(cx.semantic, call.node);
    report(cx, &[], argument.range(), &template, &verdict, Some(&executor));
}

fn report(
    cx: &mut Checker<'_, '_>,
    codes: &'static [&'static str],
    range: TextRange,
    template: &Template<'_>,
    verdict: &Verdict<'_>,
    executor: Option<&str>,
) {
    let values = list_names(cx.semantic, verdict.values.iter().map(|hole| hole.expr));
    let from = match verdict.origin {
        Origin::Remote => ", which comes from outside",
        Origin::Local => ", which the user of the program gives",
        _ => "",
    };
    let what = match verdict.slot {
        Slot::Quoted => "in quotes",
        Slot::Value => "as a value",
        Slot::Order => "as what to sort by",
        Slot::Fragment => "as a part of the statement",
        Slot::Name | Slot::Placeholder => "as a name",
    };
    let message = match executor {
        Some(executor) => format!("`{executor}` runs SQL with {values} {what}{from}"),
        None => format!("SQL is built with {values} {what}{from}"),
    };
    // The call that takes the statement, when it is written right into it.
    let call = match cx.semantic.parent() {
        Some(Node::Expr(Expr::Call(call)))
            if call.arguments.args.first().is_some_and(|first| first.range() == range) =>
        {
            Some(call)
        }
        _ => None,
    };
    let fix = call.and_then(|call| parameterize::fix(cx.semantic, call, template));
    let proof = proof(template, verdict);
    let finding = cx.report(&RULE, codes, range, message);
    finding.persona(verdict.persona).severity(verdict.severity).confidence(verdict.confidence);
    if let Some(proof) = proof {
        finding.proof_of_concept(proof);
    }
    if matches!(verdict.slot, Slot::Name | Slot::Order) {
        finding.remedy(NAME_REMEDY);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// What to do where no parameter can stand.
const NAME_REMEDY: &str = "\
A name, or what a query is sorted by, cannot be a parameter. Take it from a fixed set that the program holds:

```python
SORTABLE = {\"name\": \"name ASC\", \"newest\": \"created_at DESC\"}

cursor.execute(\"SELECT id, name FROM users ORDER BY \" + SORTABLE[sort])
```

Where the set is not known, let the driver quote it (`psycopg.sql.Identifier(name)`, Django's
`connection.ops.quote_name(name)`, SQLAlchemy's `quoted_name` and `Table` objects).";

/// The statement with an attack in it.
fn proof(template: &Template<'_>, verdict: &Verdict<'_>) -> Option<String> {
    let (attack, effect) = match verdict.slot {
        Slot::Quoted => ("' OR '1'='1", "and the quote that was to end the value ends where the attacker wants"),
        Slot::Value => ("0 OR 1=1", "and its condition holds for every row"),
        Slot::Order => {
            ("(CASE WHEN (SELECT 1) = 1 THEN 1 ELSE 2 END)", "and what the subquery finds shows in the order of rows")
        }
        Slot::Fragment => ("1=1 OR 1=1", "and says what the attacker wants"),
        Slot::Name => ("users --", "and works on another table"),
        Slot::Placeholder => return None,
    };
    let statement = template.filled(verdict.values.first()?, attack)?;
    Some(format!("With `{attack}` as the value, the statement becomes\n\n```sql\n{statement}\n```\n\n{effect}."))
}
