//! A rule as a `reportingDescriptor` (3.49).

use serde_json::{Value, json};
use seriema_finding::{Alias, Confidence, Rule, Severity, Tool};

use super::level;
use crate::model::distinct;

/// GitHub refuses a run with a rule of more tags.
const MAX_TAGS: usize = 20;
/// GitHub cuts descriptions at 1024 characters.
const MAX_DESCRIPTION: usize = 1000;

pub(super) fn value(rule: &'static Rule) -> Value {
    let title = rule.title();
    let page = for_reading(rule.page);
    let description = rule.parse_page().map_or(title, |page| page.description);
    let description = crate::text::lead(description, MAX_DESCRIPTION).replace('\n', " ");
    let of = |tool: Tool| -> Vec<&str> {
        rule.aliases.iter().copied().filter(|alias| Alias(alias).tool() == tool).collect()
    };
    json!({
        "id": rule.slug,
        "name": pascal_case(rule.slug),
        "shortDescription": { "text": title },
        "fullDescription": { "text": description },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": tags(rule),
            "precision": match rule.confidence {
                Confidence::High => "high",
                Confidence::Medium => "medium",
                Confidence::Low => "low",
            },
            "problem.severity": match rule.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low | Severity::Info => "recommendation",
            },
            "security-severity": rule.severity.score(),
            "severity": rule.severity.as_str(),
            "confidence": rule.confidence.as_str(),
            "family": rule.family.as_str(),
            "bandit": of(Tool::Bandit),
            "ruff": of(Tool::Ruff),
        },
    })
}

/// `security` first, as GitHub looks for it; then weaknesses, the most specific first; other tools' codes; risk
/// categories. Where there are too many, codes go: all of them stand in the properties `bandit` and `ruff` too.
fn tags(rule: &Rule) -> Vec<String> {
    let first: Vec<String> = std::iter::once("security".to_owned())
        .chain(rule.cwe.iter().map(|cwe| format!("external/cwe/cwe-{:03}", cwe.0)))
        .collect();
    let owasp =
        rule.cwe.iter().filter_map(|cwe| cwe.owasp_2021()).map(|category| format!("owasp/{}", category.code())).chain(
            rule.cwe.iter().filter_map(|cwe| cwe.owasp_2025()).map(|category| format!("owasp/{}", category.code())),
        );
    let last = distinct(owasp);
    let room = MAX_TAGS.saturating_sub(first.len() + last.len());
    let mut codes: Vec<(Tool, &str)> = rule.aliases.iter().map(|alias| (Alias(alias).tool(), *alias)).collect();
    codes.sort_by_key(|(tool, _)| *tool);
    let codes = codes.into_iter().take(room).map(|(tool, code)| match tool {
        Tool::Bandit => format!("bandit/{code}"),
        Tool::Ruff => format!("ruff/{code}"),
        Tool::Detector => format!("seriema/{code}"),
    });
    first.into_iter().chain(codes).chain(last).take(MAX_TAGS).collect()
}

/// `shell-injection` as `ShellInjection`.
fn pascal_case(slug: &str) -> String {
    slug.split('-')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

/// The page without the marks that its tests read: `# finds: …` behind a line, and words behind a fence's language.
fn for_reading(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    for line in page.lines() {
        let line = if line.starts_with("```python ") { "```python" } else { line };
        let line = match line.rsplit_once("# finds") {
            Some((code, mark)) if mark.is_empty() || mark.starts_with(':') => code.trim_end(),
            _ => line,
        };
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_tests_are_no_part_of_the_help() {
        assert_eq!(
            for_reading("```python auditor\nrun(x)  # finds: S602 high\ny()  # finds\n# findsomething\n```"),
            "```python\nrun(x)\ny()\n# findsomething\n```\n"
        );
        assert_eq!(pascal_case("xml-external-entity"), "XmlExternalEntity");
    }
}
