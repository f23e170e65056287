//! Pieces of sentences.

use seriema_program::Semantic;
use seriema_program::ast::Expr;

/// Longest piece of source that a message quotes, in characters.
const MAX_QUOTE: usize = 48;

/// An expression as a message quotes it: on one line, cut where it is long.
pub(crate) fn quote(semantic: &Semantic<'_>, expr: &Expr) -> String {
    let mut out = String::from("`");
    let mut count = 0;
    for word in semantic.text(expr).split_whitespace() {
        if count > 0 {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= MAX_QUOTE {
                out.push_str("...`");
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out.push('`');
    out
}
