//! Python's text encodings: which one a file declares, what its names mean, and how its bytes are read.

use std::sync::LazyLock;

use encoding_rs::Encoding;
use regex::bytes::Regex;

use super::{DecodeError, line_of};

/// An encoding that Python knows and that source files are read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingName {
    /// UTF-8, with or without byte order mark.
    Utf8,
    /// Seven bits; anything above is an error, as it is in Python.
    Ascii,
    /// Latin-1: every byte is the code point of its number. Not the web's reading of the name as windows-1252.
    Latin1,
    /// A code page that agrees with ASCII below 0x80 and is read only as far as that.
    AsciiPart(&'static str),
    /// One of the encodings of the WHATWG standard, <https://encoding.spec.whatwg.org/>.
    Web(&'static Encoding),
}

impl EncodingName {
    /// The encoding's usual name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "US-ASCII",
            Self::Latin1 => "ISO-8859-1",
            Self::AsciiPart(name) => name,
            Self::Web(encoding) => encoding.name(),
        }
    }
}

/// DOS and similar code pages without a decoder here. What they share is ASCII, and most files that declare one of
/// them hold nothing else.
const ASCII_PARTS: &[(&str, &[&str])] = &[
    ("cp437", &["437", "ibm437"]),
    ("cp737", &[]),
    ("cp775", &["775", "ibm775"]),
    ("cp850", &["850", "ibm850"]),
    ("cp852", &["852", "ibm852"]),
    ("cp855", &["855", "ibm855"]),
    ("cp857", &["857", "ibm857"]),
    ("cp858", &["858", "ibm858"]),
    ("cp860", &["860", "ibm860"]),
    ("cp861", &["861", "ibm861", "cpis"]),
    ("cp862", &["862", "ibm862"]),
    ("cp863", &["863", "ibm863"]),
    ("cp865", &["865", "ibm865"]),
    ("cp869", &["869", "ibm869", "cpgr"]),
    ("cp1125", &["1125", "ibm1125", "cp866u", "ruscii"]),
    ("koi8t", &[]),
    ("kz1048", &["rk1048", "strk10482002"]),
    ("maccroatian", &[]),
    ("macgreek", &[]),
    ("maciceland", &[]),
    ("maclatin2", &["maccentraleurope", "maccenteuro"]),
    ("macromanian", &[]),
    ("macturkish", &[]),
    ("ptcp154", &["csptcp154", "pt154", "cp154", "cyrillicasian"]),
    ("hproman8", &["roman8", "r8", "cp1051", "ibm1051"]),
    ("eucjis2004", &["jisx0213"]),
    ("eucjisx0213", &[]),
    ("johab", &["cp1361", "ms1361"]),
];

/// Names of Python's codecs, letters and digits only, and the WHATWG label that means the same characters. Labels
/// that are the same without punctuation need no row.
const LABELS: &[(&[&str], &str)] = &[
    (&["big5tw", "xmactradchinese", "big5hkscs", "hkscs", "cp950", "950", "ms950"], "big5"),
    (&["cp1250", "1250"], "windows-1250"),
    (&["cp1251", "1251"], "windows-1251"),
    (&["cp1252", "1252"], "windows-1252"),
    (&["cp1253", "1253"], "windows-1253"),
    (&["cp1254", "1254", "isoir148"], "windows-1254"),
    (&["cp1255", "1255"], "windows-1255"),
    (&["cp1256", "1256"], "windows-1256"),
    (&["cp1257", "1257"], "windows-1257"),
    (&["cp1258", "1258"], "windows-1258"),
    (&["cp866", "866", "ibm866"], "ibm866"),
    (&["cp932", "932", "ms932", "mskanji", "shiftjis", "csshiftjis", "sjis", "xmacjapanese"], "shift_jis"),
    (&["cp949", "949", "ms949", "uhc", "euckr", "korean", "ksc5601", "ksc56011987", "ksx1001"], "euc-kr"),
    (&["eucjp", "ujis"], "euc-jp"),
    (
        &[
            "gb2312",
            "chinese",
            "euccn",
            "eucgb2312cn",
            "gb23121980",
            "gb231280",
            "isoir58",
            "gbk",
            "936",
            "cp936",
            "ms936",
        ],
        "gbk",
    ),
    (&["gb18030", "gb180302000"], "gb18030"),
    (&["iso2022jp", "csiso2022jp"], "iso-2022-jp"),
    (&["iso88592", "iso885921987", "isoir101", "latin2", "l2"], "iso-8859-2"),
    (&["iso88593", "iso885931988", "isoir109", "latin3", "l3"], "iso-8859-3"),
    (&["iso88594", "iso885941988", "isoir110", "latin4", "l4"], "iso-8859-4"),
    (&["iso88595", "iso885951988", "isoir144", "cyrillic"], "iso-8859-5"),
    (&["iso88596", "iso885961987", "isoir127", "arabic", "asmo708", "ecma114"], "iso-8859-6"),
    (&["iso88597", "iso885971987", "isoir126", "greek", "greek8", "elot928", "ecma118"], "iso-8859-7"),
    (&["iso88598", "iso885981988", "isoir138", "hebrew"], "iso-8859-8"),
    (&["iso88599", "iso885991989", "latin5", "l5"], "windows-1254"),
    (&["iso885910", "iso8859101992", "isoir157", "latin6", "l6"], "iso-8859-10"),
    (&["iso885911", "iso8859112001", "thai", "tis620", "tis6200", "cp874", "isoir166"], "windows-874"),
    (&["iso885913", "latin7", "l7"], "iso-8859-13"),
    (&["iso885914", "iso8859141998", "isoceltic", "isoir199", "latin8", "l8"], "iso-8859-14"),
    (&["iso885915", "latin9", "l9"], "iso-8859-15"),
    (&["iso885916", "iso8859162001", "isoir226", "latin10", "l10"], "iso-8859-16"),
    (&["koi8r", "cskoi8r"], "koi8-r"),
    (&["koi8u"], "koi8-u"),
    (&["macroman", "macintosh"], "macintosh"),
    (&["maccyrillic"], "x-mac-cyrillic"),
];

/// The encoding that a codec name means to Python. Case and punctuation do not count, and what editors append to the
/// two commonest names (`utf-8-unix`, `latin-1-dos`) is dropped as Python's tokenizer drops it. Absent for names that
/// Python does not know and for codecs that are not of use in source (`rot13`, `utf-7`, `unicode_escape`, UTF-16).
#[must_use]
pub fn python_encoding(name: &str) -> Option<EncodingName> {
    let dashed = name.to_ascii_lowercase().replace('_', "-");
    let is = |plain: &str| dashed == plain || dashed.strip_prefix(plain).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") {
        return Some(EncodingName::Utf8);
    }
    if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is) {
        return Some(EncodingName::Latin1);
    }
    let plain: String = dashed.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.as_str() {
        "utf8" | "u8" | "utf" | "utf8ucs2" | "utf8ucs4" | "cp65001" | "utf8sig" => return Some(EncodingName::Utf8),
        "ascii" | "usascii" | "us" | "646" | "ansix341968" | "ansix341986" | "cp367" | "csascii" | "ibm367"
        | "iso646us" | "iso646irv1991" | "isoir6" => return Some(EncodingName::Ascii),
        "latin1" | "latin" | "l1" | "8859" | "cp819" | "ibm819" | "csisolatin1" | "iso8859" | "iso88591"
        | "iso885911987" | "isoir100" => return Some(EncodingName::Latin1),
        _ => {}
    }
    if let Some((name, _)) =
        ASCII_PARTS.iter().find(|(name, others)| *name == plain || others.contains(&plain.as_str()))
    {
        return Some(EncodingName::AsciiPart(name));
    }
    let label =
        LABELS.iter().find(|(names, _)| names.contains(&plain.as_str())).map_or(dashed.as_str(), |(_, label)| *label);
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    let is_text = encoding.is_ascii_compatible() || encoding == encoding_rs::ISO_2022_JP;
    (is_text && encoding != encoding_rs::X_USER_DEFINED).then_some(EncodingName::Web(encoding))
}

/// What the file says of its encoding.
pub(super) struct Declaration<'a> {
    /// The name as written.
    pub(super) name: &'a str,
    /// The line it stands on: 1 or 2.
    pub(super) line: u32,
}

/// The PEP 263 declaration in the first two lines. One in the second counts only below a comment or blank line.
pub(super) fn declared(bytes: &[u8]) -> Option<Declaration<'_>> {
    // The two patterns of the PEP, <https://peps.python.org/pep-0263/#defining-the-encoding>.
    static COOKIE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[ \t\x0c]*#[^\n\r]*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)").ok());
    let mut rest = bytes;
    for line in 1..=2 {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (text, tail) = rest.split_at_checked(end)?;
        let first = text.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\x0c'));
        match first.and_then(|at| text.get(at)) {
            Some(b'#') => {
                // The cheap look first: most files have a comment here and no declaration.
                if memchr::memmem::find(text, b"coding").is_some()
                    && let Some(found) = COOKIE.as_ref().and_then(|cookie| cookie.captures(text))
                {
                    let name = std::str::from_utf8(found.get(1)?.as_bytes()).ok()?;
                    return Some(Declaration { name, line });
                }
            }
            Some(_) => return None,
            None => {}
        }
        rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..))?;
    }
    None
}

/// The bytes as text in `encoding`.
pub(super) fn decode(encoding: EncodingName, bytes: &[u8]) -> Result<String, DecodeError> {
    match encoding {
        EncodingName::Latin1 => Ok(encoding_rs::mem::decode_latin1(bytes).into_owned()),
        EncodingName::Ascii | EncodingName::AsciiPart(_) | EncodingName::Utf8 => ascii(encoding, bytes),
        EncodingName::Web(web) => match web.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => Ok(text.into_owned()),
            None => {
                let lossy = web.decode_without_bom_handling(bytes).0.into_owned();
                let at = memchr::memmem::find(lossy.as_bytes(), "\u{fffd}".as_bytes()).unwrap_or(0);
                let line = line_of(lossy.as_bytes(), at);
                let message = format!(
                    "not valid {name} at line {line}, though the file declares it; correct the declaration or save as \
                     UTF-8",
                    name = web.name()
                );
                Err(DecodeError { line, message, lossy })
            }
        },
    }
}

fn ascii(encoding: EncodingName, bytes: &[u8]) -> Result<String, DecodeError> {
    let at = Encoding::ascii_valid_up_to(bytes);
    let Some(&byte) = bytes.get(at) else {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    };
    let line = line_of(bytes, at);
    let name = encoding.as_str();
    let message = match encoding {
        EncodingName::AsciiPart(_) => format!(
            "byte 0x{byte:02x} at line {line} is not ASCII, and of the declared encoding `{name}` only that part is \
             read; save as UTF-8"
        ),
        _ => format!(
            "not valid {name} at line {line}, byte 0x{byte:02x}, though the file declares it; declare the encoding \
             it is in (PEP 263) or save as UTF-8"
        ),
    };
    let lossy = bytes.iter().map(|&b| if b.is_ascii() { char::from(b) } else { '\u{fffd}' }).collect();
    Err(DecodeError { line, message, lossy })
}

/// Whether the bytes are UTF-16 or UTF-32, told by the mark or, without one, by NULs beside ASCII in the first two
/// characters. Python reads neither as source.
pub(super) fn utf16(bytes: &[u8]) -> Option<DecodeError> {
    let (name, encoding) = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => ("UTF-32", None),
        [0xff, 0xfe, ..] => ("UTF-16", Some(encoding_rs::UTF_16LE)),
        [0xfe, 0xff, ..] => ("UTF-16", Some(encoding_rs::UTF_16BE)),
        [1..=255, 0, 1..=255, 0, ..] => ("UTF-16", Some(encoding_rs::UTF_16LE)),
        [0, 1..=255, 0, 1..=255, ..] => ("UTF-16", Some(encoding_rs::UTF_16BE)),
        _ => return None,
    };
    let lossy = encoding.map(|encoding| encoding.decode_with_bom_removal(bytes).0.replace('\0', " "));
    let message = format!("the file is {name}, which Python does not read as source; save as UTF-8");
    Some(DecodeError { line: 1, message, lossy: lossy.unwrap_or_default() })
}
