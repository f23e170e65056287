//! What was looked at, and what was not.

use std::fmt;

/// What came of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Files that were handed over.
    pub members: usize,
    /// What was left out, or read in part, in the archive's order. The first [`Account::MAX_SKIPPED`] only.
    pub skipped: Vec<Skipped>,
    /// What more was left out.
    pub more_skipped: usize,
    /// Whether reading ended before the archive did, because of a limit on bytes or members in all.
    pub truncated: bool,
}

/// Something that was not read, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// As in [`Member::path`](crate::Member::path). The archive's own where all of it is meant.
    pub path: String,
    /// Why.
    pub why: Why,
}

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It can't be read without a password.
    Encrypted,
    /// It is not what its format says it should be. What could be read of it was handed over.
    Damaged,
    /// It is larger than [`Limits::member`](crate::Limits::member).
    TooLarge,
    /// It stands deeper than [`Limits::depth`](crate::Limits::depth).
    TooDeep,
    /// It is compressed in a way that is not read.
    Method,
    /// A symbolic or hard link. What it leads to stands elsewhere.
    Link,
    /// A file with holes, or a device.
    Special,
    /// Members share the same bytes, which is how bombs are built.
    Overlap,
    /// Several members have the same name; the last one was read.
    SameName,
}

impl Why {
    /// Whether content was missed.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        !matches!(self, Self::Link | Self::Overlap)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encrypted => "is encrypted",
            Self::Damaged => "is damaged",
            Self::TooLarge => "is too large to be unpacked",
            Self::TooDeep => "is an archive too deep in others",
            Self::Method => "is compressed in a way that is not read",
            Self::Link => "is a link",
            Self::Special => "is a file with holes or a device",
            Self::Overlap => "has members that share the same bytes",
            Self::SameName => "has several members of the same name, of which the last was read",
        })
    }
}

impl Account {
    /// How much of what was left out is named.
    pub const MAX_SKIPPED: usize = 100;

    pub(crate) fn skip(&mut self, path: String, why: Why) {
        if self.skipped.len() < Self::MAX_SKIPPED {
            self.skipped.push(Skipped { path, why });
        } else {
            self.more_skipped += 1;
        }
    }
}
