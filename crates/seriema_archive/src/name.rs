//! What names say, and how they are shown.

/// What an archive is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Zip,
    Tar,
    /// A tar archive in gzip.
    TarGz,
    /// One file in gzip.
    Gz,
}

/// The format that a name says.
pub(crate) fn format(name: &str) -> Option<Format> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    match extension {
        "zip" | "whl" | "egg" | "jar" | "war" | "pyz" | "pex" => Some(Format::Zip),
        "tar" => Some(Format::Tar),
        "tgz" => Some(Format::TarGz),
        "gz" if stem.ends_with(".tar") => Some(Format::TarGz),
        "gz" => Some(Format::Gz),
        _ => None,
    }
}

/// Whether a file of this name is an archive that [`members`](crate::members) reads.
#[must_use]
pub fn is_archive(name: &str) -> bool {
    format(name).is_some()
}

/// The name of what a gzip file of this name holds.
pub(crate) fn without_gz(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Longest part of a member's name that is kept, in characters.
const LONGEST: usize = 1024;

/// A member's name as it is shown: with `/`, relative, without control characters. Of very long ones, the end.
pub(crate) fn shown(name: &str) -> String {
    let name = name.trim_start_matches(['/', '\\']);
    let name = name.strip_prefix("./").unwrap_or(name);
    let left_out = name.chars().count().saturating_sub(LONGEST);
    let clean = |c: char| match c {
        '\\' => '/',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    name.chars().skip(left_out).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_an_archive_is() {
        assert_eq!(format("dist/app-1.0-py3-none-any.whl"), Some(Format::Zip));
        assert_eq!(format("APP.ZIP"), Some(Format::Zip));
        assert_eq!(format("app-1.0.tar.gz"), Some(Format::TarGz));
        assert_eq!(format("app.tgz"), Some(Format::TarGz));
        assert_eq!(format("dump.sql.gz"), Some(Format::Gz));
        for name in ["zip", ".zip", "a.zip/b", "a.tar.bz2", "a.tar.xz", "a.py", "", "a.zip.txt"] {
            assert!(!is_archive(name), "{name}");
        }
        assert_eq!(without_gz("a/dump.sql.gz"), "dump.sql");
    }

    #[test]
    fn names_are_shown_without_harm() {
        assert_eq!(shown("/etc/passwd"), "etc/passwd");
        assert_eq!(shown("./a/b"), "a/b");
        assert_eq!(shown("a\\b\u{1b}[2J\n.py"), "a/b\u{fffd}[2J\u{fffd}.py");
        assert_eq!(shown("../../x"), "../../x");
        let long = shown(&format!("{}.py", "a".repeat(70_000)));
        assert!(long.len() == LONGEST && long.ends_with("a.py"));
    }
}
