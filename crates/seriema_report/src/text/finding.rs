//! One finding in the terminal.

use anstyle::Style;
use seriema_finding::{Applicability, Finding, Fix, FlowStep};

use super::{Detail, Page, frame, prose, style};
use crate::diff::{self, Change};
use crate::model::{owasp_2021, owasp_2025, place_of};
use crate::visible;

/// How far everything below a finding's title stands in.
const INDENT: usize = 2;
/// Columns of a label (`why`, `fix`) with the space after it.
const LABEL: usize = 6;
/// Columns of what normal mode says of reason and fix before it is cut to whole sentences.
const LEAD: usize = 320;
/// Lines of example code that normal mode shows.
const CODE_LINES: usize = 8;
/// Steps of a flow that normal mode shows.
const FLOW_STEPS: usize = 8;
/// Other places that normal mode shows.
const OTHER_PLACES: usize = 5;
/// Characters of a commit's id.
const COMMIT: usize = 12;

/// Draws a finding. `again` leaves out what was said of the same rule before.
pub(super) fn draw(finding: &Finding, again: bool, page: Page, out: &mut Vec<String>) {
    let p = page.p;
    title(finding, page, out);
    let width = page.prose.saturating_sub(INDENT);
    let message = visible::line(&finding.message);
    indent(prose::paragraph(&message, width, 0, style::PLAIN, p), out);
    out.push(String::new());

    let location = &finding.location;
    let mut place = p.paint(style::CODE, &place_of(location));
    if let Some(function) = &location.function {
        place.push_str(&p.paint(style::DIM, &format!(" in {}", visible::line(function))));
    }
    let frame_width = page.width.saturating_sub(INDENT);
    let frame = frame::draw(location, &finding.snippet, style::severity(finding.severity), frame_width, p);
    let gutter = frame.gutter;
    out.push(format!("{:INDENT$}{:gutter$}{} {place}", "", "", p.paint(style::GUTTER, p.sign("╭─", "-->"))));
    indent(frame.lines, out);
    out.push(String::new());
    elsewhere(finding, page, out);
    if !finding.flow.is_empty() {
        flow(&finding.flow, page, out);
    }
    if page.detail == Detail::Verbose {
        sections(finding, page, out);
    } else {
        if !again {
            labelled("why", style::WARN, prose::lead(&finding.impact, LEAD), page, out);
        }
        match &finding.fix {
            Some(fix) => machine_fix(fix, finding, page, out),
            None if !again => {
                labelled("fix", style::GOOD, prose::lead(&finding.remedy, LEAD), page, out);
                if let Some(code) = prose::first_code(&finding.remedy, CODE_LINES) {
                    code_block(code, page, out);
                }
            }
            None => {}
        }
        references(finding, !again, page, out);
    }
}

/// Where else the same stands, and the commit that brought it.
fn elsewhere(finding: &Finding, page: Page, out: &mut Vec<String>) {
    if let Some(commit) = &finding.commit {
        let id = commit.id.get(..COMMIT).unwrap_or(&commit.id);
        let now =
            if commit.in_head { "it is still there" } else { "it was removed, and is in the history all the same" };
        labelled("in", style::WARN, &format!("{id} of {}, by {}; {now}", commit.date, commit.author), page, out);
    }
    if !finding.also.is_empty() {
        let shown = if page.detail == Detail::Verbose { usize::MAX } else { OTHER_PLACES };
        let mut places: Vec<String> = finding.also.iter().take(shown).map(place_of).collect();
        if let Some(more) = finding.also.len().checked_sub(places.len()).filter(|more| *more > 0) {
            places.push(format!("{more} more; -v shows them"));
        }
        labelled("also", style::CODE, &places.join(", "), page, out);
    }
}

/// Severity, what is wrong, the rule and the confidence; in two lines where one is too short.
fn title(finding: &Finding, page: Page, out: &mut Vec<String>) {
    let p = page.p;
    let badge = p.badge(finding.severity);
    let title = visible::line(finding.rule.title());
    let about = format!("{}{}{} confidence", finding.rule.slug, p.dot(), finding.confidence);
    let columns = finding.severity.as_str().len() + 2 + 1 + visible::width(&title) + 2 + visible::width(&about);
    let title = p.paint(style::BOLD, &title);
    let about = p.paint(style::DIM, &about);
    if columns <= page.prose {
        out.push(format!("{badge} {title}  {about}"));
    } else {
        out.push(format!("{badge} {title}"));
        out.push(format!("{:INDENT$}{about}", ""));
    }
}

fn indent(lines: Vec<String>, out: &mut Vec<String>) {
    out.extend(lines.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
}

/// Weakness, category and other tools' codes, in one line; and where to read on.
fn references(finding: &Finding, explain: bool, page: Page, out: &mut Vec<String>) {
    let verbose = page.detail == Detail::Verbose;
    let mut parts = Vec::new();
    for (index, cwe) in finding.cwes().enumerate() {
        // The first is the most specific; the others are said by name only where there is room for everything.
        let name = if index == 0 || verbose { cwe.name() } else { "" };
        parts.push(format!("{cwe} {name}").trim_end().to_owned());
    }
    let categories = if verbose { usize::MAX } else { 1 };
    let old = owasp_2021(finding).into_iter().take(categories).map(|category| (category.code(), category.title()));
    let new = owasp_2025(finding).into_iter().take(categories).map(|category| (category.code(), category.title()));
    let owasp = old.chain(new).map(|(code, title)| if verbose { format!("{code} {title}") } else { code.to_owned() });
    let owasp = owasp.collect::<Vec<_>>().join(", ");
    if !owasp.is_empty() {
        parts.push(format!("OWASP {owasp}"));
    }
    if !finding.codes.is_empty() {
        parts.push(finding.codes.join(" "));
    }
    if verbose {
        parts.push(format!("{} persona", finding.persona));
        parts.push(format!("{} family", finding.rule.family.as_str()));
        parts.push(format!("fingerprint {}", finding.fingerprint));
    }
    if !parts.is_empty() {
        labelled("refs", style::DIM, &parts.join(page.p.dot()), page, out);
    }
    if explain {
        labelled("more", style::DIM, &format!("`seriema explain {}`", finding.rule.slug), page, out);
    }
}

/// `why   Text that is wrapped beside its label.`
fn labelled(label: &str, color: Style, markdown: &str, page: Page, out: &mut Vec<String>) {
    let lines = prose::render(markdown, page.prose.saturating_sub(INDENT + LABEL), page.p);
    for (index, line) in lines.into_iter().enumerate() {
        let head = if index == 0 { label } else { "" };
        let head = page.p.paint(color, &format!("{head:<LABEL$}"));
        out.push(format!("{:INDENT$}{head}{line}", ""));
    }
}

fn code_block(code: &str, page: Page, out: &mut Vec<String>) {
    let left = INDENT + LABEL + 2;
    for line in visible::block(code).lines() {
        let line = visible::cut(line, page.width.saturating_sub(left), page.p.ellipsis()).into_owned();
        out.push(format!("{:left$}{}", "", page.p.paint(style::CODE, &line)));
    }
}

const fn applicability(fix: &Fix) -> &'static str {
    match fix.applicability {
        Applicability::Safe => "safe to apply",
        Applicability::Suggestion => "look before you apply it",
        Applicability::Display => "a sketch: fill in the names",
    }
}

fn machine_fix(fix: &Fix, finding: &Finding, page: Page, out: &mut Vec<String>) {
    let title = visible::line(&fix.title);
    labelled("fix", style::GOOD, &format!("{} ({})", title.trim_end_matches('.'), applicability(fix)), page, out);
    let p = page.p;
    let changes = diff::changes(fix, &finding.snippet);
    let left = INDENT + LABEL;
    let last = changes.iter().map(|change| match change {
        Change::Lines { line, removed, added } => line + u32::try_from(removed.len().max(added.len())).unwrap_or(0),
        Change::Elsewhere { line, .. } => *line,
    });
    let digits = last.max().unwrap_or(1).to_string().len();
    let room = page.width.saturating_sub(left + digits + 3).max(20);
    let mut row = |number: Option<u32>, sign: &str, color: Style, text: &str| {
        let number = number.map_or(String::new(), |number| number.to_string());
        let text = visible::line(text.trim_end());
        let text = visible::cut(&text, room, p.ellipsis());
        let number = p.paint(style::GUTTER, &format!("{number:>digits$}"));
        out.push(format!("{:left$}{number} {}", "", p.paint(color, &format!("{sign} {text}"))));
    };
    for change in changes {
        match change {
            Change::Lines { line, removed, added } => {
                let (removed, added) = shift(&removed, &added, room);
                for (line, text) in (line..).zip(&removed) {
                    row(Some(line), "-", style::REMOVED, text);
                }
                for (line, text) in (line..).zip(&added) {
                    row(Some(line), "+", style::ADDED, text);
                }
            }
            Change::Elsewhere { line, content, deletes } => {
                let sign = if deletes { "~" } else { "+" };
                if content.is_empty() {
                    row(Some(line), "-", style::REMOVED, p.ellipsis());
                }
                for (index, text) in content.lines().enumerate() {
                    row((index == 0).then_some(line), sign, style::ADDED, text);
                }
            }
        }
    }
}

/// Cuts what long lines have in common on the left, so that the change can be seen.
fn shift(removed: &[String], added: &[String], room: usize) -> (Vec<String>, Vec<String>) {
    let untabbed = |lines: &[String]| -> Vec<String> { lines.iter().map(|line| line.replace('\t', "    ")).collect() };
    let (removed, added) = (untabbed(removed), untabbed(added));
    let ([old], [new]) = (removed.as_slice(), added.as_slice()) else { return (removed, added) };
    let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
    // All characters within a small part of the room are cheap to keep: the line then starts where it starts.
    if same < room / 2 {
        return (removed, added);
    }
    let cut = |line: &str| -> String {
        let kept: String = line.chars().skip(same.saturating_sub(room / 4)).take(room * 2).collect();
        format!("…{kept}")
    };
    (vec![cut(old)], vec![cut(new)])
}

fn flow(steps: &[FlowStep], page: Page, out: &mut Vec<String>) {
    let p = page.p;
    let all = page.detail == Detail::Verbose || steps.len() <= FLOW_STEPS;
    let shown: Vec<Option<usize>> = if all {
        (0..steps.len()).map(Some).collect()
    } else {
        let half = FLOW_STEPS / 2;
        let tail = (steps.len() - half..steps.len()).map(Some);
        (0..half).map(Some).chain(std::iter::once(None)).chain(tail).collect()
    };
    let digits = steps.len().to_string().len();
    let left = INDENT + LABEL + digits + 1;
    for (row, index) in shown.into_iter().enumerate() {
        let head = p.paint(style::CODE, &format!("{:<LABEL$}", if row == 0 { "flow" } else { "" }));
        let Some((index, step)) = index.and_then(|index| Some((index, steps.get(index)?))) else {
            let count = steps.len() - FLOW_STEPS;
            let text = format!("{} {count} more steps; -v shows them", p.ellipsis());
            out.push(format!("{:INDENT$}{head}{:digits$} {}", "", "", p.paint(style::DIM, &text)));
            continue;
        };
        let place = place_of(&step.location);
        let width = page.prose.saturating_sub(left);
        let number = p.paint(style::DIM, &format!("{:>digits$}", index + 1));
        let message = visible::line(&step.message);
        let mut lines = prose::paragraph(&message, width.saturating_sub(2), 0, style::PLAIN, p).into_iter();
        let place = p.paint(style::DIM, &place);
        let first = lines.next().unwrap_or_default();
        let short = visible::width(&place_of(&step.location)) + 2 + visible::width(&message) <= width;
        if short {
            out.push(format!("{:INDENT$}{head}{number} {place}  {first}", ""));
        } else {
            out.push(format!("{:INDENT$}{head}{number} {place}", ""));
            out.push(format!("{:left$}  {first}", ""));
            out.extend(lines.map(|line| format!("{:left$}  {line}", "")));
        }
    }
}

/// The texts in full.
fn sections(finding: &Finding, page: Page, out: &mut Vec<String>) {
    let texts = [
        ("What it is", &finding.description),
        ("Why it matters", &finding.impact),
        ("Proof of concept", &finding.proof_of_concept),
        ("How to fix it", &finding.remedy),
    ];
    for (title, text) in texts {
        if text.trim().is_empty() {
            continue;
        }
        if out.last().is_some_and(|line| !line.is_empty()) {
            out.push(String::new());
        }
        out.push(format!("{:INDENT$}{}", "", page.p.paint(style::BOLD, title)));
        let lines = prose::render(text, page.prose.saturating_sub(2 * INDENT), page.p);
        out.extend(lines.into_iter().map(|line| format!("{:1$}{line}", "", 2 * INDENT)));
    }
    out.push(String::new());
    if let Some(fix) = &finding.fix {
        machine_fix(fix, finding, page, out);
    }
    references(finding, true, page, out);
}
