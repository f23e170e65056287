//! Examples without secrets: `<0-9a-f:32>` in an example stands for 32 characters that are made when it is used.

/// An example with its placeholders filled: `<CLASS:N>` becomes N characters of the class, always the same ones; `<<` is a
/// `<`. What is no placeholder stays as it is.
#[must_use]
pub fn expand(example: &str) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut out = String::new();
    let mut rest = example;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<<") {
            out.push('<');
            rest = after;
        } else if let Some((class, count, after)) = placeholder(rest) {
            for _ in 0..count {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = usize::try_from(state >> 33).unwrap_or(0) % class.len();
                out.push(class[at]);
            }
            rest = after;
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out + rest
}

fn placeholder(text: &str) -> Option<(Vec<char>, usize, &str)> {
    let end = text.find('>')?;
    let (class, count) = text[1..end].rsplit_once(':')?;
    let count: usize = count.parse().ok().filter(|count| *count <= 10_000)?;
    let class = characters(class)?;
    Some((class, count, &text[end + 1..]))
}

/// The ASCII characters of a class as it stands between brackets.
fn characters(class: &str) -> Option<Vec<char>> {
    let regex = regex::Regex::new(&format!("^[{class}]$")).ok()?;
    let mut buffer = [0; 4];
    let all: Vec<char> = (' '..='~').filter(|c| regex.is_match(c.encode_utf8(&mut buffer))).collect();
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let text = expand("key = \"sk_<0-9a-f:32>\" <<not> <x>");
        assert_eq!(text.len(), "key = \"sk_\" <not> <x>".len() + 32);
        assert!(text.starts_with("key = \"sk_") && text.ends_with("\" <not> <x>"), "{text}");
        assert_eq!(text, expand("key = \"sk_<0-9a-f:32>\" <<not> <x>"));
    }
}
