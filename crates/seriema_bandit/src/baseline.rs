//! Reports of earlier runs, to show only what is new.

use serde_json::Value;

use crate::issue::Issue;

/// What makes two issues the same: everything but where in the file.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    text: String,
    severity: String,
    cwe: i64,
    confidence: String,
    filename: String,
    test: String,
    test_id: String,
}

/// The issues of an earlier run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Baseline {
    known: Vec<Known>,
}

impl Baseline {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// When it is not JSON, or an issue lacks a part.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let results = document.get("results").ok_or("'results'")?;
        let results = results.as_array().ok_or("'results' is not a list")?;
        Ok(Self { known: results.iter().map(known).collect::<Result<_, _>>()? })
    }

    /// Whether nothing is known: then the whole report is shown.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn has(&self, issue: &Issue) -> bool {
        self.known.iter().any(|known| {
            known.text == issue.text
                && known.severity == issue.severity.as_str()
                && known.cwe == issue.cwe.0
                && known.confidence == issue.confidence.as_str()
                && known.filename == *issue.filename
                && known.test == issue.test
                && known.test_id == issue.test_id
        })
    }

    /// The issues that are not known, each with all issues it could be confused with, itself among them.
    #[must_use]
    pub(crate) fn unmatched<'i>(&self, issues: &[&'i Issue]) -> Vec<(&'i Issue, Vec<&'i Issue>)> {
        let new = issues.iter().copied().filter(|issue| !self.has(issue));
        new.map(|issue| (issue, issues.iter().copied().filter(|other| same(issue, other)).collect())).collect()
    }
}

fn same(a: &Issue, b: &Issue) -> bool {
    a.text == b.text
        && a.severity == b.severity
        && a.cwe == b.cwe
        && a.confidence == b.confidence
        && a.filename == b.filename
        && a.test == b.test
        && a.test_id == b.test_id
}

fn known(result: &Value) -> Result<Known, String> {
    let part = |name: &str| result.get(name).ok_or_else(|| format!("'{name}'"));
    let text = |name: &str| part(name).map(|value| value.as_str().unwrap_or_default().to_owned());
    for name in ["code", "line_number", "line_range"] {
        part(name)?;
    }
    Ok(Known {
        text: text("issue_text")?,
        severity: text("issue_severity")?,
        cwe: part("issue_cwe")?.get("id").map_or(0, |id| id.as_i64().unwrap_or(0)),
        confidence: text("issue_confidence")?,
        filename: text("filename")?,
        test: text("test_name")?,
        test_id: text("test_id")?,
    })
}
