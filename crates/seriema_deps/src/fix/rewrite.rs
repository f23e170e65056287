//! Versions and ranges of versions, as they are written, changed to ask for a newer one.

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::Version;

use crate::manifest::poetry;

/// One comparison of a text: where its operator and its version stand.
struct Term {
    operator: Range<usize>,
    version: Range<usize>,
}

/// What is to be written in the place of some part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) range: Range<usize>,
    pub(crate) content: String,
}

/// The version of a pin (`==1.2`, or `1.2` alone where that is a pin) replaced.
pub(crate) fn pin(text: &str, to: &Version) -> Option<Change> {
    let [term] = &terms(text)?[..] else { return None };
    Some(Change { range: term.version.clone(), content: to.to_string() })
}

/// The lower bound of a range raised to a version that the range allows; all other bounds stay what they are.
pub(crate) fn floor(text: &str, to: &Version) -> Option<Change> {
    let terms = terms(text)?;
    let [.., last] = &terms[..] else { return None };
    let operator = |term: &Term| &text[term.operator.clone()];
    if let [only] = &terms[..]
        && operator(only).is_empty()
        && &text[only.version.clone()] == "*"
    {
        return Some(Change { range: only.version.clone(), content: format!(">={to}") });
    }
    let lowest = |term: &&Term| matches!(operator(term), ">=" | ">");
    let written = |term: &&Term| Version::from_str(&text[term.version.clone()]).ok();
    if let Some(bound) = terms.iter().filter(lowest).max_by_key(written) {
        return Some(Change { range: bound.operator.start..bound.version.end, content: format!(">={to}") });
    }
    // `^1.2`, `~1.2` and `~=1.2` are two bounds in one: they stay if the upper one stays.
    for term in &terms {
        let operator = operator(term);
        if matches!(operator, "^" | "~" | "~=")
            && upper(operator, &text[term.version.clone()])
                .is_some_and(|old| upper(operator, &to.to_string()) == Some(old))
        {
            return Some(Change { range: term.version.clone(), content: to.to_string() });
        }
    }
    Some(Change { range: last.version.end..last.version.end, content: format!(",>={to}") })
}

/// What `^1.2`, `~1.2` and `~=1.2` are below.
fn upper(operator: &str, version: &str) -> Option<Version> {
    if operator == "~=" {
        let version = Version::from_str(version).ok()?;
        let [head @ .., _] = version.release() else { return None };
        let (last, head) = head.split_last()?;
        let release = head.iter().copied().chain([last.checked_add(1)?]);
        return Some(Version::new(release).with_epoch(version.epoch()));
    }
    let (specifiers, _) = poetry::constraint(&format!("{operator}{version}")).ok()?;
    let below = specifiers.iter().find(|one| *one.operator() == pep440_rs::Operator::LessThan)?;
    Some(below.version().clone())
}

/// The comparisons of a text. None where it holds what cannot be changed by itself: alternatives, variables.
fn terms(text: &str) -> Option<Vec<Term>> {
    let bytes = text.as_bytes();
    let is_operator = |at: usize| match bytes.get(at) {
        // The `!` of an epoch, `1!2.0`, is none.
        Some(b'!') => bytes.get(at + 1) == Some(&b'='),
        Some(byte) => matches!(byte, b'=' | b'<' | b'>' | b'~' | b'^'),
        None => false,
    };
    let is_between = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'(' | b')' | b'\\');
    let mut terms = Vec::new();
    let mut at = 0;
    loop {
        while bytes.get(at).is_some_and(|byte| is_between(*byte)) {
            at += 1;
        }
        if at == bytes.len() {
            return Some(terms);
        }
        let start = at;
        while is_operator(at) || (at > start && bytes.get(at) == Some(&b'=')) {
            at += 1;
        }
        let operator = start..at;
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let start = at;
        while bytes.get(at).is_some_and(|byte| !is_between(*byte)) && !is_operator(at) {
            let is_version =
                bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'.' | b'*' | b'!' | b'+' | b'-' | b'_');
            if !is_version {
                return None;
            }
            at += 1;
        }
        if at == start {
            return None;
        }
        terms.push(Term { operator, version: start..at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, change: Option<Change>) -> String {
        let Some(change) = change else { return "-".to_owned() };
        format!("{}{}{}", &text[..change.range.start], change.content, &text[change.range.end..])
    }

    #[test]
    fn a_pin_gets_another_version_and_keeps_its_form() {
        let to = Version::from_str("2.1").expect("a version");
        for (from, expected) in [
            ("==1.0", "==2.1"),
            ("== 1.0", "== 2.1"),
            ("===1.0", "===2.1"),
            ("1.0", "2.1"),
            ("=1.0", "=2.1"),
            ("(==1.0)", "(==2.1)"),
            ("==1!1.0+local.1", "==2.1"),
            ("==1.0,!=1.1", "-"),
            ("==${VERSION}", "-"),
        ] {
            assert_eq!(changed(from, pin(from, &to)), expected, "{from}");
        }
    }

    #[test]
    fn a_lower_bound_is_raised_and_the_others_stay() {
        for (from, to, expected) in [
            (">=1.0", "1.5", ">=1.5"),
            (">=1.0,<2", "1.5", ">=1.5,<2"),
            ("<2,>=1.0", "1.5", "<2,>=1.5"),
            (">= 1.0, < 2", "1.5", ">=1.5, < 2"),
            (">1.0,!=1.2", "1.5", ">=1.5,!=1.2"),
            (">=1,>=1.2", "1.5", ">=1,>=1.5"),
            ("<2", "1.5", "<2,>=1.5"),
            ("(<2)", "1.5", "(<2,>=1.5)"),
            ("!=1.2", "1.5", "!=1.2,>=1.5"),
            ("==1.*", "1.5", "==1.*,>=1.5"),
            ("~=1.4", "1.6", "~=1.6"),
            ("~=1.4", "1.6.3", "~=1.4,>=1.6.3"),
            ("~=1.4.2", "1.4.9", "~=1.4.9"),
            ("^1.2", "1.9.3", "^1.9.3"),
            ("^0.2.3", "0.2.9", "^0.2.9"),
            ("^0.0", "0.0.5", "^0.0,>=0.0.5"),
            ("^1.2,!=1.4", "1.9", "^1.9,!=1.4"),
            ("~1.2", "1.2.9", "~1.2.9"),
            ("~1", "1.5.2", "~1,>=1.5.2"),
            ("1.2.*", "1.2.9", "1.2.*,>=1.2.9"),
            ("*", "1.5", ">=1.5"),
            ("^1 || ^2", "1.5", "-"),
            (">=1 \\\n  ,<2", "1.5", ">=1.5 \\\n  ,<2"),
            ("", "1.5", "-"),
        ] {
            let version = Version::from_str(to).expect("a version");
            assert_eq!(changed(from, floor(from, &version)), expected, "{from}");
        }
    }
}
