//! pip-audit's reports.

use std::fmt::Write as _;

use crate::pip_audit::options::{Format, Options};

/// A package that was audited, or skipped.
#[derive(Clone, Debug, Default)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) skip_reason: Option<String>,
    pub(super) vulnerabilities: Vec<Vulnerability>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Vulnerability {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) fix_versions: Vec<String>,
    pub(super) description: String,
}

/// What became of a package: its new version, or why it has none.
#[derive(Clone, Debug)]
pub(super) struct Fix {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) result: Result<String, String>,
}

impl Fix {
    pub(super) fn is_of(&self, package: &Package) -> bool {
        self.name == package.name && self.version == package.version
    }

    fn shown(&self) -> String {
        let Self { name, version, result } = self;
        match result {
            Ok(to) => format!("Successfully upgraded {name} ({version} => {to})"),
            Err(reason) => format!("Failed to fix {name} ({version}): {reason}"),
        }
    }
}

pub(super) fn format(options: &Options, packages: &[Package], fixes: &[Fix]) -> String {
    match options.format {
        Format::Json => json(options, packages, fixes),
        Format::Markdown => markdown(&tables(options, packages, fixes)),
        Format::Columns | Format::CyclonedxJson | Format::CyclonedxXml => columns(&tables(options, packages, fixes)),
    }
}

/// The tables of what was found and of what was skipped, each with its header, as far as there is something in them.
fn tables(options: &Options, packages: &[Package], fixes: &[Fix]) -> Vec<Vec<Vec<String>>> {
    let mut header = vec!["Name", "Version", "ID", "Fix Versions"];
    header.extend((!fixes.is_empty()).then_some("Applied Fix"));
    header.extend(options.has_aliases().then_some("Aliases"));
    header.extend(options.has_descriptions().then_some("Description"));
    let mut found = vec![header.into_iter().map(str::to_owned).collect()];
    let mut skipped = vec![vec!["Name".to_owned(), "Skip Reason".to_owned()]];
    // Nothing that packages are called acts on a terminal.
    let shown = |text: &str| seriema_report::visible_line(text).into_owned();
    for package in packages {
        if let Some(reason) = &package.skip_reason {
            skipped.push(vec![shown(&package.name), shown(reason)]);
        }
        let fix = fixes.iter().find(|fix| fix.is_of(package));
        for one in &package.vulnerabilities {
            let mut row =
                vec![package.name.clone(), package.version.clone(), shown(&one.id), one.fix_versions.join(",")];
            row.extend((!fixes.is_empty()).then(|| fix.map(|fix| shown(&fix.shown())).unwrap_or_default()));
            row.extend(options.has_aliases().then(|| shown(&one.aliases.join(", "))));
            row.extend(options.has_descriptions().then(|| shown(&one.description)));
            found.push(row);
        }
    }
    [found, skipped].into_iter().filter(|table| table.len() > 1).collect()
}

fn columns(tables: &[Vec<Vec<String>>]) -> String {
    let mut lines = Vec::new();
    for table in tables {
        let count = table.first().map_or(0, Vec::len);
        let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(width).collect();
        for (number, row) in table.iter().enumerate() {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
            lines.push(cells.join(" ").trim_end().to_owned());
            if number == 0 {
                lines.push(widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join(" "));
            }
        }
    }
    lines.join("\n")
}

fn markdown(tables: &[Vec<Vec<String>>]) -> String {
    let mut parts = Vec::new();
    for table in tables {
        let mut lines: Vec<String> = table.iter().map(|row| row.join(" | ")).collect();
        lines.insert(1, vec!["---"; table.first().map_or(0, Vec::len)].join(" | "));
        parts.push(format!("\n{}", lines.join("\n")));
    }
    parts.join("\n")
}

/// As Python's `json.dumps` writes it.
fn json(options: &Options, packages: &[Package], fixes: &[Fix]) -> String {
    let packages = packages.iter().map(|package| {
        if let Some(reason) = &package.skip_reason {
            return object(&[("name", text(&package.name)), ("skip_reason", text(reason))]);
        }
        let vulnerabilities = package.vulnerabilities.iter().map(|one| {
            let list = |texts: &[String]| list(texts.iter().map(|one| text(one)));
            let mut members = vec![("id", text(&one.id)), ("fix_versions", list(&one.fix_versions))];
            members.extend(options.has_aliases().then(|| ("aliases", list(&one.aliases))));
            members.extend(options.has_descriptions().then(|| ("description", text(&one.description))));
            object(&members)
        });
        object(&[("name", text(&package.name)), ("version", text(&package.version)), ("vulns", list(vulnerabilities))])
    });
    let fixes = fixes.iter().map(|fix| match &fix.result {
        Ok(to) => object(&[("name", text(&fix.name)), ("old_version", text(&fix.version)), ("new_version", text(to))]),
        Err(reason) => {
            object(&[("name", text(&fix.name)), ("version", text(&fix.version)), ("skip_reason", text(reason))])
        }
    });
    object(&[("dependencies", list(packages)), ("fixes", list(fixes))])
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    format!("{{{}}}", members.join(", "))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A string in ASCII.
fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_python_writes_them() {
        assert_eq!(text("a\"\\\n\u{1}\u{7f}ä😀"), r#""a\"\\\n\u0001\u007f\u00e4\ud83d\ude00""#);
        assert_eq!(object(&[("a", list(["1".to_owned(), "2".to_owned()].into_iter()))]), r#"{"a": [1, 2]}"#);
    }
}
