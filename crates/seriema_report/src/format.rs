//! The formats by name.

use std::fmt;
use std::str::FromStr;

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people, in a terminal.
    Text,
    /// Everything, by the schema in `schema/report.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning services and editors.
    Sarif,
    /// A comment on a pull request.
    Markdown,
    /// Workflow commands that annotate a pull request on GitHub.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// GitLab's security report for static analysis.
    GitlabSast,
    /// JUnit XML, for whatever shows test results.
    Junit,
    /// A table.
    Csv,
    /// CycloneDX 1.6: packages, what is known of them, and whether that matters to the project.
    CycloneDx,
    /// SPDX 2.3: packages, with links to what is known of them.
    Spdx,
    /// OpenVEX 0.2.0: whether what is known of packages matters to the project.
    OpenVex,
}

impl Format {
    /// Every format, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Markdown,
        Self::Github,
        Self::Gitlab,
        Self::GitlabSast,
        Self::Junit,
        Self::Csv,
        Self::CycloneDx,
        Self::Spdx,
        Self::OpenVex,
    ];
    /// The names of [`Self::ALL`], in its order.
    pub const NAMES: &'static [&'static str] = &[
        "text",
        "json",
        "sarif",
        "markdown",
        "github",
        "gitlab",
        "gitlab-sast",
        "junit",
        "csv",
        "cyclonedx",
        "spdx",
        "openvex",
    ];

    /// The format's name, as written on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::GitlabSast => "gitlab-sast",
            Self::Junit => "junit",
            Self::Csv => "csv",
            Self::CycloneDx => "cyclonedx",
            Self::Spdx => "spdx",
            Self::OpenVex => "openvex",
        }
    }

    /// What the format is for, in a few words: the help of the command line.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Text => "for people, in a terminal",
            Self::Json => "everything there is to say, with a documented schema",
            Self::Sarif => "SARIF 2.1.0, for code scanning services and editors",
            Self::Markdown => "a comment on a pull request",
            Self::Github => "annotations on a GitHub pull request",
            Self::Gitlab => "GitLab Code Quality report",
            Self::GitlabSast => "GitLab SAST security report",
            Self::Junit => "JUnit XML, for whatever shows test results",
            Self::Csv => "a table for spreadsheets",
            Self::CycloneDx => "CycloneDX 1.6 bill of materials, with vulnerabilities and VEX",
            Self::Spdx => "SPDX 2.3 bill of materials",
            Self::OpenVex => "OpenVEX 0.2.0 statements",
        }
    }

    /// Whether the format is about a project's dependencies, and nothing else.
    #[must_use]
    pub const fn needs_dependencies(self) -> bool {
        matches!(self, Self::CycloneDx | Self::Spdx | Self::OpenVex)
    }

    /// The format that a file's name asks for: `report.sarif`, `out/findings.csv`. GitLab's two reports are known by
    /// the names that its documentation uses, and bills of materials by theirs. None where the name says nothing.
    #[must_use]
    pub fn of_file_name(name: &str) -> Option<Self> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        match name.as_str() {
            "gl-sast-report.json" => return Some(Self::GitlabSast),
            "gl-code-quality-report.json" => return Some(Self::Gitlab),
            "bom.json" => return Some(Self::CycloneDx),
            _ if name.ends_with(".sarif.json") => return Some(Self::Sarif),
            _ if name.ends_with(".cdx.json") => return Some(Self::CycloneDx),
            _ if name.ends_with(".spdx.json") => return Some(Self::Spdx),
            _ if name.ends_with(".vex.json") || name.ends_with(".openvex.json") => return Some(Self::OpenVex),
            _ => {}
        }
        let (stem, extension) = name.rsplit_once('.')?;
        match extension {
            _ if stem.is_empty() => None,
            "txt" | "log" => Some(Self::Text),
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            "md" | "markdown" => Some(Self::Markdown),
            "xml" => Some(Self::Junit),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no format's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFormatError(String);

impl fmt::Display for ParseFormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of {}", crate::visible::line(&self.0), Format::NAMES.join(", "))
    }
}

impl std::error::Error for ParseFormatError {}

impl FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| ParseFormatError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_back_by_its_name() {
        for (format, name) in Format::ALL.iter().zip(Format::NAMES) {
            assert_eq!((format.as_str(), name.to_uppercase().parse()), (*name, Ok(*format)));
        }
        assert!("html".parse::<Format>().is_err_and(|e| e.to_string().starts_with("`html` is none of text, json")));
    }

    #[test]
    fn a_file_name_names_its_format() {
        let cases = [
            ("report.sarif", Some(Format::Sarif)),
            ("out/report.sarif.json", Some(Format::Sarif)),
            ("C:\\ci\\Report.JSON", Some(Format::Json)),
            ("gl-sast-report.json", Some(Format::GitlabSast)),
            ("ci/gl-code-quality-report.json", Some(Format::Gitlab)),
            ("junit.xml", Some(Format::Junit)),
            ("notes.md", Some(Format::Markdown)),
            ("out/bom.json", Some(Format::CycloneDx)),
            ("shop.cdx.json", Some(Format::CycloneDx)),
            ("shop.spdx.json", Some(Format::Spdx)),
            ("shop.openvex.json", Some(Format::OpenVex)),
            ("report", None),
            (".json", None),
            ("report.html", None),
        ];
        for (name, format) in cases {
            assert_eq!(Format::of_file_name(name), format, "{name}");
        }
    }
}
