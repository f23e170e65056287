//! Where lines begin.

/// The lines of a text.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The one-based line of a byte offset.
    pub(crate) fn number(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// The line that a byte offset is on, as a range of the text.
    pub(crate) fn around(&self, text: &str, at: usize) -> std::ops::Range<usize> {
        let number = self.0.partition_point(|start| *start <= at);
        let start = self.0[number.saturating_sub(1)];
        let end = self.0.get(number).map_or(text.len(), |next| next - 1);
        start..end.max(start)
    }
}
