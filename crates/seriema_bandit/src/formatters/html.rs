//! A web page.

use crate::catalog::documentation_url;
use crate::issue::Issue;
use crate::report::{Entry, Report};

const HEADER: &str = include_str!("html_header.html");

pub(super) fn render(report: &Report<'_>) -> String {
    let results: String = report.entries.iter().enumerate().map(|(number, entry)| result(number, entry)).collect();
    let loc = report.metrics.total("loc");
    let nosec = report.metrics.total("nosec");
    let metrics = format!(
        "
<div id=\"metrics\">
    <div class=\"metrics-box bordered-box\">
        <div class=\"metrics-title\">
            Metrics:<br>
        </div>
        Total lines of code: <span id=\"loc\">{loc}</span><br>
        Total lines skipped (#nosec): <span id=\"nosec\">{nosec}</span>
    </div>
</div>

"
    );
    format!(
        "{HEADER}
<body>
{metrics}
{skipped}

<br>
<div id=\"results\">
    {results}
</div>

</body>
</html>
",
        skipped = skipped(report)
    )
}

fn skipped(report: &Report<'_>) -> String {
    if report.skipped.is_empty() {
        return String::new();
    }
    let files = report
        .skipped
        .iter()
        .map(|(name, reason)| format!("{} <b>reason:</b> {}<br>", markup_free(name), markup_free(reason)));
    format!(
        "
<br>
<div id=\"skipped\">
<div class=\"bordered-box\">
<b>Skipped files:</b><br><br>
{files}
</div>
</div>
",
        files = files.collect::<String>()
    )
}

fn result(number: usize, entry: &Entry<'_>) -> String {
    let issue = entry.issue;
    let (code, candidates) = if entry.candidates.len() <= 1 {
        let code = format!(
            "
<div class=\"code\">
<pre>
{}
</pre>
</div>
",
            shown_code(issue)
        );
        (code, String::new())
    } else {
        let list = entry.candidates.iter().map(|candidate| {
            format!(
                "
<div class=\"candidate\">
<div class=\"candidate-issues\">
<pre>{}</pre>
</div>
</div>
",
                shown_code(candidate)
            )
        });
        let candidates = format!(
            "
<div class=\"candidates\">
<br>
<b>Candidates: </b>
{}
</div>
",
            list.collect::<String>()
        );
        (String::new(), candidates)
    };
    format!(
        "
<div id=\"issue-{number}\">
<div class=\"issue-block issue-sev-{class}\">
    <b>{test}: </b> {text}<br>
    <b>Test ID:</b> {id}<br>
    <b>Severity: </b>{severity}<br>
    <b>Confidence: </b>{confidence}<br>
    <b>CWE: </b><a href=\"{link}\" target=\"_blank\">CWE-{cwe}</a><br>
    <b>File: </b><a href=\"{path}\" target=\"_blank\">{path}</a><br>
    <b>Line number: </b>{line}<br>
    <b>More info: </b><a href=\"{url}\" target=\"_blank\">{url}</a><br>
{code}
{candidates}
</div>
</div>
",
        class = issue.severity.as_str().to_lowercase(),
        test = issue.test,
        text = markup_free(&issue.text),
        id = issue.test_id,
        severity = issue.severity.as_str(),
        confidence = issue.confidence.as_str(),
        link = issue.cwe.link(),
        cwe = issue.cwe.0,
        path = markup_free(&issue.filename).replace('"', "&quot;"),
        line = issue.line,
        url = documentation_url(&issue.test_id),
    )
}

fn shown_code(issue: &Issue) -> String {
    let code = issue.code('\t');
    let code = code.trim_matches('\n').trim_start_matches(' ');
    markup_free(code).replace('"', "&quot;").replace('\'', "&#x27;")
}

/// Text from the audited project, which must not become a part of the page.
fn markup_free(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
