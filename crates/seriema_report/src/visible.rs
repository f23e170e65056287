//! Making text from the audited project safe to print.
//!
//! A source line, a path or a string constant may hold terminal escapes, characters that reorder the text around
//! them (CVE-2021-42574, "Trojan Source"), or characters that show as nothing and hide code. None of them reaches a
//! terminal or a rendered page: each is replaced by its escape, so that the reader sees what is really there.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Whether a character acts on the text around it, or shows as nothing, instead of being seen.
///
/// These are the control characters (Cc), the format characters (Cf) apart from visible ones, the fillers and
/// selectors used to hide data in source code, the line and paragraph separators, and the non-characters.
#[inline]
pub(crate) const fn is_hazard(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    // The last two code points of every plane are non-characters; XML 1.0 forbids some of them.
    if (c as u32) & 0xfffe == 0xfffe {
        return true;
    }
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Appends `c`, or its escape when it is a hazard.
pub(crate) fn push(out: &mut String, c: char) {
    if !is_hazard(c) {
        out.push(c);
        return;
    }
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // Writing to a string does not fail.
        c if (c as u32) <= 0xff => drop(write!(out, "\\x{:02x}", c as u32)),
        c => drop(write!(out, "\\u{{{:x}}}", c as u32)),
    }
}

/// Whether a text is made of printable ASCII alone, as nearly all are: quicker to tell than character by character.
fn is_simple(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Text for one line: no hazard is left, line ends and tabs included.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if is_simple(text) || !text.chars().any(is_hazard) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| push(&mut out, c));
    Cow::Owned(out)
}

/// Text of several lines: line ends are kept, tabs become four spaces, and no other hazard is left.
pub(crate) fn block(text: &str) -> Cow<'_, str> {
    let simple = text.bytes().all(|b| matches!(b, b'\n' | b' '..=b'~'));
    if simple || !text.chars().any(|c| is_hazard(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            '\r' if chars.peek() == Some(&'\n') => {}
            c => push(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// Columns that a character takes in a terminal, once it is made visible.
#[inline]
pub(crate) fn width_of(c: char) -> usize {
    if matches!(c, ' '..='~') {
        1
    } else if is_hazard(c) {
        let mut escape = String::new();
        push(&mut escape, c);
        escape.len()
    } else {
        c.width().unwrap_or(0)
    }
}

/// Columns that a text takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    if is_simple(text) {
        return text.len();
    }
    text.chars().map(width_of).sum()
}

/// Cuts a text to at most `max` columns; what was cut is shown by `ellipsis`.
pub(crate) fn cut<'a>(text: &'a str, max: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let room = max.saturating_sub(width(ellipsis));
    let mut used = 0;
    let mut out = String::new();
    for c in text.chars() {
        used += width_of(c);
        if used > room {
            break;
        }
        out.push(c);
    }
    out.push_str(ellipsis);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_instead_of_obeyed() {
        assert_eq!(line("\x1b]0;owned\x07"), "\\x1b]0;owned\\x07");
        assert_eq!(line("access \u{202e}nimda"), "access \\u{202e}nimda");
        assert_eq!(line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(block("a\r\nb\tc\x1b"), "a\nb    c\\x1b");
        assert_eq!(block("lone\rreturn"), "lone\\rreturn");
    }

    #[test]
    fn letters_of_every_script_are_kept() {
        for text in ["naïve", "Ελληνικά", "日本語", "עברית", "हिन्दी", "👍", "e\u{301}"]
        {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn width_counts_columns_not_characters() {
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("\x1b"), 4);
        assert_eq!(cut("日本語", 5, "…"), "日本…");
    }
}
