//! A small report with one of everything: fix, flow, notebook, wide and hidden characters, suppression, diagnostics.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "shared: each test, and the preview, uses a part of this"
)]

mod packages;
mod schemas;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use seriema_finding::{
    Applicability, Confidence, Cwe, Diagnostic, DiagnosticKind, Edit, Family, Finding, FingerprintBuilder, Fix,
    FlowStep, Location, Package, Persona, Position, Rule, Severity, Snippet, Suppression, SuppressionKind,
};
use seriema_report::{Followed, Hidden, Report, Summary};

pub static SHELL: Rule = Rule {
    slug: "shell-injection",
    family: Family::Injection,
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: &[Cwe(78)],
    aliases: &["B602", "B605", "S602", "S605"],
    page: include_str!("shell-injection.md"),
};

pub static YAML: Rule = Rule {
    slug: "unsafe-yaml-load",
    family: Family::Deserialization,
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: &[Cwe(502), Cwe(20)],
    aliases: &["B506", "S506"],
    page: include_str!("unsafe-yaml-load.md"),
};

pub static ASSERT: Rule = Rule {
    slug: "assert-used",
    family: Family::Robustness,
    severity: Severity::Low,
    confidence: Confidence::High,
    cwe: &[Cwe(617), Cwe(703)],
    aliases: &["B101", "S101"],
    page: include_str!("assert-used.md"),
};

pub static RULES: [&Rule; 3] = [&ASSERT, &SHELL, &YAML];

/// A validator that also looks at formats (`uri`, `uuid`).
///
/// The official SARIF schema holds a pattern that is no valid regular expression of ECMA-262 in Unicode mode, for the
/// language of a run: a bracket is closed that was never opened. It is left out; no report of ours has a language.
pub fn validator(schema: &str) -> jsonschema::Validator {
    let broken = serde_json::to_string("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$").unwrap();
    let schema = serde_json::from_str(&schema.replace(&broken, "\"\"")).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is valid")
}

/// Owns what a [`Report`] borrows.
#[derive(Debug)]
pub struct Sample {
    pub findings: Vec<Finding>,
    pub suppressed: Vec<Finding>,
    pub diagnostics: Vec<Diagnostic>,
    pub summary: Summary,
    pub dependencies: Option<Vec<Package>>,
    pub project: Option<String>,
    pub created: Option<String>,
}

impl Sample {
    pub fn report(&self) -> Report<'_> {
        Report {
            tool_version: "0.1.0",
            root: ".",
            findings: self.findings.iter().collect(),
            suppressed: self.suppressed.iter().collect(),
            diagnostics: &self.diagnostics,
            summary: self.summary.clone(),
            rules: RULES.to_vec(),
            dependencies: self.dependencies.as_deref(),
            project: self.project.as_deref(),
            created: self.created.as_deref(),
        }
    }
}

pub use packages::{package, packages, vulnerability};
pub use schemas::{cyclonedx_errors, openvex_errors, spdx_errors};

/// A file's path and text, to take locations from.
pub struct Source {
    pub path: &'static str,
    pub text: &'static str,
}

impl Source {
    fn position(&self, offset: usize) -> Position {
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        let of = |count: usize| u32::try_from(count).unwrap();
        Position {
            line: of(before.matches('\n').count() + 1),
            column: of(before[line_start..].chars().count() + 1),
            column_utf16: of(before[line_start..].encode_utf16().count() + 1),
            offset: of(offset),
        }
    }

    /// Where `needle` stands for the first time.
    pub fn find(&self, needle: &str) -> Location {
        let start = self.text.find(needle).expect("the needle is in the text");
        Location {
            path: self.path.into(),
            start: self.position(start),
            end: self.position(start + needle.len()),
            cell: None,
            function: None,
        }
    }

    pub fn edit(&self, needle: &str, content: &str) -> Edit {
        let place = self.find(needle);
        Edit { start: place.start, end: place.end, content: content.to_owned() }
    }

    /// The lines of a location with up to two on either side.
    pub fn snippet(&self, location: &Location) -> Snippet {
        let first = location.start.line.saturating_sub(2).max(1);
        let count = usize::try_from(location.end.line + 2 - first + 1).unwrap();
        let skip = usize::try_from(first - 1).unwrap();
        Snippet { first_line: first, lines: self.text.lines().skip(skip).take(count).map(str::to_owned).collect() }
    }
}

/// A finding with the texts of its rule's page.
pub fn finding(rule: &'static Rule, source: &Source, needle: &str, message: &str) -> Finding {
    let page = rule.parse_page().expect("a whole page");
    let location = source.find(needle);
    Finding {
        rule,
        codes: &[],
        severity: rule.severity,
        confidence: rule.confidence,
        persona: Persona::Regular,
        cwe: None,
        message: message.to_owned(),
        description: Cow::Borrowed(page.description),
        impact: Cow::Borrowed(page.impact),
        proof_of_concept: Cow::Borrowed(page.proof_of_concept),
        remedy: Cow::Borrowed(page.remedy),
        fix: None,
        snippet: source.snippet(&location),
        flow: Vec::new(),
        fingerprint: FingerprintBuilder::default().next(rule.slug, source.path, None, needle),
        suppression: None,
        secret: None,
        also: Vec::new(),
        commit: None,
        location,
    }
}

pub const VIEWS: Source = Source {
    path: "app/views.py",
    text: "\
import subprocess
import yaml
from flask import request


class Views:
    def index(self):
        name = request.args[\"name\"]
        options = name.strip()

        subprocess.run(f\"convert {options} /tmp/out.png\", shell=True)
        return \"ok\"

    def load(self, stream):
        config = yaml.load(stream)
        subprocess.run(
            \"tar xf \" + stream.name,
            cwd=\"/tmp\",
            env={},
            check=True,
            shell=True,
        )
        return config
",
};

pub const WIDE: Source = Source {
    path: "app/日本 語.py",
    text: "def f(x):\n\t名前 = '\u{202e}cod\u{1b}[31m' + '😀'; assert x == '日本語', \"=cmd|' /C calc'!A0\"\n\treturn 名前\n",
};

pub const CELL: Source = Source { path: "notes/book.ipynb", text: "import yaml\nyaml.load(open(\"x.yml\"))\n" };

pub const LONG: Source = Source {
    path: "vendor/min.py",
    text: concat!(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1; ",
        "import os; os.system(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa); ",
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = 2\n",
    ),
};

/// The report of the snapshots.
pub fn sample() -> Sample {
    let mut shell = finding(
        &SHELL,
        &VIEWS,
        "subprocess.run(f\"convert {options} /tmp/out.png\", shell=True)",
        "`subprocess.run` starts a shell with a command built from `options`, which comes from the request",
    );
    shell.codes = &["B602", "S602"];
    shell.severity = Severity::Critical;
    shell.confidence = Confidence::High;
    shell.location.function = Some("Views.index".into());
    shell.proof_of_concept = Cow::Owned(
        "```sh\ncurl 'http://localhost:5000/?name=x;id'\n```\n\nThe answer holds the output of `id`.".to_owned(),
    );
    shell.flow = vec![
        FlowStep {
            location: VIEWS.find("request.args[\"name\"]"),
            message: "the query parameter `name` is read".to_owned(),
        },
        FlowStep { location: VIEWS.find("name.strip()"), message: "stripped, which neutralises nothing".to_owned() },
        FlowStep { location: VIEWS.find("{options}"), message: "becomes part of the command".to_owned() },
    ];

    let mut yaml = finding(&YAML, &VIEWS, "yaml.load(stream)", "`yaml.load` builds any object that `stream` asks for");
    yaml.codes = &["B506", "S506"];
    yaml.location.function = Some("Views.load".into());
    yaml.fix = Some(Fix {
        title: "Use `yaml.safe_load`".to_owned(),
        edits: vec![VIEWS.edit("yaml.load", "yaml.safe_load")],
        applicability: Applicability::Safe,
    });

    let needle = "subprocess.run(\n            \"tar xf \" + stream.name,\n            cwd=\"/tmp\",\n            env={},\n            check=True,\n            shell=True,\n        )";
    let mut second =
        finding(&SHELL, &VIEWS, needle, "`subprocess.run` starts a shell with a command that is not constant");
    second.codes = &["B602", "S602"];
    second.location.function = Some("Views.load".into());
    second.fix = Some(Fix {
        title: "Pass a list and no shell".to_owned(),
        edits: vec![
            Edit {
                start: Position { line: 1, column: 1, column_utf16: 1, offset: 0 },
                end: Position { line: 1, column: 1, column_utf16: 1, offset: 0 },
                content: "import shlex\n".to_owned(),
            },
            VIEWS.edit("\"tar xf \" + stream.name", "[\"tar\", \"xf\", stream.name]"),
            VIEWS.edit("            shell=True,\n        )", "        )"),
        ],
        applicability: Applicability::Suggestion,
    });

    let mut wide = finding(
        &ASSERT,
        &WIDE,
        "assert x == '日本語'",
        "`assert` guards against \u{1b}[31m`名前`\u{202e} in\nproduction code",
    );
    wide.codes = &["B101", "S101"];
    wide.persona = Persona::Auditor;
    wide.location.function = Some("f".into());

    let mut cell =
        finding(&YAML, &CELL, "yaml.load(open(\"x.yml\"))", "`yaml.load` builds any object that the file asks for");
    cell.codes = &["B506", "S506"];
    cell.severity = Severity::Medium;
    cell.location.cell = Some(3);
    cell.fix = Some(Fix {
        title: "Use `yaml.safe_load`".to_owned(),
        edits: vec![CELL.edit("yaml.load", "yaml.safe_load")],
        applicability: Applicability::Safe,
    });

    let mut long = finding(
        &SHELL,
        &LONG,
        "os.system(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)",
        "`os.system` runs a command that is not constant",
    );
    long.codes = &["B605", "S605"];
    long.cwe = Some(Cwe(88));

    let mut in_source = finding(&ASSERT, &VIEWS, "return config", "`assert` is compiled away by `python -O`");
    in_source.suppression =
        Some(Suppression { kind: SuppressionKind::InSource, reason: "only in tests, <checked>".to_owned() });
    let mut external = finding(&ASSERT, &VIEWS, "return \"ok\"", "`assert` is compiled away by `python -O`");
    external.suppression = Some(Suppression { kind: SuppressionKind::External, reason: String::new() });

    let mut diagnostics = vec![
        Diagnostic {
            column: Some(9),
            ..Diagnostic::line("app/broken.py".into(), 3, DiagnosticKind::Syntax, "expected `)`, found a line end")
        },
        Diagnostic::file(
            "old/setup\u{1b}[2J.py".into(),
            DiagnosticKind::Python2,
            "`print` without parentheses; convert the file to Python 3, or exclude it if it is no part of the program any more",
        ),
        Diagnostic::file("data/secret.py".into(), DiagnosticKind::Unreadable, "permission denied"),
        Diagnostic {
            cell: Some(2),
            ..Diagnostic::line("notes/book.ipynb".into(), 1, DiagnosticKind::Syntax, "unexpected indentation")
        },
        Diagnostic::line("app/views.py".into(), 40, DiagnosticKind::Config, "`# nosec` names the unknown rule `B999`"),
    ];
    diagnostics.sort();
    Sample {
        findings: vec![shell, yaml, second, wide, cell, long],
        suppressed: vec![external, in_source],
        diagnostics,
        summary: Summary {
            files_read: 1204,
            files_skipped: 17,
            lines: 234_567,
            persona: Persona::Regular,
            hidden: Hidden {
                by_persona: BTreeMap::from([(Persona::Pedantic, 12), (Persona::Auditor, 340)]),
                by_severity: 3,
                ..Hidden::default()
            },
            flow: Some(Followed {
                threat_model: "web",
                files: 1204,
                functions: 9876,
                entries: 310,
                resolved: 20_123,
                external: 40_456,
                unresolved: 5_678,
                bounded: vec![("app/views.py".into(), 12, "Views.index".to_owned())],
                unsettled: 2,
                without_model: vec!["falcon".to_owned(), "pyramid".to_owned()],
            }),
            duration: Some(Duration::from_millis(412)),
        },
        dependencies: None,
        project: None,
        created: None,
    }
}

/// A report on a clean project.
pub fn clean() -> Sample {
    let summary =
        Summary { files_read: 12, lines: 1400, duration: Some(Duration::from_millis(8)), ..Summary::default() };
    Sample {
        findings: Vec::new(),
        suppressed: Vec::new(),
        diagnostics: Vec::new(),
        summary,
        dependencies: None,
        project: None,
        created: None,
    }
}
