//! Arbitrary bytes as a Python file and as a notebook: read, parse, bind, all rules, suppressions, every format.
//!
//! Nothing may panic, overflow the stack or run away; no finding may lie outside of the text; what is written for
//! machines must be readable by them; and nothing of the input may act on a terminal.

#![no_main]

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use seriema_audit::{Settings, VOCABULARY, audit_text, select};
use seriema_finding::{DiagnosticKind, Finding};
use seriema_report::{Detail, Format, Hidden, Report, Summary, TextOptions, render};
use seriema_workspace::{ConfigSource, ConfigTree, FileKind, Overrides, SourceFile};

/// The stack that the command line walks trees on, in bytes.
const STACK: usize = 64 << 20;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let root = std::env::temp_dir();
    let tree = ConfigTree::load(&root, ConfigSource::None, Overrides::default(), &VOCABULARY);
    Settings {
        tree: tree.expect("the defaults are valid"),
        today: jiff::civil::date(2026, 11, 23),
        code: true,
        secrets: None,
        flow: true,
        threat: None,
        once: false,
        models: Vec::new(),
        cache: None,
    }
});

/// The thread that does the work, what it is given and its word that it is done.
static WORKER: LazyLock<Mutex<(Sender<Vec<u8>>, Receiver<()>)>> = LazyLock::new(|| {
    let (to_worker, inputs) = channel::<Vec<u8>>();
    let (done, answers) = channel();
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            for bytes in inputs {
                // Only an object can be a notebook; of all else, a look at whether it is refused is enough.
                if bytes.trim_ascii_start().starts_with(b"{") || bytes.len() < 16 {
                    run(FileKind::Notebook, bytes.clone());
                }
                run(FileKind::Python, bytes);
                done.send(()).expect("somebody waits");
            }
        })
        .expect("a thread");
    Mutex::new((to_worker, answers))
});

/// A finding without what its rule's page says, which is the same for every input.
fn without_page(finding: &Finding) -> Finding {
    let own = |text: &Cow<'static, str>| match text {
        Cow::Borrowed(_) => Cow::Borrowed(""),
        Cow::Owned(_) => text.clone(),
    };
    Finding {
        description: own(&finding.description),
        impact: own(&finding.impact),
        proof_of_concept: own(&finding.proof_of_concept),
        remedy: own(&finding.remedy),
        ..finding.clone()
    }
}

fn run(kind: FileKind, bytes: Vec<u8>) {
    let name = if kind == FileKind::Notebook { "input.ipynb" } else { "input.py" };
    let file = SourceFile {
        absolute: PathBuf::from("/").join(name),
        relative: Arc::from(name),
        kind,
        named: true,
        module: None,
        is_package_init: false,
        is_test: false,
    };
    let audit = audit_text(&file, bytes.clone(), &SETTINGS);
    for diagnostic in &audit.diagnostics {
        assert_ne!(diagnostic.kind, DiagnosticKind::Internal, "{}", diagnostic.message);
    }
    for (_, finding) in &audit.findings {
        assert!(finding.location.start <= finding.location.end, "{finding:?}");
        assert!(finding.location.start.line > 0 && finding.location.start.column > 0, "{finding:?}");
    }
    let shown = select(&audit, &SETTINGS);
    if audit.findings.is_empty() && audit.diagnostics.is_empty() {
        return;
    }
    let all: Vec<Finding> = audit.findings.iter().map(|(_, finding)| without_page(finding)).collect();
    let report = Report {
        tool_version: "0.0.0",
        root: ".",
        // Of all personas: what is hidden from one is rendered for another.
        findings: all.iter().filter(|finding| finding.suppression.is_none()).collect(),
        suppressed: all.iter().filter(|finding| finding.suppression.is_some()).collect(),
        diagnostics: &audit.diagnostics,
        summary: Summary {
            files_read: audit.files,
            files_skipped: 0,
            lines: audit.lines as u64,
            hidden: Hidden {
                by_persona: shown.by_persona,
                by_severity: shown.by_severity,
                by_confidence: shown.by_confidence,
                by_baseline: 0,
            },
            ..Summary::default()
        },
        // Those with findings are described all the same.
        rules: Vec::new(),
        // Lists of what a project consists of are empty ones.
        dependencies: Some(&[]),
        project: None,
        created: None,
    };
    let options = TextOptions { detail: Detail::Verbose, statistics: true, ..TextOptions::default() };
    // Writing takes far longer than what is written about: of most inputs, a third of the formats.
    let turn = usize::from(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte)));
    for (_, format) in Format::ALL.iter().enumerate().filter(|(index, _)| index % 3 == turn % 3 || turn % 16 == 0) {
        let mut out = Vec::new();
        render(*format, &report, &options, &mut out).expect("memory can be written to");
        match format {
            Format::Json | Format::Sarif | Format::Gitlab | Format::GitlabSast => {
                let _: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
            }
            Format::Text => {
                let text = std::str::from_utf8(&out).expect("UTF-8");
                assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "a control character: {text:?}");
            }
            _ => assert!(std::str::from_utf8(&out).is_ok(), "{format:?} is not UTF-8"),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let worker = WORKER.lock().expect("one caller");
    worker.0.send(bytes.to_vec()).expect("the worker is there");
    worker.1.recv().expect("the worker is there");
});
