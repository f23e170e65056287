//! Reports: one renderer for each format, each a pure function from a [`Report`] to a writer.
//!
//! Renderers decide nothing: what is shown, hidden or suppressed, and in which order, is settled before. They hold to
//! two rules. Formats read by machines have nothing in them that differs between runs on the same input: no times,
//! no absolute paths. And nothing that comes from the audited project acts on a terminal or a page: control
//! characters, and characters that reorder or hide text, are written as escapes.

mod components;
mod csv_table;
mod cyclonedx;
mod diff;
mod format;
mod github;
mod gitlab;
mod gitlab_sast;
mod json;
mod json_text;
mod junit;
mod markdown;
mod md;
mod model;
mod openvex;
mod sarif;
mod spdx;
mod table;
mod text;
mod uri;
mod vex;
mod visible;

use std::io::{self, BufWriter, Write};

pub use format::{Format, ParseFormatError};
pub use json::SCHEMA_VERSION;
pub use model::{Followed, Hidden, Report, Summary};
pub use text::{Detail, TextOptions, render_page};

/// The tool's name in reports.
const TOOL: &str = "Seriema";
/// Where the tool is from.
const HOMEPAGE: &str = env!("CARGO_PKG_HOMEPAGE");

/// Writes `report` in `format`. The options are those of the terminal report; no other format has any.
///
/// # Errors
/// When writing fails, and when a format [needs dependencies](Format::needs_dependencies) that the report does not have: a list
/// of nothing would say that there are none.
pub fn render(format: Format, report: &Report<'_>, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = BufWriter::with_capacity(1 << 16, out);
    let out: &mut dyn Write = &mut buffer;
    if format.needs_dependencies() && report.dependencies.is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "dependencies were not looked at"));
    }
    match format {
        Format::Text => text::render(report, options, out),
        Format::Json => json::render(report, out),
        Format::Sarif => sarif::render(report, out),
        Format::Markdown => markdown::render(report, out),
        Format::Github => github::render(report, out),
        Format::Gitlab => gitlab::render(report, out),
        Format::GitlabSast => gitlab_sast::render(report, out),
        Format::Junit => junit::render(report, out),
        Format::Csv => csv_table::render(report, out),
        Format::CycloneDx => cyclonedx::render(report, out),
        Format::Spdx => spdx::render(report, out),
        Format::OpenVex => openvex::render(report, out),
    }?;
    buffer.flush()
}

/// `text`, with each character that acts on a terminal, or that shows as nothing, replaced by its escape. For what
/// front doors print of the audited project outside of reports.
#[must_use]
pub fn visible_line(text: &str) -> std::borrow::Cow<'_, str> {
    visible::line(text)
}
