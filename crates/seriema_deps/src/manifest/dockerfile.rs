//! What a Dockerfile or Containerfile installs: `RUN pip install …`, `uv pip install`, `python -m pip install`.

use std::ops::Range;

use crate::manifest::copies::Copies;
use crate::manifest::sheet::Sheet;
use crate::manifest::words::{self, Word};
use crate::manifest::{IndexOptionKind, Manifest, ManifestKind, options};

/// Shells within shells (`sh -c "…"`) down to which commands are read.
const MAX_SHELLS: usize = 3;

/// Variables that are options of pip and uv.
const VARIABLES: [(&str, IndexOptionKind); 8] = [
    ("PIP_INDEX_URL", IndexOptionKind::Index),
    ("PIP_EXTRA_INDEX_URL", IndexOptionKind::ExtraIndex),
    ("PIP_TRUSTED_HOST", IndexOptionKind::TrustedHost),
    ("PIP_FIND_LINKS", IndexOptionKind::FindLinks),
    ("UV_INDEX_URL", IndexOptionKind::Index),
    ("UV_DEFAULT_INDEX", IndexOptionKind::Index),
    ("UV_EXTRA_INDEX_URL", IndexOptionKind::PriorIndex),
    ("UV_INSECURE_HOST", IndexOptionKind::TrustedHost),
];

/// An instruction, with places in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its name, in upper case.
    pub name: String,
    /// Where the instruction begins.
    pub start: usize,
    /// What follows the name.
    pub body: Range<usize>,
    /// The documents that it reads: `<<EOF` and what follows.
    pub documents: Vec<Range<usize>>,
}

/// The instructions of a Dockerfile, and its text with comments and the ends of lines that go on as blanks: what their places are
/// places in. `ONBUILD` is no instruction of its own.
#[must_use]
pub fn instructions(text: &str) -> (String, Vec<Instruction>) {
    // A byte order mark is no part of the first instruction; places stay what they are.
    let unmarked = text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let blank = blanked(unmarked.as_deref().unwrap_or(text));
    let mut found = Vec::new();
    let mut lines = blank.split_inclusive('\n');
    let mut start = 0;
    while let Some(line) = lines.next() {
        let (from, end) = (start, start + line.len());
        start = end;
        let mut at = from + (line.len() - line.trim_start().len());
        let mut word = first_word(&blank[at..end]);
        if word.eq_ignore_ascii_case("ONBUILD") {
            at += word.len();
            at += blank[at..end].len() - blank[at..end].trim_start().len();
            word = first_word(&blank[at..end]);
        }
        if word.is_empty() {
            continue;
        }
        let name = word.to_ascii_uppercase();
        let body = at + word.len()..end;
        let ends = if name == "RUN" { heredocs(&blank[body.clone()]) } else { Vec::new() };
        let mut documents = Vec::new();
        for end in ends {
            let from = start;
            for line in lines.by_ref() {
                start += line.len();
                if line.trim() == end {
                    break;
                }
            }
            documents.push(from..start);
        }
        found.push(Instruction { name, start: at, body, documents });
    }
    (blank, found)
}

/// Reads a Dockerfile.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let (blank, instructions) = instructions(text);
    let unmarked = text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let mut sheet = Sheet::new(path, ManifestKind::Dockerfile, unmarked.as_deref().unwrap_or(text));
    let mut copies = Copies::new();
    for Instruction { name, body, documents, .. } in instructions {
        if name == "ENV" || name == "ARG" {
            for word in words::split(&blank, body, true) {
                variable(&mut sheet, &word);
            }
        } else if name == "WORKDIR" {
            copies.work_in(blank[body].trim());
        } else if name == "COPY" || name == "ADD" {
            let words = blank[body].split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']'));
            copies.copy(words.filter(|word| !word.is_empty()));
        } else if name == "RUN" {
            blank[body.clone()].split_whitespace().for_each(|flag| copies.mount(flag));
            let known = sheet.manifest.includes.len();
            run(&mut sheet, &blank, body);
            for document in documents {
                shell(&mut sheet, &blank, document, 0);
            }
            for include in &mut sheet.manifest.includes[known..] {
                if let Some(source) = copies.source(&include.path) {
                    include.path = source;
                }
            }
        }
    }
    sheet.finish()
}

fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}

/// The text with comments and the ends of lines that go on as blanks: places stay what they are.
fn blanked(text: &str) -> String {
    let is_backtick = text.lines().take_while(|line| line.starts_with('#')).any(|line| {
        let directive: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        directive.eq_ignore_ascii_case("#escape=`")
    });
    let escape = if is_backtick { '`' } else { '\\' };
    let mut blank = String::with_capacity(text.len());
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim_end();
        let is_comment = code.trim_start().starts_with('#');
        if is_comment || code.is_empty() {
            // Comments within a command do not end it.
            blank.extend(std::iter::repeat_n(' ', line.trim_end_matches('\n').len()));
            if line.ends_with('\n') {
                blank.push(if goes_on { ' ' } else { '\n' });
            }
            continue;
        }
        goes_on = code.ends_with(escape);
        if goes_on {
            blank.push_str(&code[..code.len() - 1]);
            blank.extend(std::iter::repeat_n(' ', line.len() - code.len() + 1));
        } else {
            blank.push_str(line);
        }
    }
    blank
}

/// The words that end the documents that a command reads: `<<EOF`, `<<-'EOF'`.
fn heredocs(line: &str) -> Vec<String> {
    let word = |part: &str| {
        let part = part.strip_prefix('-').unwrap_or(part).trim_start_matches(['\'', '"']);
        let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
        Some(part[..end].to_owned()).filter(|word| !word.is_empty())
    };
    line.split("<<").skip(1).filter_map(word).collect()
}

/// A `RUN`: flags, then a list of strings or a command of a shell.
fn run(sheet: &mut Sheet<'_>, text: &str, mut body: Range<usize>) {
    loop {
        body.start += text[body.clone()].len() - text[body.clone()].trim_start().len();
        let word = first_word(&text[body.clone()]);
        if !word.starts_with("--") {
            break;
        }
        body.start += word.len();
    }
    let rest = text[body.clone()].trim_end();
    if rest.starts_with('[') && rest.ends_with(']') {
        let list = body.start + 1..body.start + rest.len() - 1;
        // The words of such a list are in quotes with commas between them.
        let mut words = Vec::new();
        for mut word in words::split(text, list, false) {
            let is_last = word.value.ends_with(',');
            if is_last {
                word.value.pop();
                word.range.end -= 1;
            }
            let written = &text[word.range.clone()];
            for piece in pieces(written) {
                let range = word.range.start + piece.start..word.range.start + piece.end;
                let value = text[range.clone()].to_owned();
                words.push(Word { value, inner: Some(range.clone()), range, is_operator: false, is_cut: false });
            }
        }
        command(sheet, text, words, 0);
        return;
    }
    shell(sheet, text, body, 0);
}

/// The strings of `"a","b"`.
fn pieces(written: &str) -> Vec<Range<usize>> {
    let mut quotes = written.match_indices('"').map(|(at, _)| at);
    let mut pieces = Vec::new();
    while let (Some(from), Some(to)) = (quotes.next(), quotes.next()) {
        pieces.push(from + 1..to);
    }
    pieces
}

/// Reads the commands of a shell.
fn shell(sheet: &mut Sheet<'_>, text: &str, part: Range<usize>, depth: usize) {
    let mut one = Vec::new();
    for word in words::split(text, part, true) {
        if word.is_operator {
            command(sheet, text, std::mem::take(&mut one), depth);
        } else {
            one.push(word);
        }
    }
    command(sheet, text, one, depth);
}

/// The last part of a path.
fn base(value: &str) -> &str {
    value.rsplit('/').next().unwrap_or_default()
}

/// Reads one command.
fn command(sheet: &mut Sheet<'_>, text: &str, words: Vec<Word>, depth: usize) {
    for word in &words {
        variable(sheet, word);
    }
    let is_shell = |word: &Word| matches!(base(&word.value), "sh" | "bash" | "ash" | "dash" | "zsh");
    let script = words
        .windows(3)
        .find(|three| is_shell(&three[0]) && three[1].value.starts_with('-') && three[1].value.ends_with('c'));
    if let Some(inner) = script.and_then(|three| three[2].inner.clone()) {
        if depth < MAX_SHELLS {
            shell(sheet, text, inner, depth + 1);
        }
        return;
    }
    let Some(arguments) = arguments(&words) else { return };
    let read = options::read(sheet, words[arguments..].to_vec(), &mut |_| {});
    for word in read.plain {
        if word.value.contains('$') && !word.value.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            sheet.note(word.range.start, "what is installed here is only known when the image is built");
            continue;
        }
        if word.is_cut {
            let message = "what follows the name is read as a redirection, not as a version; put it in quotes";
            sheet.note(word.range.start, message);
        }
        options::requirement(sheet, &word, &mut |dependency| dependency.is_hashed |= read.is_hashed);
    }
}

/// Where the arguments of an installing command begin.
fn arguments(words: &[Word]) -> Option<usize> {
    let is_pip = |value: &str| {
        let version = value.strip_prefix("pip");
        version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
    };
    for (at, word) in words.iter().enumerate() {
        let installs: &[&str] = match base(&word.value) {
            name if is_pip(name) => &["install", "download", "wheel"],
            "pipx" => &["install"],
            "uv" => &["add"],
            _ => continue,
        };
        // Options may stand before the word, some with a value.
        let mut before = words[at + 1..].iter().take(8).enumerate();
        let found = before
            .find(|(_, word)| installs.contains(&word.value.as_str()) || !word.value.starts_with('-') && is_end(word));
        if let Some((skipped, word)) = found
            && installs.contains(&word.value.as_str())
        {
            return Some(at + skipped + 2);
        }
    }
    None
}

/// Whether a word is another command of pip or uv, so that no `install` follows.
fn is_end(word: &Word) -> bool {
    matches!(
        word.value.as_str(),
        "pip"
            | "run"
            | "sync"
            | "tool"
            | "list"
            | "freeze"
            | "show"
            | "uninstall"
            | "config"
            | "cache"
            | "check"
            | "python"
    )
}

/// Reads a word that sets a variable of pip or uv.
fn variable(sheet: &mut Sheet<'_>, word: &Word) {
    let Some((name, value)) = word.value.split_once('=') else { return };
    if let Some((_, kind)) = VARIABLES.iter().find(|(known, _)| *known == name) {
        for one in value.split_whitespace() {
            sheet.option(*kind, one, word.range.clone());
        }
    }
}
