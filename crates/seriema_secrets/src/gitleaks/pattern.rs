//! Regular expressions of other languages, made into those of the `regex` crate.
//!
//! Go's are nearly the same, Python's are if they need no backtracking. What differs is rewritten rather than hoped for:
//! `\d`, `\w`, `\s` and `\b` are ASCII in Go and Unicode here; `{{` and `[[]` are plain characters there and errors here;
//! `&&` in a class is an operator here; `\<` is a word's beginning here.
//!
//! Errors never quote a pattern: patterns of allowlists hold secrets.

use std::iter::Peekable;
use std::str::CharIndices;

use regex::bytes::{Regex, RegexBuilder};

/// Most memory that one regex may take, in bytes.
const MAX_REGEX: usize = 4 << 20;
/// Most bytes of one pattern.
const MAX_PATTERN: usize = 64 << 10;
/// Most digits of a number of repetitions.
const MAX_DIGITS: usize = 6;

/// Whose rules a pattern follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Go's `regexp`, which is RE2.
    Go,
    /// Python's `re`.
    Python,
}

/// Compiles a pattern: it is searched for, as `MatchString` and `re.search` do.
///
/// # Errors
/// When it is malformed, needs backtracking, or would grow too large: why.
pub(crate) fn compile(pattern: &str, dialect: Dialect) -> Result<Regex, String> {
    let translated = translate(pattern, dialect)?;
    RegexBuilder::new(&translated).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).build().map_err(|error| why(&error))
}

fn why(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(limit) => format!("the regex takes more than {} MiB", limit >> 20),
        // The message shows the pattern; its last line says what is wrong.
        _ => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("no regex: {last}")
        }
    }
}

/// A pattern in the syntax of the `regex` crate, for `regex::bytes` with Unicode on.
///
/// # Errors
/// When it is malformed or cannot be expressed: why.
pub(crate) fn translate(pattern: &str, dialect: Dialect) -> Result<String, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("the regex has more than {} KiB", MAX_PATTERN >> 10));
    }
    let mut reader = Reader { rest: pattern.char_indices().peekable(), pattern, dialect, out: String::new() };
    reader.all()?;
    Ok(reader.out)
}

struct Reader<'p> {
    rest: Peekable<CharIndices<'p>>,
    pattern: &'p str,
    dialect: Dialect,
    out: String,
}

/// What an escape stands for.
enum Escape {
    One(char),
    /// In the `regex` crate's syntax, for outside and for inside of a class.
    Many(String, String),
}

impl<'p> Reader<'p> {
    fn all(&mut self) -> Result<(), String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => match self.escape(false)? {
                    Escape::One(c) => literal(c, &mut self.out),
                    Escape::Many(outside, _) => self.out.push_str(&outside),
                },
                '[' => self.class()?,
                '{' => self.brace(),
                '(' => self.group()?,
                _ => self.out.push(c),
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        self.rest.next().map(|(_, c)| c)
    }

    /// The pattern that is not read yet.
    fn tail(&mut self) -> &'p str {
        let at = self.rest.peek().map_or(self.pattern.len(), |(at, _)| *at);
        &self.pattern[at..]
    }

    fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.rest.next();
        }
    }

    /// After `{`: how often, or a plain brace.
    fn brace(&mut self) {
        let tail = self.tail();
        let inside = tail.split_once('}').map(|(inside, _)| inside);
        let is_number = |text: &str| (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let counts = inside.and_then(|inside| match inside.split_once(',') {
            None => is_number(inside).then(|| inside.to_owned()),
            Some(("", most)) if self.dialect == Dialect::Python => is_number(most).then(|| format!("0,{most}")),
            Some((least, most)) => {
                (is_number(least) && (most.is_empty() || is_number(most))).then(|| inside.to_owned())
            }
        });
        match (counts, inside) {
            (Some(counts), Some(inside)) => {
                self.out.push_str(&format!("{{{counts}}}"));
                self.skip(inside.len() + 1);
            }
            _ => literal('{', &mut self.out),
        }
    }

    /// After `(`.
    fn group(&mut self) -> Result<(), String> {
        let tail = self.tail();
        let Some(kind) = tail.strip_prefix('?') else {
            self.out.push('(');
            return Ok(());
        };
        if kind.starts_with(['=', '!']) || kind.starts_with("<=") || kind.starts_with("<!") {
            return Err("look-around is not supported".to_owned());
        }
        if self.dialect == Dialect::Python {
            if kind.starts_with("P=") || kind.starts_with('(') {
                return Err("back references are not supported".to_owned());
            }
            if kind.starts_with('>') {
                return Err("atomic groups are not supported".to_owned());
            }
            if kind.starts_with('#') {
                let end = tail.find(')').ok_or("a comment is not closed")?;
                self.skip(tail[..=end].chars().count());
                return Ok(());
            }
        }
        if kind.starts_with(['<', 'P']) {
            self.out.push_str("(?");
            self.skip(1);
            return Ok(());
        }
        let end = kind.find([')', ':']).ok_or("a group is not closed")?;
        let allowed = if self.dialect == Dialect::Go { "imsU-" } else { "aiLmsux-" };
        if !kind[..end].chars().all(|c| allowed.contains(c)) {
            return Err("a group has flags that there are not".to_owned());
        }
        let flags: String = match self.dialect {
            Dialect::Go => kind[..end].to_owned(),
            // Python's `a`, `L` and `u` say what a character is: it is Unicode here.
            Dialect::Python => kind[..end].chars().filter(|c| !"aLu".contains(*c)).collect(),
        };
        let is_scoped = kind[end..].starts_with(':');
        if is_scoped || !flags.trim_matches('-').is_empty() {
            self.out.push_str(&format!("(?{flags}{}", if is_scoped { ':' } else { ')' }));
        }
        // `?`, the flags, and what closes them.
        self.skip(end + 2);
        Ok(())
    }

    /// After `\`.
    fn escape(&mut self, in_class: bool) -> Result<Escape, String> {
        let tail = self.tail();
        let c = self.next().ok_or("it ends with a backslash")?;
        let many = |outside: &str, inside: &str| Ok(Escape::Many(outside.to_owned(), inside.to_owned()));
        if self.dialect == Dialect::Go {
            match c {
                'd' => return many("[0-9]", "0-9"),
                'D' => return many("[^0-9]", "[^0-9]"),
                'w' => return many("[0-9A-Za-z_]", "0-9A-Za-z_"),
                'W' => return many("[^0-9A-Za-z_]", "[^0-9A-Za-z_]"),
                's' => return many(r"[\t\n\f\r ]", r"\t\n\f\r "),
                'S' => return many(r"[^\t\n\f\r ]", r"[^\t\n\f\r ]"),
                'b' if !in_class => return many(r"(?-u:\b)", ""),
                'B' if !in_class => return many(r"(?-u:\B)", ""),
                'A' | 'z' if !in_class => return many(&format!("\\{c}"), ""),
                'Q' => return Ok(self.quoted()),
                'p' | 'P' => return self.property(c),
                _ => {}
            }
        } else {
            match c {
                'd' | 'D' | 'w' | 'W' | 's' | 'S' => return many(&format!("\\{c}"), &format!("\\{c}")),
                'b' if in_class => return Ok(Escape::One('\u{8}')),
                'b' | 'B' | 'A' if !in_class => return many(&format!("\\{c}"), ""),
                'Z' if !in_class => return many(r"\z", ""),
                'u' => return self.hex(4).map(Escape::One),
                'U' => return self.hex(8).map(Escape::One),
                _ => {}
            }
        }
        match c {
            'a' => Ok(Escape::One('\u{7}')),
            'f' => Ok(Escape::One('\u{c}')),
            'n' => Ok(Escape::One('\n')),
            'r' => Ok(Escape::One('\r')),
            't' => Ok(Escape::One('\t')),
            'v' => Ok(Escape::One('\u{b}')),
            'x' => match tail[1..].strip_prefix('{') {
                Some(rest) if self.dialect == Dialect::Go => {
                    let (digits, _) = rest.split_once('}').ok_or("`\\x{` is not closed")?;
                    let c = code(digits)?;
                    self.skip(digits.len() + 2);
                    Ok(Escape::One(c))
                }
                _ => self.hex(2).map(Escape::One),
            },
            '0'..='9' => self.octal(tail, in_class).map(Escape::One),
            _ if c.is_ascii_alphanumeric() => Err(format!("there is no escape `\\{c}`")),
            _ => Ok(Escape::One(c)),
        }
    }

    /// After `\Q`: what stands until `\E`, as it is.
    fn quoted(&mut self) -> Escape {
        let tail = self.tail();
        let (text, closed) = tail.split_once("\\E").map_or((tail, 0), |(text, _)| (text, 2));
        self.skip(text.chars().count() + closed);
        let mut out = String::new();
        text.chars().for_each(|c| literal(c, &mut out));
        Escape::Many(out.clone(), out)
    }

    /// After `\p` or `\P`: `L`, `{Greek}`, `{^Greek}`.
    fn property(&mut self, letter: char) -> Result<Escape, String> {
        let tail = self.tail();
        let name = match tail.strip_prefix('{') {
            Some(rest) => rest.split_once('}').map(|(name, _)| name).ok_or("`\\p{` is not closed")?,
            None => tail.get(..1).ok_or("`\\p` without a name")?,
        };
        self.skip(if tail.starts_with('{') { name.chars().count() + 2 } else { 1 });
        let (name, is_not) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err("`\\p` without a name".to_owned());
        }
        let letter = if is_not == (letter == 'P') { 'p' } else { 'P' };
        let text = format!("\\{letter}{{{name}}}");
        Ok(Escape::Many(text.clone(), text))
    }

    fn hex(&mut self, count: usize) -> Result<char, String> {
        let digits = self.tail().get(..count).ok_or("too few hexadecimal digits")?;
        let c = code(digits)?;
        self.skip(count);
        Ok(c)
    }

    /// At a digit that was read already, the first of `tail`.
    fn octal(&mut self, tail: &str, in_class: bool) -> Result<char, String> {
        let count = tail.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
        let is_octal = match self.dialect {
            _ if tail.starts_with('0') => true,
            Dialect::Go => count > 1,
            Dialect::Python => count == 3 || (in_class && count > 0),
        };
        if !is_octal {
            return Err("back references are not supported".to_owned());
        }
        self.skip(count - 1);
        let value = u32::from_str_radix(&tail[..count], 8).ok();
        value.and_then(char::from_u32).ok_or_else(|| "no character".to_owned())
    }

    /// After `[`.
    fn class(&mut self) -> Result<(), String> {
        let mut out = String::from("[");
        if self.tail().starts_with('^') {
            self.skip(1);
            out.push('^');
        }
        let mut is_first = true;
        loop {
            let tail = self.tail();
            let c = self.next().ok_or("a class is not closed")?;
            if c == ']' && !is_first {
                break;
            }
            is_first = false;
            if c == '['
                && self.dialect == Dialect::Go
                && let Some((name, _)) = tail.strip_prefix("[:").and_then(|rest| rest.split_once(":]"))
            {
                self.skip(name.chars().count() + 3);
                let plain = name.strip_prefix('^').unwrap_or(name);
                if !plain.bytes().all(|byte| byte.is_ascii_lowercase()) {
                    return Err("no class of this name".to_owned());
                }
                out.push_str(&format!("[:{name}:]"));
                continue;
            }
            let low = match c {
                '\\' => match self.escape(true)? {
                    Escape::One(c) => c,
                    Escape::Many(_, inside) => {
                        out.push_str(&inside);
                        continue;
                    }
                },
                _ => c,
            };
            literal(low, &mut out);
            let tail = self.tail();
            if tail.starts_with('-') && !tail[1..].starts_with(']') && tail.len() > 1 {
                self.skip(1);
                let high = match self.next().ok_or("a class is not closed")? {
                    '\\' => match self.escape(true)? {
                        Escape::One(c) => c,
                        Escape::Many(..) => return Err("a range ends with a class".to_owned()),
                    },
                    c => c,
                };
                out.push('-');
                literal(high, &mut out);
            }
        }
        out.push(']');
        self.out.push_str(&out);
        Ok(())
    }
}

fn code(digits: &str) -> Result<char, String> {
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    value.and_then(char::from_u32).ok_or_else(|| "no character".to_owned())
}

/// A character that stands for itself, inside and outside of classes, also where blanks do not count.
fn literal(c: char, out: &mut String) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(pattern: &str, text: &str) -> bool {
        compile(pattern, Dialect::Go).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text.as_bytes())
    }

    fn python(pattern: &str, text: &str) -> bool {
        compile(pattern, Dialect::Python).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text.as_bytes())
    }

    #[test]
    fn braces_and_brackets_that_mean_nothing_are_plain() {
        assert!(go(r"^\${", "${HOME}") && go("{{.*}}", "{{ x }}") && go("a{,2}", "a{,2}") && go("^[[]$", "["));
        assert!(go("^[]a]+$", "]a]") && go("^[a&&b]+$", "&b&") && go("^[^]]$", "x") && go("^[+--]+$", "-,+"));
        assert!(go("^a{2}$", "aa") && go("^a{2,}$", "aaa") && !go("^a{2,3}$", "aaaa"));
        assert!(python("^a{,2}$", "aa") && python("x{", "x{") && python("^[[]$", "["));
    }

    #[test]
    fn go_means_ascii() {
        assert!(!go(r"^\w$", "é") && go(r"^\W$", "é") && !go(r"^\d$", "٣") && go(r"\bx\b", "éxé"));
        assert!(python(r"^\w$", "é") && !python(r"\bx\b", "éxé"));
        assert!(go(r"^[\w.-]+$", "a.b-c") && go(r"^[\w-.]+$", "a-.") && go(r"^[^\s]$", "é") && go(r"^[\D]$", "x"));
    }

    #[test]
    fn rules_as_gitleaks_writes_them_find_what_they_should() {
        let named = r#"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([a-f0-9]{8})(?:[\x60'"\s;]|\\[nr]|$)"#;
        assert!(go(named, "ACME_key := `0123abcd`") && go(named, r"acme=0123abcd\n") && !go(named, "acme=0123abcdé"));
        assert!(go(r"\b((?:A3T[A-Z0-9]|AK|AS)[A-Z2-7]{4})\b", "x=AKABCD;") && !go(r"\b(AK[A-Z2-7]{4})\b", "AKABCDE"));
        assert!(go(r"(?i)\bkind:[ \t]*[\x27]?\bsecret\b(?s:.){0,9}?\bdata:(?-i:X)", "Kind: Secret\n\n data:X"));
        assert!(go(
            r"(?i)-----BEGIN[ A-Z0-9_-]{0,100}KEY(?: BLOCK)?-----[\s\S-]{4,}?KEY(?: BLOCK)?-----",
            "-----BEGIN A KEY-----abcd KEY-----"
        ));
    }

    #[test]
    fn escapes_are_taken_over() {
        assert!(go(r"^\<\>\_\-\/\@\ $", "<>_-/@ ") && go(r"^\Qa.b{\E.$", "a.b{!") && go(r"\x41\x{42}\103", "ABC"));
        assert!(go(r"^[\Q.-\E]+$", "-.") && go(r"^\pL\p{Greek}\P{Greek}\p{^Greek}$", "aαbc") && go(r"\0", "\0"));
        assert!(python(r"^\u0041\x42\Z", "AB") && python(r"^[\b]$", "\u{8}") && python(r"^\<$", "<"));
        assert!(
            go("(?i)^straße$", "STRAßE") && go("(?P<n>a)(?<m>b)", "ab") && go("(?i:A)b", "ab") && go("(?s)a.b", "a\nb")
        );
        assert!(go("^[[:alpha:]]+[[:^digit:]]$", "ab") && python("(?#no)a(?aiu)B", "aB") && python("(?i:A)", "a"));
    }

    #[test]
    fn what_cannot_be_done_is_said_without_the_pattern() {
        let hidden = "hunter2";
        let all = [
            "(?=hunter2)",
            "(?<!hunter2)",
            r"(hunter2)\1",
            "(hunter2",
            "hunter2[",
            r"hunter2\",
            "hunter2**(",
            "[z-ahunter2]",
            r"\C hunter2",
            "(?z)hunter2",
            r"\p{hunter2",
            "(?Phunter2)",
            "hunter2{99999}{99999}",
            r"[a-\d]hunter2",
            r"\p",
            "[[:hunter2:]]",
            r"\x{110000}hunter2",
            r"\xé",
            "a{1000}{1000}{1000}hunter2",
        ];
        for pattern in all {
            for dialect in [Dialect::Go, Dialect::Python] {
                if let Err(error) = compile(pattern, dialect) {
                    assert!(!error.contains(hidden), "{error}");
                    assert!(!error.is_empty() && !error.contains('\n'), "{error}");
                } else {
                    assert!(
                        matches!(pattern, "hunter2**(" | r"\p{hunter2" | "[[:hunter2:]]" if dialect == Dialect::Python),
                        "{pattern}"
                    );
                }
            }
        }
        for pattern in ["(?P=n)", "(?>a)", r"\N{DASH}", "(?(1)a)", "(?#"] {
            assert!(compile(pattern, Dialect::Python).is_err(), "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_survived(pattern in r"[\\\[\]{}()?^$|*+.,:<>=!#a-zA-Z0-9é\-]{0,40}") {
            for dialect in [Dialect::Go, Dialect::Python] {
                drop(compile(&pattern, dialect));
            }
        }

        #[test]
        fn what_is_quoted_finds_itself(text in "\\PC{1,20}") {
            let pattern = format!("^\\Q{}\\E$", text.replace("\\E", ""));
            let regex = compile(&pattern, Dialect::Go).expect("a quoted text");
            proptest::prop_assert!(regex.is_match(text.replace("\\E", "").as_bytes()));
        }
    }
}
