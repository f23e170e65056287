//! The Mersenne Twister where an attacker must not be able to guess.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::Const;
use seriema_program::ast::Expr;
use seriema_program::text_size::Ranged;

use crate::shared::expression_parts::{in_annotation, mentioned};
use crate::shared::repetition::is_repeated;
use crate::shared::value_destination::{Destination, destination};
use crate::shared::value_purpose::{Purpose, makes, purpose, words};
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "weak-random",
    family: Cryptography,
    severity: Medium,
    confidence: Medium,
    cwe: [338, 330],
    aliases: ["B311", "S311"],
}

/// What draws a value.
const DRAWS: &[&str] = &[
    "choice",
    "choices",
    "getrandbits",
    "rand",
    "randbytes",
    "randint",
    "random",
    "randrange",
    "sample",
    "triangular",
    "uniform",
];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(DRAWS, check);
    hooks.on_call(&["Random", "bytes", "integers", "shuffle"], check);
    hooks.on_reference(DRAWS, check_reference);
    hooks.on_reference(&["Random"], check_reference);
}

const BOTH: &[&str] = &["B311", "S311"];

/// The codes that a function of the module `random` has elsewhere.
fn codes(name: &str) -> &'static [&'static str] {
    match name {
        "Random" | "random" | "randrange" | "randint" | "choice" | "choices" | "uniform" | "triangular"
        | "randbytes" => BOTH,
        "sample" | "getrandbits" => &["B311"],
        _ => &[],
    }
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let path = call.path();
    let (codes, name) = if let Some(name) = path.strip_prefix("random.Random().") {
        (&[] as &[&str], name)
    } else if let Some(name) = path.strip_prefix("random.") {
        (codes(name), name)
    } else if let Some(name) = path.strip_prefix("numpy.random.") {
        (&[] as &[&str], name.strip_prefix("default_rng().").unwrap_or(name))
    } else {
        return;
    };
    if name.contains('.') {
        return;
    }
    let guessed = if matches!(name, "Random" | "shuffle") || !has_one_binding(cx, call) {
        None
    } else {
        protects(cx, call, name)
    };
    // Digits drawn one by one, one password: one finding.
    let guessed = guessed.map(|(what, kind, confidence)| {
        let repeated = is_repeated(cx, &RULE, &format!("makes {what} predictable"));
        (what, kind, confidence, repeated)
    });
    let Some((what, kind, confidence, repeated)) = guessed else {
        if !codes.is_empty() {
            let message = format!("`{path}` can be predicted from earlier outputs");
            cx.report(&RULE, codes, call.node, message)
                .severity(Severity::Low)
                .confidence(Confidence::Low)
                .persona(Persona::Auditor);
        }
        return;
    };
    let severity = match kind {
        Purpose::Salt => Severity::Low,
        _ => Severity::High,
    };
    let message = format!("`{}` makes {what} predictable", cx.semantic.text(&*call.func));
    let fix = fix(call, path);
    let finding = cx.report(&RULE, codes, call.node, message);
    finding.severity(severity).confidence(confidence);
    // A salt or a nonce has to be new, which a predictable one is too.
    if repeated || kind == Purpose::Salt {
        finding.persona(Persona::Pedantic);
    }
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

fn check_reference(cx: &mut Checker<'_, '_>, expr: &Expr, path: &str) {
    let Some(name) = path.strip_prefix("random.") else { return };
    if codes(name) != BOTH || in_annotation(cx.semantic, expr.range()) {
        return;
    }
    let message = format!("`{path}` is handed on as a source of randomness");
    cx.report(&RULE, &["S311"], expr, message)
        .persona(Persona::Auditor)
        .severity(Severity::Low)
        .confidence(Confidence::Low);
}

/// Whether the function, or the generator that a method is called on, can only be the one: not `SystemRandom` or
/// `secrets`, where there is one.
fn has_one_binding(cx: &Checker<'_, '_>, call: &Call<'_>) -> bool {
    let name = match &*call.func {
        Expr::Name(function) => function,
        Expr::Attribute(method) => match &*method.value {
            Expr::Name(generator) => generator,
            _ => return true,
        },
        _ => return true,
    };
    let Some(binding) = cx.semantic.binding(&name.id, name.range.start()) else { return true };
    cx.semantic.scopes.bindings_of(binding.scope, &name.id).count() <= 1
}
/// What the drawn value protects: the name that says so, the kind of secret, and how sure that is.
fn protects(cx: &Checker<'_, '_>, call: &Call<'_>, drawn: &str) -> Option<(String, Purpose, Confidence)> {
    let goes = destination(cx.semantic, call.range());
    if goes.consumed || is_sampling(call, drawn, &goes) {
        return None;
    }
    let secret = |name: &str| purpose(name).filter(|found| *found != Purpose::Signature);
    if let Some((name, kind)) = goes.names.iter().find_map(|name| Some((name, secret(name)?))) {
        return Some((format!("`{name}`"), kind, Confidence::Medium));
    }
    let kept = goes.returned || goes.variable.is_some_and(|variable| !is_measure(variable));
    if let Some(function) = cx.semantic.enclosing_function()
        && kept
    {
        let function = function.name.as_str();
        if let Some(kind) = makes(function) {
            return Some((format!("what `{function}` returns"), kind, Confidence::Medium));
        }
        // `class TokenGenerator: def generate(self)`
        if let Some(class) = class_name(cx)
            && words(function)
                .iter()
                .all(|word| matches!(word.as_str(), "generate" | "make" | "create" | "new" | "next" | "get" | "call"))
            && let Some(kind) = makes(class)
        {
            return Some((format!("what `{class}` makes"), kind, Confidence::Medium));
        }
    }
    // Names that mean a secret only for a string of random characters.
    let vague = |name: &str| {
        let words = words(name);
        words.last().is_some_and(|last| matches!(last.as_str(), "key" | "code" | "state" | "captcha" | "challenge"))
            && !words
                .iter()
                .any(|word| matches!(word.as_str(), "cache" | "sort" | "primary" | "error" | "exit" | "status"))
    };
    let name = goes.names.iter().find(|name| vague(name))?;
    draws_characters(cx, call, drawn).then(|| (format!("`{name}`"), Purpose::Token, Confidence::Low))
}

fn class_name<'a>(cx: &Checker<'_, 'a>) -> Option<&'a str> {
    let class = cx.semantic.enclosing_class()?;
    match cx.semantic.scopes.scope(class).kind {
        seriema_program::ScopeKind::Class(class) => Some(&class.name),
        _ => None,
    }
}

/// `token = random.choice(tokens)` picks one of those that exist.
fn is_sampling(call: &Call<'_>, drawn: &str, goes: &Destination<'_>) -> bool {
    if !matches!(drawn, "choice" | "choices" | "sample") {
        return false;
    }
    let Some(population) = call.positional(0) else { return false };
    if let Expr::List(list) = population
        && list.elts.iter().all(|e| e.as_string_literal_expr().is_some_and(|s| s.value.to_str().chars().count() > 3))
    {
        return true;
    }
    let names = mentioned(population);
    goes.names.iter().any(|target| {
        let target = target.to_lowercase();
        names.iter().any(|name| {
            let name = name.to_lowercase();
            name == format!("{target}s") || name.ends_with(&format!("_{target}s")) || name == format!("{target}_list")
        })
    })
}

/// Names of numbers that steer how a secret is made, and are no part of it.
fn is_measure(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "attempt"
                | "backoff"
                | "count"
                | "delay"
                | "end"
                | "generator"
                | "interval"
                | "jitter"
                | "len"
                | "length"
                | "max"
                | "min"
                | "offset"
                | "port"
                | "prob"
                | "retries"
                | "retry"
                | "rng"
                | "seconds"
                | "seed"
                | "size"
                | "sleep"
                | "start"
                | "timeout"
                | "total"
                | "wait"
        )
    })
}

/// Whether letters and digits are drawn one by one, or a number of a fixed count of digits.
fn draws_characters(cx: &Checker<'_, '_>, call: &Call<'_>, name: &str) -> bool {
    match name {
        "choice" | "choices" | "sample" => call.positional(0).is_some_and(|population| {
            mentioned(population).iter().any(|name| {
                matches!(
                    *name,
                    "ascii_letters"
                        | "ascii_lowercase"
                        | "ascii_uppercase"
                        | "digits"
                        | "hexdigits"
                        | "printable"
                        | "letters"
                )
            }) || cx.semantic.constant_str(population).is_some_and(|text| text.len() >= 10)
        }),
        "randint" | "randrange" => matches!(
            call.positional(0).and_then(|low| cx.semantic.constant(low)),
            Some(Const::Int(1_000 | 10_000 | 100_000 | 1_000_000 | 10_000_000 | 100_000_000))
        ),
        _ => false,
    }
}

/// `random.choice` has a namesake in `secrets`; the others have not.
fn fix(call: &Call<'_>, path: &str) -> Option<RawFix> {
    if !path.starts_with("random.") || path.contains("()") {
        return None;
    }
    let Expr::Attribute(function) = &*call.func else { return None };
    let title = "Draw from the operating system's generator";
    let module = function.value.as_name_expr()?;
    Some(RawFix::replace(title, module, "random.SystemRandom()", Applicability::Suggestion))
        .filter(|_| module.id == "random" && function.attr.as_str() != "randbytes")
}
