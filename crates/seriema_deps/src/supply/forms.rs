//! Forms in which names are compared. The build script keeps those of popular names, so that a run does not make them anew.

/// How many of the popular names others are taken to imitate.
pub(super) const IMITATED: usize = 3_000;

/// Shortest name that is imitated: of shorter ones most neighbours are words.
pub(super) const SHORTEST: usize = 5;

/// A name without what separates its parts.
pub(super) fn bare(name: &str) -> String {
    name.replace('-', "")
}

/// A name with one of all characters that look alike.
pub(super) fn skeleton(name: &str) -> String {
    let same = name.replace("rn", "m").replace("vv", "w");
    same.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            c => c,
        })
        .filter(|c| *c != '-')
        .collect()
}

/// The words of a name in alphabetical order.
pub(super) fn words(name: &str) -> String {
    let mut words: Vec<&str> = name.split('-').collect();
    words.sort_unstable();
    words.join("-")
}
