use proptest::prelude::*;

use super::*;

fn decoded(bytes: &[u8]) -> DecodedText {
    decode_python(bytes.to_vec()).unwrap()
}

fn refused(bytes: &[u8]) -> DecodeError {
    decode_python(bytes.to_vec()).unwrap_err()
}

#[test]
fn utf8_is_the_default_and_its_mark_is_dropped() {
    let plain = decoded("x = 'é'\r\n\x0cy = 1\rz".as_bytes());
    assert_eq!(plain, DecodedText { text: "x = 'é'\r\n\x0cy = 1\rz".into(), encoding: "UTF-8", had_bom: false });
    let marked = decoded(b"\xef\xbb\xbfx = 1\n");
    assert_eq!(marked, DecodedText { text: "x = 1\n".into(), encoding: "UTF-8", had_bom: true });
}

#[test]
fn valid_utf8_is_not_copied() {
    let bytes = b"x = 1\n".to_vec();
    let before = bytes.as_ptr();
    assert_eq!(decode_python(bytes).unwrap().text.as_ptr(), before);
}

#[test]
fn the_declaration_in_the_first_two_lines_decides() {
    assert_eq!(decoded(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n").text, "# -*- coding: latin-1 -*-\nx = 'é'\n");
    assert_eq!(decoded(b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'\n").encoding, "windows-1252");
    assert_eq!(decoded(b"\n# coding: koi8-r\n'\xc1'\n").text, "\n# coding: koi8-r\n'а'\n");
    assert_eq!(decoded(b"# coding=euc_jp\r\n'\xa4\xa2'").text, "# coding=euc_jp\r\n'あ'");
    assert_eq!(decoded(b"# coding: iso-8859-15\n'\xa4'").text, "# coding: iso-8859-15\n'€'");
    assert_eq!(decoded(b"# coding: utf-8-sig\n'\xc3\xa9'").encoding, "UTF-8");
    assert_eq!(decoded(b"# coding: utf_8-unix\n").encoding, "UTF-8");
    // C1 controls are what Latin-1 has where windows-1252 has typographic quotes.
    assert_eq!(decoded(b"# coding: latin_1\n'\x93'").text, "# coding: latin_1\n'\u{93}'");
}

#[test]
fn a_declaration_elsewhere_does_not_count() {
    for text in [
        &b"x = 1\n# coding: latin-1\n'\xe9'\n"[..],
        b"#\n#\n# coding: latin-1\n'\xe9'\n",
        b"'coding: latin-1'\n'\xe9'\n",
        b"# coding : latin-1\n'\xe9'\n",
        b"x = 1 # coding: latin-1\n'\xe9'\n",
    ] {
        assert!(refused(text).message.contains("declare the encoding"), "{text:?}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_placed_and_the_rest_is_offered() {
    let error = refused(b"a = 1\r\nb = 2\rc = '\xe9'\n");
    assert_eq!(error.line, 3);
    assert_eq!(error.message, "not valid UTF-8 at line 3, byte 0xe9; declare the encoding (PEP 263) or save as UTF-8");
    assert_eq!(error.lossy, "a = 1\r\nb = 2\rc = '\u{fffd}'\n");
}

#[test]
fn declarations_that_do_not_hold_are_named() {
    let ascii = refused(b"# coding: ascii\n\nx = '\xc3\xa9'\n");
    assert_eq!((ascii.line, ascii.lossy.contains('\u{fffd}')), (3, true));
    let unknown = refused(b"# coding: utf-9\nx = 1\n");
    assert_eq!(
        unknown.message,
        "the file declares the encoding `utf-9`, which is not read; correct the declaration (PEP 263) or save as UTF-8"
    );
    assert_eq!(unknown.lossy, "# coding: utf-9\nx = 1\n");
    let broken = refused(b"# coding: euc-jp\nx = '\xa4'\n");
    assert!(broken.message.starts_with("not valid EUC-JP at line 2"), "{}", broken.message);
    let both = refused(b"\xef\xbb\xbf# coding: latin-1\n");
    assert!(both.message.contains("byte order mark"));
    let dos = refused(b"# coding: cp437\nx = '\x82'\n");
    assert!(dos.message.contains("only that part is read"));
    assert_eq!(decoded(b"# coding: cp437\nx = 1\n").encoding, "cp437");
}

#[test]
fn codecs_that_hide_code_are_not_text() {
    for name in ["rot13", "utf-7", "unicode_escape", "utf-16", "utf_16_le", "replacement", "hz", "x-user-defined"] {
        assert_eq!(python_encoding(name), None, "{name}");
    }
}

#[test]
fn utf16_and_nul_bytes_are_diagnosed() {
    let utf16: Vec<u8> = "\u{feff}import os\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(refused(&utf16).message.contains("UTF-16"));
    assert_eq!(refused(&utf16).lossy, "import os\n");
    assert_eq!(refused(&utf16[2..]).lossy, "import os\n");
    assert!(refused(b"\xff\xfe\0\0x\0\0\0").message.contains("UTF-32"));
    let nul = refused(b"x = 1\ny = '\0'\n");
    assert_eq!((nul.line, nul.lossy.as_str()), (2, "x = 1\ny = ' '\n"));
}

#[test]
fn only_regular_files_of_bounded_size_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.py");
    std::fs::write(&file, "x = 1\n").unwrap();
    assert_eq!(read_bytes(&file, 6).unwrap(), b"x = 1\n");
    assert!(matches!(read_bytes(&file, 5), Err(ReadError::TooLarge { size: 6, limit: 5 })));
    assert!(matches!(read_bytes(dir.path(), 5), Err(ReadError::Directory)));
    assert!(matches!(read_bytes(&dir.path().join("b.py"), 5), Err(ReadError::Missing(_))));
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_looping_links_are_refused_without_opening_them() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.py");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(matches!(read_bytes(&pipe, 100), Err(ReadError::NotRegular)));
    assert!(matches!(read_bytes(Path::new("/dev/zero"), 100), Err(ReadError::NotRegular)));
    let link = dir.path().join("loop.py");
    std::os::unix::fs::symlink(&link, &link).unwrap();
    let error = read_bytes(&link, 100).unwrap_err();
    assert!(matches!(error, ReadError::Loop(_)), "{error}");
    assert_eq!(error.kind(), DiagnosticKind::Loop);
    let dangling = dir.path().join("dangling.py");
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    assert!(matches!(read_bytes(&dangling, 100), Err(ReadError::Missing(_))));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_text_or_an_error_with_a_line(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        match decode_python(bytes) {
            Ok(decoded) => prop_assert!(!decoded.text.contains('\0')),
            Err(error) => {
                prop_assert!(error.line >= 1);
                prop_assert!(!error.lossy.contains('\0'));
            }
        }
    }

    #[test]
    fn arbitrary_declarations_do_not_panic(
        before in "[#\\s]{0,4}",
        name in "(utf|latin|iso|cp|koi|euc|mac|big|gb)?[-_a-z0-9.]{0,10}",
        after in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut bytes = format!("{before}# coding: {name}\n").into_bytes();
        bytes.extend(after);
        let _ = decode_python(bytes);
    }
}
