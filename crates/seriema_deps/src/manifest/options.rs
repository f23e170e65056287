//! The options of pip and uv, in requirements files and on command lines.

use crate::manifest::sheet::Sheet;
use crate::manifest::words::Word;
use crate::manifest::{Dependency, IndexOptionKind};

/// What an option is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Another file of requirements.
    Include,
    /// Another file of constraints.
    Constraint,
    /// A requirement to be installed in place.
    Editable,
    /// Hashes of the requirement before it.
    Hash,
    /// How packages are looked for, with a value.
    Valued(IndexOptionKind),
    /// How packages are looked for, without a value.
    Bare(IndexOptionKind),
    /// Something else, with a value.
    Other,
    /// Something else, without a value.
    Flag,
}

/// The options that say what is installed, and from where.
const KNOWN: [(&str, Meaning); 24] = [
    ("--constraint", Meaning::Constraint),
    ("--constraints", Meaning::Constraint),
    ("--default-index", Meaning::Valued(IndexOptionKind::Index)),
    ("--editable", Meaning::Editable),
    ("--extra-index-url", Meaning::Valued(IndexOptionKind::ExtraIndex)),
    ("--find-links", Meaning::Valued(IndexOptionKind::FindLinks)),
    ("--hash", Meaning::Hash),
    ("--index", Meaning::Valued(IndexOptionKind::ExtraIndex)),
    ("--index-url", Meaning::Valued(IndexOptionKind::Index)),
    ("--no-index", Meaning::Bare(IndexOptionKind::NoIndex)),
    ("--pre", Meaning::Bare(IndexOptionKind::Pre)),
    ("--pypi-url", Meaning::Valued(IndexOptionKind::Index)),
    ("--require-hashes", Meaning::Bare(IndexOptionKind::RequireHashes)),
    ("--requirement", Meaning::Include),
    ("--requirements", Meaning::Include),
    ("--trusted-host", Meaning::Valued(IndexOptionKind::TrustedHost)),
    ("--allow-insecure-host", Meaning::Valued(IndexOptionKind::TrustedHost)),
    ("--with-requirements", Meaning::Include),
    ("-c", Meaning::Constraint),
    ("-e", Meaning::Editable),
    ("-f", Meaning::Valued(IndexOptionKind::FindLinks)),
    ("-i", Meaning::Valued(IndexOptionKind::Index)),
    ("-r", Meaning::Include),
    ("--pep508-file", Meaning::Include),
];

/// Other options that take a value, which is no requirement.
const VALUED: [&str; 62] = [
    "--abi",
    "--app-dir",
    "--build",
    "--build-constraint",
    "--build-option",
    "--cache-dir",
    "--cert",
    "--client-cert",
    "--color",
    "--config-file",
    "--config-setting",
    "--config-settings",
    "--directory",
    "--exclude-newer",
    "--exists-action",
    "--extra",
    "--find-interpreter",
    "--fork-strategy",
    "--global-option",
    "--group",
    "--implementation",
    "--include-deps",
    "--index-strategy",
    "--install-option",
    "--keyring-provider",
    "--link-mode",
    "--log",
    "--no-binary",
    "--no-build-isolation-package",
    "--no-build-package",
    "--only-binary",
    "--override",
    "--overrides",
    "--platform",
    "--prefix",
    "--prerelease",
    "--progress-bar",
    "--project",
    "--proxy",
    "--python",
    "--python-platform",
    "--python-version",
    "--refresh-package",
    "--reinstall-package",
    "--report",
    "--resolution",
    "--retries",
    "--root",
    "--root-user-action",
    "--src",
    "--suffix",
    "--target",
    "--timeout",
    "--torch-backend",
    "--upgrade-package",
    "--upgrade-strategy",
    "--use-deprecated",
    "--use-feature",
    "-C",
    "-P",
    "-p",
    "-t",
];

/// What the option of a word is for, and its value if it stands in the same word. Long options may be cut short as long
/// as it is clear which is meant; that is how pip reads them.
fn meaning(word: &str) -> (Meaning, Option<&str>) {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ => (word, None),
    };
    let exact = KNOWN.iter().find(|(known, _)| *known == name);
    if let Some((_, meaning)) = exact {
        return (*meaning, value);
    }
    if VALUED.contains(&name) {
        return (Meaning::Other, value);
    }
    if name.starts_with("--") && name.len() > 4 {
        let mut cut = KNOWN.iter().filter(|(known, _)| known.starts_with(name)).map(|(_, meaning)| *meaning);
        let is_other = VALUED.iter().any(|known| known.starts_with(name));
        if let Some(first) = cut.next()
            && !is_other
            && cut.all(|meaning| meaning == first)
        {
            return (first, value);
        }
    } else if let Some((short, value)) = word.split_at_checked(2)
        && let Some((_, meaning)) = KNOWN.iter().find(|(known, _)| *known == short)
        && !value.is_empty()
    {
        return (*meaning, Some(value));
    }
    (Meaning::Flag, value)
}

/// What the words of a command or line come to, besides what the sheet was told.
#[derive(Default)]
pub(crate) struct Read {
    /// The words that are no options.
    pub(crate) plain: Vec<Word>,
    /// Whether there is a hash.
    pub(crate) is_hashed: bool,
    /// Whether there was an option that says where packages come from, or another file.
    pub(crate) is_global: bool,
}

/// Reads options, and tells the sheet of files, indexes and editable requirements.
pub(crate) fn read(sheet: &mut Sheet<'_>, words: Vec<Word>, each: &mut impl FnMut(&mut Dependency)) -> Read {
    let mut read = Read::default();
    let mut words = words.into_iter().peekable();
    let mut only_plain = false;
    while let Some(word) = words.next() {
        if only_plain || !word.value.starts_with('-') || word.value == "-" {
            read.plain.push(word);
            continue;
        }
        if word.value == "--" {
            only_plain = true;
            continue;
        }
        let (meaning, value) = meaning(&word.value);
        match meaning {
            Meaning::Flag => continue,
            Meaning::Bare(kind) => {
                read.is_global = true;
                sheet.option(kind, "", word.range);
                continue;
            }
            _ => {}
        }
        let value = match value {
            Some(value) => {
                let skipped = word.value.len() - value.len();
                let inner = word.inner.as_ref().map(|inner| inner.start + skipped..inner.end);
                Word { value: value.to_owned(), inner, ..word.clone() }
            }
            None => match words.next() {
                Some(next) => next,
                None => {
                    sheet.unread(word.range.start, format!("`{}` lacks its value", word.value));
                    break;
                }
            },
        };
        let range = word.range.start..value.range.end;
        match meaning {
            Meaning::Include | Meaning::Constraint => {
                read.is_global = true;
                sheet.include(&value.value, meaning == Meaning::Constraint, range);
            }
            Meaning::Editable => requirement(sheet, &value, each),
            Meaning::Hash => read.is_hashed = true,
            Meaning::Valued(kind) => {
                read.is_global = true;
                sheet.option(kind, &value.value, range);
            }
            Meaning::Other | Meaning::Flag | Meaning::Bare(_) => {}
        }
    }
    read
}

/// Reads a word that is a requirement.
pub(crate) fn requirement(sheet: &mut Sheet<'_>, word: &Word, each: &mut impl FnMut(&mut Dependency)) {
    let found = match &word.inner {
        Some(inner) => sheet.requirement(inner.clone()),
        None => sheet.requirement_at(&word.value, word.range.clone()),
    };
    if let Some(dependency) = found {
        each(dependency);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_pip() {
        use IndexOptionKind::*;
        for (word, meant, value) in [
            ("-r", Meaning::Include, None),
            ("-rbase.txt", Meaning::Include, Some("base.txt")),
            ("--requirement=base.txt", Meaning::Include, Some("base.txt")),
            ("--req", Meaning::Flag, None),
            ("--extra-index", Meaning::Valued(ExtraIndex), None),
            ("--index-url", Meaning::Valued(Index), None),
            ("-ihttps://a.example", Meaning::Valued(Index), Some("https://a.example")),
            ("--no-binary", Meaning::Other, None),
            ("--upgrade", Meaning::Flag, None),
            ("-U", Meaning::Flag, None),
        ] {
            assert_eq!(meaning(word), (meant, value), "{word}");
        }
    }
}
