//! One line an issue, by a template in the language of Python's `str.format`.

use std::path::Path;

use crate::issue::Issue;
use crate::log::Log;
use crate::pyformat::{self, Field, Part, Value};
use crate::report::Report;

const DEFAULT: &str = "{abspath}:{line}: {test_id}[bandit]: {severity}: {msg}";

const TAGS: [&str; 11] =
    ["abspath", "relpath", "line", "col", "end_col", "test_id", "severity", "msg", "confidence", "range", "cwe"];

/// A template, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Reads a template; tags that there are not are logged and stay as text.
    ///
    /// # Errors
    /// When the template is malformed or has no tags at all.
    pub(crate) fn parse(template: Option<&str>, log: &mut Log<'_>) -> Result<Self, String> {
        let invalid = |error: String| format!("Template is not in valid format: {error}");
        let mut parts = pyformat::parse(template.unwrap_or(DEFAULT)).map_err(invalid)?;
        let mut unknown: Vec<String> = Vec::new();
        let mut has_tag = false;
        for part in &parts {
            let Part::Field(field) = part else { continue };
            has_tag = true;
            // Values are not known yet: a tag stands for itself, and the line is a number.
            let sample = if field.name == "line" { Value::Int(0) } else { Value::Text(format!("{{{}}}", field.name)) };
            pyformat::format(&sample, field, &|name| Some(Value::Text(format!("{{{name}}}")))).map_err(invalid)?;
            if !TAGS.contains(&field.name.as_str()) && !unknown.contains(&field.name) {
                unknown.push(field.name.clone());
            }
        }
        if !has_tag {
            return Err("No tags were found in the template. Are you missing '{}'?".to_owned());
        }
        unknown.sort();
        for tag in &unknown {
            let message = format!(
                "Tag '{tag}' was not recognized and will be skipped, did you mean to use '{}'?",
                most_similar(tag)
            );
            log.warning("custom", message);
        }
        for part in &mut parts {
            if let Part::Field(field) = part
                && unknown.contains(&field.name)
            {
                *part = Part::Text(std::mem::take(&mut field.name));
            }
        }
        Ok(Self { parts })
    }

    pub(super) fn render(&self, report: &Report<'_>) -> String {
        let mut out = String::new();
        for entry in &report.entries {
            let value = |name: &str| value(name, entry.issue, &report.cwd);
            for part in &self.parts {
                match part {
                    Part::Text(text) => out.push_str(text),
                    Part::Field(field) => out.push_str(&render_field(field, &value)),
                }
            }
            out.push('\n');
        }
        out
    }
}

fn render_field(field: &Field, value: &dyn Fn(&str) -> Option<Value>) -> String {
    let own = value(&field.name).unwrap_or_else(|| Value::Text(format!("{{{}}}", field.name)));
    match pyformat::format(&own, field, value) {
        Ok(text) => text,
        // The specification was tried on a stand-in; a list or a weakness may still not fit it.
        Err(_) => own.to_text(),
    }
}

fn value(name: &str, issue: &Issue, cwd: &Path) -> Option<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    Some(match name {
        "abspath" => Value::Text(absolute(&issue.filename, cwd)),
        "relpath" => Value::Text(relative(&absolute(&issue.filename, cwd), &cwd.to_string_lossy())),
        "line" => Value::Int(i64::from(issue.line)),
        "col" => Value::Int(i64::from(issue.column)),
        "end_col" => Value::Int(i64::from(issue.end_column)),
        "test_id" => text(&issue.test_id),
        "severity" => text(issue.severity.as_str()),
        "msg" => text(&issue.text),
        "confidence" => text(issue.confidence.as_str()),
        "range" => {
            let lines: Vec<String> = (issue.lines.0..=issue.lines.1).map(|line| line.to_string()).collect();
            Value::Other(format!("[{}]", lines.join(", ")))
        }
        "cwe" => Value::Other(issue.cwe.to_string()),
        _ => return None,
    })
}

/// The tag with most letters in common with `tag`; of several, the last in the alphabet.
fn most_similar(tag: &str) -> &'static str {
    let letters = |text: &str| text.chars().collect::<std::collections::BTreeSet<_>>();
    let own = letters(tag);
    TAGS.into_iter().max_by_key(|other| (letters(other).intersection(&own).count(), *other)).unwrap_or_default()
}

/// `os.path.abspath`
fn absolute(path: &str, cwd: &Path) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", cwd.to_string_lossy()) };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `os.path.relpath` of two absolute paths.
fn relative(path: &str, start: &str) -> String {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path, start) = (parts(path), parts(start));
    let common = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), start.len() - common);
    let parts: Vec<String> = up.chain(path.into_iter().skip(common)).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_absolute_and_relative() {
        let cwd = Path::new("/home/me");
        assert_eq!(absolute("./src/../a.py", cwd), "/home/me/a.py");
        assert_eq!(relative("/home/you/a.py", "/home/me"), "../you/a.py");
    }

    #[test]
    fn unknown_tags_are_explained() {
        assert_eq!(most_similar("sev"), "severity");
        assert_eq!(most_similar("foo"), "confidence");
        let mut out = Vec::new();
        assert!(Template::parse(Some("{foo} {line}"), &mut Log::new(&mut out)).is_ok());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "[custom]\tWARNING\tTag 'foo' was not recognized and will be skipped, did you mean to use 'confidence'?\n"
        );
    }

    #[test]
    fn a_template_needs_a_tag() {
        let mut out = Vec::new();
        let error = Template::parse(Some("nothing"), &mut Log::new(&mut out)).map(drop);
        assert_eq!(error, Err("No tags were found in the template. Are you missing '{}'?".to_owned()));
    }
}
