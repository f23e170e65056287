//! The syntax of Python's module `re`.

use crate::shared::char_set::CharSet;

/// Groups within groups, and bytes of a pattern, that are read.
const MAX_DEPTH: u32 = 48;
const MAX_LENGTH: usize = 8 * 1024;

/// Flags that change what a pattern matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) ignore_case: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_all: bool,
    pub(crate) verbose: bool,
}

impl Flags {
    /// The flag of a name in `re`, or of a letter in `(?...)`.
    pub(crate) fn set(&mut self, name: &str) {
        match name {
            "I" | "i" | "IGNORECASE" => self.ignore_case = true,
            "M" | "m" | "MULTILINE" => self.multi_line = true,
            "S" | "s" | "DOTALL" => self.dot_all = true,
            "X" | "x" | "VERBOSE" => self.verbose = true,
            _ => {}
        }
    }

    fn unset(&mut self, name: char) {
        match name {
            'i' => self.ignore_case = false,
            'm' => self.multi_line = false,
            's' => self.dot_all = false,
            'x' => self.verbose = false,
            _ => {}
        }
    }
}

/// A place in the text that a pattern asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// `^`, `\A`
    Start,
    /// `$`, `\Z`
    End,
    /// `^` with `MULTILINE`
    LineStart,
    /// `$` with `MULTILINE`
    LineEnd,
    /// `\b`, `\B`
    Boundary,
}

/// A pattern's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Empty,
    Set(CharSet),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    /// `*`, `+`, `?`, `{2,}`, lazy ones too: they try the same, in another order.
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
    Anchor(Anchor),
    /// `(?=...)`, `(?<=...)`
    Ahead,
    /// `(?!...)`, `(?<!...)`
    NotAhead,
    /// `(?>...)`, `a++`: what it has matched is not tried in another way.
    Atomic(Box<Node>),
    /// `\1`, `(?P=name)`
    Backreference,
}

/// Parses a pattern; none where it is wrong, or too long.
pub(crate) fn parse(pattern: &str, flags: Flags) -> Option<Node> {
    if pattern.len() > MAX_LENGTH {
        return None;
    }
    let mut parser = Parser { rest: pattern, flags, depth: 0 };
    // Flags at the start hold for all of the pattern, from its first character on.
    let node = parser.choice()?;
    parser.rest.is_empty().then_some(node)
}

struct Parser<'p> {
    rest: &'p str,
    flags: Flags,
    depth: u32,
}

impl<'p> Parser<'p> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = self.rest.get(character.len_utf8()..)?;
        Some(character)
    }

    fn eat(&mut self, text: &str) -> bool {
        self.rest.strip_prefix(text).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    /// What stands before `end`, which is eaten too.
    fn until(&mut self, end: char) -> Option<&'p str> {
        let (text, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(text)
    }

    fn skip_blanks(&mut self) {
        while self.flags.verbose {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
            if !self.eat("#") {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn choice(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut branches = vec![self.sequence()?];
        while self.eat("|") {
            branches.push(self.sequence()?);
        }
        self.depth -= 1;
        if branches.len() == 1 { branches.pop() } else { Some(Node::Choice(branches)) }
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some(_) => {
                    let atom = self.atom()?;
                    nodes.push(self.repeated(atom)?);
                }
            }
        }
        match nodes.len() {
            0 => Some(Node::Empty),
            1 => nodes.pop(),
            _ => Some(Node::Sequence(nodes)),
        }
    }

    fn repeated(&mut self, mut node: Node) -> Option<Node> {
        loop {
            self.skip_blanks();
            let (min, max) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match counts(self.rest) {
                    Some((min, max, rest)) => {
                        self.rest = rest;
                        if max.is_some_and(|max| max < min) {
                            return None;
                        }
                        node = self.quantified(node, min, max);
                        continue;
                    }
                    // `{` that counts nothing is itself: the next atom.
                    None => return Some(node),
                },
                _ => return Some(node),
            };
            self.next();
            node = self.quantified(node, min, max);
        }
    }

    fn quantified(&mut self, node: Node, min: u32, max: Option<u32>) -> Node {
        let repeat = Node::Repeat { node: Box::new(node), min, max };
        if self.eat("+") {
            return Node::Atomic(Box::new(repeat));
        }
        self.eat("?");
        repeat
    }

    fn atom(&mut self) -> Option<Node> {
        Some(match self.next()? {
            '.' if self.flags.dot_all => Node::Set(CharSet::all()),
            '.' => Node::Set(CharSet::one('\n').negated()),
            '^' if self.flags.multi_line => Node::Anchor(Anchor::LineStart),
            '^' => Node::Anchor(Anchor::Start),
            '$' if self.flags.multi_line => Node::Anchor(Anchor::LineEnd),
            '$' => Node::Anchor(Anchor::End),
            '[' => Node::Set(self.class()?),
            '(' => self.group()?,
            '\\' => self.escape()?,
            '*' | '+' | '?' => return None,
            character => self.literal(character),
        })
    }

    fn literal(&self, character: char) -> Node {
        Node::Set(self.cased(CharSet::one(character)))
    }

    fn cased(&self, set: CharSet) -> CharSet {
        if self.flags.ignore_case { set.ignoring_case() } else { set }
    }

    fn group(&mut self) -> Option<Node> {
        let outer = self.flags;
        let node = if !self.eat("?") || self.eat(":") {
            self.choice()?
        } else if self.eat("P<") {
            self.until('>')?;
            self.choice()?
        } else if self.eat("P=") {
            self.until(')')?;
            return Some(Node::Backreference);
        } else if self.eat("#") {
            self.until(')')?;
            return Some(Node::Empty);
        } else if self.eat("=") || self.eat("<=") {
            self.choice()?;
            Node::Ahead
        } else if self.eat("!") || self.eat("<!") {
            self.choice()?;
            Node::NotAhead
        } else if self.eat(">") {
            Node::Atomic(Box::new(self.choice()?))
        } else if self.eat("(") {
            // `(?(1)yes|no)`: which one depends on what was matched before.
            self.until(')')?;
            let branches = self.choice()?;
            Node::Atomic(Box::new(branches))
        } else {
            let mut on = true;
            loop {
                match self.next()? {
                    ':' => break,
                    // They hold for everything that follows; only at the start are they allowed today.
                    ')' => return Some(Node::Empty),
                    '-' => on = false,
                    letter @ ('a'..='z' | 'L') if on => self.flags.set(letter.encode_utf8(&mut [0; 4])),
                    letter @ 'a'..='z' => self.flags.unset(letter),
                    _ => return None,
                }
            }
            self.choice()?
        };
        self.flags = outer;
        self.eat(")").then_some(node)
    }

    fn escape(&mut self) -> Option<Node> {
        Some(match self.peek()? {
            'A' => self.anchor(Anchor::Start),
            'Z' => self.anchor(Anchor::End),
            'b' | 'B' => self.anchor(Anchor::Boundary),
            '1'..='9' => {
                self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
                Node::Backreference
            }
            _ => {
                let set = self.escaped_set()?;
                Node::Set(self.cased(set))
            }
        })
    }

    fn anchor(&mut self, anchor: Anchor) -> Node {
        self.next();
        Node::Anchor(anchor)
    }

    /// What an escape stands for, in a class and out of it.
    fn escaped_set(&mut self) -> Option<CharSet> {
        let character = match self.next()? {
            'd' => return Some(CharSet::digits()),
            'D' => return Some(CharSet::digits().negated()),
            'w' => return Some(CharSet::word()),
            'W' => return Some(CharSet::word().negated()),
            's' => return Some(CharSet::space()),
            'S' => return Some(CharSet::space().negated()),
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'a' => '\u{7}',
            'b' => '\u{8}',
            '0' => {
                let digits: String = self.rest.chars().take(2).take_while(|c| c.is_digit(8)).collect();
                self.rest = self.rest.get(digits.len()..)?;
                char::from_u32(u32::from_str_radix(&digits, 8).unwrap_or(0))?
            }
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            'N' => {
                self.until('}')?;
                '\u{FFFD}'
            }
            other => other,
        };
        Some(CharSet::one(character))
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let text = self.rest.get(..digits)?;
        self.rest = self.rest.get(digits..)?;
        let code = u32::from_str_radix(text, 16).ok()?;
        Some(char::from_u32(code).unwrap_or('\u{FFFD}'))
    }

    fn class(&mut self) -> Option<CharSet> {
        let negated = self.eat("^");
        let mut set = CharSet::default();
        let mut first = true;
        loop {
            let low = match self.next()? {
                ']' if !first => break,
                '\\' => {
                    let escaped = self.escaped_set()?;
                    match (escaped.single(), self.is_range()) {
                        (Some(low), true) => low,
                        _ => {
                            set = set.union(&escaped);
                            first = false;
                            continue;
                        }
                    }
                }
                character => character,
            };
            first = false;
            let mut high = low;
            if self.is_range() {
                self.next();
                high = match self.next()? {
                    '\\' => self.escaped_set()?.single().unwrap_or(low),
                    character => character,
                };
            }
            set = set.union(&CharSet::new(vec![(low.into(), high.into())]));
        }
        let set = self.cased(set);
        Some(if negated { set.negated() } else { set })
    }

    /// Whether a `-` that makes a range comes next, and not one that stands for itself.
    fn is_range(&self) -> bool {
        self.rest.strip_prefix('-').is_some_and(|rest| !rest.starts_with(']'))
    }
}

/// `{2}`, `{2,}`, `{,3}`, `{2,3}` at the start of a text, and what follows.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (inside, rest) = text.strip_prefix('{')?.split_once('}')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u32::MAX))
    };
    match inside.split_once(',') {
        None => number(inside).map(|count| (count, Some(count), rest)),
        Some(("", "")) => None,
        Some((min, "")) => Some((number(min)?, None, rest)),
        Some(("", max)) => Some((0, Some(number(max)?), rest)),
        Some((min, max)) => Some((number(min)?, Some(number(max)?), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[(char, char)]) -> Node {
        Node::Set(CharSet::new(ranges.iter().map(|&(a, b)| (a.into(), b.into())).collect()))
    }

    fn repeat(node: Node, min: u32, max: Option<u32>) -> Node {
        Node::Repeat { node: Box::new(node), min, max }
    }

    fn plain(pattern: &str) -> Option<Node> {
        parse(pattern, Flags::default())
    }

    #[test]
    fn patterns_are_read() {
        let a = || set(&[('a', 'a')]);
        assert_eq!(plain("a*"), Some(repeat(a(), 0, None)));
        assert_eq!(plain("a{2,}?"), Some(repeat(a(), 2, None)));
        assert_eq!(
            plain("(?P<n>a)|[a-c\\]-]"),
            Some(Node::Choice(vec![a(), set(&[('a', 'c'), (']', ']'), ('-', '-')])]))
        );
        assert_eq!(plain("[]a]"), Some(set(&[(']', ']'), ('a', 'a')])));
        assert_eq!(plain("(?i)a"), Some(Node::Sequence(vec![Node::Empty, set(&[('a', 'a'), ('A', 'A')])])));
        assert_eq!(plain("(?i:a)"), Some(set(&[('a', 'a'), ('A', 'A')])));
        assert_eq!(plain("(?x: a # b\n)"), Some(a()));
        assert_eq!(plain(r"\x61"), Some(a()));
        assert_eq!(plain("a++"), Some(Node::Atomic(Box::new(repeat(a(), 1, None)))));
        assert_eq!(plain("a{,x"), Some(Node::Sequence("a{,x".chars().map(|c| set(&[(c, c)])).collect())));
        assert_eq!(plain(r"(?=a)(?P=n)"), Some(Node::Sequence(vec![Node::Ahead, Node::Backreference])));
        for wrong in ["(", ")", "*", "[a", "a{3,2}", "\\"] {
            assert_eq!(plain(wrong), None, "{wrong}");
        }
        assert_eq!(plain(&"(".repeat(10_000)), None);
    }
}
