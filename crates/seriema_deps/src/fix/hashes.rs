//! Hashes in requirements files. They are of one version: with another one, pip refuses to install it.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::fix::Edit;
use crate::manifest::{Dependency, IndexOptionKind, Manifest};

/// What stands on the line of a requirement whose hashes were left out.
const LEFT_OUT: &str = "  # the hashes were of another version: pip-compile --generate-hashes";

/// Whether a requirement that gets another version still has to have hashes: where others keep theirs, or `--require-hashes`
/// is in the file. Then pip installs nothing until there are new ones, and says which. Otherwise nothing would be checked any
/// more once its own are left out, so that what is stale stays, which pip refuses, too.
pub(super) fn are_wanted(manifest: &Manifest, changed: &BTreeSet<usize>) -> bool {
    let keeps = |(at, one): (usize, &Dependency)| one.is_hashed && !changed.contains(&at);
    manifest.options.iter().any(|option| option.kind == IndexOptionKind::RequireHashes)
        || manifest.dependencies.iter().enumerate().any(keeps)
}

/// Leaves out the hashes of a requirement that gets another version.
pub(super) fn left_out(manifest: &Manifest, text: &str, dependency: usize) -> Option<Edit> {
    Some(Edit::at(after(text, manifest.dependencies.get(dependency)?.range.end)?, LEFT_OUT.to_owned()))
}

/// From the end of a requirement to the end of its last hash; none where something else stands between.
fn after(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let mut end = None;
    let mut at = 0;
    let mut wants_value = false;
    loop {
        let blank = rest[at..].find(|c: char| !c.is_whitespace() && c != '\\').unwrap_or(rest.len() - at);
        let between = &rest[at..at + blank];
        // A line that ends without a backslash is the requirement's last.
        if between
            .split_inclusive('\n')
            .any(|line| line.ends_with('\n') && !line.trim_end_matches(['\r', '\n']).ends_with('\\'))
        {
            break;
        }
        at += blank;
        let word = rest[at..].split(|c: char| c.is_whitespace()).next().unwrap_or_default();
        if word.is_empty() || word.starts_with('#') {
            break;
        }
        let is_hash = word.starts_with("--hash=") || word == "--hash" || wants_value;
        if !is_hash {
            return None;
        }
        wants_value = word == "--hash";
        at += word.trim_end_matches('\\').len();
        end = Some(at);
    }
    Some(start..start + end?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_requirement_is_taken_up_to_its_last_hash() {
        for (text, expected) in [
            ("a==1 --hash=sha256:0\nb==1\n", Some(" --hash=sha256:0")),
            (
                "a==1 \\\n    --hash=sha256:0 \\\n    --hash=sha256:1\n    # via c\nb==1",
                Some(" \\\n    --hash=sha256:0 \\\n    --hash=sha256:1"),
            ),
            ("a==1 \\\r\n --hash=sha256:0\r\nb==1", Some(" \\\r\n --hash=sha256:0")),
            ("a==1 --hash sha256:0  # why", Some(" --hash sha256:0")),
            ("a==1 --hash=sha256:0 --config-settings=x=y\n", None),
            ("a==1\nb==1 --hash=sha256:0\n", None),
            ("a==1", None),
        ] {
            assert_eq!(after(text, 4).map(|range| &text[range]), expected, "{text:?}");
        }
    }
}
