use proptest::prelude::*;

use super::*;
use crate::vocabulary::tests::SOME;

fn parse(comment: &str) -> Directives {
    parse_comment(comment, &SOME)
}

/// The only directive of a comment: selectors and reason.
fn one(comment: &str) -> (DirectiveKind, String, String) {
    let mut found = parse(comment);
    assert_eq!((found.directives.len(), found.errors.len()), (1, 0), "{comment}: {found:?}");
    let directive = found.directives.remove(0);
    (directive.kind, directive.selectors.join(" "), directive.reason)
}

fn nosec(comment: &str) -> (String, String) {
    let (kind, selectors, reason) = one(comment);
    assert_eq!(kind, DirectiveKind::Nosec);
    (selectors, reason)
}

fn pair(selectors: &str, reason: &str) -> (String, String) {
    (selectors.to_owned(), reason.to_owned())
}

#[test]
fn nosec_takes_ids_names_and_a_reason() {
    assert_eq!(nosec("# nosec"), pair("", ""));
    assert_eq!(nosec("#nosec"), pair("", ""));
    assert_eq!(nosec("# nosec B602,B607: fixed command"), pair("B602 B607", "fixed command"));
    assert_eq!(nosec("# nosec: B602, b607 - fixed command"), pair("B602 B607", "fixed command"));
    assert_eq!(nosec("# nosec B602 fixed command"), pair("B602", "fixed command"));
    assert_eq!(nosec("# nosec exec_used B602"), pair("exec_used B602", ""));
    assert_eq!(nosec("# nosec: the command is fixed"), pair("", "the command is fixed"));
    assert_eq!(nosec("# nosec the command is fixed (B602)"), pair("B602", "the command is fixed (B602)"));
    assert_eq!(nosec("# nosec B602 # the command is fixed"), pair("B602", "the command is fixed"));
    assert_eq!(nosec("# nosec B602 see #123"), pair("B602", "see #123"));
    assert_eq!(nosec("# nosec B602 (see #123)"), pair("B602", "see #123"));
    assert_eq!(nosec("# why not # nosec B602"), pair("B602", ""));
    assert_eq!(nosec("# nosec B602 # type: ignore"), pair("B602", ""));
    assert_eq!(nosec("# nosec shell-injection: ours"), pair("shell-injection", "ours"));
}

#[test]
fn plain_words_are_names_only_where_nothing_else_follows() {
    assert_eq!(nosec("# nosec pickle"), pair("pickle", ""));
    assert_eq!(nosec("# nosec pickle: ours"), pair("pickle", "ours"));
    assert_eq!(nosec("# nosec pickle is ours"), pair("", "pickle is ours"));
}

#[test]
fn what_only_looks_like_a_suppression_is_none() {
    for comment in
        ["# nosecurity here", "# no sec", "# my nosec", "# noqa: E501", "# noqa: B008, E501", "# seriemas", "#", ""]
    {
        assert_eq!(parse(comment), Directives::default(), "{comment}");
    }
}

#[test]
fn noqa_takes_our_codes_and_leaves_the_others() {
    assert_eq!(one("# noqa"), (DirectiveKind::Noqa, String::new(), String::new()));
    assert_eq!(one("# NoQA because").2, "because");
    assert_eq!(one("# noqa: S602").1, "S602");
    assert_eq!(
        one("# noqa:S602,S603 fixed command"),
        (DirectiveKind::Noqa, "S602 S603".into(), "fixed command".into())
    );
    assert_eq!(one("# noqa : E501, S602,PLR2004 s603").1, "S602 S603");
    assert_eq!(one("# noqa: S602S603").1, "S602 S603");
    assert_eq!(one("# noqa: B602 B008").1, "B602");
    assert_eq!(one("# noqa: shell-injection ours").1, "shell-injection");
    assert_eq!(one("# noqa: S602 -- ours").2, "ours");
}

#[test]
fn file_wide_forms_cover_the_file() {
    for (comment, selectors) in [
        ("# ruff: noqa: S101", "S101"),
        ("# flake8: noqa", ""),
        ("# flake8 : NOQA : S101", "S101"),
        ("# seriema: ignore-file[assert-used] a test helper", "assert-used"),
    ] {
        let found = parse(comment);
        assert_eq!(found.directives[0].scope, Scope::File, "{comment}");
        assert_eq!(found.directives[0].selectors.join(" "), selectors, "{comment}");
    }
    assert_eq!(parse("# ruff: noqa: E501"), Directives::default());
    assert_eq!(parse("# noqa: S101").directives[0].scope, Scope::Line);
}

#[test]
fn our_own_form_names_rules_codes_and_weaknesses() {
    let found = parse("# seriema: ignore[shell-injection, b602,cwe-78] fixed command (until=2027-01-31)");
    let [directive] = &found.directives[..] else { panic!("{found:?}") };
    assert_eq!(directive.kind, DirectiveKind::Seriema);
    assert_eq!(directive.selectors, ["shell-injection", "B602", "CWE-78"]);
    assert_eq!(directive.reason, "fixed command");
    assert_eq!(directive.until, Some(jiff::civil::date(2027, 1, 31)));
    assert_eq!(directive.range, 0..80);
}

#[test]
fn a_day_may_stand_anywhere_in_any_reason() {
    for comment in [
        "# nosec B602: (until=2027-01-31) ours",
        "# noqa: S602 ours (until = 2027-01-31)",
        "# nosec B602: until=2027-01-31 ours",
        "# nosec B602 # ours (until=2027-01-31)",
    ] {
        let found = parse(comment);
        assert_eq!(found.directives[0].until, Some(jiff::civil::date(2027, 1, 31)), "{comment}");
        assert_eq!(found.directives[0].reason, "ours", "{comment}");
    }
    assert_eq!(parse("# nosec B602: not until the end").directives[0].until, None);
}

#[test]
fn a_comment_may_hold_several_and_they_share_a_reason() {
    let found = parse("# noqa: S602  # nosec B602: fixed command # type: ignore");
    let what: Vec<_> = found.directives.iter().map(|d| (d.kind, d.reason.as_str(), d.range.clone())).collect();
    assert_eq!(what, [(DirectiveKind::Noqa, "fixed command", 0..12), (DirectiveKind::Nosec, "fixed command", 14..41),]);
}

/// The only error of a comment that suppresses nothing.
fn error(comment: &str) -> (String, Option<String>) {
    let mut found = parse(comment);
    assert_eq!((found.directives.len(), found.errors.len()), (0, 1), "{comment}: {found:?}");
    let error = found.errors.remove(0);
    (error.message, error.suggestion)
}

#[test]
fn malformed_suppressions_say_what_to_write() {
    let suggestion = |comment| error(comment).1.unwrap_or_default();
    assert_eq!(suggestion("# seriema: ignroe[shell-injection] x"), "seriema: ignore[rule] reason");
    assert_eq!(suggestion("# seriema: ignore-flie[shell-injection] x"), "seriema: ignore-file[rule] reason");
    assert_eq!(suggestion("# seriema: ignore[shell-injection"), "seriema: ignore[shell-injection] reason");
    assert_eq!(suggestion("# seriema: ignore"), "seriema: ignore[rule] reason");
    assert_eq!(suggestion("# seriema: ignore[ ,]"), "seriema: ignore[rule] reason");
    assert_eq!(suggestion("# seriema:"), "seriema: ignore[rule] reason");
    assert_eq!(suggestion("# seriema: ignore[shel-injection] x"), "shell-injection");
    assert_eq!(suggestion("# noqaS602"), "noqa: S602");
    assert_eq!(suggestion("# noqa;S602"), "noqa: S602");
    assert_eq!(suggestion("# noqa: S602abc"), "S602");
    let (message, _) = error("# seriema: ignore[shell-injection] x (until=2027-02-30)");
    assert_eq!(message, "`2027-02-30` is no day; `until` takes one as in 2027-01-31");
    assert!(error("# nosec B602: x (until=soon)").0.starts_with("`soon` is no day"));
    assert!(error("# nosec B602: x (until=)").0.starts_with("`` is no day"));
}

#[test]
fn a_typo_in_a_list_leaves_the_other_names_in_force() {
    let found = parse("# seriema: ignore[sql-injection, nonsense-at-all] x");
    assert_eq!(found.directives[0].selectors, ["sql-injection"]);
    assert_eq!(found.errors[0].message, "no rule answers to `nonsense-at-all`");
    assert_eq!(found.errors[0].suggestion, None);
}

#[test]
fn bandits_own_reading_is_kept_apart() {
    // What Bandit 1.9.4's two patterns give, read off the tool.
    for (comment, words) in [
        ("# nosec", Some(&[][..])),
        ("# nosec B602,B607: x", Some(&["B607", "x"])),
        ("# nosec B602, B607 x", Some(&["B602", "B607", "x"])),
        ("#nosec B602 # B607", Some(&["B602"])),
        ("# nosecurity", Some(&["urity"])),
        ("# x # nosec: a_b # nosec B101", Some(&["a_b"])),
        ("# nosec (B101)", Some(&["B101"])),
        ("# nosec B602abc", Some(&["abc"])),
        ("# nosec B602B607", Some(&["B607"])),
        ("# nosec ,a,,b,", Some(&["a", "b"])),
        ("# nosec bB1", Some(&["bB1"])),
        ("# no sec", None),
        ("# my nosec", None),
    ] {
        assert_eq!(bandit_nosec(comment).as_deref(), words, "{comment}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(comment in "\\PC{0,80}") {
        let _ = parse(&comment);
        let _ = bandit_nosec(&comment);
    }

    #[test]
    fn anything_near_the_grammar_keeps_its_range(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("#"), Just("# "), Just("nosec"), Just("noqa"), Just("seriema"), Just(":"), Just(" "), Just("["),
                Just("]"), Just("ignore"), Just("ignore-file"), Just("B602"), Just("S602"), Just(","), Just("(until="),
                Just("2027-01-31"), Just(")"), Just("ruff"), Just("flake8"), Just("é"), Just("word"), Just("-"),
                Just("shell-injection"), Just("\u{a0}"),
            ],
            0..24,
        ),
    ) {
        let comment = parts.concat();
        let found = parse(&comment);
        for range in found.directives.iter().map(|d| &d.range).chain(found.errors.iter().map(|e| &e.range)) {
            prop_assert!(comment.get(range.clone()).is_some_and(|text| text.starts_with('#')), "{comment:?} {range:?}");
        }
        prop_assert!(may_suppress(&comment) || found == Directives::default());
        let _ = bandit_nosec(&comment);
    }
}
