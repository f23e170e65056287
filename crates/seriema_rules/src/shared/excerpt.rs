//! Source text as it may stand in a message.

use std::borrow::Cow;

use seriema_program::Semantic;
use seriema_program::text_size::Ranged;

/// Longest text shown, in characters.
const MAX_CHARS: usize = 60;

/// The source text of a node on one line, cut where it is long.
pub(crate) fn excerpt<'a>(semantic: &Semantic<'a>, node: impl Ranged) -> Cow<'a, str> {
    let text = semantic.text(node);
    if text.len() <= MAX_CHARS && !text.contains(['\n', '`']) {
        return Cow::Borrowed(text);
    }
    let mut short = String::with_capacity(MAX_CHARS + 3);
    let mut last_blank = false;
    for c in text.chars().take(4 * MAX_CHARS).filter(|c| *c != '`') {
        let blank = c.is_whitespace();
        if blank && last_blank {
            continue;
        }
        if short.chars().count() == MAX_CHARS {
            short.push('…');
            break;
        }
        short.push(if blank { ' ' } else { c });
        last_blank = blank;
    }
    Cow::Owned(short)
}
