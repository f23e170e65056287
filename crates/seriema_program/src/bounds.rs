//! Texts that a parser should not be given.
//!
//! The parser recurses with the nesting of the text and takes new stack from the heap as it goes: megabytes of `-` or
//! `not ` cost it gigabytes. Brackets alone do not tell, so the tokens are looked at, but only of texts that are large
//! and hold enough of what nests.

use memchr::memmem;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

/// Levels of nesting beyond which a text is not parsed. The tree of anything shallower is parsed in a few megabytes.
pub(crate) const MAX_DEPTH: usize = 20_000;

/// Tokens beyond which a text is not parsed: a tree costs up to 170 bytes a token. The densest generated tables of
/// numbers that fit into the default limit of a file's size stay below.
const MAX_TOKENS: usize = 5_000_000;

/// Texts up to this many bytes are parsed whatever they hold: the stack that trees are walked on suffices for what can
/// be nested in them.
pub(crate) const SMALL: usize = 128 << 10;

/// Why a text is not parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line, from 1, on which the bound is passed; none where it is the text as a whole that passes it.
    pub line: Option<u32>,
    /// One sentence.
    pub message: String,
}

/// Says whether parsing `text` would take more memory than any text should, and why.
#[must_use]
pub fn refusal(text: &str, mode: Mode) -> Option<Refusal> {
    if text.len() <= MAX_TOKENS && (text.len() <= SMALL || !may_nest(text)) {
        return None;
    }
    match measure(text, mode)? {
        Excess::Tokens => Some(Refusal {
            line: None,
            message: format!("the file has more than {MAX_TOKENS} tokens; it was not analysed"),
        }),
        Excess::Depth => Some(Refusal {
            line: Some(line_of_depth(text, mode)),
            message: format!("nested deeper than {MAX_DEPTH} levels; the file was not analysed"),
        }),
    }
}

/// Whether a text holds as much of anything that nests as it takes to pass [`MAX_DEPTH`].
fn may_nest(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Sums of at most 255 fit into a byte: the loop is done on many bytes at once.
    let marks: usize = bytes
        .chunks(255)
        .map(|chunk| {
            let marks: u8 = chunk
                .iter()
                .map(|b| {
                    u8::from(
                        (*b == b'(')
                            | (*b == b'[')
                            | (*b == b'{')
                            | (*b == b'-')
                            | (*b == b'+')
                            | (*b == b'~')
                            | (*b == b'*'),
                    )
                })
                .sum();
            usize::from(marks)
        })
        .sum();
    let words = ["lambda", "else", "not", "await", "yield"].map(|word| memmem::find_iter(bytes, word).count());
    marks + words.iter().sum::<usize>() > MAX_DEPTH
}

enum Excess {
    Depth,
    Tokens,
}

/// What stands between an opening bracket and its end, as far as it has been read.
#[derive(Default)]
struct Level {
    /// Operators that wait for the operand to their right.
    pending: usize,
    /// `lambda`s whose colon has not come: the commas up to it divide parameters.
    headers: usize,
}

/// Reads the tokens of a text and counts how deep a parser would go, or a little more than that.
fn measure(text: &str, mode: Mode) -> Option<Excess> {
    let mut lexer = lex(text, mode);
    let mut levels = vec![Level::default()];
    // Of all levels together.
    let mut pending = 0;
    let mut previous = TokenKind::Newline;
    let mut tokens = 0;
    loop {
        let kind = lexer.next_token();
        tokens += usize::from(kind != TokenKind::NonLogicalNewline);
        if tokens > MAX_TOKENS {
            return Some(Excess::Tokens);
        }
        let nested = levels.len() > 1;
        let level = levels.last_mut()?;
        match kind {
            TokenKind::EndOfFile => return None,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => levels.push(Level::default()),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd
                if nested =>
            {
                pending -= levels.pop().map_or(0, |level| level.pending);
            }
            TokenKind::Newline => {
                levels.clear();
                levels.push(Level::default());
                pending = 0;
            }
            TokenKind::Colon if level.headers > 0 => level.headers -= 1,
            TokenKind::Comma if level.headers > 0 => {}
            TokenKind::Comma | TokenKind::Semi | TokenKind::Colon => {
                pending -= level.pending;
                level.pending = 0;
            }
            TokenKind::Lambda => {
                level.headers += 1;
                level.pending += 1;
                pending += 1;
            }
            kind if waits_for_operand(kind, previous) => {
                level.pending += 1;
                pending += 1;
            }
            _ => {}
        }
        if levels.len() + pending > MAX_DEPTH {
            return Some(Excess::Depth);
        }
        if !matches!(kind, TokenKind::NonLogicalNewline | TokenKind::Comment) {
            previous = kind;
        }
    }
}

/// Whether a parser recurses for what stands to the right of a token.
fn waits_for_operand(kind: TokenKind, previous: TokenKind) -> bool {
    match kind {
        TokenKind::Await | TokenKind::Yield | TokenKind::Else | TokenKind::DoubleStar | TokenKind::Tilde => true,
        // `is not`, and `not in` after an operand, are one operator.
        TokenKind::Not => previous != TokenKind::Is && !ends_operand(previous),
        TokenKind::Plus | TokenKind::Minus | TokenKind::Star => !ends_operand(previous),
        _ => false,
    }
}

fn ends_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::Ellipsis
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Match
            | TokenKind::Case
            | TokenKind::Type
    )
}

/// The line on which a text passes [`MAX_DEPTH`]: tokens do not say where they stand, so it is found by halving.
fn line_of_depth(text: &str, mode: Mode) -> u32 {
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    let up_to = |line: &usize| {
        let text = text.get(..*line).unwrap_or(text);
        !matches!(measure(text, mode), Some(Excess::Depth))
    };
    u32::try_from(ends.partition_point(up_to)).map_or(u32::MAX, |line| line.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<u32> {
        let refusal = refusal(text, Mode::Module)?;
        refusal.line.or(Some(0))
    }

    /// Each costs a parser a level of recursion, again and again.
    #[test]
    fn whatever_nests_without_end_is_refused() {
        for unit in [
            "(",
            "[",
            "{",
            "f(",
            "-",
            "+",
            "~",
            "not ",
            "await ",
            "lambda:",
            "lambda x=",
            "lambda x=0:",
            "a if b else ",
            "a**",
            "a**-",
            "*",
            "**",
            "{1:",
            "{**",
            "lambda a=1,b=",
            "x[0:",
        ] {
            assert_eq!(refused(&format!("\n\n{}x", unit.repeat(SMALL))), Some(3), "{unit}");
        }
        assert_eq!(refused(&"f'{".repeat(SMALL)), Some(1));
        assert_eq!(refused(&format!("f'{}'", "{-".repeat(SMALL))), Some(1));
    }

    #[test]
    fn what_only_repeats_is_not_refused() {
        for (before, unit, after) in [
            ("x = [", "-1, ", "]"),
            ("x = [", "lambda a=1, b=2: a, ", "]"),
            ("x = [", "(), ", "]"),
            ("x = {", "'a': not b, ", "}"),
            ("x = ", "a - ", "a"),
            ("x = ", "a is not ", "a"),
            ("x = ", "a not in ", "a"),
            ("", "x = a if b else -c\n", ""),
            ("", "if not x:\n    pass\nelse:\n    f(**x)\n", ""),
            ("x = '", "([{-+", "'"),
            ("# ", "([{-+", ""),
            ("x = '''", "f(not -1 if lambda else\n", "'''"),
        ] {
            assert_eq!(refused(&format!("{before}{}{after}", unit.repeat(60_000))), None, "{unit}");
        }
    }

    #[test]
    fn small_texts_are_never_refused() {
        assert_eq!(refused(&"(".repeat(SMALL)), None);
    }

    #[test]
    fn the_number_of_tokens_is_bounded() {
        assert_eq!(refused(&"1,".repeat(MAX_TOKENS / 2)), None);
        assert_eq!(refused(&"1,".repeat(MAX_TOKENS / 2 + 1)), Some(0));
        assert_eq!(refused(&format!("'{}'", "1,".repeat(MAX_TOKENS))), None);
        assert_eq!(refused(&"\n".repeat(MAX_TOKENS + 1)), None);
    }
}
