//! Whether a text is SQL at all, and not a sentence that reads like it.

use crate::shared::sql::{Token, is_word, lex};

/// How surely a text is SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Nothing speaks for it.
    None,
    /// It starts as the definition of a table, a view, a function does.
    Definition,
    /// It starts with a word that also starts sentences: `call`, `show`.
    Weak,
    /// A whole `SELECT ... FROM`, `INSERT INTO`, `UPDATE ... SET`, `DELETE FROM` or `WITH ... AS (`.
    Certain,
}

/// Words that follow `FROM`, `UPDATE` or `INTO` in sentences, but name no table.
const ARTICLES: &[&str] = &[
    "the", "a", "an", "this", "that", "these", "those", "your", "its", "their", "our", "which", "any", "each", "all",
    "one", "it", "them", "there", "here", "existing", "active",
];

const KEYWORDS: &[&str] = &[
    "as",
    "distinct",
    "all",
    "top",
    "case",
    "when",
    "then",
    "else",
    "end",
    "and",
    "or",
    "not",
    "null",
    "is",
    "in",
    "like",
    "between",
    "exists",
    "over",
    "partition",
    "order",
    "by",
    "group",
    "having",
    "where",
    "on",
    "inner",
    "left",
    "right",
    "outer",
    "full",
    "cross",
    "join",
    "union",
    "limit",
    "offset",
    "asc",
    "desc",
    "set",
    "values",
    "into",
    "from",
    "select",
    "using",
    "natural",
    "for",
    "only",
    "interval",
    "count",
    "sum",
    "max",
    "min",
    "coalesce",
    "true",
    "false",
];

/// How surely the text of a template is SQL.
pub(crate) fn likeness(text: &str) -> Likeness {
    let (tokens, _) = lex(text);
    let mut tokens = tokens.as_slice();
    while let Some((Token::Punct('(' | ';'), rest)) = tokens.split_first() {
        tokens = rest;
    }
    while is_word(tokens.first(), &["explain", "analyze", "begin"]) || tokens.first() == Some(&Token::Punct(';')) {
        tokens = tokens.get(1..).unwrap_or_default();
    }
    let Some(Token::Word(verb)) = tokens.first() else { return Likeness::None };
    // A sentence starts with a capital, SQL is written in one case.
    let mixed = verb.chars().any(char::is_lowercase) && verb.chars().any(char::is_uppercase);
    let rest = tokens.get(1..).unwrap_or_default();
    let certain = match verb.to_ascii_lowercase().as_str() {
        "select" => {
            let from = rest.iter().find_map(|token| match token {
                Token::Word(word) if word.eq_ignore_ascii_case("from") => Some(*word),
                _ => None,
            });
            is_select(rest) && (!mixed || from.is_some_and(|from| from.starts_with('F')))
        }
        "insert" => {
            let at = rest.iter().take(4).position(|token| is_word(Some(token), &["into", "overwrite"]));
            at.is_some_and(|at| is_target(rest.get(at + 1..).unwrap_or_default()))
                && (rest.iter().any(|token| is_word(Some(token), &["values", "select", "set", "default"]))
                    || matches!(rest.last(), Some(Token::Hole | Token::Punct(_))))
        }
        "replace" | "merge" => is_word(rest.first(), &["into"]) && is_target(rest.get(1..).unwrap_or_default()),
        "update" => {
            let at = rest.iter().take(8).position(|token| is_word(Some(token), &["set"]));
            is_target(rest)
                && at.is_some_and(|at| {
                    let tail = rest.get(at + 1..).unwrap_or_default();
                    tail.is_empty()
                        || tail.first() == Some(&Token::Hole)
                        || tail.iter().take(6).any(|token| *token == Token::Punct('='))
                })
        }
        "delete" => {
            is_word(rest.first(), &["from"])
                && is_target(rest.get(1..).unwrap_or_default())
                && longest_run(rest.get(1..).unwrap_or_default()) < 3
        }
        "with" => {
            let at = rest.iter().position(|token| is_word(Some(token), &["as"]));
            at.is_some_and(|at| at < 12 && rest.get(at + 1) == Some(&Token::Punct('(')))
        }
        "create" | "drop" | "alter" | "truncate" | "rename" | "comment" | "reindex" => {
            let of_account = rest.iter().take(3).any(|token| is_word(Some(token), &["user", "role", "login"]));
            return if of_account { Likeness::Weak } else { Likeness::Definition };
        }
        "grant" | "revoke" | "exec" | "execute" | "call" | "pragma" | "copy" | "use" | "show" | "describe"
        | "attach" | "vacuum" | "lock" | "kill" | "load" | "set" | "declare" | "detach" | "optimize" | "unload"
        | "msck" | "do" | "notify" | "listen" | "unlisten" | "refresh" | "purge" | "flush" => return Likeness::Weak,
        _ => return Likeness::None,
    };
    if certain { Likeness::Certain } else { Likeness::Weak }
}

fn is_target(tokens: &[Token<'_>]) -> bool {
    matches!(tokens.first(), Some(Token::Word(_) | Token::Hole | Token::Quoted)) && !is_word(tokens.first(), ARTICLES)
}

fn is_select(rest: &[Token<'_>]) -> bool {
    let Some(at) = rest.iter().position(|token| is_word(Some(token), &["from"])) else { return false };
    let items = rest.get(..at).unwrap_or_default();
    let sources = rest.get(at + 1..).unwrap_or_default();
    let target = sources.is_empty() || is_target(sources) || sources.first() == Some(&Token::Punct('('));
    !items.is_empty() && target && longest_run(items) < 3 && longest_run(sources) < 4
}

/// The longest run of words that SQL would have to join by something.
fn longest_run(tokens: &[Token<'_>]) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for token in tokens {
        run = match token {
            Token::Word(_) if !is_word(Some(token), KEYWORDS) => run + 1,
            _ => 0,
        };
        longest = longest.max(run);
    }
    longest
}

/// Whether any word of the text is one that statements are made of.
pub(crate) fn mentions_sql(text: &str) -> bool {
    let (tokens, _) = lex(text);
    tokens.iter().any(|token| {
        is_word(
            Some(token),
            &[
                "select", "insert", "update", "delete", "from", "where", "join", "values", "table", "having", "order",
                "union", "into", "drop", "create", "alter", "pragma", "truncate", "grant", "limit",
            ],
        )
    })
}

/// Whether bytes may hold one of the verbs that the statement patterns start with. Passes over most text quickly.
pub(crate) fn may_be_statement(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|window| {
        matches!(window.first(), Some(b's' | b'S' | b'd' | b'D' | b'i' | b'I' | b'u' | b'U' | b'r' | b'R'))
            && [&b"select"[..], b"delete", b"insert", b"update", b"replac"]
                .iter()
                .any(|verb| window.eq_ignore_ascii_case(verb))
    })
}

#[cfg(test)]
mod tests {
    use super::{Likeness, likeness};

    #[test]
    fn statements_are_told_from_sentences() {
        for text in [
            "select name, count(*) from users where id = 1",
            "  (SELECT a AS b FROM t)",
            "INSERT INTO t (a) VALUES (1)",
            "UPDATE t SET a = 1",
            "DELETE FROM t WHERE x",
            "WITH cte AS (SELECT 1) SELECT * FROM cte",
            "Select * From users",
        ] {
            assert_eq!(likeness(text), Likeness::Certain, "{text}");
        }
        for text in [
            "Select statement returned no FROM clauses due to auto-correlation",
            "Select from active instances",
            "delete from the cache as the first argument",
            "Update the settings and set a new value",
            "Insert an item into the list of values",
            "select one of the following items from the menu",
            "Can't delete from table x",
        ] {
            assert_ne!(likeness(text), Likeness::Certain, "{text}");
        }
    }
}
