//! Text that is run as Python.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{BindingKind, Node};

use crate::shared::ast_search::{any_around, any_in_expr, import_position, imports_for_module};
use crate::shared::provenance::{Provenance, provenance, provenance_of_file};
use crate::shared::wording::quote;
use crate::{Call, Checker, Hooks, RawEdit, RawFix};

crate::declare_rule! {
    slug: "code-execution",
    family: Injection,
    severity: High,
    confidence: Medium,
    cwe: [95, 94, 78],
    aliases: ["B102", "S102", "B307", "S307"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["eval", "exec", "execfile"], check);
    hooks.on_reference(&["eval"], check_reference);
    hooks.on_call(EVALUATORS, check_evaluator);
}

/// Functions of libraries that run text as Python though their names don't say so.
const EVALUATORS: &[&str] = &[
    "sympify",
    "parse_expr",
    "evaluate",
    "eval",
    "run_path",
    "run_module",
    "import_module",
    "__import__",
    "timeit",
    "runsource",
    "runcode",
    "run_cell",
];

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let name = match call.path() {
        "builtins.eval" => "eval",
        "builtins.exec" => "exec",
        "builtins.execfile" => "execfile",
        _ => return,
    };
    let codes = codes(cx, call, name);
    let Some(code) = call.argument("source", 0).or_else(|| call.arguments.args.first()) else {
        cx.report(&RULE, codes, call.node, format!("`{name}` runs text as Python")).persona(Persona::Auditor);
        return;
    };
    let verdict = if name == "execfile" { judge_file(cx, code) } else { judge(cx, call, code) };
    let quoted = quote(cx.semantic, code);
    let clause = verdict.provenance.clause();
    let sandbox = if verdict.sandbox { "; emptying `__builtins__` does not contain it" } else { "" };
    let fix = if name == "eval" { literal_fix(cx, call) } else { None };
    let finding = cx.report(&RULE, codes, call.node, format!("`{name}` runs {quoted} as Python, {clause}{sandbox}"));
    finding.severity(verdict.severity).confidence(verdict.confidence).persona(verdict.persona);
    if verdict.provenance == Provenance::Request {
        finding.proof_of_concept(format!(
            "Send `__import__('os').system('id > /tmp/owned')` as the value that becomes {quoted}: the command has run \
             before the request is answered."
        ));
    }
    if let Some(fix) = fix
        && verdict.persona != Persona::Auditor
    {
        finding.fix(fix);
    }
}

/// The codes that Bandit (which goes by the written name) and ruff (which knows imports, but no assigned aliases) have
/// for this call.
fn codes(cx: &Checker<'_, '_>, call: &Call<'_>, name: &str) -> &'static [&'static str] {
    let written = match &*call.func {
        Expr::Name(written) => match cx.semantic.binding(&written.id, written.range.start()).map(|b| b.kind) {
            None => true,
            Some(BindingKind::ImportFrom { .. }) => written.id == name,
            _ => return &[],
        },
        Expr::Attribute(_) => false,
        _ => return &[],
    };
    match (name, written) {
        ("eval", true) => &["B307", "S307"],
        ("eval", false) => &["S307"],
        ("exec", true) => &["B102", "S102"],
        ("exec", false) => &["S102"],
        _ => &[],
    }
}

struct Verdict {
    provenance: Provenance,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
    sandbox: bool,
}

impl Verdict {
    fn new(provenance: Provenance, severity: Severity, confidence: Confidence, persona: Persona) -> Self {
        Self { provenance, severity, confidence, persona, sandbox: false }
    }
}

/// What the code is given as its names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Namespace {
    /// None, or the program's own: `eval(x)`, `eval(x, globals())`.
    Program,
    /// One that somebody thought about.
    Own,
    /// One without builtins.
    Sandbox,
    /// A module's or class's: `exec(code, module.__dict__)`.
    Module,
}

fn judge<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>, code: &'a Expr) -> Verdict {
    let semantic = cx.semantic;
    let origin = provenance(semantic, code);
    let namespace = namespace(cx, call);
    let mut verdict = match origin {
        Provenance::Constant | Provenance::Own => {
            Verdict::new(origin, Severity::Low, Confidence::High, Persona::Auditor)
        }
        // Configuration, plugins and generated modules are code by design; what is weak is who may write the file.
        Provenance::OwnFile | Provenance::File | Provenance::GivenFile => {
            Verdict::new(origin, Severity::Low, Confidence::Medium, Persona::Pedantic)
        }
        Provenance::Request | Provenance::Network => {
            let mut verdict = Verdict::new(origin, Severity::Critical, Confidence::High, Persona::Regular);
            verdict.sandbox = namespace == Namespace::Sandbox;
            return verdict;
        }
        Provenance::User => Verdict::new(origin, Severity::Medium, Confidence::Medium, Persona::Regular),
        Provenance::Parameter => Verdict::new(origin, Severity::High, Confidence::Medium, Persona::Regular),
        Provenance::Unknown => Verdict::new(origin, Severity::Medium, Confidence::Low, Persona::Regular),
    };
    // Taking the builtins away says that the text is not trusted, and does not help.
    verdict.sandbox = namespace == Namespace::Sandbox;
    let deliberate = match namespace {
        Namespace::Module => true,
        Namespace::Own => match origin {
            Provenance::Parameter => hands_out_a_definition(cx, call),
            // What an object keeps was given to it by the program, and who compiles first knows what the text is;
            // what a call gave may be anything.
            Provenance::Unknown => {
                is_own_state(code)
                    || cx.semantic.is_path(code, "builtins.compile()")
                    || hands_out_a_definition(cx, call)
            }
            _ => true,
        },
        Namespace::Program | Namespace::Sandbox => false,
    };
    if deliberate || is_code_object(cx, code) || is_generated(cx, code) || in_shell(cx) {
        verdict.persona = verdict.persona.max(Persona::Pedantic);
        verdict.confidence = Confidence::Low;
    }
    verdict
}

fn judge_file<'a>(cx: &Checker<'_, 'a>, path: &'a Expr) -> Verdict {
    let origin = provenance_of_file(cx.semantic, path);
    if origin == Provenance::Request {
        return Verdict::new(origin, Severity::High, Confidence::Medium, Persona::Regular);
    }
    Verdict::new(origin, Severity::Low, Confidence::Medium, Persona::Pedantic)
}

fn namespace<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>) -> Namespace {
    let globals = call.argument("globals", 1);
    let locals = call.argument("locals", 2);
    let Some(globals) = globals else { return Namespace::Program };
    let namespaces = [Some(globals), locals];
    let values = namespaces.into_iter().flatten().map(|expr| assigned(cx, expr));
    let mut found = Namespace::Program;
    for value in values {
        let module = any_in_expr(value, &mut |expr| match expr {
            Expr::Attribute(attribute) => {
                matches!(attribute.attr.as_str(), "__dict__" | "__globals__" | "f_globals" | "f_locals")
            }
            Expr::Call(inner) => {
                inner.func.as_name_expr().is_some_and(|name| name.id == "vars") && !inner.arguments.args.is_empty()
            }
            _ => false,
        });
        if module {
            return Namespace::Module;
        }
        let sandbox = any_in_expr(value, &mut |expr| {
            expr.as_string_literal_expr().is_some_and(|literal| literal.value.to_str() == "__builtins__")
        });
        if sandbox {
            return Namespace::Sandbox;
        }
        let whole = value.as_call_expr().and_then(|inner| inner.func.as_name_expr());
        if !whole.is_some_and(|name| matches!(name.id.as_str(), "globals" | "locals")) {
            found = Namespace::Own;
        }
    }
    found
}

/// The value that a local name was given, where one assignment shows it.
fn assigned<'a>(cx: &Checker<'_, 'a>, expr: &'a Expr) -> &'a Expr {
    let Expr::Name(name) = expr else { return expr };
    match cx.semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
        Some(BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value))) => value,
        _ => expr,
    }
}

/// `self.text`
fn is_own_state(code: &Expr) -> bool {
    code.as_attribute_expr()
        .is_some_and(|attribute| attribute.value.as_name_expr().is_some_and(|base| base.id == "self"))
}

/// What has been compiled elsewhere, by its name or by what its class assigns.
fn is_code_object(cx: &Checker<'_, '_>, code: &Expr) -> bool {
    match code {
        Expr::Name(name) => matches!(
            name.id.as_str(),
            "bytecode" | "code_obj" | "codeobj" | "code_object" | "compiled" | "compiled_code" | "co"
        ),
        Expr::Attribute(_) => cx.semantic.is_path(code, "builtins.compile()"),
        _ => false,
    }
}

/// Whether a function takes something out of the namespace by a name that varies: `exec(source, env); env[name]`. So
/// do generators of functions and classes, whose text is the program's own.
fn hands_out_a_definition<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>) -> bool {
    let names: Vec<&str> = [call.argument("globals", 1), call.argument("locals", 2)]
        .into_iter()
        .flatten()
        .filter_map(|namespace| namespace.as_name_expr())
        .map(|name| name.id.as_str())
        .collect();
    !names.is_empty()
        && any_around(cx.semantic, &mut |expr| {
            let Expr::Subscript(subscript) = expr else { return false };
            subscript.ctx.is_load()
                && subscript.value.as_name_expr().is_some_and(|base| names.contains(&base.id.as_str()))
                && !subscript.slice.is_string_literal_expr()
        })
}

/// Whether the text is a template of a definition that the program fills in: `"def {name}({args}): ..."`.
fn is_generated<'a>(cx: &Checker<'_, 'a>, code: &'a Expr) -> bool {
    let mut names = Vec::new();
    if holds_definition(code, &mut names) {
        return true;
    }
    // What the names stand for, and the names in that: far enough for a template that is put together in steps.
    let mut next = 0;
    while let Some(name) = names.get(next).copied().filter(|_| next < MAX_NAMES) {
        next += 1;
        let Some(binding) = cx.semantic.binding(&name.id, name.range.start()).copied() else { continue };
        for binding in cx.semantic.scopes.bindings_of(binding.scope, &name.id).take(8) {
            if let BindingKind::Assign(value) | BindingKind::Augmented(value) | BindingKind::Annotated(_, Some(value)) =
                binding.kind
                && holds_definition(value, &mut names)
            {
                return true;
            }
        }
    }
    false
}

/// Names looked up before a text counts as no template.
const MAX_NAMES: usize = 16;

/// Whether a string in an expression begins a definition; notes the names in it.
fn holds_definition<'a>(expr: &'a Expr, names: &mut Vec<&'a ast::ExprName>) -> bool {
    let is_definition = |text: &str| {
        let text = text.trim_start();
        ["def ", "async def ", "class ", "lambda ", "import ", "from ", "@"].iter().any(|start| text.starts_with(start))
            || text.contains("\ndef ")
    };
    any_in_expr(expr, &mut |expr| match expr {
        Expr::StringLiteral(literal) => is_definition(literal.value.to_str()),
        Expr::FString(f) => f.value.elements().any(|e| e.as_literal().is_some_and(|l| is_definition(&l.value))),
        Expr::Name(name) => {
            if names.len() < MAX_NAMES && !names.iter().any(|own| own.id == name.id) {
                names.push(name);
            }
            false
        }
        _ => false,
    })
}

/// Whether this is the inside of a debugger, a shell or a console: running what is typed is what they are for.
fn in_shell(cx: &Checker<'_, '_>) -> bool {
    let Some(class) = cx.semantic.enclosing_class() else { return false };
    let seriema_program::ScopeKind::Class(class) = cx.semantic.scopes.scope(class).kind else { return false };
    let says = |name: &str| {
        ["Cmd", "Debugger", "Pdb", "Bdb", "Console", "Interpreter", "Magics", "BaseCommand", "Shell", "REPL"]
            .iter()
            .any(|word| name.ends_with(word))
    };
    says(&class.name)
        || class.arguments.iter().flat_map(|arguments| &arguments.args).any(|base| match base {
            Expr::Name(name) => says(&name.id),
            Expr::Attribute(attribute) => says(&attribute.attr),
            _ => false,
        })
}

/// `eval(text)` to `ast.literal_eval(text)`: the same for the text of a literal.
fn literal_fix(cx: &Checker<'_, '_>, call: &Call<'_>) -> Option<RawFix> {
    if call.arguments.len() != 1 || !call.func.is_name_expr() || call.has_unpacked_arguments() {
        return None;
    }
    let mut fix = RawFix::replace("Use `ast.literal_eval`", &*call.func, "ast.literal_eval", Applicability::Suggestion);
    if !imports_for_module(cx.semantic, "ast") {
        let at = import_position(cx.semantic);
        if at > call.node.start() {
            return None;
        }
        fix.edits.insert(0, RawEdit { range: TextRange::empty(at), content: "import ast\n".to_owned() });
    }
    Some(fix)
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    if path != "builtins.eval" {
        return;
    }
    // `type=eval` makes every command-line argument code; `map(eval, ...)` every element.
    let argument_type =
        matches!(cx.semantic.parent(), Some(Node::Keyword(keyword)) if keyword.arg.as_deref() == Some("type"));
    let mapped = mapped_over(cx, expr);
    let finding = cx.report(&RULE, &["S307"], expr, "`eval` is handed on, to run as Python whatever it is given");
    match mapped {
        Some(origin) if origin >= Provenance::Unknown => {
            let severity = if origin >= Provenance::Network { Severity::Critical } else { Severity::Medium };
            finding.severity(severity).confidence(if origin > Provenance::Unknown {
                Confidence::Medium
            } else {
                Confidence::Low
            });
        }
        _ if argument_type => {
            finding.severity(Severity::Medium).persona(Persona::Pedantic);
        }
        _ => {
            finding.severity(Severity::Low).persona(Persona::Auditor);
        }
    }
}

/// What `eval` is mapped over: `map(eval, values)`, `frame["column"].apply(eval)`.
fn mapped_over<'a>(cx: &Checker<'_, 'a>, expr: &Expr) -> Option<Provenance> {
    let Some(Node::Expr(Expr::Call(call))) = cx.semantic.parent() else { return None };
    if !call.arguments.args.first().is_some_and(|first| first.range() == expr.range()) {
        return None;
    }
    match &*call.func {
        Expr::Name(name) if name.id == "map" => {
            call.arguments.args.get(1).map(|values| provenance(cx.semantic, values))
        }
        Expr::Attribute(method) if matches!(method.attr.as_str(), "apply" | "map" | "applymap") => {
            Some(provenance(cx.semantic, &method.value).max(Provenance::Unknown))
        }
        _ => None,
    }
}

/// Evaluators under another name: reported when a request decides what they run.
fn check_evaluator(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let what = match call.path() {
        "sympy.sympify" | "sympy.parse_expr" | "sympy.parsing.sympy_parser.parse_expr" => {
            "runs its text through `eval`"
        }
        "sympy.core.sympify.sympify" | "numexpr.evaluate" | "pandas.eval" => "runs its text through `eval`",
        "runpy.run_path" | "runpy.run_module" => "runs the module that it is given",
        "importlib.import_module" | "builtins.__import__" => "runs the module that it imports",
        "timeit.timeit" | "code.InteractiveInterpreter().runsource" | "code.InteractiveConsole().runsource" => {
            "runs its text"
        }
        "IPython.get_ipython().run_cell" => "runs its text",
        _ => return,
    };
    let Some(argument) = call.arguments.args.first() else { return };
    let origin = provenance(cx.semantic, argument);
    let importing = what.contains("import");
    if origin < Provenance::Network {
        return;
    }
    let quoted = quote(cx.semantic, argument);
    let message = format!("`{}` {what}: {quoted}, {}", call.path().trim_start_matches("builtins."), origin.clause());
    let compared = importing && is_compared(cx, argument);
    let finding = cx.report(&RULE, &[], call.node, message);
    finding.severity(if importing { Severity::High } else { Severity::Critical });
    if importing {
        finding.cwe(470);
    }
    if compared {
        finding.severity(Severity::Low).confidence(Confidence::Low).persona(Persona::Pedantic);
    }
}

/// Whether the name is looked for in a collection somewhere in the function: what that leaves, the flow knows.
fn is_compared(cx: &Checker<'_, '_>, argument: &Expr) -> bool {
    let Expr::Name(name) = argument else { return false };
    any_around(cx.semantic, &mut |expr| {
        let Expr::Compare(compare) = expr else { return false };
        let member = matches!(*compare.ops, [ast::CmpOp::In | ast::CmpOp::NotIn]);
        let text = compare.comparators.first().is_some_and(Expr::is_string_literal_expr);
        member && !text && matches!(&*compare.left, Expr::Name(left) if left.id == name.id)
    })
}
