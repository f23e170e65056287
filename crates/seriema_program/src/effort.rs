//! How much is done to find out what names and values stand for.
//!
//! Following names is cheap, but files can be made in which each name stands for many others. Every question has a
//! bound, and so have all questions about one file together; where one bites, the answer is "not known".

use std::cell::Cell;

/// Steps that one question may take.
const PER_QUESTION: u32 = 2_048;

/// Steps that all questions about a file may take: this many, and so many more a byte. Ordinary files take less than
/// two a byte.
const PER_FILE: u64 = 10_000_000;
const PER_BYTE: u64 = 2;

/// Bytes of source whose nodes are visited in about the time of a step.
const BYTES_PER_NODE: u64 = 32;

/// Bytes of source that are searched in about the time of a step.
const TEXT_PER_STEP: u64 = 16;

/// What is left of a file's steps.
pub(crate) struct Effort {
    question: Cell<u32>,
    file: Cell<u64>,
    /// For searches, so that these do not blind what is asked later.
    searches: Cell<u64>,
}

impl Effort {
    /// For a file of `length` bytes.
    pub(crate) fn new(length: usize) -> Self {
        let all = PER_FILE + PER_BYTE * length as u64;
        Self { question: Cell::new(PER_QUESTION), file: Cell::new(all), searches: Cell::new(all) }
    }

    /// Begins a question.
    pub(crate) fn begin(&self) {
        self.question.set(PER_QUESTION);
    }

    /// Takes steps; none when there are not as many left.
    pub(crate) fn spend(&self, steps: usize) -> Option<()> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        let question = self.question.get().checked_sub(steps)?;
        let Some(file) = self.file.get().checked_sub(u64::from(steps)) else {
            self.file.set(0);
            return None;
        };
        self.question.set(question);
        self.file.set(file);
        Some(())
    }

    /// Takes the steps of a visit of the nodes of so much of the text.
    pub(crate) fn spend_on_nodes(&self, length: usize) -> Option<()> {
        self.search(length as u64 / BYTES_PER_NODE)
    }

    /// Takes the steps of a look through so much of the text.
    pub(crate) fn spend_on_text(&self, length: usize) -> Option<()> {
        self.search(length as u64 / TEXT_PER_STEP)
    }

    fn search(&self, steps: u64) -> Option<()> {
        let left = self.searches.get().checked_sub(steps);
        self.searches.set(left.unwrap_or(0));
        left.map(drop)
    }

    /// Whether the file's steps are used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.file.get() == 0 || self.searches.get() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_and_a_file_have_bounds() {
        let effort = Effort::new(0);
        let questions = (0..).take_while(|_| {
            effort.begin();
            while effort.spend(1).is_some() {}
            !effort.is_spent()
        });
        assert_eq!(questions.count() as u64, PER_FILE / u64::from(PER_QUESTION));
        effort.begin();
        assert!(effort.spend(1).is_none());
    }

    #[test]
    fn searches_have_a_bound_of_their_own() {
        let effort = Effort::new(0);
        while effort.spend_on_text(1 << 20).is_some() {}
        assert!(effort.is_spent() && effort.spend_on_nodes(1 << 20).is_none());
        effort.begin();
        assert!(effort.spend(1).is_some());
    }
}
