//! What a hole in a statement stands for.

use crate::shared::template::HOLE;

/// Where in a statement a value is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// A part of a bind parameter's name: `:{name}`, `%({name})s`.
    Placeholder,
    /// A table, a column, a list of columns, a type.
    Name,
    /// A condition, a clause, a subquery.
    Fragment,
    /// What is sorted or grouped by.
    Order,
    /// An operand, an element of `IN (...)` or `VALUES (...)`, a limit.
    Value,
    /// Inside a string literal.
    Quoted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    Word(&'t str),
    Number,
    Quoted,
    Hole,
    Punct(char),
}

/// What the text ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    Nothing,
    Single,
    Double,
    Name,
    Comment,
}

pub(crate) fn lex(text: &str) -> (Vec<Token<'_>>, Open) {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' | '`' => match quoted_length(rest, c) {
                Some(length) => {
                    tokens.push(Token::Quoted);
                    length
                }
                None => {
                    let open = match c {
                        '\'' => Open::Single,
                        '"' => Open::Double,
                        _ => Open::Name,
                    };
                    return (tokens, open);
                }
            },
            '[' => match rest.find(']') {
                Some(end) => {
                    tokens.push(Token::Quoted);
                    end + 1
                }
                None => return (tokens, Open::Name),
            },
            '-' if rest.starts_with("--") => match rest.find('\n') {
                Some(end) => end,
                None => return (tokens, Open::Comment),
            },
            '/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => end + 2,
                None => return (tokens, Open::Comment),
            },
            HOLE => {
                tokens.push(Token::Hole);
                c.len_utf8()
            }
            c if c.is_whitespace() => c.len_utf8(),
            c if c.is_ascii_digit() => {
                tokens.push(Token::Number);
                word_length(rest)
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = word_length(rest);
                tokens.push(Token::Word(rest.get(..length).unwrap_or_default()));
                length
            }
            c => {
                tokens.push(Token::Punct(c));
                c.len_utf8()
            }
        };
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    (tokens, Open::Nothing)
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_' || c == HOLE).unwrap_or(text.len())
}

/// Length of a quoted piece with its quotes; doubled and escaped quotes stay inside.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return Some(at + 1);
            }
        }
    }
    None
}

pub(crate) fn is_word(token: Option<&Token<'_>>, words: &[&str]) -> bool {
    matches!(token, Some(Token::Word(word)) if words.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

const CLAUSES: &[&str] = &[
    "select",
    "from",
    "where",
    "set",
    "values",
    "by",
    "having",
    "limit",
    "offset",
    "into",
    "on",
    "join",
    "update",
    "returning",
    "delete",
    "using",
    "table",
];

/// Words after which a name stands.
const BEFORE_NAMES: &[&str] = &[
    "from",
    "join",
    "into",
    "update",
    "table",
    "exists",
    "only",
    "index",
    "view",
    "database",
    "schema",
    "column",
    "function",
    "sequence",
    "trigger",
    "procedure",
    "type",
    "as",
    "constraint",
    "references",
    "to",
    "select",
    "distinct",
    "add",
    "drop",
    "rename",
    "truncate",
    "user",
    "role",
    "returning",
    "call",
    "exec",
    "pragma",
    "use",
    "describe",
    "desc",
    "analyze",
    "vacuum",
    "copy",
    "collate",
    "key",
    "over",
    "extension",
    "owner",
    "partition",
    "all",
    "ignore",
    "engine",
];

/// Words after which an operand stands.
const BEFORE_VALUES: &[&str] = &[
    "limit",
    "offset",
    "top",
    "first",
    "next",
    "like",
    "ilike",
    "rlike",
    "regexp",
    "glob",
    "match",
    "between",
    "is",
    "in",
    "interval",
    "when",
    "then",
    "else",
    "return",
    "values",
    "any",
    "identified",
    "password",
    "default",
    "similar",
    "contains",
];

/// What a hole stands for, given the text before and after it.
pub(crate) fn slot(before: &str, after: &str) -> Slot {
    let trimmed = before.trim_end();
    // `%({name})s`, `:{name}`, `@{name}`, `${n}`
    let last = trimmed.chars().last();
    if before.len() == trimmed.len() {
        if (trimmed.ends_with("%(") && after.starts_with(")s"))
            || (last == Some(':') && !trimmed.ends_with("::"))
            || matches!(last, Some('@' | '$'))
        {
            return Slot::Placeholder;
        }
        // `{schema}{table}` is one thing.
        if last == Some(HOLE) {
            let cut = trimmed.len() - HOLE.len_utf8();
            return slot(trimmed.get(..cut).unwrap_or_default(), after);
        }
    }
    let (tokens, open) = lex(before);
    let operand_before = || {
        matches!(tokens.last(), Some(Token::Punct('=' | '<' | '>' | '(' | ',')))
            || is_word(tokens.last(), &["like", "ilike", "in", "values", "between"])
    };
    match open {
        Open::Single => return Slot::Quoted,
        // Standard SQL quotes names this way, MySQL and SQLite also strings.
        Open::Double if operand_before() && is_operand_list(&tokens) => return Slot::Quoted,
        Open::Double | Open::Name => return Slot::Name,
        Open::Comment => return Slot::Fragment,
        Open::Nothing => {}
    }
    let after = after.trim_start();
    let is_qualifier = after.starts_with('.');
    let is_left_operand = is_qualifier || starts_with_operator(after);
    match tokens.last() {
        None => Slot::Fragment,
        Some(Token::Punct('.')) => Slot::Name,
        Some(Token::Punct('=' | '<' | '>' | '|' | '+' | '-' | '/' | '%')) if is_qualifier => Slot::Name,
        Some(Token::Punct('=' | '<' | '>' | '|' | '+' | '-' | '/' | '%')) => Slot::Value,
        Some(Token::Punct(':')) => Slot::Name,
        Some(Token::Punct('(' | ',')) => in_list(&tokens, is_left_operand),
        Some(Token::Word(_)) => after_word(&tokens, is_left_operand),
        _ => by_clause(&tokens),
    }
}

fn starts_with_operator(after: &str) -> bool {
    let (tokens, _) = lex(after.get(..floor_boundary(after, 24)).unwrap_or_default());
    matches!(tokens.first(), Some(Token::Punct('=' | '<' | '>' | '!')))
        || is_word(tokens.first(), &["in", "like", "ilike", "is", "between", "as", "asc", "desc"])
        || (is_word(tokens.first(), &["not"]) && is_word(tokens.get(1), &["in", "like", "null", "between"]))
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn after_word(tokens: &[Token<'_>], is_left_operand: bool) -> Slot {
    let last = tokens.last();
    if is_word(last, &["by"]) {
        return Slot::Order;
    }
    if is_word(last, BEFORE_VALUES) {
        return Slot::Value;
    }
    if is_word(last, &["and"]) {
        let since = tokens.iter().rev().skip(1).take(4).any(|token| is_word(Some(token), &["between"]));
        return if since {
            Slot::Value
        } else if is_left_operand {
            Slot::Name
        } else {
            Slot::Fragment
        };
    }
    if is_word(last, BEFORE_NAMES) {
        return Slot::Name;
    }
    if is_word(last, &["where", "having", "or", "not", "set", "on"]) {
        let ddl = is_word(tokens.first(), &["create", "grant", "drop", "revoke"]);
        return if is_left_operand || (is_word(last, &["on"]) && ddl) { Slot::Name } else { Slot::Fragment };
    }
    by_clause(tokens)
}

/// What stands after something complete: more of the current clause.
fn by_clause(tokens: &[Token<'_>]) -> Slot {
    match clause(tokens) {
        Some(word) if word.eq_ignore_ascii_case("by") => Slot::Order,
        _ => Slot::Fragment,
    }
}

/// The clause's word that is nearest, leaving out what stands in closed parentheses.
fn clause<'t>(tokens: &[Token<'t>]) -> Option<&'t str> {
    let mut depth = 0u32;
    for token in tokens.iter().rev() {
        match token {
            Token::Punct(')') => depth += 1,
            Token::Punct('(') => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 && CLAUSES.iter().any(|c| word.eq_ignore_ascii_case(c)) => {
                return Some(word);
            }
            _ => {}
        }
    }
    None
}

/// Index of the parenthesis that is open at the end.
fn open_parenthesis(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0u32;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token {
            Token::Punct(')') => depth += 1,
            Token::Punct('(') if depth == 0 => return Some(index),
            Token::Punct('(') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn in_list(tokens: &[Token<'_>], is_left_operand: bool) -> Slot {
    let Some(open) = open_parenthesis(tokens) else {
        return match clause(tokens) {
            Some(word) if word.eq_ignore_ascii_case("by") => Slot::Order,
            Some(word) if ["values", "limit", "offset"].iter().any(|w| word.eq_ignore_ascii_case(w)) => Slot::Value,
            Some(word) if word.eq_ignore_ascii_case("set") && !is_left_operand => Slot::Fragment,
            Some(word) if word.eq_ignore_ascii_case("where") => Slot::Fragment,
            _ => Slot::Name,
        };
    };
    let inner = tokens.get(open + 1..).unwrap_or_default();
    let outer = tokens.get(..open).unwrap_or_default();
    // A subquery or a condition in parentheses.
    if inner.iter().any(|token| is_word(Some(token), &["select", "where"])) {
        return match inner.last() {
            Some(Token::Punct(',')) => in_list(inner, is_left_operand),
            _ => Slot::Fragment,
        };
    }
    if is_operand_list(tokens) {
        return Slot::Value;
    }
    if is_left_operand {
        return Slot::Name;
    }
    match outer.last() {
        Some(Token::Word(word))
            if ["where", "and", "or", "not", "from", "join", "exists", "as", "having", "union", "select", "check"]
                .iter()
                .any(|w| word.eq_ignore_ascii_case(w)) =>
        {
            Slot::Fragment
        }
        // `INSERT INTO t (columns)`, `PRIMARY KEY (columns)`, `CREATE TABLE t (columns)`; else a function's arguments
        Some(Token::Word(_) | Token::Hole | Token::Quoted) => {
            let introduced = outer.iter().rev().take(6).any(|token| {
                is_word(
                    Some(token),
                    &["into", "table", "key", "unique", "references", "on", "index", "using", "exists", "conflict"],
                )
            });
            if introduced { Slot::Name } else { Slot::Fragment }
        }
        _ => Slot::Fragment,
    }
}

/// Whether the end stands in `IN (...)`, `VALUES (...)`, or right after a comparison.
fn is_operand_list(tokens: &[Token<'_>]) -> bool {
    match open_parenthesis(tokens) {
        Some(open) => {
            let outer = tokens.get(..open).unwrap_or_default();
            // `VALUES (1, 2), (`
            let many = outer.last() == Some(&Token::Punct(','))
                && clause(outer).is_some_and(|word| word.eq_ignore_ascii_case("values"));
            many || is_word(outer.last(), &["in", "values", "any", "call"])
                || (matches!(tokens.last(), Some(Token::Punct('=' | '<' | '>'))))
                || is_word(tokens.last(), &["like", "ilike"])
        }
        None => {
            matches!(tokens.last(), Some(Token::Punct('=' | '<' | '>')))
                || is_word(tokens.last(), &["like", "ilike", "between", "values"])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HOLE, Slot, slot};

    /// The slot of the first `§`; other holes are written `¤`.
    fn at(statement: &str) -> Slot {
        let statement = statement.replace('¤', &HOLE.to_string());
        let (before, after) = statement.split_once('§').expect("a hole");
        slot(before, after)
    }

    #[test]
    fn a_hole_is_named_by_what_stands_around_it() {
        for statement in [
            "SELECT * FROM users WHERE name = '§'",
            "INSERT INTO t VALUES ('a', '§')",
            "SELECT * FROM t WHERE a LIKE '%§%'",
            "select * from t where a = \"§\"",
        ] {
            assert_eq!(at(statement), Slot::Quoted, "{statement}");
        }
        for statement in [
            "SELECT * FROM users WHERE id = §",
            "INSERT INTO t (a, b) VALUES (1, §)",
            "DELETE FROM t WHERE id IN (§)",
            "SELECT * FROM t LIMIT §",
            "SELECT * FROM t WHERE a BETWEEN 1 AND §",
            "UPDATE t SET a = 1, b = § WHERE id = 2",
        ] {
            assert_eq!(at(statement), Slot::Value, "{statement}");
        }
        for statement in [
            "SELECT * FROM §",
            "SELECT § FROM t",
            "SELECT a, § FROM t",
            "SELECT * FROM ¤.§",
            "SELECT * FROM ¤§ WHERE a = 1",
            "INSERT INTO t (§) VALUES (?)",
            "UPDATE t SET § = ?",
            "SELECT * FROM t WHERE § = ?",
            "SELECT * FROM \"§\"",
            "SELECT * FROM a JOIN b ON a.id = §.id",
            "DROP TABLE IF EXISTS §",
        ] {
            assert_eq!(at(statement), Slot::Name, "{statement}");
        }
        for statement in
            ["SELECT * FROM t WHERE §", "SELECT * FROM t §", "SELECT * FROM (§) s", "SELECT * FROM t WHERE a = 1 AND §"]
        {
            assert_eq!(at(statement), Slot::Fragment, "{statement}");
        }
        for statement in ["SELECT * FROM t ORDER BY §", "SELECT * FROM t ORDER BY a §", "SELECT * FROM t GROUP BY a, §"]
        {
            assert_eq!(at(statement), Slot::Order, "{statement}");
        }
        for statement in ["SELECT :§", "SELECT %(§)s", "SELECT * FROM t WHERE a = $§"] {
            assert_eq!(at(statement), Slot::Placeholder, "{statement}");
        }
    }
}
