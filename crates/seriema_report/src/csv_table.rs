//! The report as a table: one row a finding, and one for each thing that was not analysed.
//!
//! A spreadsheet takes a cell that starts with `=`, `+`, `-` or `@` for a formula, and a source file may hold such a
//! text on purpose (CWE-1236). Those cells get an apostrophe in front, as OWASP advises:
//! <https://owasp.org/www-community/attacks/CSV_Injection>.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::Report;
use crate::model::{owasp_2021, owasp_2025};
use crate::visible;

/// The columns.
const HEAD: [&str; 20] = [
    "kind",
    "severity",
    "confidence",
    "rule",
    "title",
    "message",
    "path",
    "cell",
    "line",
    "column",
    "end_line",
    "end_column",
    "function",
    "cwe",
    "owasp_2021",
    "owasp_2025",
    "codes",
    "persona",
    "fix",
    "fingerprint",
];

/// Writes the report as comma-separated values (RFC 4180).
pub(crate) fn render(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    table.write_record(HEAD)?;
    for finding in &report.findings {
        let location = &finding.location;
        let row: [Cow<'_, str>; 20] = [
            "finding".into(),
            finding.severity.as_str().into(),
            finding.confidence.as_str().into(),
            finding.rule.slug.into(),
            finding.rule.title().into(),
            finding.message.as_str().into(),
            (&*location.path).into(),
            number(location.cell),
            number(Some(location.start.line)),
            number(Some(location.start.column)),
            number(Some(location.end.line)),
            number(Some(location.end.column)),
            location.function.as_deref().unwrap_or_default().into(),
            joined(finding.cwes()),
            joined(owasp_2021(finding).into_iter().map(|category| category.code())),
            joined(owasp_2025(finding).into_iter().map(|category| category.code())),
            joined(finding.codes.iter()),
            finding.persona.as_str().into(),
            finding.fix.as_ref().map(|fix| fix.title.as_str()).unwrap_or_default().into(),
            finding.fingerprint.to_string().into(),
        ];
        table.write_record(row.iter().map(|cell| safe(cell).into_owned()))?;
    }
    for diagnostic in report.diagnostics {
        let mut row = vec![String::new(); HEAD.len()];
        let cells = [
            (0, "not-analysed".into()),
            (3, diagnostic.kind.as_str().into()),
            (5, diagnostic.message.as_str().into()),
            (6, (&*diagnostic.path).into()),
            (7, number(diagnostic.cell)),
            (8, number(diagnostic.line)),
            (9, number(diagnostic.column)),
        ];
        for (column, text) in cells {
            let text: Cow<'_, str> = text;
            if let Some(cell) = row.get_mut(column) {
                *cell = safe(&text).into_owned();
            }
        }
        if !diagnostic.kind.is_incomplete()
            && let Some(kind) = row.first_mut()
        {
            "configuration".clone_into(kind);
        }
        table.write_record(row)?;
    }
    table.flush()
}

fn number(value: Option<u32>) -> Cow<'static, str> {
    value.map(|value| value.to_string()).unwrap_or_default().into()
}

fn joined(items: impl Iterator<Item = impl ToString>) -> Cow<'static, str> {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(" ").into()
}

/// A cell without line ends, hidden characters, or the start of a formula.
fn safe(text: &str) -> Cow<'_, str> {
    let text = visible::line(text);
    // Full-width signs start a formula in some spreadsheets; blanks before the sign are passed over by others.
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}").into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"] {
            assert_eq!(safe(text), format!("'{text}"));
        }
        assert_eq!(safe("a=b"), "a=b");
        assert_eq!(safe("\t=1"), "\\t=1");
        assert_eq!(safe("a\r\n=1"), "a\\r\\n=1");
    }
}
