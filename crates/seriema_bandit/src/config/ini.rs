//! The `.bandit` files that stand for command line arguments, read as Python's `configparser` reads them.

use std::collections::BTreeMap;

/// The options of the section `[bandit]`, with those of `[DEFAULT]` beneath; none when the file is malformed or has no
/// such section.
#[must_use]
pub(crate) fn read_options(text: &str) -> Option<BTreeMap<String, String>> {
    let sections = parse(text)?;
    let own = sections.get("bandit")?;
    let mut options = sections.get("DEFAULT").cloned().unwrap_or_default();
    options.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    let resolved = options.keys().map(|key| Some((key.clone(), interpolate(options.get(key)?, &options, 0)?)));
    resolved.collect()
}

type Sections = BTreeMap<String, BTreeMap<String, String>>;

fn parse(text: &str) -> Option<Sections> {
    let mut sections = Sections::new();
    let mut section: Option<String> = None;
    // The option that lines indented deeper go on with, and its indentation.
    let mut open: Option<(String, usize)> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        if trimmed.is_empty() {
            // An empty line belongs to the value that goes on behind it.
            if let (Some(name), Some((key, _))) = (&section, &open)
                && let Some(value) = sections.get_mut(name).and_then(|options| options.get_mut(key))
            {
                value.push('\n');
            }
            continue;
        }
        if let (Some(name), Some((key, depth))) = (&section, &open)
            && indent > *depth
        {
            let value = sections.get_mut(name)?.get_mut(key)?;
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.rfind(']').and_then(|end| rest.get(..end))) {
            // A section given twice is an error, except for the defaults.
            if sections.insert(name.to_owned(), BTreeMap::new()).is_some() && name != "DEFAULT" {
                return None;
            }
            section = Some(name.to_owned());
            open = None;
            continue;
        }
        let (key, value) = trimmed.split_once(['=', ':'])?;
        let key = key.trim_end().to_lowercase();
        let options = sections.get_mut(section.as_ref()?)?;
        if key.is_empty() || options.insert(key.clone(), value.trim_start().to_owned()).is_some() {
            return None;
        }
        open = Some((key, indent));
    }
    for value in sections.values_mut().flat_map(BTreeMap::values_mut) {
        value.truncate(value.trim_end_matches('\n').len());
    }
    Some(sections)
}

/// Python follows references ten deep.
const MAX_REFERENCES: usize = 10;

/// Resolves `%(name)s` and `%%`; none where a `%` stands alone or the name is unknown.
fn interpolate(value: &str, options: &BTreeMap<String, String>, depth: usize) -> Option<String> {
    if depth > MAX_REFERENCES {
        return None;
    }
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
        } else {
            let (name, after) = after.strip_prefix('(')?.split_once(")s")?;
            out.push_str(&interpolate(options.get(&name.to_lowercase())?, options, depth + 1)?);
            rest = after;
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Option<Vec<(String, String)>> {
        read_options(text).map(|options| options.into_iter().collect())
    }

    fn pairs(list: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn keys_are_case_insensitive_and_values_may_go_on() {
        assert_eq!(
            options("[bandit]\n# comment\nTests: B101,B102\nexclude = /test,\n    /doc\n\nnumber=5\n"),
            pairs(&[("exclude", "/test,\n/doc"), ("number", "5"), ("tests", "B101,B102")])
        );
    }

    #[test]
    fn defaults_and_references_are_resolved() {
        assert_eq!(
            options("[DEFAULT]\nbase = src\n[bandit]\ntargets = %(base)s/a,100%%\n"),
            pairs(&[("base", "src"), ("targets", "src/a,100%")])
        );
        assert_eq!(options("[bandit]\nexclude = 5%\n"), None);
    }

    #[test]
    fn what_configparser_refuses_is_refused() {
        assert_eq!(options("tests = B101\n"), None);
        assert_eq!(options("[other]\ntests = B101\n"), None);
        assert_eq!(options("[bandit]\nrecursive\n"), None);
        assert_eq!(options("[bandit]\na = 1\na = 2\n"), None);
    }
}
