//! Characters that show the source in another order than Python reads it.

use seriema_finding::{Applicability, Confidence, Persona, Severity};
use seriema_program::ast::{Expr, FStringPart, InterpolatedStringElement};
use seriema_program::text_size::{Ranged, TextRange, TextSize};

use crate::shared::ast_search::any_in_file;
use crate::{Checker, Hooks, RawEdit, RawFix};

crate::declare_rule! {
    slug: "trojan-source",
    family: SupplyChain,
    severity: High,
    confidence: Medium,
    cwe: [1007, 838],
    aliases: ["B613"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_file(check);
}

/// What a character does to the text after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Embedding or override, up to a `PopDirection`.
    Open,
    PopDirection,
    /// Isolate, up to a `PopIsolate`.
    Isolate,
    PopIsolate,
    /// Gives a direction to its neighbours alone.
    Mark,
}

/// The name and effect of a character that reorders text.
fn control(c: char) -> Option<(&'static str, Effect)> {
    Some(match c {
        '\u{202a}' => ("LEFT-TO-RIGHT EMBEDDING", Effect::Open),
        '\u{202b}' => ("RIGHT-TO-LEFT EMBEDDING", Effect::Open),
        '\u{202c}' => ("POP DIRECTIONAL FORMATTING", Effect::PopDirection),
        '\u{202d}' => ("LEFT-TO-RIGHT OVERRIDE", Effect::Open),
        '\u{202e}' => ("RIGHT-TO-LEFT OVERRIDE", Effect::Open),
        '\u{2066}' => ("LEFT-TO-RIGHT ISOLATE", Effect::Isolate),
        '\u{2067}' => ("RIGHT-TO-LEFT ISOLATE", Effect::Isolate),
        '\u{2068}' => ("FIRST STRONG ISOLATE", Effect::Isolate),
        '\u{2069}' => ("POP DIRECTIONAL ISOLATE", Effect::PopIsolate),
        '\u{200f}' => ("RIGHT-TO-LEFT MARK", Effect::Mark),
        '\u{200e}' => ("LEFT-TO-RIGHT MARK", Effect::Mark),
        '\u{061c}' => ("ARABIC LETTER MARK", Effect::Mark),
        _ => return None,
    })
}

/// The offset of the next lead bytes of such a character (or of a neighbour of it in Unicode) from `from` on.
fn next_candidate(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(0xe2, 0xd8, bytes.get(at..)?)?;
        let tail = (bytes.get(at + 1).copied().unwrap_or_default(), bytes.get(at + 2).copied().unwrap_or_default());
        match (bytes[at], tail) {
            (0xe2, (0x80, 0x8e..=0x8f | 0xaa..=0xae) | (0x81, 0xa6..=0xa9)) | (0xd8, (0x9c, _)) => return Some(at),
            _ => at += 1,
        }
    }
}

/// Lines, and characters of a line, for which a fix is made: finding out where a character stands takes a walk over the whole file.
const MAX_FIXES: usize = 50;

fn check(cx: &mut Checker<'_, '_>) {
    let text = cx.semantic.file.text();
    let mut from = 0;
    let mut comments = None;
    let mut fixes = 0;
    while let Some(at) = next_candidate(text.as_bytes(), from) {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
        let comments = comments.get_or_insert_with(|| cx.semantic.file.comments_with(NEEDLES));
        check_line(cx, text, (start, at, end), (fixes < MAX_FIXES).then_some(comments.as_slice()));
        fixes += 1;
        from = end;
    }
}

fn check_line(
    cx: &mut Checker<'_, '_>,
    text: &str,
    (start, first, end): (usize, usize, usize),
    comments: Option<&[TextRange]>,
) {
    let Some(line) = text.get(start..end) else { return };
    let controls: Vec<(usize, char, &str, Effect)> = line
        .char_indices()
        .filter_map(|(offset, c)| control(c).map(|(name, effect)| (start + offset, c, name, effect)))
        .collect();
    let Some((_, c, name, _)) = controls.first().copied() else { return };
    let range = |at: usize, c: char| {
        let from = TextSize::try_from(at).unwrap_or_default();
        TextRange::at(from, TextSize::of(c))
    };
    let only_marks = controls.iter().all(|(.., effect)| *effect == Effect::Mark);
    let closed = closes(controls.iter().map(|(.., effect)| *effect));
    let real = line.chars().any(is_right_to_left);
    let (severity, confidence, persona) = match (only_marks, closed, real) {
        // A mark moves the punctuation beside it, at most.
        (true, ..) => (Severity::Low, Confidence::Low, Persona::Pedantic),
        (false, true, true) => (Severity::Medium, Confidence::Low, Persona::Pedantic),
        (false, true, false) => (Severity::High, Confidence::Medium, Persona::Regular),
        (false, false, true) => (Severity::High, Confidence::Medium, Persona::Regular),
        (false, false, false) => (Severity::High, Confidence::High, Persona::Regular),
    };
    let more = match controls.len() {
        1 => String::new(),
        count => format!(" and {} more like it", count - 1),
    };
    let message = format!("U+{:04X} {name}{more}: this line may not read as Python reads it", u32::from(c));
    let places: Vec<(TextRange, char)> = controls.iter().map(|(at, c, ..)| (range(*at, *c), *c)).collect();
    let fix = comments.filter(|_| places.len() <= MAX_FIXES).and_then(|comments| fix(cx, comments, &places));
    let finding = cx.report(&RULE, &["B613"], range(first, c), message);
    finding.severity(severity).confidence(confidence).persona(persona);
    if let Some(fix) = fix {
        finding.fix(fix);
    }
}

/// Whether whatever is opened on a line is closed on it, in order.
fn closes(effects: impl Iterator<Item = Effect>) -> bool {
    let mut open = Vec::new();
    for effect in effects {
        match effect {
            Effect::Open | Effect::Isolate => open.push(effect),
            Effect::PopDirection if open.pop() != Some(Effect::Open) => return false,
            Effect::PopIsolate if open.pop() != Some(Effect::Isolate) => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// Letters of Hebrew, Arabic, Syriac, Thaana and their kin.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{061b}' | '\u{061d}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

/// Escape sequences in strings, which keep their value; nothing in comments.
fn fix(cx: &Checker<'_, '_>, comments: &[TextRange], controls: &[(TextRange, char)]) -> Option<RawFix> {
    let mut edits = Vec::new();
    for (range, c) in controls {
        let content = if comments.iter().any(|comment| comment.contains_range(*range)) {
            String::new()
        } else if takes_escapes(cx, *range) {
            format!("\\u{:04x}", u32::from(*c))
        } else {
            return None;
        };
        edits.push(RawEdit { range: *range, content });
    }
    let title = "Write the characters as escape sequences".to_owned();
    Some(RawFix { title, edits, applicability: Applicability::Safe })
}

/// The characters of [`control`], to search comments for.
const NEEDLES: &[&str] = &[
    "\u{202a}", "\u{202b}", "\u{202c}", "\u{202d}", "\u{202e}", "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}",
    "\u{200e}", "\u{200f}", "\u{061c}",
];

/// Whether a place is inside a string in which `\u` escapes mean something.
fn takes_escapes(cx: &Checker<'_, '_>, place: TextRange) -> bool {
    let mut takes = false;
    if !cx.semantic.affords_search(cx.semantic.file.text().len()) {
        return false;
    }
    any_in_file(cx.semantic.file.suite(), &mut |expr| {
        if !expr.range().contains_range(place) {
            return false;
        }
        match expr {
            Expr::StringLiteral(literal) => {
                takes =
                    literal.value.iter().any(|part| part.range.contains_range(place) && !part.flags.prefix().is_raw());
                true
            }
            Expr::FString(f) => {
                takes = f.value.as_slice().iter().any(|part| match part {
                    FStringPart::Literal(part) => part.range.contains_range(place) && !part.flags.prefix().is_raw(),
                    FStringPart::FString(part) => {
                        !part.flags.prefix().is_raw()
                            && part.elements.iter().any(|element| {
                                matches!(element, InterpolatedStringElement::Literal(literal) if literal.range.contains_range(place))
                            })
                    }
                });
                takes
            }
            _ => false,
        }
    });
    takes
}
