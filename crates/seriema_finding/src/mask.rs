//! Secrets as they are shown: enough to find them again, too little to use them.

/// A secret with its middle left out: at most four characters of the beginning and two of the end, fewer of short ones.
#[must_use]
pub fn masked(secret: &str) -> String {
    let characters: Vec<char> = secret.trim().chars().collect();
    let (first, last) = shown(characters.len());
    let show =
        |characters: &[char]| characters.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect::<String>();
    format!("{}...{}", show(&characters[..first]), show(&characters[characters.len() - last..]))
}

/// A secret with a star for each character that is not shown: in source code, which keeps its columns.
#[must_use]
pub fn starred(secret: &str) -> String {
    let count = secret.chars().count();
    let (first, last) = shown(count);
    let star = |(at, c): (usize, char)| if at < first || at >= count - last || c.is_whitespace() { c } else { '*' };
    secret.chars().enumerate().map(star).collect()
}

/// How many characters of the beginning and of the end are shown of so many.
const fn shown(count: usize) -> (usize, usize) {
    match count {
        0..=7 => (0, 0),
        8..=11 => (1, 0),
        12..=19 => (2, 1),
        _ => (4, 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_shown() {
        assert_eq!(masked("hunter2"), "...");
        assert_eq!(masked("hunter22"), "h......".replace("......", "..."));
        assert_eq!(masked("abcdefghijkl"), "ab...l");
        assert_eq!(masked("abcdefghijklmnopqrstuvwxyz"), "abcd...yz");
        assert_eq!(starred("hunter2"), "*******");
        assert_eq!(starred("abcdefghijklmnopqrstuvwxyz"), "abcd********************yz");
    }
}
