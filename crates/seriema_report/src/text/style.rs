//! Colours and signs of the terminal report.

use anstyle::{AnsiColor, Style};
use seriema_finding::Severity;

/// Colours are the terminal's own sixteen, so that they follow the user's theme.
const fn fg(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const CODE: Style = fg(AnsiColor::Cyan);
pub(crate) const GUTTER: Style = fg(AnsiColor::BrightBlack);
pub(crate) const REMOVED: Style = fg(AnsiColor::Red);
pub(crate) const ADDED: Style = fg(AnsiColor::Green);
pub(crate) const GOOD: Style = fg(AnsiColor::Green).bold();
pub(crate) const WARN: Style = fg(AnsiColor::Yellow).bold();

/// The colour of a severity, for text on the terminal's background.
pub(crate) const fn severity(level: Severity) -> Style {
    match level {
        Severity::Critical => fg(AnsiColor::Magenta).bold(),
        Severity::High => fg(AnsiColor::Red).bold(),
        Severity::Medium => fg(AnsiColor::Yellow).bold(),
        Severity::Low => fg(AnsiColor::BrightBlue).bold(),
        Severity::Info => fg(AnsiColor::Cyan),
    }
}

/// The colours of a severity's badge.
const fn badge(level: Severity) -> Style {
    let background = match level {
        Severity::Critical => AnsiColor::Magenta,
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Blue,
        Severity::Info => AnsiColor::Cyan,
    };
    let ink = match level {
        Severity::Medium | Severity::Info => AnsiColor::Black,
        _ => AnsiColor::BrightWhite,
    };
    fg(ink).bg_color(Some(anstyle::Color::Ansi(background))).bold()
}

/// Whether there are colours, and which characters draw lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Painter {
    pub(crate) color: bool,
    pub(crate) unicode: bool,
}

impl Painter {
    /// `text` in `style`. The text must be safe to print.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if !self.color || text.is_empty() || style.is_plain() {
            text.to_owned()
        } else {
            format!("{style}{text}{style:#}")
        }
    }

    /// The severity's badge, padded to the same width for all; without colours, the word alone.
    pub(crate) fn badge(self, level: Severity) -> String {
        let name = level.as_str().to_ascii_uppercase();
        if self.color { self.paint(badge(level), &format!(" {name} ")) } else { format!("[{name}]") }
    }

    /// One of two signs.
    pub(crate) const fn sign(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    pub(crate) const fn ellipsis(self) -> &'static str {
        self.sign("…", "...")
    }

    pub(crate) const fn bar(self) -> &'static str {
        self.sign("│", "|")
    }

    pub(crate) const fn dot(self) -> &'static str {
        self.sign(" · ", " - ")
    }
}
