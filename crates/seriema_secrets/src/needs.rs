//! What a text must hold for a detector to find something in it, told from the detector's regex. Looked at when the program
//! is built, too (`build.rs`).

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Characters of a run: what stands there without a space, as keys and tokens do.
pub(crate) const RUN: usize = 16;

/// Whether a byte can be of a run.
pub(crate) fn is_run_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.' | b':' | b'~')
}

/// Whether all that a regex takes for a secret - its first group, or everything - is a run, with digits or letters of both
/// cases in it. False when that cannot be told.
pub(crate) fn needs_run(pattern: &str) -> bool {
    let Ok(hir) = ParserBuilder::new().unicode(false).utf8(false).multi_line(true).build().parse(pattern) else {
        return false;
    };
    let secret = group(&hir, 1).unwrap_or(&hir);
    let mut seen = Seen::default();
    secret.properties().minimum_len().is_some_and(|least| least >= RUN) && seen.holds(secret) && seen.is_mixed()
}

fn group(hir: &Hir, number: u32) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.index == number => Some(&capture.sub),
        HirKind::Capture(capture) => group(&capture.sub, number),
        HirKind::Repetition(repetition) => group(&repetition.sub, number),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(|part| group(part, number)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

/// The kinds of characters that may stand in it.
#[derive(Default)]
struct Seen {
    digit: bool,
    upper: bool,
    lower: bool,
}

impl Seen {
    fn is_mixed(&self) -> bool {
        self.digit || (self.upper && self.lower)
    }

    fn byte(&mut self, byte: u8) -> bool {
        self.digit |= byte.is_ascii_digit();
        self.upper |= byte.is_ascii_uppercase();
        self.lower |= byte.is_ascii_lowercase();
        is_run_byte(byte)
    }

    /// Whether there is nothing else than a run in it.
    fn holds(&mut self, hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => literal.0.iter().all(|byte| self.byte(*byte)),
            HirKind::Class(Class::Bytes(class)) => {
                class.ranges().iter().all(|range| (range.start()..=range.end()).all(|byte| self.byte(byte)))
            }
            HirKind::Class(Class::Unicode(class)) => class.ranges().iter().all(|range| {
                range.end().is_ascii()
                    && (range.start()..=range.end()).all(|c| u8::try_from(c).is_ok_and(|byte| self.byte(byte)))
            }),
            HirKind::Repetition(repetition) => self.holds(&repetition.sub),
            HirKind::Capture(capture) => self.holds(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(|part| self.holds(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regexes_tell_what_they_need() {
        for pattern in [r"\b(ghp_[0-9A-Za-z]{36})\b", r"(?i:name).{0,20}((?i)[a-f0-9]{32})", r"[A-Za-z0-9+/]{40}={0,2}"]
        {
            assert!(needs_run(pattern), "{pattern}");
        }
        for pattern in [r"(short[0-9]{4})", r#"("[0-9a-f ]{40}")"#, r"(-----BEGIN[\s\S]{40,})", r"([a-z]{32})", "("] {
            assert!(!needs_run(pattern), "{pattern}");
        }
    }
}
