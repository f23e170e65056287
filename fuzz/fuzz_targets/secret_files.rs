//! Arbitrary bytes as a baseline, and as what projects have for gitleaks: its configuration, ignore file and report.
//!
//! Nothing may panic or run away; what is wrong has a line of the file; what is read and written is read again, and comes
//! out the same; and whatever a file says, a scan with it is a scan.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use seriema_secrets::baseline::{Baseline, ReadError};
use seriema_secrets::gitleaks::{Config, Ignore, Report};
use seriema_secrets::{Scanner, expand};

const FILE: &str = "file";

/// A text with secrets, that the files say something of.
static TEXT: LazyLock<String> = LazyLock::new(|| expand("KEY = \"AKIA<A-Z2-7:16>\"\npassword = \"<0-9a-f:32>\"\n"));

fn at_a_line(text: &str, error: &ReadError) {
    let lines = text.lines().count().max(1) + 1;
    assert!((1..=lines).contains(&(error.line as usize)), "{error} of {lines} lines");
    assert!(!error.message.is_empty());
}

fn baseline(text: &str) -> Option<Scanner> {
    let baseline = Baseline::read(FILE, text).inspect_err(|error| at_a_line(text, error)).ok()?;
    let written = baseline.write();
    let again = Baseline::read(FILE, &written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.write(), written);
    assert_eq!(again.subjects().len(), baseline.subjects().len());
    Scanner::embedded().with_baseline(baseline).inspect_err(|error| at_a_line(text, error)).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut scanners = vec![Scanner::embedded().with_ignore(Ignore::read(FILE, &text))];
    scanners.extend(baseline(&text));
    match Config::read(FILE, &text) {
        Ok(config) => {
            for (_, hit) in config.find("a.py", &TEXT) {
                assert!(TEXT.get(hit.secret).is_some());
            }
            scanners.push(Scanner::embedded().with_config(config));
        }
        Err(error) => at_a_line(&text, &error),
    }
    match Report::read(FILE, &text) {
        Ok(report) => scanners.push(Scanner::embedded().with_report(report)),
        Err(error) => at_a_line(&text, &error),
    }
    for scanner in scanners {
        let scan = scanner.scan("a.py", &TEXT, None);
        assert!(scan.secrets.windows(2).all(|pair| pair[0].range.start <= pair[1].range.start));
    }
});
