//! One archive after another, and those in them.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::budget::{Budget, Content};
use crate::name::{Format, format, shown, without_gz};
use crate::{Account, Limits, Member, Why, tarball, zipped};

pub(crate) struct Walk<'w> {
    pub(crate) limits: &'w Limits,
    pub(crate) budget: &'w Budget,
    pub(crate) account: Account,
    filter: &'w dyn Fn(&str) -> bool,
    visit: &'w mut dyn FnMut(Member),
    /// Members that were met.
    met: usize,
}

/// What is to be done with a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Read,
    Pass,
    /// No more members.
    End,
}

/// Hands the wanted files of an archive to `visit`, in the archive's order; of archives in it, where they stand.
///
/// `name` says what kind of archive `bytes` are, and is how member paths start. `filter` is asked with a member's path in
/// its archive; archives are opened whatever it says.
pub fn members(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    filter: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(Member),
) -> Account {
    let own = (bytes.len() as u64).saturating_mul(limits.ratio);
    let budget = Budget::new(own.max(limits.member).min(limits.total));
    let mut walk = Walk { limits, budget: &budget, account: Account::default(), filter, visit, met: 0 };
    walk.archive(name, bytes, 1);
    walk.account
}

impl Walk<'_> {
    /// The archive `path`; the outermost has the depth 1.
    fn archive(&mut self, path: &str, bytes: &[u8], depth: usize) {
        match format(path) {
            _ if depth > self.limits.depth => self.account.skip(path.to_owned(), Why::TooDeep),
            Some(Format::Zip) => zipped::read(self, path, bytes, depth),
            Some(Format::Tar) => tarball::read(self, path, bytes, depth),
            Some(Format::TarGz) => tarball::read(self, path, MultiGzDecoder::new(bytes), depth),
            Some(Format::Gz) => {
                let inner = shown(without_gz(path));
                let full = format!("{path}!/{inner}");
                if self.wish(&inner, &full, depth) == Wish::Read {
                    self.stream(full, &mut MultiGzDecoder::new(bytes), depth);
                }
            }
            // Not opened unless its name says that it is one.
            None => self.account.skip(path.to_owned(), Why::Method),
        }
    }

    /// Whether the member `inner` of an archive, `full` by its whole path, is to be read.
    pub(crate) fn wish(&mut self, inner: &str, full: &str, depth: usize) -> Wish {
        if self.met >= self.limits.members || self.budget.is_exhausted() {
            self.account.truncated = true;
            return Wish::End;
        }
        self.met += 1;
        if format(inner).is_some() {
            if depth < self.limits.depth {
                return Wish::Read;
            }
            self.account.skip(full.to_owned(), Why::TooDeep);
            return Wish::Pass;
        }
        if (self.filter)(inner) { Wish::Read } else { Wish::Pass }
    }

    /// Reads a member from a stream, on the budget.
    pub(crate) fn stream(&mut self, full: String, stream: &mut dyn Read, depth: usize) {
        let content = self.budget.read(stream, self.limits.member);
        self.content(full, content, depth);
    }

    /// Hands a member over, or what is in it.
    pub(crate) fn content(&mut self, full: String, content: Content, depth: usize) {
        match content {
            Content::TooLarge => self.account.skip(full, Why::TooLarge),
            Content::Exhausted => {
                self.account.skip(full, Why::TooLarge);
                self.account.truncated = true;
            }
            Content::Read { bytes, damaged } => {
                if damaged {
                    self.account.skip(full.clone(), Why::Damaged);
                }
                if format(&full).is_some() {
                    self.archive(&full, &bytes, depth + 1);
                } else if !(damaged && bytes.is_empty()) {
                    self.account.members += 1;
                    (self.visit)(Member { path: full, bytes });
                }
            }
        }
    }
}
