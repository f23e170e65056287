//! Labelling a baseline, key by key. Whoever has a terminal shows [`Session::current`] and passes on what is pressed.

use std::collections::BTreeMap;

use super::Label;
use super::any::{Baseline, Subject};
use super::excerpt::Excerpt;
use super::report::Audited;

/// What is asked of each secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Whether it is one: `y` says yes, it is.
    IsItSecret,
    /// Whether it may stay, as detect-secrets asks: `y` says yes, because it is none.
    MayItStay,
}

impl Asks {
    /// The question.
    #[must_use]
    pub const fn question(self) -> &'static str {
        match self {
            Self::IsItSecret => "Is this a secret?",
            Self::MayItStay => "Should this string be committed to the repository?",
        }
    }

    const fn label(self, yes: bool) -> Label {
        match (self, yes) {
            (Self::IsItSecret, true) | (Self::MayItStay, false) => Label::Secret,
            _ => Label::FalsePositive,
        }
    }
}

/// What to do with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Show [`Session::current`] again: it is another one.
    Moved,
    /// The key means nothing here.
    Invalid,
    /// All were asked about.
    Done,
    /// The user wants to stop; what was labelled is kept.
    Quit,
}

/// One secret to label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the baseline says of it.
    pub subject: Subject,
    /// The lines around it; absent when it is not where the baseline says, or its file is gone.
    pub excerpt: Option<Excerpt>,
    label: Option<Label>,
    reason: Option<String>,
}

impl Item {
    /// What was said of it, before or now.
    #[must_use]
    pub fn label(&self) -> Option<Label> {
        self.label
    }
}

/// What is shown of secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Lines before and after a secret.
    pub context: usize,
    /// Whether the secret that is asked about is shown as it is. Only ever in a terminal.
    pub show: bool,
    /// Whether those that have a label are asked about again.
    pub labelled: bool,
}

/// Going through a baseline.
#[derive(Clone, Debug)]
pub struct Session {
    asks: Asks,
    /// Whether there are more labels than right and wrong.
    has_reasons: bool,
    items: Vec<Item>,
    at: usize,
}

impl Session {
    /// One about the secrets of a baseline that have no label. `file` gives a file's text and what a scan finds in it.
    #[must_use]
    pub fn new(baseline: &Baseline, asks: Asks, view: View, file: &dyn Fn(&str) -> Option<Audited>) -> Self {
        let mut by_file: BTreeMap<String, Vec<Subject>> = BTreeMap::new();
        let mut order = Vec::new();
        for subject in baseline.subjects() {
            if view.labelled || subject.label.is_none() {
                order.push(subject.number);
                by_file.entry(subject.path.clone()).or_default().push(subject);
            }
        }
        let mut items: BTreeMap<usize, Item> = BTreeMap::new();
        for (path, subjects) in by_file {
            let audited = file(&path);
            let places = audited.as_ref().map(|audited| baseline.places(&path, audited)).unwrap_or_default();
            for subject in subjects {
                let excerpt = audited.as_ref().and_then(|audited| {
                    let all = places.get(&subject.number)?;
                    let range = audited.nearest(all, subject.line)?;
                    let mut secrets = audited.ranges();
                    secrets.extend(places.values().flatten().cloned());
                    Some(Excerpt::of(&audited.text, range, &secrets, view.context, view.show))
                });
                let (label, reason) = (subject.label, subject.reason.clone());
                items.insert(subject.number, Item { subject, excerpt, label, reason });
            }
        }
        let mut items: Vec<Item> = items.into_values().collect();
        // A random order is no help to who looks through files.
        if matches!(baseline, Baseline::Own(_)) {
            items.sort_by(|a, b| key(a).cmp(&key(b)));
        }
        Self { asks, has_reasons: matches!(baseline, Baseline::Own(_)), items, at: 0 }
    }

    /// The secret to ask about; absent when there is none left.
    #[must_use]
    pub fn current(&self) -> Option<&Item> {
        self.items.get(self.at)
    }

    /// The number of the current secret, from 1, and of all.
    #[must_use]
    pub fn position(&self) -> (usize, usize) {
        (self.at + 1, self.items.len())
    }

    /// The question to ask.
    #[must_use]
    pub fn question(&self) -> &'static str {
        match self.current() {
            Some(item) if item.excerpt.is_none() => "What would you like to do?",
            _ => self.asks.question(),
        }
    }

    /// The keys that mean something now, with what they mean.
    #[must_use]
    pub fn keys(&self) -> Vec<(char, &'static str)> {
        let mut keys = Vec::new();
        let Some(item) = self.current() else { return keys };
        if item.excerpt.is_some() {
            keys.extend([('y', "yes"), ('n', "no")]);
            if self.has_reasons {
                keys.extend([('a', "a secret, accepted"), ('r', "a secret, rotated")]);
            }
        }
        keys.push(('s', "skip"));
        if self.at > 0 {
            keys.push(('b', "back"));
        }
        keys.push(('q', "quit"));
        keys
    }

    /// Takes a key. Upper case is as good as lower case.
    pub fn press(&mut self, key: char) -> Step {
        let key = key.to_ascii_lowercase();
        if !self.keys().iter().any(|(known, _)| *known == key) {
            return if self.current().is_none() { Step::Done } else { Step::Invalid };
        }
        let asks = self.asks;
        let Some(item) = self.items.get_mut(self.at) else { return Step::Done };
        match key {
            'y' | 'n' => item.label = Some(asks.label(key == 'y')),
            'a' => item.label = Some(Label::Accepted),
            'r' => item.label = Some(Label::Rotated),
            // Going back and skipping takes back what was said here.
            's' => (item.label, item.reason) = (item.subject.label, item.subject.reason.clone()),
            'b' => {
                self.at -= 1;
                return Step::Moved;
            }
            _ => return Step::Quit,
        }
        self.at += 1;
        if self.at < self.items.len() { Step::Moved } else { Step::Done }
    }

    /// Says why the secret that was labelled last was labelled so. detect-secrets' format has no place for it.
    pub fn explain(&mut self, reason: &str) {
        if let Some(item) = self.at.checked_sub(1).and_then(|at| self.items.get_mut(at)) {
            item.reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty() && item.label.is_some());
        }
    }

    /// Whether anything is labelled otherwise than before.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.changed().next().is_some()
    }

    fn changed(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.label != item.subject.label || item.reason != item.subject.reason)
    }

    /// Puts the labels into the baseline that the session is about.
    pub fn apply(&self, baseline: &mut Baseline) {
        for item in self.changed() {
            baseline.set_label(item.subject.number, item.label, item.reason.clone());
        }
    }
}

fn key(item: &Item) -> (&str, u32, &str) {
    let line = item.excerpt.as_ref().and_then(|excerpt| excerpt.lines.iter().find(|line| line.is_target));
    (&item.subject.path, line.map_or(0, |line| line.number), &item.subject.hash)
}
