//! Secrets as they are shown: enough to find them again, too little to use them.

/// A secret with its middle left out: at most four characters of the beginning and two of the end, fewer of short ones.
#[must_use]
pub fn masked(secret: &str) -> String {
    let characters: Vec<char> = secret.trim().chars().collect();
    let (first, last) = match characters.len() {
        0..=7 => (0, 0),
        8..=11 => (1, 0),
        12..=19 => (2, 1),
        _ => (4, 2),
    };
    let show =
        |characters: &[char]| characters.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect::<String>();
    format!("{}...{}", show(&characters[..first]), show(&characters[characters.len() - last..]))
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
    }
}
