use proptest::prelude::*;

use super::*;

/// `>=1.0 <1.2` and the like as events: `1.0 f1.2 l1.3 m2`, a letter for what is no introduction.
fn range(events: &str) -> Range {
    let event = |text: &str| match text.split_at(1) {
        ("f", version) => Event::Fixed(version.to_owned()),
        ("l", version) => Event::LastAffected(version.to_owned()),
        ("m", version) => Event::Limit(version.to_owned()),
        _ => Event::Introduced(text.to_owned()),
    };
    Range { events: events.split_whitespace().map(event).collect() }
}

fn advisory(versions: &[&str], ranges: &[&str]) -> Advisory {
    let affected = Affected {
        versions: versions.iter().copied().collect(),
        ranges: ranges.iter().map(|events| range(events)).collect(),
    };
    Advisory { affected: vec![affected], ..Advisory::default() }
}

fn version(text: &str) -> Version {
    Version::from_str(text).expect("a version")
}

fn specifiers(text: &str) -> VersionSpecifiers {
    VersionSpecifiers::from_str(text).expect("specifiers")
}

#[test]
fn a_range_is_walked_in_the_order_of_versions() {
    for (events, affected, others) in [
        ("0 f1.2", "0 0.dev0 0.1 1.1.9 1.2rc1 1.2.dev0 1.1.post5 1.1+local", "1.2 1.2.0 1.2+local 1.2.post1 2 1!0.1"),
        // Only `0` is below all versions; 0.0 is one.
        ("0.0 f1", "0 0.0 0.5", "0.dev0 0a1 1"),
        // A last affected version is affected, what is above by a local version is not.
        ("1.0 l1.2", "1.0 1.1 1.2 1.2.0 1.2rc1", "0.9 1.0rc1 1.2+cu118 1.2.post1 1.2.0.1"),
        // Several branches, in any order of the record.
        ("f2.3 0 f1.5 2.0", "1.0 1.4.9 2.0 2.2", "1.5 1.9 2.0rc1 2.3"),
        // Introduced and fixed at one version: it is fixed.
        ("1.0 f1.0", "", "0.9 1.0 1.1"),
        ("1.0 l1.0", "1.0 1.0.0", "0.9 1.0+x 1.0.post1 1.1"),
        // Introduced again.
        ("0 f1.0 1.0", "0.5", "1.0 1.1"),
        // From a limit on nothing is said.
        ("0 m3", "2.9", "3 4"),
        ("1!1.0 f1!2.0", "1!1.5", "1.5 3 1!2.0 2!0"),
        // Pre-, post- and development releases, and local versions, are versions of their own.
        ("1.0a2 f1.0b1", "1.0a2 1.0a3.dev1 1.0a2.post1", "1.0a1 1.0b1 1.0"),
        ("1.0.post1 f1.0.post3", "1.0.post1 1.0-2", "1.0 1.0.post1.dev0 1.0.post3"),
        ("1.0+a f1.0+c", "1.0+a 1.0+b", "1.0 1.0+c 1.0+1 1.0.post1"),
        // What is no version cannot be ordered.
        ("0 f2004d", "1 99", ""),
        ("unknown f2", "", "1 2"),
    ] {
        let advisory = advisory(&[], &[events]);
        for (texts, expected) in [(affected, true), (others, false)] {
            for text in texts.split_whitespace() {
                assert_eq!(is_affected(&advisory, &version(text), text), expected, "{text} in {events}");
            }
        }
    }
}

#[test]
fn a_version_is_affected_if_it_is_listed_or_a_range_contains_it() {
    let advisory = advisory(&["1.0", "3.0", "2004d"], &["2 f2.5", "4 f4.5"]);
    for (text, expected) in
        [("1.0.0", true), ("2.1", true), ("4.1", true), ("3.0", true), ("3.1", false), ("1.0+x", false)]
    {
        assert_eq!(is_affected(&advisory, &version(text), text), expected, "{text}");
    }
    assert!(is_listed(&advisory, "2004d") && is_listed(&advisory, "v3.0") && !is_listed(&advisory, "2.1"));
}

#[test]
fn fixed_versions_are_those_of_the_range_that_contains_it() {
    let fixed = |advisory: &Advisory, text: &str| -> Vec<String> {
        fixed_in(advisory, &version(text)).iter().map(ToString::to_string).collect()
    };
    // A range with branches names the fixes of all that are above.
    let branches = advisory(&[], &["0 f1.5 2.0 f2.3"]);
    assert_eq!(fixed(&branches, "1.0"), ["1.5", "2.3"]);
    assert_eq!(fixed(&branches, "2.1"), ["2.3"]);
    assert!(fixed(&branches, "1.7").is_empty());
    // A range a branch names its own.
    let ranges = advisory(&[], &["0 f1.5", "2.0 f2.3"]);
    assert_eq!(fixed(&ranges, "1.0"), ["1.5"]);
    // What is listed alone is fixed where its ranges say.
    assert_eq!(fixed(&advisory(&["0.9"], &["1.0 f1.5"]), "0.9"), ["1.5"]);
    assert!(fixed(&advisory(&["0.9"], &["1.0 l1.5"]), "1.2").is_empty());
}

#[test]
fn the_smallest_fix_is_clear_of_all() {
    let fix = |advisories: &[Advisory], text: &str| smallest_fix(advisories, &version(text)).map(|fix| fix.to_string());
    let first = advisory(&["1.0", "1.1", "1.2rc1"], &["0 f1.2"]);
    let second = advisory(&["1.1", "1.2", "1.3"], &["1.1 f1.4 2.0 f2.1"]);
    assert_eq!(fix(std::slice::from_ref(&first), "1.0").as_deref(), Some("1.2"));
    // 1.2 clears the first, and has the second.
    assert_eq!(fix(&[first.clone(), second.clone()], "1.0").as_deref(), Some("1.4"));
    assert_eq!(fix(&[first, second], "2.0").as_deref(), Some("2.1"));
    // A version that another advisory lists is known, too.
    assert_eq!(fix(&[advisory(&[], &["0 l1.0"]), advisory(&["1.5"], &[])], "0.5"), None);
    assert_eq!(fix(&[advisory(&["1.0"], &[]), advisory(&["0.5", "1.1"], &[])], "0.5"), None);
    // A pre-release where there is no other, or from one.
    assert_eq!(fix(&[advisory(&[], &["0 f2.0rc1"])], "1.0").as_deref(), Some("2.0rc1"));
    assert_eq!(fix(&[advisory(&[], &["0 f2.0rc1"]), advisory(&[], &["0 f2.0"])], "1.0").as_deref(), Some("2.0"));
    assert_eq!(fix(&[advisory(&[], &["0 f2.0a2", "2.0 f2.1"])], "2.0a1").as_deref(), Some("2.0a2"));
    assert_eq!(fix(&[advisory(&[], &["0"])], "1.0"), None);
    assert_eq!(fix(&[], "1.0"), None);
}

#[test]
fn specifiers_allow_what_is_affected() {
    let listed = advisory(&["1.0", "1.1", "1.2", "2.0rc1"], &["1.0 f1.3"]);
    let ranges = advisory(&[], &["0 f1.3", "2.0 l2.4"]);
    for (text, of_listed, of_ranges) in [
        (">=1.0", Some("1.2 listed"), Some("2.4")),
        (">=1.0,<1.2", Some("1.1 listed"), Some("1.0")),
        ("~=1.1", Some("1.2 listed"), Some("1.1")),
        ("==1.2.*", Some("1.2 listed"), Some("1.2")),
        ("==1.2.5", Some("1.2.5"), Some("1.2.5")),
        (">=1.3", None, Some("2.4")),
        (">=1.3,<2", None, None),
        (">=1.3,!=2.4", None, Some("2.0")),
        (">=2.5", None, None),
        ("<1.0", None, Some("0")),
        // Pre-releases where the specifiers name one.
        (">=2.0rc1,<2.0", None, None),
        (">=2.0rc1", Some("2.0rc1 listed"), Some("2.4")),
        ("", Some("1.2 listed"), Some("2.4")),
    ] {
        for (advisory, expected) in [(&listed, of_listed), (&ranges, of_ranges)] {
            let allowed = allows_vulnerable(advisory, &specifiers(text))
                .map(|allowed| format!("{}{}", allowed.version, if allowed.is_listed { " listed" } else { "" }));
            assert_eq!(allowed.as_deref(), expected, "{text} {advisory:?}");
        }
    }
}

/// Twice as many events may not take more than about twice as long; what is quadratic here takes minutes.
#[test]
fn a_range_of_many_events() {
    let started = std::time::Instant::now();
    let events: Vec<String> = (1..100_000).map(|minor| format!("1.{minor}.1 f1.{minor}.2")).collect();
    let advisory = advisory(&[], &[&events.join(" ")]);
    let allowed = allows_vulnerable(&advisory, &specifiers(">=1.5")).expect("an affected version");
    assert_eq!(allowed.version, version("1.99999.1"));
    let clear = clear_versions(std::slice::from_ref(&advisory), Some(&version("1.2.1")));
    assert_eq!((clear.len(), &clear[0]), (99_998, &version("1.2.2")));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

/// A range as intervals: what is from an introduction to the next event that ends it. Slow, and written otherwise.
fn naive(range: &Range, version: &Version) -> bool {
    let parse = |text: &String| Version::from_str(text).ok();
    let ends: Vec<(Version, bool)> = range
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Introduced(_) => None,
            Event::Fixed(at) | Event::Limit(at) => Some((parse(at)?, false)),
            Event::LastAffected(at) => Some((parse(at)?, true)),
        })
        .collect();
    range.events.iter().any(|event| {
        let Event::Introduced(at) = event else { return false };
        let start = if at == "0" { None } else { parse(at) };
        if start.is_none() && at != "0" {
            return false;
        }
        let is_above = start.as_ref().is_none_or(|start| version >= start);
        // No end lies between the introduction and the version.
        is_above
            && !ends.iter().any(|(end, included)| {
                let counts = start.as_ref().is_none_or(|start| end >= start);
                counts && if *included { version > end } else { version >= end }
            })
    })
}

fn any_version() -> impl Strategy<Value = String> {
    let part = prop_oneof![Just(""), Just("a1"), Just("rc2"), Just(".post1"), Just(".dev3"), Just("+x.1"), Just(".0")];
    (prop_oneof![9 => Just(""), 1 => Just("1!")], 0..3u8, 0..3u8, part)
        .prop_map(|(epoch, major, minor, rest)| format!("{epoch}{major}.{minor}{rest}"))
}

fn any_event() -> impl Strategy<Value = Event> {
    let at = prop_oneof![8 => any_version(), 1 => Just("0".to_owned()), 1 => Just("none".to_owned())];
    (0..6u8, at).prop_map(|(kind, at)| match kind {
        0..=2 => Event::Introduced(at),
        3 => Event::Fixed(at),
        4 => Event::LastAffected(at),
        _ => Event::Limit(at),
    })
}

proptest! {
    #[test]
    fn ranges_contain_what_a_naive_evaluation_says(
        events in proptest::collection::vec(any_event(), 0..6),
        versions in proptest::collection::vec(any_version(), 1..8),
    ) {
        let range = Range { events };
        for text in versions {
            let version = version(&text);
            prop_assert_eq!(Walk::new(&range).contains(&version), naive(&range, &version), "{} in {:?}", text, range);
        }
    }

    #[test]
    fn a_fix_is_above_and_clear(
        ranges in proptest::collection::vec(proptest::collection::vec(any_event(), 0..4), 1..4),
        listed in proptest::collection::vec(any_version(), 0..4),
        from in any_version(),
    ) {
        let mut all = vec![advisory(&listed.iter().map(String::as_str).collect::<Vec<_>>(), &[])];
        all.extend(ranges.into_iter().map(|events| {
            let affected = Affected { ranges: vec![Range { events }], ..Affected::default() };
            Advisory { affected: vec![affected], ..Advisory::default() }
        }));
        let from = version(&from);
        if let Some(fix) = smallest_fix(&all, &from) {
            prop_assert!(fix > from);
            prop_assert!(!all.iter().any(|advisory| is_affected(advisory, &fix, &fix.to_string())));
        }
        for advisory in &all {
            let fixed = fixed_in(advisory, &from);
            prop_assert!(fixed.iter().all(|fixed| *fixed > from));
            prop_assert!(fixed.is_empty() || is_affected(advisory, &from, &from.to_string()));
        }
    }
}
