//! How many secrets of a baseline were labelled, and how.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::any::Baseline;
use super::{Label, json, types};

/// How many there are of each label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// No secrets.
    pub false_positives: usize,
    /// Secrets that have to go.
    pub secrets: usize,
    /// Secrets that may stay.
    pub accepted: usize,
    /// Secrets that do not work any more.
    pub rotated: usize,
    /// Not labelled.
    pub unlabelled: usize,
}

impl Counts {
    fn add(&mut self, label: Option<Label>) {
        *match label {
            None => &mut self.unlabelled,
            Some(Label::FalsePositive) => &mut self.false_positives,
            Some(Label::Secret) => &mut self.secrets,
            Some(Label::Accepted) => &mut self.accepted,
            Some(Label::Rotated) => &mut self.rotated,
        } += 1;
    }

    /// All that are secrets, whatever became of them.
    #[must_use]
    pub const fn right(&self) -> usize {
        self.secrets + self.accepted + self.rotated
    }

    /// The share of secrets in what was labelled, and in what is or may be one, as detect-secrets counts them: a precision
    /// of 0 where there are not both.
    fn scores(&self) -> (f64, f64) {
        let share = |part: usize, of: usize| {
            #[allow(clippy::cast_precision_loss, reason = "counts of secrets")]
            let share = part as f64 / of.max(1) as f64;
            (share * 10_000.0).round() / 10_000.0
        };
        let right = self.right();
        let precision =
            if right > 0 && self.false_positives > 0 { share(right, right + self.false_positives) } else { 0.0 };
        (precision, share(right, right + self.unlabelled))
    }
}

/// Counts of a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// By kind, in the order in which the baseline has them.
    pub kinds: Vec<(String, Counts)>,
    /// Of all kinds.
    pub all: Counts,
}

impl Stats {
    /// The counts of a baseline.
    #[must_use]
    pub fn of(baseline: &Baseline) -> Self {
        let mut stats = Self::default();
        for subject in baseline.subjects() {
            let at = stats.kinds.iter().position(|(kind, _)| *kind == subject.kind).unwrap_or_else(|| {
                stats.kinds.push((subject.kind.clone(), Counts::default()));
                stats.kinds.len() - 1
            });
            stats.kinds[at].1.add(subject.label);
            stats.all.add(subject.label);
        }
        if matches!(baseline, Baseline::Own(_)) {
            stats.kinds.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        stats
    }

    /// A table for people.
    #[must_use]
    pub fn text(&self) -> String {
        let rows = self.kinds.iter().map(|(kind, counts)| (kind.as_str(), counts)).chain([("all", &self.all)]);
        let mut out = String::from("secrets  false positives  not labelled  kind\n");
        for (kind, counts) in rows {
            // Writing to a string does not fail.
            let _ = write!(
                out,
                "{:>7}  {:>15}  {:>12}  {}",
                counts.right(),
                counts.false_positives,
                counts.unlabelled,
                super::excerpt::visible(kind)
            );
            if counts.accepted + counts.rotated > 0 {
                let _ = write!(out, " ({} accepted, {} rotated)", counts.accepted, counts.rotated);
            }
            out.push('\n');
        }
        out
    }

    /// JSON as `detect-secrets audit --stats --json` prints it: by the plugin's name, or by our kind.
    #[must_use]
    pub fn json(&self) -> String {
        let kinds = self.kinds.iter().map(|(kind, counts)| {
            let (precision, recall) = counts.scores();
            let raw = json!({
                "true-positives": counts.right(),
                "false-positives": counts.false_positives,
                "unknown": counts.unlabelled,
            });
            let score = json!({ "precision": precision, "recall": recall });
            let name = types::plugin_of(kind).unwrap_or(kind).to_owned();
            (name, json!({ "stats": { "raw": raw, "score": score } }))
        });
        json::dumps(&Value::Object(kinds.collect::<Map<_, _>>()), 2) + "\n"
    }
}
