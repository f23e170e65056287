//! Words as a POSIX shell splits them, each with its place.

use std::ops::Range;

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it says, without quotes.
    pub value: String,
    /// Where it stands, in bytes, with its quotes.
    pub range: Range<usize>,
    /// Where its value stands, if it stands there as it is.
    pub inner: Option<Range<usize>>,
    /// Whether it ends a command: `&&`, `;`, `|`, `(`, the end of a line.
    pub is_operator: bool,
    /// Whether a redirection follows without a blank: `name>=1.0` without quotes.
    pub is_cut: bool,
}

/// Splits a part of `text`. In a shell there are operators and redirections; elsewhere these are characters as others.
#[must_use]
pub fn split(text: &str, part: Range<usize>, is_shell: bool) -> Vec<Word> {
    let mut splitter = Splitter { text, end: part.end, at: part.start, words: Vec::new() };
    while splitter.at < splitter.end {
        splitter.step(is_shell);
    }
    splitter.words
}

struct Splitter<'t> {
    text: &'t str,
    end: usize,
    at: usize,
    words: Vec<Word>,
}

impl Splitter<'_> {
    fn peek(&self) -> Option<u8> {
        (self.at < self.end).then(|| self.text.as_bytes()[self.at])
    }

    fn step(&mut self, is_shell: bool) {
        let start = self.at;
        match self.peek() {
            Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')') if is_shell => {
                self.at += 1;
                let value = self.text[start..self.at].to_owned();
                self.words.push(Word { value, range: start..self.at, inner: None, is_operator: true, is_cut: false });
            }
            Some(byte) if byte.is_ascii_whitespace() => self.at += 1,
            Some(b'#') if is_shell => {
                self.at = self.text[start..self.end].find('\n').map_or(self.end, |end| start + end);
            }
            Some(b'<' | b'>') if is_shell => self.redirection(),
            Some(_) => self.word(is_shell),
            None => {}
        }
    }

    /// Steps over `> file`, `2>&1`, `<<EOF`.
    fn redirection(&mut self) {
        let glued = self.at;
        if let Some(word) = self.words.last_mut()
            && word.range.end == glued
            && !word.is_operator
        {
            if word.value.bytes().all(|byte| byte.is_ascii_digit()) {
                self.words.pop();
            } else {
                word.is_cut = self.text[glued..self.end].trim_start_matches(['<', '>']).starts_with('=');
            }
        }
        while matches!(self.peek(), Some(b'<' | b'>' | b'&' | b'|' | b'-')) {
            self.at += 1;
        }
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let words = self.words.len();
        if self
            .peek()
            .is_some_and(|byte| !matches!(byte, b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' | b'#'))
        {
            self.word(true);
        }
        self.words.truncate(words);
    }

    fn word(&mut self, is_shell: bool) {
        let start = self.at;
        let mut value = String::new();
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' => self.quoted(&mut value, b'\''),
                b'"' => self.quoted(&mut value, b'"'),
                b'\\' => {
                    self.at += 1;
                    self.take(&mut value);
                }
                b'`' if is_shell => self.until(&mut value, '`'),
                b'$' if is_shell && self.text[self.at..self.end].starts_with("$(") => self.until(&mut value, ')'),
                b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' if is_shell => break,
                byte if byte.is_ascii_whitespace() => break,
                _ => self.take(&mut value),
            }
        }
        let range = start..self.at;
        let written = &self.text[range.clone()];
        let inner = if written == value {
            Some(range.clone())
        } else if written.len() == value.len() + 2 && written.get(1..written.len() - 1) == Some(&value) {
            Some(start + 1..self.at - 1)
        } else {
            None
        };
        self.words.push(Word { value, range, inner, is_operator: false, is_cut: false });
    }

    /// Takes one character as it is.
    fn take(&mut self, value: &mut String) {
        if let Some(c) = self.text[self.at..self.end].chars().next() {
            value.push(c);
            self.at += c.len_utf8();
        }
    }

    fn quoted(&mut self, value: &mut String, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            if byte == quote {
                self.at += 1;
                return;
            }
            if byte == b'\\'
                && quote == b'"'
                && matches!(self.text.as_bytes().get(self.at + 1), Some(b'"' | b'\\' | b'$'))
            {
                self.at += 1;
            }
            self.take(value);
        }
    }

    /// Takes a command whose output is meant, as it is written.
    fn until(&mut self, value: &mut String, end: char) {
        let rest = &self.text[self.at..self.end];
        let length = rest[1..].find(end).map_or(rest.len(), |found| found + 2);
        value.push_str(&rest[..length]);
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, is_shell: bool) -> Vec<String> {
        split(text, 0..text.len(), is_shell).into_iter().map(|word| word.value).collect()
    }

    #[test]
    fn words_are_those_of_a_shell() {
        assert_eq!(values(r#"a "b c" 'd"e' f\ g"#, true), ["a", "b c", "d\"e", "f g"]);
        assert_eq!(values("a && b;c # d\ne", true), ["a", "&", "&", "b", ";", "c", "\n", "e"]);
        assert_eq!(values("pip install $(cat a b) x", true), ["pip", "install", "$(cat a b)", "x"]);
        assert_eq!(values("a>=1 b 2>&1 >/dev/null c", true), ["a", "b", "c"]);
        assert_eq!(values("--hash=a;b 'c", false), ["--hash=a;b", "c"]);
    }

    #[test]
    fn a_word_knows_where_its_value_stands() {
        let text = "x 'a>=1' a\"b\" a>=2";
        let words = split(text, 0..text.len(), true);
        assert_eq!(words[1].inner, Some(3..7));
        assert_eq!(words[2].inner, None);
        assert!(words[3].is_cut && words[3].value == "a");
        let text = "\u{1f4a5}a''";
        assert_eq!(split(text, 0..text.len(), true)[0].inner, None);
    }
}
