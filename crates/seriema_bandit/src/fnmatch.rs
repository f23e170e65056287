//! Shell patterns as Python's `fnmatch` reads them: `*` crosses `/`, and nothing else is special.

/// Whether `name` matches `pattern` as a whole. `*`, `?`, `[seq]` and `[!seq]` are special.
#[must_use]
pub(crate) fn fnmatch(name: &str, pattern: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let tokens = compile(pattern);
    let (mut at, mut token) = (0, 0);
    // Where to go back to: the last star, and how much of the name it has eaten.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match tokens.get(token) {
            Some(Token::Star) => {
                star = Some((token, at));
                token += 1;
                continue;
            }
            Some(single) if name.get(at).is_some_and(|c| single.matches(*c)) => {
                at += 1;
                token += 1;
                continue;
            }
            None if at == name.len() => return true,
            _ => {}
        }
        match star {
            Some((back, eaten)) if eaten < name.len() => {
                star = Some((back, eaten + 1));
                token = back + 1;
                at = eaten + 1;
            }
            _ => return false,
        }
    }
}

enum Token {
    Star,
    Any,
    Char(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Token::Star => false,
            Token::Any => true,
            Token::Char(own) => *own == c,
            Token::Set { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
        }
    }
}

fn compile(pattern: &str) -> Vec<Token> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::with_capacity(chars.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        tokens.push(match c {
            '*' => Token::Star,
            '?' => Token::Any,
            '[' => match set(&chars, at) {
                Some((token, next)) => {
                    at = next;
                    token
                }
                None => Token::Char('['),
            },
            c => Token::Char(c),
        });
    }
    tokens
}

/// Reads the set whose `[` stands before `start`; none when it is never closed.
fn set(chars: &[char], start: usize) -> Option<(Token, usize)> {
    let negated = chars.get(start) == Some(&'!');
    let first = start + usize::from(negated);
    // A bracket right at the start is an ordinary character.
    let from = first + usize::from(chars.get(first) == Some(&']'));
    let close = from + chars.get(from..)?.iter().position(|c| *c == ']')?;
    let mut ranges = Vec::new();
    let mut at = first;
    while at < close {
        let low = *chars.get(at)?;
        if at + 2 < close && chars.get(at + 1) == Some(&'-') {
            ranges.push((low, *chars.get(at + 2)?));
            at += 3;
        } else {
            ranges.push((low, low));
            at += 1;
        }
    }
    Some((Token::Set { negated, ranges }, close + 1))
}

#[cfg(test)]
mod tests {
    use super::fnmatch;

    #[test]
    fn stars_cross_directories() {
        assert!(fnmatch("./a/b/c.py", "*.py"));
        assert!(fnmatch("./tests/x.py", "./tests/*"));
        assert!(!fnmatch("./tests/x.py", "tests/*"));
        assert!(fnmatch("a.egg", "*.egg"));
        assert!(fnmatch("aXbXc", "a*b*c") && !fnmatch("aXbXd", "a*b*c"));
        assert!(fnmatch("", "*") && !fnmatch("", "?"));
    }

    #[test]
    fn sets_have_ranges_and_can_be_negated() {
        assert!(fnmatch("a1.py", "a[0-9].py"));
        assert!(!fnmatch("a1.py", "a[!0-9].py"));
        assert!(fnmatch("a].py", "a[]].py"));
        assert!(fnmatch("a[.py", "a[.py"));
        assert!(fnmatch("a-", "a[b-]"));
    }
}
