//! What a file is, by its name or its `#!` line.

use std::ffi::OsStr;
use std::path::Path;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Python source.
    Python,
    /// A stub, `.pyi`: declarations without behaviour.
    Stub,
    /// A Jupyter notebook, `.ipynb`.
    Notebook,
    /// Text of any other kind: configuration, scripts, documentation.
    Text,
}

/// What a name says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByName {
    /// It is of this kind; the extension says so.
    Kind(FileKind, &'static str),
    /// No extension: the first line decides.
    Unknown,
    /// Not Python.
    Other,
}

pub(super) fn by_name(name: &OsStr) -> ByName {
    let Some(extension) = Path::new(name).extension() else {
        // `.env`, `.profile`: hidden files are settings, not scripts.
        return if name.as_encoded_bytes().starts_with(b".") { ByName::Other } else { ByName::Unknown };
    };
    let is = |known: &str| extension.eq_ignore_ascii_case(known);
    if is("py") {
        ByName::Kind(FileKind::Python, ".py")
    } else if is("pyw") {
        ByName::Kind(FileKind::Python, ".pyw")
    } else if is("pyi") {
        ByName::Kind(FileKind::Stub, ".pyi")
    } else if is("ipynb") {
        ByName::Kind(FileKind::Notebook, ".ipynb")
    } else {
        ByName::Other
    }
}

/// Extensions of files that are no text, or whose text nobody wrote.
const NO_TEXT: &[&str] = &[
    "7z", "a", "apk", "avi", "avif", "bin", "bmp", "br", "bz2", "class", "dat", "db", "deb", "dll", "dmg", "doc",
    "docx", "dylib", "eot", "exe", "feather", "flac", "gif", "gmo", "gz", "h5", "hdf5", "icns", "ico", "iso", "jar",
    "jpeg", "jpg", "lib", "lz4", "m4a", "map", "mat", "mo", "mov", "mp3", "mp4", "mpeg", "msi", "node", "npy", "npz",
    "o", "obj", "odt", "ogg", "onnx", "otf", "parquet", "pdf", "pickle", "pkl", "png", "ppt", "pptx", "psd", "pt",
    "pth", "pyc", "pyd", "pyo", "rar", "rpm", "so", "sqlite", "sqlite3", "svg", "swp", "tar", "tgz", "tif", "tiff",
    "ttf", "wasm", "wav", "webm", "webp", "whl", "woff", "woff2", "xls", "xlsx", "xz", "zip", "zst",
];

/// Extensions under which Python code is kept, too, though it cannot be imported.
const CODE: &[&str] = &["cgi", "fcgi", "py3", "pyde", "rpy", "tac", "wsgi"];

/// Whether a file of this name can hold text that somebody wrote.
#[must_use]
pub fn may_be_text(name: &OsStr) -> bool {
    let Some(extension) = Path::new(name).extension().and_then(OsStr::to_str) else { return true };
    NO_TEXT.binary_search(&extension.to_ascii_lowercase().as_str()).is_err()
}

/// What a file of this name is when the user named it.
pub(super) fn of_named(name: &OsStr) -> FileKind {
    match by_name(name) {
        ByName::Kind(kind, _) => kind,
        ByName::Unknown => FileKind::Python,
        ByName::Other => {
            let extension = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
            if CODE.contains(&extension.to_ascii_lowercase().as_str()) { FileKind::Python } else { FileKind::Text }
        }
    }
}

/// Whether a file of this name can be imported.
pub(super) fn is_module(name: &str) -> bool {
    matches!(by_name(OsStr::new(name)), ByName::Kind(FileKind::Python | FileKind::Stub, _))
}

/// How many bytes are read of a file without extension: what Linux reads of a `#!` line.
pub(super) const SHEBANG_LENGTH: usize = 256;

/// Whether a file that starts so is run by Python.
pub(super) fn is_python_shebang(start: &[u8]) -> bool {
    let Some(line) = start.strip_prefix(b"#!") else { return false };
    let line = line.split(|&byte| byte == b'\n' || byte == b'\r').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let mut words = line.split_ascii_whitespace();
    let base = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let Some(mut program) = words.next().map(base) else { return false };
    if program == "env" {
        let Some(next) = words.find(|word| !word.starts_with('-') && !word.contains('=')) else { return false };
        program = base(next);
    }
    if program == "uv" || program == "pipx" {
        return words.next() == Some("run");
    }
    let program = program.strip_suffix(".exe").unwrap_or(&program);
    ["pythonw", "python", "pypy", "ipython"]
        .into_iter()
        .filter_map(|known| program.strip_prefix(known))
        .any(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b't'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind() {
        let kind = |name: &str| by_name(OsStr::new(name));
        assert_eq!(kind("a.py"), ByName::Kind(FileKind::Python, ".py"));
        assert_eq!(kind("A.PYW"), ByName::Kind(FileKind::Python, ".pyw"));
        assert_eq!(kind("a.pyi"), ByName::Kind(FileKind::Stub, ".pyi"));
        assert_eq!(kind("a.b.ipynb"), ByName::Kind(FileKind::Notebook, ".ipynb"));
        assert_eq!(kind("manage"), ByName::Unknown);
        assert_eq!(kind(".py"), ByName::Other);
        assert_eq!(kind(".envrc"), ByName::Other);
        assert_eq!(kind("a.pyc"), ByName::Other);
    }

    #[test]
    fn other_files_may_hold_text() {
        assert!(NO_TEXT.is_sorted());
        let text = |name: &str| may_be_text(OsStr::new(name));
        assert!(text(".env") && text("Dockerfile") && text("values.yaml") && text("a.b") && text(".npmrc"));
        assert!(!text("logo.PNG") && !text("a.tar.gz"));
        assert_eq!(of_named(OsStr::new("app.wsgi")), FileKind::Python);
        assert_eq!(of_named(OsStr::new("prod.env")), FileKind::Text);
    }

    #[test]
    fn first_lines_tell_python_scripts() {
        for line in [
            "#!/usr/bin/env python3",
            "#!/usr/bin/python\nx",
            "#! /usr/local/bin/python3.12 -u\r\n",
            "#!/usr/bin/env -S python3 -I",
            "#!/usr/bin/env PYTHONPATH=. pypy3",
            "#!/usr/bin/env -S uv run --script",
            "#!python",
        ] {
            assert!(is_python_shebang(line.as_bytes()), "{line}");
        }
        for line in [
            "#!/bin/sh",
            "#!/usr/bin/env bash python",
            "#!/usr/bin/pythonic",
            "#!/usr/bin/env",
            "#!",
            "python",
            "#!uv pip",
        ] {
            assert!(!is_python_shebang(line.as_bytes()), "{line}");
        }
    }
}
