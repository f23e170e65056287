//! Whatever a project has in its names and lines, reports stay well-formed and act on nothing.

mod common;

use std::borrow::Cow;

use proptest::prelude::*;
use seriema_finding::{
    Applicability, Diagnostic, DiagnosticKind, Edit, Finding, Fix, FlowStep, Package, PackageOrigin, Place, Position,
    Reach, Severity, Snippet, Vulnerability,
};
use seriema_report::{Detail, Format, TextOptions, render};

/// Text with a liking for what could break a format.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[ -~]{0,12}",
        prop::sample::select(vec![
            "\u{1b}[2J",
            "\u{1b}]8;;http://e\u{7}",
            "\u{9b}31m",
            "\u{202e}",
            "\u{2066}",
            "\u{0}",
            "\u{8}",
            "\r",
            "\n",
            "\r\n",
            "\t",
            "]]>",
            "<!--",
            "</details>",
            "```",
            "~~~",
            "`",
            "\"",
            "'",
            "\\",
            ",",
            ";",
            "=1+1",
            "::error::",
            "%0A",
            "&amp;",
            "](http://e)",
            "@owner",
            "\u{feff}",
            "\u{ffff}",
            "\u{e0041}",
            "日本",
            "😀",
            "e\u{301}",
            "a b",
            "|",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn position() -> impl Strategy<Value = Position> {
    (0..6u32, 0..40u32).prop_map(|(line, column)| Position {
        line,
        column,
        column_utf16: column,
        offset: line * 50 + column,
    })
}

prop_compose! {
    fn finding()(
        texts in prop::collection::vec(hostile(), 9),
        lines in prop::collection::vec(hostile(), 0..5),
        first_line in 0..4u32,
        (start, end) in (position(), position()),
        edits in prop::collection::vec((position(), position(), hostile()), 0..3),
        cell in prop::option::of(1..4u32),
    ) -> Finding {
        let mut finding = common::sample().findings.remove(0);
        let text = |index: usize| texts[index].clone();
        finding.message = text(0);
        finding.location.path = text(1).into();
        finding.location.function = Some(text(2).into());
        finding.location.start = start;
        finding.location.end = end;
        finding.location.cell = cell;
        finding.description = Cow::Owned(text(3));
        finding.impact = Cow::Owned(text(4));
        finding.proof_of_concept = Cow::Owned(text(5));
        finding.remedy = Cow::Owned(text(6));
        finding.flow = vec![FlowStep { location: finding.location.clone(), message: text(7) }];
        finding.snippet = Snippet { first_line, lines };
        finding.fix = Some(Fix {
            title: text(8),
            edits: edits.into_iter().map(|(start, end, content)| Edit { start, end, content }).collect(),
            applicability: Applicability::Suggestion,
        });
        finding
    }
}

prop_compose! {
    fn vulnerability()(
        texts in prop::collection::vec(hostile(), 9),
        many in prop::collection::vec(hostile(), 0..4),
        score in prop::option::of(0.0f32..=10.0),
        (is_malicious, is_exploited) in any::<(bool, bool)>(),
        (kind, severity) in (0..5, 0..5usize),
        published in prop_oneof![hostile(), Just("2024-02-29".to_owned()), Just("2024-02-31".to_owned())],
        url in prop_oneof![hostile(), hostile().prop_map(|text| format!("https://example.org/{text}"))],
    ) -> Vulnerability {
        let text = |index: usize| texts[index].clone();
        let place = || Place { path: text(0).into(), line: 1, text: text(1) };
        Vulnerability {
            aliases: many.iter().cloned().chain([text(2)]).collect(),
            summary: text(3),
            fixed_in: many.clone(),
            score,
            vector: Some(text(4)),
            weaknesses: many.iter().map(|text| format!("CWE-{text}")).chain(["CWE-79".to_owned(), "CWE-0".to_owned()]).collect(),
            url: Some(url),
            published: Some(published),
            epss: score.map(|score| score / 10.0),
            is_exploited,
            is_malicious,
            symbols: many,
            reach: match kind {
                0 => None,
                1 => Some(Reach::NotImported),
                2 => Some(Reach::Imported(place())),
                3 => Some(Reach::NotUsed(place())),
                _ => Some(Reach::Used { symbol: text(5), steps: vec![place()] }),
            },
            ..common::vulnerability(&text(6), Severity::ALL[severity])
        }
    }
}

prop_compose! {
    fn package()(
        texts in prop::collection::vec(hostile(), 8),
        name in prop_oneof![hostile(), "[ab]"],
        version in prop::option::of(prop_oneof![hostile(), "[0-1]"]),
        path in prop_oneof![hostile(), Just("uv.lock".to_owned())],
        requires in prop::option::of(prop::collection::vec(prop_oneof![hostile(), "[ab]"], 0..3)),
        (origin, is_direct, is_hashed) in (0..6, any::<Option<bool>>(), any::<bool>()),
        vulnerabilities in prop::collection::vec(vulnerability(), 0..3),
    ) -> Package {
        let text = |index: usize| texts[index].clone();
        Package {
            name,
            version,
            allowed: text(0),
            path: path.into(),
            is_direct,
            brought_by: vec![text(1), text(2)],
            requires,
            extras: vec![text(3)],
            group: Some(text(4)).filter(|group| !group.is_empty()),
            origin: match origin {
                0 => PackageOrigin::Index,
                1 => PackageOrigin::NamedIndex(text(5)),
                2 => PackageOrigin::Vcs { url: text(5), commit: Some(text(6)) },
                3 => PackageOrigin::Url(format!("https://example.org/{}", text(5))),
                4 => PackageOrigin::Path(text(5)),
                _ => PackageOrigin::Conda(text(5)),
            },
            is_hashed,
            vulnerabilities,
            ..common::package("", "", 1)
        }
    }
}

prop_compose! {
    fn sample()(
        findings in prop::collection::vec(finding(), 0..3),
        suppressed in prop::collection::vec(finding(), 0..2),
        diagnostics in prop::collection::vec((hostile(), hostile()), 0..3),
        packages in prop::collection::vec(package(), 0..4),
        project in prop::option::of(hostile()),
    ) -> common::Sample {
        let mut sample = common::sample();
        sample.dependencies = Some(packages);
        sample.project = project;
        sample.findings = findings;
        sample.suppressed = suppressed;
        sample.diagnostics = diagnostics
            .into_iter()
            .map(|(path, message)| Diagnostic::line(path.into(), 1, DiagnosticKind::Syntax, message))
            .collect();
        sample
    }
}

fn write(format: Format, sample: &common::Sample, options: &TextOptions) -> String {
    let mut out = Vec::new();
    render(format, &sample.report(), options, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

/// Characters that act on a terminal or on the text around them.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn without_sgr(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(after.len());
        assert!(after[end..].starts_with('m'), "a sequence that is no colour: {after:?}");
        rest = &after[end + 1..];
    }
    out + rest
}

/// A line of markdown without its code spans (CommonMark 6.1): a run of ticks closes at the next run as long.
fn without_code(line: &str) -> String {
    let runs: Vec<(usize, usize)> = line
        .match_indices('`')
        .filter(|(index, _)| !line[..*index].ends_with('`'))
        .map(|(index, _)| (index, line[index..].bytes().take_while(|b| *b == b'`').count()))
        .collect();
    let mut out = String::new();
    let (mut written, mut next) = (0, 0);
    while let Some((start, length)) = runs.get(next).copied() {
        next += 1;
        if let Some(skip) = runs[next..].iter().position(|(_, other)| *other == length) {
            out.push_str(&line[written..start]);
            next += skip + 1;
            written = runs[next - 1].0 + length;
        }
    }
    out + &line[written..]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_format_prints_what_acts_on_a_terminal(sample in sample()) {
        for format in Format::ALL {
            let text = write(*format, &sample, &TextOptions::default());
            // Carriage returns end the records of a CSV file.
            let text = if *format == Format::Csv { text.replace("\r\n", "\n") } else { text };
            prop_assert_eq!(text.chars().find(|c| acts(*c)), None, "{}", format);
        }
    }

    #[test]
    fn the_terminal_gets_colours_and_nothing_else(sample in sample(), width in 0..200usize, unicode: bool, statistics: bool) {
        for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
            let options = TextOptions { width, color: true, unicode, detail, statistics };
            let colored = without_sgr(&write(Format::Text, &sample, &options));
            prop_assert_eq!(colored.chars().find(|c| acts(*c)), None);
        }
    }

    #[test]
    fn json_formats_are_read_back_with_the_same_text(sample in sample()) {
        for format in [Format::Json, Format::Sarif, Format::Gitlab, Format::GitlabSast] {
            let document: serde_json::Value = serde_json::from_str(&write(format, &sample, &TextOptions::default())).unwrap();
            if format == Format::Json {
                for (finding, value) in sample.findings.iter().zip(document["findings"].as_array().unwrap()) {
                    prop_assert_eq!(value["message"].as_str(), Some(&*finding.message));
                    prop_assert_eq!(value["location"]["path"].as_str(), Some(&*finding.location.path));
                }
            }
        }
    }

    #[test]
    fn sarif_holds_to_its_schema(sample in sample()) {
        static SCHEMA: std::sync::LazyLock<jsonschema::Validator> = std::sync::LazyLock::new(|| {
            common::validator(include_str!("../schema/sarif-2.1.0.json"))
        });
        let document: serde_json::Value =
            serde_json::from_str(&write(Format::Sarif, &sample, &TextOptions::default())).unwrap();
        let errors: Vec<_> = SCHEMA.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        prop_assert_eq!(errors, Vec::<String>::new());
    }

    #[test]
    fn csv_keeps_its_rows_and_columns_and_has_no_formulas(sample in sample()) {
        let text = write(Format::Csv, &sample, &TextOptions::default());
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(rows.len(), sample.findings.len() + sample.diagnostics.len());
        for cell in rows.iter().flatten() {
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell:?}");
        }
    }

    #[test]
    fn junit_is_well_formed_xml(sample in sample()) {
        let text = write(Format::Junit, &sample, &TextOptions::default());
        let mut reader = quick_xml::Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        let mut cases = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(start) if start.name().as_ref() == "testcase" => {
                    cases += 1;
                    for attribute in start.attributes() {
                        attribute.unwrap();
                    }
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        prop_assert_eq!(cases, sample.findings.len() + sample.suppressed.len() + sample.diagnostics.len());
        // Of what XML 1.0 forbids, the non-characters are no control characters.
        let forbidden = text.find(['\u{fffe}', '\u{ffff}']);
        prop_assert_eq!(forbidden, None);
    }

    #[test]
    fn each_workflow_command_is_one_line(sample in sample()) {
        let text = write(Format::Github, &sample, &TextOptions::default());
        prop_assert_eq!(text.lines().count(), sample.findings.len() + sample.diagnostics.len());
        for line in text.lines() {
            prop_assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
        }
    }

    #[test]
    fn bills_of_materials_hold_to_their_schemas(sample in sample()) {
        let document = |format| {
            serde_json::from_str::<serde_json::Value>(&write(format, &sample, &TextOptions::default())).expect("JSON")
        };
        prop_assert_eq!(common::cyclonedx_errors(&document(Format::CycloneDx)), [""; 0]);
        prop_assert_eq!(common::spdx_errors(&document(Format::Spdx)), [""; 0]);
        prop_assert_eq!(common::openvex_errors(&document(Format::OpenVex)), [""; 0]);
    }

    #[test]
    fn markdown_blocks_are_all_closed(sample in sample()) {
        let text = write(Format::Markdown, &sample, &TextOptions::default());
        let mut fence: Option<String> = None;
        let (mut opened, mut closed) = (0, 0);
        for line in text.lines() {
            // A fence stands in at most three columns; one of ticks has none behind them (CommonMark 4.5).
            let text = line.trim_start_matches(' ');
            let sign = text.chars().next().filter(|c| ['`', '~'].contains(c) && line.len() - text.len() <= 3);
            let mark: String = text.chars().take_while(|c| Some(*c) == sign).collect();
            let info = &text[mark.len()..];
            let mark = if mark.len() < 3 || (sign == Some('`') && info.contains('`')) { String::new() } else { mark };
            match &fence {
                Some(open) if mark.starts_with(open.as_str()) && info.trim().is_empty() => fence = None,
                None if !mark.is_empty() => fence = Some(mark),
                None => {
                    let line = without_code(line);
                    opened += line.matches("<details>").count();
                    closed += line.matches("</details>").count();
                }
                Some(_) => {}
            }
        }
        prop_assert_eq!(fence, None, "{}", text);
        prop_assert_eq!(opened, closed, "{}", text);
    }
}

#[test]
fn a_comment_keeps_to_the_size_that_github_takes() {
    let mut sample = common::sample();
    let one = sample.findings[0].clone();
    sample.findings = vec![one; 2000];
    let text = write(Format::Markdown, &sample, &TextOptions::default());
    assert!(text.len() < 65_000, "{}", text.len());
    assert!(text.contains("more findings"), "{}", &text[text.len() - 600..]);
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_the_duration() {
    let mut fast = common::sample();
    fast.dependencies = common::packages().dependencies;
    let mut slow = common::sample();
    slow.dependencies = common::packages().dependencies;
    slow.summary.duration = Some(std::time::Duration::from_secs(3600));
    for format in Format::ALL.iter().filter(|format| **format != Format::Text) {
        let options = TextOptions::default();
        assert_eq!(write(*format, &fast, &options), write(*format, &slow, &options), "{format}");
    }
}
