//! Large files: read piece by piece for their secrets.

use std::sync::Arc;

use seriema_finding::{Diagnostic, Position};
use seriema_secrets::Scanner;
use seriema_workspace::{Piece, SourceFile, read_pieces};

use crate::file::Outcome;
use crate::finalize::Placed;
use crate::secrets;

/// Bytes of a piece.
pub(crate) const PIECE: usize = 2 << 20;
/// Bytes that two pieces share: longer than any secret with what tells it.
const OVERLAP: usize = 8 << 10;
/// Largest file: offsets have 32 bits.
const MAX_SIZE: u64 = 2 << 30;

/// The secrets of a file of any size.
pub(crate) fn of_file(file: &SourceFile, scanner: &Scanner) -> Outcome {
    let mut outcome = Outcome::default();
    let mut before = Before::default();
    let read = read_pieces(&file.absolute, MAX_SIZE, PIECE, OVERLAP, |piece| {
        outcome.analysed = true;
        let (placed, known) = secrets::of_text(file, &piece.text, scanner);
        outcome.known += known;
        // What the piece before held whole was found in it.
        let again = piece.again;
        outcome.placed.extend(
            placed
                .into_iter()
                .filter(|placed| placed.finding.location.end.offset as usize > again)
                .map(|placed| before.moved(placed)),
        );
        before.add(&piece);
        outcome.lines = before.lines as usize;
    });
    if let Err(error) = read {
        let message = format!("the file {error}");
        outcome.diagnostics.push(Diagnostic::file(Arc::clone(&file.relative), error.kind(), message));
    }
    outcome
}

/// What stands before a piece.
#[derive(Default)]
struct Before {
    /// Whole lines.
    lines: u32,
    /// Bytes.
    bytes: u32,
    /// Characters of the line that the piece begins in, and UTF-16 units of it.
    columns: (u32, u32),
}

impl Before {
    /// Counts a piece, up to what the next one begins with.
    fn add(&mut self, piece: &Piece) {
        let text = &piece.text;
        let end = text.floor_char_boundary(text.len().saturating_sub(piece.shared));
        let text = &text[..end];
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let line = text.rfind('\n').map_or(text, |at| &text[at + 1..]);
        let here = (count(line.chars().count()), count(line.encode_utf16().count()));
        self.columns = if lines > 0 { here } else { (self.columns.0 + here.0, self.columns.1 + here.1) };
        self.lines += count(lines);
        self.bytes += count(end);
    }

    /// A finding of a piece, in the file.
    fn moved(&self, mut placed: Placed) -> Placed {
        let location = &mut placed.finding.location;
        for position in [&mut location.start, &mut location.end] {
            self.move_position(position);
        }
        placed.finding.snippet.first_line += self.lines;
        placed.lines = placed.lines.start() + self.lines..=placed.lines.end() + self.lines;
        placed
    }

    fn move_position(&self, position: &mut Position) {
        if position.line == 1 {
            position.column += self.columns.0;
            position.column_utf16 += self.columns.1;
        }
        position.line += self.lines;
        position.offset += self.bytes;
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
