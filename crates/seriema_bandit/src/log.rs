//! Bandit's log on the standard error stream: `[module]<tab>LEVEL<tab>message`.

use std::io::Write;

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LogLevel {
    /// What is being done.
    Info,
    /// What may be wrong.
    Warning,
    /// What is wrong.
    Error,
}

impl LogLevel {
    const fn as_str(self) -> &'static str {
        match self {
            LogLevel::Info => "INFO",
            LogLevel::Warning => "WARNING",
            LogLevel::Error => "ERROR",
        }
    }

    const fn number(self) -> &'static str {
        match self {
            LogLevel::Info => "20",
            LogLevel::Warning => "30",
            LogLevel::Error => "40",
        }
    }
}

/// One line, kept until it is its file's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogLine {
    /// The part of Bandit that says so.
    pub module: &'static str,
    /// How important.
    pub level: LogLevel,
    /// What.
    pub message: String,
}

/// Bandit's own form of a line.
const DEFAULT_FORMAT: &str = "[%(module)s]\t%(levelname)s\t%(message)s";

/// Where lines go.
pub(crate) struct Log<'w> {
    out: &'w mut dyn Write,
    level: LogLevel,
    format: String,
}

impl<'w> Log<'w> {
    /// A log that shows information and worse.
    pub(crate) fn new(out: &'w mut dyn Write) -> Self {
        Self { out, level: LogLevel::Info, format: DEFAULT_FORMAT.to_owned() }
    }

    /// Shows only lines of `level` and worse from now on, in Bandit's own form.
    pub(crate) fn set_level(&mut self, level: LogLevel) {
        self.level = level;
        DEFAULT_FORMAT.clone_into(&mut self.format);
    }

    /// Writes lines in the form of Python's `logging` from now on.
    pub(crate) fn set_format(&mut self, format: &str) {
        format.clone_into(&mut self.format);
    }

    /// Information.
    pub(crate) fn info(&mut self, module: &'static str, message: impl Into<String>) {
        self.write(&LogLine { module, level: LogLevel::Info, message: message.into() });
    }

    /// A warning.
    pub(crate) fn warning(&mut self, module: &'static str, message: impl Into<String>) {
        self.write(&LogLine { module, level: LogLevel::Warning, message: message.into() });
    }

    /// An error.
    pub(crate) fn error(&mut self, module: &'static str, message: impl Into<String>) {
        self.write(&LogLine { module, level: LogLevel::Error, message: message.into() });
    }

    /// Text that is not a line of the log: usage, above all.
    pub(crate) fn plain(&mut self, text: &str) {
        // There is nowhere to report to that the standard error stream is gone.
        let _ = self.out.write_all(text.as_bytes());
    }

    /// Writes a line if it is important enough.
    pub(crate) fn write(&mut self, line: &LogLine) {
        if line.level >= self.level {
            let text = self.render(line) + "\n";
            self.plain(&text);
        }
    }

    /// Fills the fields of the format, `%(name)s` with flags and width, in.
    fn render(&self, line: &LogLine) -> String {
        let mut out = String::new();
        let mut rest = self.format.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let Some((name, after)) = after.strip_prefix('(').and_then(|after| after.split_once(')')) else {
                out.push('%');
                rest = after;
                continue;
            };
            let end = after.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (spec, kind) = after.split_at(end);
            out.push_str(&pad(&field(name, line), spec));
            rest = kind.get(1..).unwrap_or("");
        }
        out.push_str(rest);
        out
    }
}

fn field(name: &str, line: &LogLine) -> String {
    match name {
        "module" => line.module.to_owned(),
        "levelname" => line.level.as_str().to_owned(),
        "levelno" => line.level.number().to_owned(),
        "message" => line.message.clone(),
        "filename" => format!("{}.py", line.module),
        "name" => match line.module {
            "main" => "root".to_owned(),
            module @ ("csv" | "custom" | "html" | "json" | "sarif" | "screen" | "text" | "xml" | "yaml") => {
                format!("bandit.formatters.{module}")
            }
            module => format!("bandit.core.{module}"),
        },
        "asctime" => jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string(),
        "process" => std::process::id().to_string(),
        "processName" => "MainProcess".to_owned(),
        "threadName" => "MainThread".to_owned(),
        // Where in Bandit's sources a line comes from has no meaning here.
        _ => "?".to_owned(),
    }
}

/// Pads to the width that a conversion's flags give: `-8` to the left, `8` to the right.
fn pad(text: &str, spec: &str) -> String {
    let (left, digits) = match spec.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, spec),
    };
    let width = digits.parse::<usize>().unwrap_or(0).min(1000);
    if left { format!("{text:<width$}") } else { format!("{text:>width$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_bandits_form_and_can_be_given_another() {
        let mut out = Vec::new();
        let mut log = Log::new(&mut out);
        log.info("main", "one");
        log.set_level(LogLevel::Warning);
        log.info("main", "two");
        log.error("manager", "three");
        log.set_format("%(levelname)-8s|%(module)10s|%(message)s|100%%");
        log.warning("tester", "four");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "[main]\tINFO\tone\n[manager]\tERROR\tthree\nWARNING |    tester|four|100%\n"
        );
    }
}
