//! Bandit's report formats.

mod csv;
mod custom;
mod html;
mod json;
mod sarif;
mod text;
mod tree;
mod xml;
mod yaml;

pub(crate) use custom::Template;
pub(crate) use sarif::CONTEXT_LINES as SARIF_CONTEXT_LINES;

use crate::report::Report;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values.
    Csv,
    /// One line an issue, by a template.
    Custom,
    /// A web page.
    Html,
    /// JSON.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Coloured text.
    Screen,
    /// Text.
    Txt,
    /// XML in the manner of JUnit.
    Xml,
    /// YAML.
    Yaml,
}

impl Format {
    /// All formats, by name.
    pub(crate) const ALL: [Format; 9] = [
        Format::Csv,
        Format::Custom,
        Format::Html,
        Format::Json,
        Format::Sarif,
        Format::Screen,
        Format::Txt,
        Format::Xml,
        Format::Yaml,
    ];

    /// The formats that can show what is new since a baseline, in the order in which Bandit names them.
    pub(crate) const WITH_BASELINE: [Format; 5] =
        [Format::Custom, Format::Html, Format::Json, Format::Screen, Format::Txt];

    /// The name on the command line.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Custom => "custom",
            Format::Html => "html",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Screen => "screen",
            Format::Txt => "txt",
            Format::Xml => "xml",
            Format::Yaml => "yaml",
        }
    }

    /// The format of that name.
    #[must_use]
    pub(crate) fn parse(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What is logged when the report went to a file: the part of Bandit that says so, and the message without the
    /// file's name.
    #[must_use]
    pub(crate) const fn written(self) -> (&'static str, &'static str) {
        match self {
            Format::Csv => ("csv", "CSV output written to file: "),
            Format::Custom => ("custom", "Result written to file: "),
            Format::Html => ("html", "HTML output written to file: "),
            Format::Json => ("json", "JSON output written to file: "),
            Format::Sarif => ("sarif", "SARIF output written to file: "),
            Format::Screen => ("screen", "Screen formatter output was not written to file: "),
            Format::Txt => ("text", "Text output written to file: "),
            Format::Xml => ("xml", "XML output written to file: "),
            Format::Yaml => ("yaml", "YAML output written to file: "),
        }
    }
}

/// Renders a report. `template` is for [`Format::Custom`].
#[must_use]
pub(crate) fn render(format: Format, report: &Report<'_>, template: &Template) -> String {
    match format {
        Format::Csv => csv::render(report),
        Format::Custom => template.render(report),
        Format::Html => html::render(report),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Screen => text::render(report, true),
        Format::Txt => text::render(report, false),
        Format::Xml => xml::render(report),
        Format::Yaml => yaml::render(report),
    }
}
