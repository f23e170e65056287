//! The checklist for a terminal.

use std::io::{self, Write};

use seriema_finding::Severity;
use seriema_harden::{Check, Checklist, Evidence, Group, Status};
use seriema_report::{TextOptions, visible_line};

/// Places of one check that are named unless everything is.
const SHOWN: usize = 5;

/// Where the text of a check begins.
const INDENT: usize = 4;

pub(super) fn write(
    checklist: &Checklist,
    verbose: bool,
    options: &TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { options, width: options.width.clamp(40, 100), out };
    for group in [Group::Application, Group::Dependencies, Group::Infrastructure] {
        let of_group = |check: &&Check| check.definition.group == group;
        let mut checks: Vec<&Check> = checklist.checks.iter().filter(of_group).collect();
        let failing = checks.iter().filter(|check| check.status == Status::Fail).count();
        let looked = checks.iter().filter(|check| check.status != Status::NotApplicable).count();
        let title = group.as_str();
        let title = format!("{}{}", title[..1].to_uppercase(), &title[1..]);
        page.head(
            &title,
            &if looked == 0 { "nothing to check".to_owned() } else { format!("{failing} of {looked} fail") },
        )?;
        // What is worst first; among the same, the order of the list is kept.
        checks.sort_by_key(|check| {
            let failed = (check.status == Status::Fail).then_some(check.definition.severity);
            std::cmp::Reverse((check.status, failed))
        });
        let (away, shown): (Vec<&Check>, Vec<&Check>) =
            checks.into_iter().partition(|check| check.status == Status::NotApplicable);
        for check in &shown {
            page.check(check, verbose)?;
        }
        if verbose {
            for check in &away {
                page.check(check, verbose)?;
            }
        }
        if !shown.is_empty() || verbose {
            writeln!(page.out)?;
        }
    }
    page.end(checklist)
}

struct Page<'a> {
    options: &'a TextOptions,
    width: usize,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn head(&mut self, title: &str, right: &str) -> io::Result<()> {
        let line = if self.options.unicode { "─" } else { "-" };
        let used = title.chars().count() + right.chars().count() + 2;
        let title = self.painted("1", title);
        writeln!(self.out, "{title} {} {right}\n", line.repeat(self.width.saturating_sub(used).max(3)))
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.options.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn symbol(&self, status: Status) -> String {
        let (unicode, plain, code) = match status {
            Status::Fail => ("✗", "x", "31"),
            Status::Unknown => ("?", "?", "33"),
            Status::Pass => ("✓", "+", "32"),
            Status::NotApplicable => ("–", "-", "2"),
        };
        self.painted(code, if self.options.unicode { unicode } else { plain })
    }

    fn check(&mut self, check: &Check, verbose: bool) -> io::Result<()> {
        let definition = check.definition;
        let severity = match check.status {
            Status::Fail => definition.severity.as_str().to_uppercase(),
            _ => String::new(),
        };
        let symbol = self.symbol(check.status);
        let left = format!("{severity:<8} {}", definition.title);
        let gap = self.width.saturating_sub(INDENT + left.chars().count() + definition.id.len()).max(2);
        let left = if check.status == Status::Fail && definition.severity >= Severity::High {
            self.painted("1", &left)
        } else {
            left
        };
        writeln!(self.out, "  {symbol} {left}{}{}", " ".repeat(gap), self.painted("2", definition.id))?;
        let is_told = |one: &&Evidence| verbose || one.status == check.status && one.status >= Status::Unknown;
        let told: Vec<&Evidence> = check.evidence.iter().filter(is_told).collect();
        let limit = if verbose { told.len() } else { SHOWN };
        for one in told.iter().take(limit) {
            let line = one.line.map_or_else(String::new, |line| format!(":{line}"));
            let words = format!("{}{line}  {}", visible_line(&one.path), visible_line(&one.seen));
            self.paragraph(13, "", &self.plain(&words))?;
        }
        if told.len() > limit {
            writeln!(self.out, "{:13}and {} more: --verbose names them", "", told.len() - limit)?;
        }
        if check.status == Status::Fail {
            self.paragraph(13, "fix  ", &self.plain(definition.remedy))?;
        }
        Ok(())
    }

    /// The text without what ASCII does not have.
    fn plain(&self, text: &str) -> String {
        if self.options.unicode { text.to_owned() } else { text.replace('…', "...").replace('–', "-") }
    }

    fn paragraph(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let indent = indent + label.len();
        let room = self.width.saturating_sub(indent).max(20);
        let mut line = String::new();
        let mut is_first = true;
        let mut flush = |line: &mut String, out: &mut dyn Write| {
            let start = if is_first { label } else { "" };
            is_first = false;
            let result = writeln!(out, "{start:>indent$}{line}");
            line.clear();
            result
        };
        for word in text.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                flush(&mut line, self.out)?;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        flush(&mut line, self.out)
    }

    fn end(&mut self, checklist: &Checklist) -> io::Result<()> {
        let count = |status: Status| checklist.checks.iter().filter(|check| check.status == status).count();
        self.head("Summary", concat!("seriema ", env!("CARGO_PKG_VERSION")))?;
        let rows = [
            (Status::Fail, "fail"),
            (Status::Unknown, "could not tell"),
            (Status::Pass, "pass"),
            (Status::NotApplicable, "not applicable"),
        ];
        for (status, name) in rows {
            writeln!(self.out, "  {} {name:<15} {}", self.symbol(status), count(status))?;
        }
        if !checklist.diagnostics.is_empty() {
            writeln!(self.out, "\nNot understood")?;
            for diagnostic in &checklist.diagnostics {
                let line = diagnostic.line.map_or_else(String::new, |line| format!(":{line}"));
                let (path, message) = (visible_line(&diagnostic.path), visible_line(&diagnostic.message));
                writeln!(self.out, "  {path}{line}: {message}")?;
            }
        }
        Ok(())
    }
}
