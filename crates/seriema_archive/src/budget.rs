//! Bounds on what is unpacked.

use std::cell::Cell;
use std::io::{self, Read};

/// What came of reading a stream.
pub(crate) enum Content {
    /// All of it, or as much as the stream's damage allows.
    Read { bytes: Vec<u8>, damaged: bool },
    /// There is more of it than one member may have.
    TooLarge,
    /// The bytes in all are used up.
    Exhausted,
}

/// Bytes that may still be unpacked.
pub(crate) struct Budget {
    left: Cell<u64>,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        Self { left: Cell::new(bytes) }
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }

    pub(crate) fn left(&self) -> u64 {
        self.left.get()
    }

    pub(crate) fn take(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes as u64));
    }

    /// Reads a stream of at most `limit` bytes.
    pub(crate) fn read(&self, stream: &mut dyn Read, limit: u64) -> Content {
        let content = read(stream, limit.min(self.left()));
        match content {
            Content::Read { ref bytes, .. } => self.take(bytes.len()),
            Content::TooLarge if self.left() <= limit => {
                self.left.set(0);
                return Content::Exhausted;
            }
            Content::TooLarge => self.left.set(self.left().saturating_sub(limit)),
            Content::Exhausted => {}
        }
        content
    }
}

/// Reads a stream of at most `limit` bytes.
pub(crate) fn read(stream: &mut dyn Read, limit: u64) -> Content {
    let mut bytes = Vec::new();
    let damaged = stream.take(limit.saturating_add(1)).read_to_end(&mut bytes).is_err();
    if bytes.len() as u64 > limit {
        return Content::TooLarge;
    }
    Content::Read { bytes, damaged }
}

/// A stream that counts what goes through it and ends with an error where its gate is.
pub(crate) struct Metered<'b, R> {
    inner: R,
    pub(crate) budget: &'b Budget,
    /// Bytes that went through.
    pub(crate) position: &'b Cell<u64>,
    /// The position at which it ends.
    pub(crate) gate: &'b Cell<u64>,
}

impl<'b, R> Metered<'b, R> {
    pub(crate) fn new(inner: R, budget: &'b Budget, position: &'b Cell<u64>, gate: &'b Cell<u64>) -> Self {
        Self { inner, budget, position, gate }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let allowed = self.gate.get().saturating_sub(self.position.get()).min(self.budget.left());
        if allowed == 0 && !buffer.is_empty() {
            return Err(io::Error::other("more than is allowed"));
        }
        let length = buffer.len().min(usize::try_from(allowed).unwrap_or(usize::MAX));
        let read = self.inner.read(&mut buffer[..length])?;
        self.budget.take(read);
        self.position.set(self.position.get() + read as u64);
        Ok(read)
    }
}
