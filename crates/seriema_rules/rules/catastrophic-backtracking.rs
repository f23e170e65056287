//! Regular expressions that a crafted text keeps busy.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{Expr, Operator};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{BindingKind, Const};

use crate::shared::backtracking::{Growth, Slow, slowest};
use crate::shared::decided_elsewhere::reported;
use crate::shared::regex_syntax::{Flags, parse};
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "catastrophic-backtracking",
    family: Robustness,
    severity: Medium,
    confidence: High,
    cwe: [1333, 400],
    aliases: [],
}

/// What a byte of a pattern costs, in bytes of code searched.
const WORK: usize = 64;

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(
        &["compile", "match", "search", "fullmatch", "findall", "finditer", "split", "sub", "subn", "template"],
        check_module,
    );
    hooks.on_call(&["Regex", "RegexField", "RegexValidator", "Regexp", "re_path", "_lazy_re_compile"], check_validator);
}

/// `re.compile(pattern)` and its like, and methods of other objects that take the flags of `re` with a pattern.
fn check_module<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let Some(pattern) = call.argument("pattern", 0) else { return };
    let flags = flags_of(cx, call);
    if matches!(call.path().split_once('.'), Some(("re" | "regex", function)) if !function.contains('.'))
        || flags.is_some()
    {
        check(cx, pattern, flags, call.name() == "fullmatch");
    }
}

/// Validators of forms and schemas, and routes.
fn check_validator<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    let pattern =
        ["regex", "pattern", "route"].iter().find_map(|name| call.keyword(name)).or_else(|| call.positional(0));
    let Some(pattern) = pattern else { return };
    check(cx, pattern, flags_of(cx, call), false);
}

fn flags_of<'a>(cx: &Checker<'_, 'a>, call: &Call<'a>) -> Option<&'a Expr> {
    call.keyword("flags").into_iter().chain(call.node.arguments.args.iter().skip(1)).find(|e| is_flags(cx, e))
}

/// `re.I | re.X`
fn is_flags(cx: &Checker<'_, '_>, expr: &Expr) -> bool {
    match expr {
        Expr::BinOp(op) if op.op == Operator::BitOr => is_flags(cx, &op.left) || is_flags(cx, &op.right),
        Expr::Attribute(_) | Expr::Name(_) => cx.semantic.qualified(expr).is_some_and(|path| {
            path.strip_prefix("re.").is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase()))
        }),
        _ => false,
    }
}

fn read_flags(cx: &Checker<'_, '_>, expr: &Expr, flags: &mut Flags) {
    match expr {
        Expr::BinOp(op) => {
            read_flags(cx, &op.left, flags);
            read_flags(cx, &op.right, flags);
        }
        Expr::Attribute(_) | Expr::Name(_) => {
            if let Some(path) = cx.semantic.qualified(expr) {
                flags.set(path.rsplit('.').next().unwrap_or_default());
            }
        }
        _ => {}
    }
}

/// The place where a pattern is written, and whether it is in the function at hand.
fn written<'a>(cx: &Checker<'_, 'a>, pattern: &'a Expr) -> (&'a Expr, bool) {
    if let Expr::Name(name) = pattern
        && let Some(binding) = cx.semantic.binding(&name.id, name.range.start())
        && let BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) = binding.kind
    {
        return (value, binding.scope == cx.semantic.current_scope());
    }
    (pattern, true)
}

fn check<'a>(cx: &mut Checker<'_, 'a>, pattern: &'a Expr, flags: Option<&'a Expr>, whole: bool) {
    let (place, here) = written(cx, pattern);
    let text = match place {
        Expr::StringLiteral(literal) => literal.value.to_str().into(),
        _ => match cx.semantic.constant(pattern) {
            Some(Const::Str(text)) => text,
            Some(Const::Bytes(bytes)) => match String::from_utf8(bytes.into_owned()) {
                Ok(text) => text.into(),
                Err(_) => return,
            },
            _ => return,
        },
    };
    // One repetition alone, of what can be had in one way, takes its time in proportion to the text.
    let repetitions = text.bytes().filter(|byte| matches!(byte, b'*' | b'+' | b'{')).count();
    let simple = repetitions == 0 || repetitions == 1 && !text.contains(['|', '?']);
    if simple || !cx.semantic.affords_search(text.len() * WORK) || reported(cx, &RULE, place.range()).is_some() {
        return;
    }
    let mut set = Flags::default();
    if let Some(flags) = flags {
        read_flags(cx, flags, &mut set);
    }
    let Some(slow) = parse(&text, set).and_then(|tree| slowest(&tree, whole)) else { return };
    report(cx, place.range(), here, &slow);
}

fn report(cx: &mut Checker<'_, '_>, place: TextRange, here: bool, slow: &Slow) {
    let (length, times) = match slow.growth {
        Growth::Exponential => ("doubles with every".to_owned(), 40),
        Growth::Power(2) => ("grows with the square of the".to_owned(), 20_000),
        Growth::Power(3) => ("grows with the third power of the".to_owned(), 2_000),
        Growth::Power(power) => (format!("grows with the {power}th power of the"), 500),
    };
    let what = if slow.growth == Growth::Exponential { "repetition" } else { "repetitions" };
    let text = attack(slow, times);
    let message = format!("the time this expression takes on `{text}` {length} {what}");
    let proof = format!(
        "```python\nimport re\n\nre.compile(pattern).match({text})  # {}\n```",
        match slow.growth {
            Growth::Exponential => "does not return",
            Growth::Power(_) => "takes seconds; ten times the text takes minutes or hours",
        }
    );
    let finding = cx.report(&RULE, &[], place, message);
    finding.proof_of_concept(proof);
    if !here {
        // Written above, and used here.
        finding.statement = place;
        finding.function = None;
    }
    match slow.growth {
        Growth::Exponential => {}
        Growth::Power(_) if !slow.plain => {
            finding.persona(Persona::Pedantic).severity(Severity::Low).confidence(Confidence::Medium);
        }
        Growth::Power(_) => {
            finding.confidence(Confidence::Medium);
        }
    }
}

/// The text as a Python expression.
fn attack(slow: &Slow, times: u32) -> String {
    let quoted = |text: &str| {
        let escaped: String = text
            .chars()
            .map(|c| match c {
                '"' => "\\\"".to_owned(),
                '`' => "\\x60".to_owned(),
                '\'' => "'".to_owned(),
                c if c.is_control() && u32::from(c) < 256 => match c {
                    '\n' | '\t' | '\r' => c.escape_default().to_string(),
                    _ => format!("\\x{:02x}", u32::from(c)),
                },
                '\\' => "\\\\".to_owned(),
                c if c.is_ascii() => c.to_string(),
                c if u32::from(c) < 0x1_0000 => format!("\\u{:04x}", u32::from(c)),
                c => format!("\\U{:08x}", u32::from(c)),
            })
            .collect();
        format!("\"{escaped}\"")
    };
    let mut text = String::new();
    if !slow.prefix.is_empty() {
        text = format!("{} + ", quoted(&slow.prefix));
    }
    text += &format!("{} * {times}", quoted(&slow.pump));
    if !slow.suffix.is_empty() {
        text += &format!(" + {}", quoted(&slow.suffix));
    }
    text
}
