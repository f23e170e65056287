//! Sorted lines of a key and what it stands for, as the build script writes them: asked without being read as a whole.

/// What stands behind a key, `key<TAB>value` on a line of its own among lines that are sorted by their keys.
pub(super) fn value(lines: &'static str, key: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, lines.len());
    while low < high {
        let middle = low.midpoint(high);
        let bytes = lines.as_bytes();
        let start = memchr::memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let end = memchr::memchr(b'\n', &bytes[middle..high]).map_or(high, |at| middle + at);
        let tab = start + memchr::memchr(b'\t', bytes.get(start..end)?)?;
        match bytes[start..tab].cmp(key.as_bytes()) {
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
            std::cmp::Ordering::Equal => return lines.get(tab + 1..end),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn each_key_has_its_value_and_others_have_none() {
        let lines = "a\t1\nab\t2\nb\t\nbcd\t4\nx\t5\n";
        for (key, known) in [("a", "1"), ("ab", "2"), ("b", ""), ("bcd", "4"), ("x", "5")] {
            assert_eq!(value(lines, key), Some(known), "{key}");
        }
        for key in ["", "aa", "bc", "bcde", "y", "c"] {
            assert_eq!(value(lines, key), None, "{key}");
        }
        assert_eq!(value("", "a"), None);
    }
}
