//! What came, went and was labelled otherwise between two baselines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::any::{Baseline, Subject};
use super::excerpt::visible;
use super::json;

/// What changed of a secret that is in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// What was said of it.
    Label,
    /// The line that it is on.
    Line,
    /// The reason that was given.
    Reason,
}

/// A secret that is in both baselines, but not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As the first one has it.
    pub before: Subject,
    /// As the second one has it.
    pub after: Subject,
    /// What changed, not empty.
    pub what: Vec<Changed>,
}

/// The difference of two baselines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// What only the second one has.
    pub added: Vec<Subject>,
    /// What only the first one has.
    pub removed: Vec<Subject>,
    /// What both have, but not the same of it.
    pub changed: Vec<Change>,
}

impl Diff {
    /// The difference of two baselines of the same format.
    ///
    /// # Errors
    /// When their values cannot be compared: why.
    pub fn between(before: &Baseline, after: &Baseline) -> Result<Self, String> {
        let is_detect_secrets = match (before, after) {
            (Baseline::DetectSecrets(_), Baseline::DetectSecrets(_)) => true,
            (Baseline::Own(before), Baseline::Own(after)) if before.is_comparable(after) => false,
            (Baseline::Own(_), Baseline::Own(_)) => {
                return Err("the baselines have different keys: neither says which values the other has".to_owned());
            }
            _ => return Err("a baseline of detect-secrets and one of Seriema hash values differently".to_owned()),
        };
        // detect-secrets tells entries apart by type as well.
        let identity = |subject: &Subject| {
            let kind = if is_detect_secrets { subject.kind.clone() } else { String::new() };
            (subject.path.clone(), subject.hash.clone(), kind)
        };
        let mut old: BTreeMap<_, Subject> =
            before.subjects().into_iter().map(|subject| (identity(&subject), subject)).collect();
        let mut diff = Self::default();
        for after in after.subjects() {
            let Some(before) = old.remove(&identity(&after)) else {
                diff.added.push(after);
                continue;
            };
            let mut what = Vec::new();
            what.extend((before.label != after.label).then_some(Changed::Label));
            let both_have_lines = before.line.is_some() && after.line.is_some();
            what.extend((both_have_lines && before.line != after.line).then_some(Changed::Line));
            what.extend((before.reason != after.reason).then_some(Changed::Reason));
            if !what.is_empty() {
                diff.changed.push(Change { before, after, what });
            }
        }
        diff.removed = old.into_values().collect();
        let by_place =
            |a: &Subject, b: &Subject| (&a.path, a.line, &a.hash, &a.kind).cmp(&(&b.path, b.line, &b.hash, &b.kind));
        diff.added.sort_by(by_place);
        diff.removed.sort_by(by_place);
        diff.changed.sort_by(|a, b| by_place(&a.after, &b.after));
        Ok(diff)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// A line for each secret: `+` added, `-` removed, `~` changed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let label = |subject: &Subject| subject.label.map_or("not labelled", super::Label::as_str);
        for (sign, subjects) in [('-', &self.removed), ('+', &self.added)] {
            for subject in subjects {
                // Writing to a string does not fail.
                let _ = writeln!(out, "{sign} {}  ({})", place(subject), label(subject));
            }
        }
        for change in &self.changed {
            let what = change.what.iter().map(|what| match what {
                Changed::Label => format!("{} -> {}", label(&change.before), label(&change.after)),
                Changed::Line => format!("line {} -> {}", line(&change.before), line(&change.after)),
                Changed::Reason => "another reason".to_owned(),
            });
            let what: Vec<String> = what.collect();
            let _ = writeln!(out, "~ {}  ({})", place(&change.after), what.join(", "));
        }
        out
    }

    /// The difference as JSON: `added`, `removed`, `changed` (`before` and `after`).
    #[must_use]
    pub fn json(&self) -> String {
        let subjects = |all: &[Subject]| all.iter().map(object).collect::<Vec<Value>>();
        let changed = self
            .changed
            .iter()
            .map(|change| json!({ "before": object(&change.before), "after": object(&change.after) }));
        let all = json!({
            "added": subjects(&self.added),
            "removed": subjects(&self.removed),
            "changed": changed.collect::<Vec<_>>(),
        });
        json::dumps(&all, 2) + "\n"
    }
}

fn line(subject: &Subject) -> u32 {
    subject.line.unwrap_or_default()
}

fn place(subject: &Subject) -> String {
    let line = subject.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}  {}", visible(&subject.path), visible(&subject.kind))
}

fn object(subject: &Subject) -> Value {
    json!({
        "path": subject.path,
        "line": subject.line,
        "kind": subject.kind,
        "label": subject.label.map(super::Label::as_str),
        "reason": subject.reason,
    })
}
