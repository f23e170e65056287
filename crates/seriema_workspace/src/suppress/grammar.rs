//! The grammars themselves.

use std::ops::Range;

use jiff::civil::Date;

use super::{Directive, DirectiveError, DirectiveKind, Directives, Scope};
use crate::vocabulary::{Vocabulary, clip, suggest};

/// Starts of comments that speak to other tools: never a reason.
const PRAGMAS: &[&str] = &[
    "type:",
    "pylint:",
    "pragma:",
    "mypy:",
    "pyright:",
    "pyre-",
    "ty:",
    "fmt:",
    "isort:",
    "yapf:",
    "autopep8:",
    "ruff:",
    "flake8:",
    "nosemgrep",
    "nosonar",
    "lgtm",
    "codespell:",
    "codeql[",
    "pytype:",
    "skylos:",
    "dlint:",
    "semgrep",
];

/// The text from one `#` to the next.
struct Segment<'c> {
    /// Where its `#` stands in the comment.
    start: usize,
    /// What follows the `#`, to the next one.
    text: &'c str,
    what: What<'c>,
}

/// What a segment says; the text is what follows its first words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What<'c> {
    Nosec(&'c str),
    Noqa(&'c str),
    FileNoqa(&'c str),
    Seriema(&'c str),
    /// For another tool.
    Pragma,
    /// Words.
    Text,
}

pub(super) fn parse(comment: &str, vocabulary: &Vocabulary<'_>) -> Directives {
    let segments = segments(comment);
    let mut found = Directives::default();
    for (at, segment) in segments.iter().enumerate() {
        if matches!(segment.what, What::Pragma | What::Text) {
            continue;
        }
        // What follows in plain words belongs to it: a reason may hold `#123` or stand behind a `#` of its own.
        let mut tail = segments.get(at + 1..).unwrap_or_default().iter();
        let next = tail.find(|next| next.what != What::Text);
        let end = next.map_or(comment.len(), |next| next.start);
        let reader = Reader {
            comment,
            range: segment.start..segment.start + comment.get(segment.start..end).unwrap_or_default().trim_end().len(),
            own_end: segment.start + 1 + segment.text.len(),
            vocabulary,
        };
        reader.read(segment.what, &mut found);
    }
    let reason = found.directives.iter().map(|directive| &directive.reason).find(|reason| !reason.is_empty()).cloned();
    if let Some(reason) = reason {
        for directive in found.directives.iter_mut().filter(|directive| directive.reason.is_empty()) {
            directive.reason.clone_from(&reason);
        }
    }
    found
}

fn segments(comment: &str) -> Vec<Segment<'_>> {
    let mut starts = memchr::memchr_iter(b'#', comment.as_bytes()).peekable();
    let mut segments = Vec::new();
    while let Some(start) = starts.next() {
        let end = starts.peek().copied().unwrap_or(comment.len());
        let text = comment.get(start + 1..end).unwrap_or_default();
        segments.push(Segment { start, text, what: classify(text) });
    }
    segments
}

fn classify(text: &str) -> What<'_> {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix("nosec")
        && !rest.starts_with(is_word)
    {
        return What::Nosec(rest);
    }
    if let Some(rest) = strip_noqa(text) {
        return What::Noqa(rest);
    }
    if let Some(rest) = text.strip_prefix("ruff").or_else(|| text.strip_prefix("flake8"))
        && let Some(rest) = rest.trim_start().strip_prefix(':')
        && let Some(rest) = strip_noqa(rest.trim_start())
    {
        return What::FileNoqa(rest);
    }
    if let Some(rest) = text.strip_prefix("seriema")
        && let Some(rest) = rest.trim_start().strip_prefix(':')
    {
        return What::Seriema(rest);
    }
    let speaks_to = |tool: &&str| text.get(..tool.len()).is_some_and(|start| start.eq_ignore_ascii_case(tool));
    if PRAGMAS.iter().any(speaks_to) { What::Pragma } else { What::Text }
}

fn strip_noqa(text: &str) -> Option<&str> {
    let (word, rest) = text.split_at_checked(4)?;
    word.eq_ignore_ascii_case("noqa").then_some(rest)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A directive being read.
struct Reader<'c, 'v> {
    comment: &'c str,
    /// From its `#` to the end of its reason.
    range: Range<usize>,
    /// Where the next `#` stands: codes are not looked for beyond it.
    own_end: usize,
    vocabulary: &'v Vocabulary<'v>,
}

impl<'c> Reader<'c, '_> {
    fn read(&self, what: What<'c>, found: &mut Directives) {
        match what {
            What::Nosec(rest) => {
                let rest = rest.trim_start();
                let rest = rest.strip_prefix(':').unwrap_or(rest);
                let (mut selectors, rest) = self.nosec_names(rest);
                if selectors.is_empty() {
                    selectors = rest.split(|c| !is_word(c)).filter_map(bandit_code).collect();
                }
                self.finish(DirectiveKind::Nosec, Scope::Line, selectors, rest, found);
            }
            What::Noqa(rest) => self.noqa(rest, Scope::Line, found),
            What::FileNoqa(rest) => self.noqa(rest, Scope::File, found),
            What::Seriema(rest) => self.seriema(rest, found),
            What::Pragma | What::Text => {}
        }
    }

    /// Ids and names at the start of `text`, and what follows them.
    fn nosec_names(&self, text: &'c str) -> (Vec<String>, &'c str) {
        let mut selectors = Vec::new();
        let mut rest = text;
        loop {
            let here = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            let (word, after) = split_word(here);
            let is_plain = word.bytes().all(|byte| byte.is_ascii_alphabetic());
            let ends = after.trim_start().is_empty() || after.trim_start().starts_with([',', ':']);
            let selector = bandit_code(word)
                .or_else(|| (self.vocabulary.knows(word) && (!is_plain || ends)).then(|| word.to_owned()));
            let Some(selector) = selector else { return (selectors, rest) };
            push_once(&mut selectors, selector);
            rest = after;
        }
    }

    fn noqa(&self, rest: &'c str, scope: Scope, found: &mut Directives) {
        let trimmed = rest.trim_start();
        let Some(codes) = trimmed.strip_prefix(':') else {
            if rest.is_empty() || rest.starts_with(char::is_whitespace) {
                self.finish(DirectiveKind::Noqa, scope, Vec::new(), trimmed, found);
            } else if let Some(code) = noqa_codes(split_word(rest.trim_start_matches([';', ',', '='])).0)
                .and_then(|codes| codes.into_iter().find_map(our_code))
            {
                let message = format!("this suppresses nothing: `noqa` and `{code}` need a colon between them");
                self.fail(message, Some(format!("noqa: {code}")), found);
            }
            return;
        };
        let mut selectors = Vec::new();
        let mut rest = codes;
        loop {
            let here = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            let (word, after) = split_word(here);
            if let Some(codes) = noqa_codes(word) {
                for code in codes.into_iter().filter_map(our_code) {
                    push_once(&mut selectors, code);
                }
            } else if word.contains('-') && self.vocabulary.knows(word) {
                push_once(&mut selectors, word.to_owned());
            } else {
                if let Some(code) = word.get(..4).and_then(our_code).filter(|_| !word.contains('-')) {
                    let message = format!("`{}` is no code, and what follows it is not read", clip(word));
                    return self.fail(message, Some(code), found);
                }
                break;
            }
            rest = after;
        }
        // Codes of other linters alone, or none where some should be: not a suppression of ours.
        if !selectors.is_empty() {
            self.finish(DirectiveKind::Noqa, scope, selectors, rest, found);
        }
    }

    fn seriema(&self, rest: &'c str, found: &mut Directives) {
        const VERBS: [&str; 2] = ["ignore", "ignore-file"];
        let (verb, after) = split_word(rest.trim_start());
        let scope = match verb {
            "ignore" => Scope::Line,
            "ignore-file" => Scope::File,
            _ => {
                let meant = suggest(verb, VERBS).unwrap_or("ignore");
                let message = if verb.is_empty() {
                    "a comment to Seriema says `ignore[rule] reason` or `ignore-file[rule] reason`".to_owned()
                } else {
                    format!(
                        "`{}` is not known: a comment to Seriema says `ignore[rule]` or `ignore-file[rule]`",
                        clip(verb)
                    )
                };
                return self.fail(message, Some(format!("seriema: {meant}[rule] reason")), found);
            }
        };
        let Some(list) = after.trim_start().strip_prefix('[') else {
            let message = format!("`{verb}` does not say what: name the rules in brackets");
            return self.fail(message, Some(format!("seriema: {verb}[rule] reason")), found);
        };
        let Some((list, rest)) = list.split_once(']') else {
            let message = format!("the list of `{verb}[` is not closed");
            return self.fail(message, Some(format!("seriema: {verb}[{}] reason", clip(list.trim()))), found);
        };
        let mut selectors = Vec::new();
        let mut is_empty = true;
        for word in list.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
            is_empty = false;
            match self.vocabulary.selector(word) {
                Ok(selector) => push_once(&mut selectors, selector),
                Err(unknown) => self.fail(unknown.to_string(), unknown.suggestion, found),
            }
        }
        if is_empty {
            let message = format!("`{verb}[]` names nothing: name the rules in the brackets");
            return self.fail(message, Some(format!("seriema: {verb}[rule] reason")), found);
        }
        if !selectors.is_empty() {
            self.finish(DirectiveKind::Seriema, scope, selectors, rest, found);
        }
    }

    /// The directive, with the reason that starts at `rest`.
    fn finish(&self, kind: DirectiveKind, scope: Scope, selectors: Vec<String>, rest: &'c str, found: &mut Directives) {
        let from = self.own_end.saturating_sub(rest.len());
        let text = self.comment.get(from..self.range.end).unwrap_or_default();
        match until(text) {
            Ok((reason, until)) => {
                let reason = tidy(&reason);
                found.directives.push(Directive { kind, scope, selectors, reason, until, range: self.range.clone() });
            }
            Err(given) => {
                let message = format!("`{}` is no day; `until` takes one as in 2027-01-31", clip(given));
                self.fail(message, Some("(until=YYYY-MM-DD)".to_owned()), found);
            }
        }
    }

    fn fail(&self, message: String, suggestion: Option<String>, found: &mut Directives) {
        found.errors.push(DirectiveError { message, suggestion, range: self.range.clone() });
    }
}

/// The word (letters, digits, `_`, inner `-`) at the start of `text`, and what follows it.
fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !is_word(c) && c != '-').unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default().trim_end_matches('-');
    (word, text.get(word.len()..).unwrap_or_default())
}

/// `B602`, in any case.
fn bandit_code(word: &str) -> Option<String> {
    let digits = word.strip_prefix(['B', 'b'])?;
    (digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("B{digits}"))
}

/// Codes in the way of flake8 (`S602`), also several without anything between them (`S602S603`), as ruff reads them.
fn noqa_codes(word: &str) -> Option<Vec<&str>> {
    let mut codes = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let digits = rest.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
        let (code, after) = rest.split_at_checked(letters + digits)?;
        let is_lower = code.bytes().any(|byte| byte.is_ascii_lowercase());
        // In lower case only what can hardly be a word.
        if letters == 0 || digits == 0 || (is_lower && our_code(code).is_none()) {
            return None;
        }
        codes.push(code);
        rest = after;
    }
    (!codes.is_empty()).then_some(codes)
}

/// flake8-bandit's and ruff's `S602`, or Bandit's own `B602`. Bandit's numbers are 101 to 799; flake8-bugbear's, which
/// share the letter, lie below and above.
fn our_code(code: &str) -> Option<String> {
    let (letter, digits) = code.split_at_checked(1)?;
    if !(1..=3).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match letter {
        "S" | "s" => Some(format!("S{digits}")),
        "B" | "b" if digits.len() == 3 && matches!(digits.as_bytes(), [b'1'..=b'7', ..]) => Some(format!("B{digits}")),
        _ => None,
    }
}

fn push_once(selectors: &mut Vec<String>, selector: String) {
    if !selectors.contains(&selector) {
        selectors.push(selector);
    }
}

/// Takes `until=DAY`, in parentheses or not, out of a reason. The error is what stands where the day should be.
fn until(text: &str) -> Result<(String, Option<Date>), &str> {
    for (at, _) in text.match_indices("until") {
        let Some((before, after)) = text.split_at_checked(at) else { continue };
        let Some(value) = after.get("until".len()..).and_then(|rest| rest.trim_start().strip_prefix('=')) else {
            continue;
        };
        if before.ends_with(is_word) {
            continue;
        }
        let value = value.trim_start();
        let end = value.find(|c: char| c == ')' || c.is_whitespace()).unwrap_or(value.len());
        let (day, rest) = value.split_at_checked(end).unwrap_or((value, ""));
        // The parser of dates also takes times and zones, which say more than is kept.
        let date = day.parse::<Date>().ok().filter(|_| day.len() == "2027-01-31".len()).ok_or(day)?;
        let opened = before.trim_end().strip_suffix('(');
        let (before, rest) = match opened {
            Some(before) => (before, rest.trim_start().strip_prefix(')').unwrap_or(rest)),
            None => (before, rest),
        };
        return Ok((format!("{} {}", before.trim(), rest.trim()), Some(date)));
    }
    Ok((text.to_owned(), None))
}

/// A reason without what only separates it.
fn tidy(reason: &str) -> String {
    let separators =
        |c: char| c.is_whitespace() || matches!(c, ':' | ';' | ',' | '-' | '–' | '—' | '#' | '.' | '|' | '=' | '>');
    let reason = reason.trim_start_matches(separators).trim_end();
    let inner = reason.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    inner.filter(|inner| !inner.contains(['(', ')'])).unwrap_or(reason).trim().to_owned()
}

pub(super) fn bandit_nosec(comment: &str) -> Option<Vec<&str>> {
    let (_, after) = comment.match_indices('#').find_map(|(at, _)| {
        let rest = comment.get(at + 1..)?.trim_start().strip_prefix("nosec")?;
        Some((at, rest.strip_prefix(':').unwrap_or(rest).trim_start()))
    })?;
    let text = after.split('#').next().unwrap_or_default();
    let mut words = Vec::new();
    for run in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ',')) {
        // Two commas end a run, a leading one is no part of it.
        for run in run.split(",,") {
            if let Some(word) = run.split(',').rfind(|word| !word.is_empty()) {
                words.push(last_id(word));
            }
        }
    }
    Some(words)
}

/// What Bandit's pattern is left with after a word without separators: ids are bitten off the front one by one.
fn last_id(word: &str) -> &str {
    let mut rest = word;
    loop {
        let Some(digits) = rest.strip_prefix(['B', 'b']) else { return rest };
        let after = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() == digits.len() || after.is_empty() {
            return rest;
        }
        rest = after;
    }
}
