use super::*;

#[test]
fn a_record_is_read() {
    let record = read_json(
        br###"{
            "id": "GHSA-aaaa", "aliases": ["CVE-2024-1", "PYSEC-2024-1"], "modified": "2024-02-03T04:05:06Z",
            "published": "2024-01-02T03:04:05Z", "details": "## Impact\n\nTemplates  are **run**.\nMore.",
            "severity": [
                {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
                {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N"},
                {"type": "CVSS_V4", "score": "none of it"}
            ],
            "references": [{"type": "WEB", "url": "https://example.org/a"}, {"type": "ADVISORY", "url": "https://example.org/b"}],
            "database_specific": {"severity": "moderate", "cwe_ids": ["CWE-94", "CWE-20"]},
            "affected": [
                {"package": {"ecosystem": "npm", "name": "left-pad"}, "versions": ["1"]},
                {"package": {"ecosystem": "PyPI", "name": "Jinja_2"}, "versions": ["2.0", "2.1"],
                 "ranges": [
                    {"type": "GIT", "repo": "https://example.org", "events": [{"introduced": "0"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.2"}]}
                 ],
                 "ecosystem_specific": {"imports": [{"attribute": "from_string", "modules": ["jinja2.Environment"]}]},
                 "database_specific": {"affected_functions": ["jinja2.Template()", "not a name"]}}
            ]
        }"###,
    )
    .expect("a record");
    assert_eq!((record.id.as_str(), record.aliases.len(), record.is_withdrawn), ("GHSA-aaaa", 2, false));
    assert_eq!((record.summary.as_str(), record.has_summary), ("Templates are **run**.", false));
    assert_eq!(record.vector.as_ref().map(|(version, score, _)| (*version, *score)), Some((40, 8.7)));
    assert_eq!(record.severity.as_deref(), Some("MODERATE"));
    assert_eq!(record.weaknesses, ["CWE-20", "CWE-94"]);
    assert_eq!(record.url.as_deref(), Some("https://example.org/b"));
    assert_eq!(record.published.as_deref(), Some("2024-01-02"));
    let [(name, data)] = record.packages.as_slice() else { panic!("one package") };
    assert_eq!(name.as_str(), "jinja-2");
    assert_eq!(data.versions, ["2.0", "2.1"]);
    assert_eq!(data.ranges.len(), 1, "commits are not versions");
    assert_eq!(data.symbols, ["jinja2.Environment.from_string", "jinja2.Template"]);
}

#[test]
fn versions_of_yaml_stay_as_they_are_written() {
    let record = read_yaml(
        "id: PYSEC-2021-1\naffected:\n- package:\n    name: zope.interface\n    ecosystem: PyPI\n    purl: pkg:pypi/x\n  \
         ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: 0\n    - fixed: 1.10\n  versions:\n  - 1.0\n  - 1.10\n  \
         - '2'\n  - 0x10\n  - 1e3\nmodified: 2021-08-27T03:22:04Z\npublished: 2021-01-01T00:00:00Z\naliases:\n- CVE-2021-1\n",
    )
    .expect("a record");
    let (name, data) = &record.packages[0];
    assert_eq!(name.as_str(), "zope-interface");
    assert_eq!(data.versions, ["1.0", "1.10", "2", "0x10", "1e3"]);
    assert_eq!(data.ranges[0].events, [Event::Introduced("0".to_owned()), Event::Fixed("1.10".to_owned())]);
    assert_eq!(record.published.as_deref(), Some("2021-01-01"));
    assert_eq!(record.modified, "2021-08-27T03:22:04Z");
}

#[test]
fn what_decides_has_to_be_right() {
    for (text, reason) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "invalid length"),
        (r#"{"affected": []}"#, "missing field `id`"),
        (r#"{"id": ""}"#, "its id is none"),
        (r#"{"id": "a\nb"}"#, "its id is none"),
        (r#"{"id": "X-1", "affected": 1}"#, "invalid type"),
        (r#"{"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "../a"}}]}"#, "no package's name"),
        (
            r#"{"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": [{}]}]}"#,
            "invalid type",
        ),
        (
            r#"{"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": [{"type": "NEW"}]}]}"#,
            "a range of the type `NEW`",
        ),
    ] {
        let error = read_json(text.as_bytes()).map(|record| record.id).expect_err(text);
        assert!(error.to_string().contains(reason), "{text}: {error}");
    }
    assert!(read_json("[".repeat(100_000).as_bytes()).is_err());
    assert!(read_yaml(&"[".repeat(100_000)).is_err());
}

#[test]
fn a_record_is_not_lost_for_the_rest() {
    let record = read_json(
        br#"{"id": "X-1", "aliases": null, "severity": "HIGH", "references": [{"url": 1}], "published": 7, "summary": {},
            "database_specific": [], "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": null,
            "ranges": null, "ecosystem_specific": null}], "details": null, "credits": 1}"#,
    )
    .expect("a record");
    assert_eq!(record.packages.len(), 1);
    assert_eq!((record.vector, record.url, record.published), (None, None, None));
}

#[test]
fn summaries_are_one_line() {
    for (text, expected) in [
        ("", ""),
        ("\n\n  One.\nTwo.", "One."),
        ("# Summary\nIt  leaks\ttokens", "It leaks tokens"),
        ("### Remote code in `x`", "Remote code in `x`"),
        ("---\nText", "Text"),
    ] {
        assert_eq!(one_line(text), expected, "{text:?}");
    }
    let long = one_line(&"wörter, ".repeat(100));
    assert!(long.len() < SUMMARY + 10 && long.ends_with("wörter …"), "{long}");
}

#[test]
fn a_record_that_is_about_others_is_told_by_its_bytes() {
    let names: FxHashSet<Name> = ["zope-interface", "django"].into_iter().filter_map(Name::new).collect();
    for (text, expected) in [
        (r#"{"package": {"name": "Django"}}"#, true),
        (r#"{"package":{"name":"zope.Interface"}}"#, true),
        ("package:\n  name: Zope_interface\n", true),
        ("package:\n  name: 'django'", true),
        (r#"{"name": "dj\u0061ngo"}"#, true),
        (r#"{"package": {"name": "django-cms"}, "summary": "django"}"#, false),
        (r#"{"package": {"ecosystem": "PyPI"}}"#, false),
        ("", false),
        ("name", false),
        ("name:", false),
    ] {
        assert_eq!(names_any(text.as_bytes(), &names), expected, "{text}");
    }
}
