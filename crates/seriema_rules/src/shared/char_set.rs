//! Sets of characters, as a regular expression's classes name them.

/// The last code point there is.
const LAST: u32 = 0x0010_FFFF;

/// Ranges in order that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CharSet(Vec<(u32, u32)>);

impl CharSet {
    pub(crate) fn new(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.retain(|(low, high)| low <= high);
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match merged.last_mut() {
                Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    pub(crate) fn one(character: char) -> Self {
        Self(vec![(character.into(), character.into())])
    }

    pub(crate) fn all() -> Self {
        Self(vec![(0, LAST)])
    }

    pub(crate) fn digits() -> Self {
        Self(vec![(0x30, 0x39), (0x660, 0x669)])
    }

    /// `\w`: of the letters beyond ASCII only the bulk, which is all that overlaps can depend on.
    pub(crate) fn word() -> Self {
        let ranges = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0x24F), (0x370, 0x1FFF)];
        Self::new(ranges.into_iter().chain([(0x3040, 0xD7FF)]).collect())
    }

    pub(crate) fn space() -> Self {
        Self(vec![(0x09, 0x0D), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x2000, 0x200A)])
    }

    pub(crate) fn negated(&self) -> Self {
        let mut ranges = Vec::with_capacity(self.0.len() + 1);
        let mut next = 0;
        for &(low, high) in &self.0 {
            if low > next {
                ranges.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        Self(ranges)
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&other.0).copied().collect())
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut ranges = Vec::new();
        while let (Some(&&(a, b)), Some(&&(c, d))) = (left.peek(), right.peek()) {
            if a.max(c) <= b.min(d) {
                ranges.push((a.max(c), b.min(d)));
            }
            if b < d {
                left.next()
            } else {
                right.next()
            };
        }
        Self(ranges)
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(&&(a, b)), Some(&&(c, d))) = (left.peek(), right.peek()) {
            if a.max(c) <= b.min(d) {
                return true;
            }
            if b < d {
                left.next()
            } else {
                right.next()
            };
        }
        false
    }

    pub(crate) fn contains(&self, character: char) -> bool {
        let code = u32::from(character);
        self.0.iter().any(|&(low, high)| (low..=high).contains(&code))
    }

    /// The member of a set that has no other.
    pub(crate) fn single(&self) -> Option<char> {
        match self.0.as_slice() {
            [(low, high)] if low == high => char::from_u32(*low),
            _ => None,
        }
    }

    /// With the other case of its ASCII letters.
    pub(crate) fn ignoring_case(&self) -> Self {
        const CASES: [(u32, u32, u32); 2] = [(0x41, 0x5A, 0x61), (0x61, 0x7A, 0x41)];
        let mut ranges = self.0.clone();
        for &(low, high) in &self.0 {
            for (first, last, other) in CASES {
                let (low, high) = (low.max(first), high.min(last));
                if low <= high {
                    ranges.push((low - first + other, high - first + other));
                }
            }
        }
        Self::new(ranges)
    }

    /// A member, one that can be printed where there is one.
    pub(crate) fn example(&self) -> Option<char> {
        const PREFERRED: [(u32, u32); 4] = [(0x61, 0x7A), (0x30, 0x39), (0x41, 0x5A), (0x20, 0x7E)];
        for (first, last) in PREFERRED {
            let found = self.0.iter().find(|&&(low, high)| low.max(first) <= high.min(last));
            if let Some(&(low, _)) = found {
                return char::from_u32(low.max(first));
            }
        }
        self.0.iter().find_map(|&(low, high)| char::from_u32(low).or_else(|| char::from_u32(high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sets() {
        let letters = CharSet::new(vec![(0x61, 0x7A), (0x41, 0x5A)]);
        assert!(letters.contains('q') && !letters.contains('3'));
        assert_eq!(letters.negated().negated(), letters);
        assert!(!letters.overlaps(&CharSet::digits()) && letters.overlaps(&CharSet::word()));
        assert_eq!(letters.intersection(&letters.negated()), CharSet::default());
        assert_eq!(letters.union(&letters.negated()), CharSet::all());
        assert!(CharSet::one('a').ignoring_case().contains('A'));
        assert_eq!(CharSet::word().intersection(&CharSet::digits()).example(), Some('0'));
        assert!(!CharSet::word().overlaps(&CharSet::space()));
        assert!(CharSet::word().negated().overlaps(&CharSet::space()));
    }
}
