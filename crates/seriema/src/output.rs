//! Where reports go.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use seriema_report::{Format, Report, TextOptions, render};

/// A report to write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) format: Format,
    /// Standard output when none.
    pub(crate) file: Option<PathBuf>,
}

/// The reports that `--format` and `--output` ask for. Fails on what could not be written, before any work is done.
pub(crate) fn targets(format: Option<Format>, outputs: &[OsString], quiet: bool) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for output in outputs {
        let target = target(format, output)?;
        if let Some(file) = &target.file {
            check_writable(file)?;
        }
        targets.push(target);
    }
    if outputs.is_empty() || (format.is_none() && !quiet && targets.iter().all(|target| target.file.is_some())) {
        targets.push(Target { format: format.filter(|_| outputs.is_empty()).unwrap_or(Format::Text), file: None });
    }
    Ok(targets)
}

fn target(format: Option<Format>, output: &OsStr) -> Result<Target> {
    if let Some(text) = output.to_str()
        && let Some((name, file)) = text.split_once('=')
        && let Ok(format) = name.parse::<Format>()
    {
        return Ok(Target { format, file: file_of(OsStr::new(file)) });
    }
    let named = Path::new(output).file_name().and_then(|name| Format::of_file_name(&name.to_string_lossy()));
    let format = format.or(named).unwrap_or(Format::Text);
    Ok(Target { format, file: file_of(output) })
}

fn file_of(output: &OsStr) -> Option<PathBuf> {
    (output != "-").then(|| PathBuf::from(output))
}

fn check_writable(file: &Path) -> Result<()> {
    if file.as_os_str().is_empty() {
        bail!("--output: the file's name is empty");
    }
    if file.is_dir() {
        bail!("--output {}: this is a directory; name a file in it", file.display());
    }
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            bail!("--output {}: there is no directory {}", file.display(), parent.display())
        }
        _ => Ok(()),
    }
}

/// Refuses formats that are about dependencies where these are not looked at.
pub(crate) fn without_dependencies(targets: &[Target]) -> Result<()> {
    match targets.iter().find(|target| target.format.needs_dependencies()) {
        Some(target) => bail!("`{}` is a report about dependencies: `seriema deps --format {0}`", target.format),
        None => Ok(()),
    }
}

/// Writes every report.
pub(crate) fn write(targets: &[Target], report: &Report<'_>, options: &TextOptions) -> Result<()> {
    for target in targets {
        match &target.file {
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                render(target.format, report, options, &mut out)?;
                out.flush()?;
            }
            Some(file) => {
                let fail = || format!("--output {}: the report cannot be written", file.display());
                let created = std::fs::File::create(file).with_context(fail)?;
                let mut out = BufWriter::new(created);
                let plain = TextOptions { color: false, width: 100, ..*options };
                render(target.format, report, &plain, &mut out).with_context(fail)?;
                out.flush().with_context(fail)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(format: Option<Format>, outputs: &[&str]) -> Vec<Target> {
        let outputs: Vec<OsString> = outputs.iter().map(OsString::from).collect();
        targets(format, &outputs, false).expect("writable")
    }

    #[test]
    fn the_terminal_gets_text_beside_the_files() {
        let stdout = |format| Target { format, file: None };
        let file = |format, name: &str| Target { format, file: Some(name.into()) };
        assert_eq!(of(None, &[]), [stdout(Format::Text)]);
        assert_eq!(of(Some(Format::Json), &[]), [stdout(Format::Json)]);
        assert_eq!(
            of(None, &["a.sarif", "b.csv"]),
            [file(Format::Sarif, "a.sarif"), file(Format::Csv, "b.csv"), stdout(Format::Text)]
        );
        assert_eq!(of(Some(Format::Sarif), &["out"]), [file(Format::Sarif, "out")]);
        assert_eq!(of(None, &["junit=x", "sarif=-"]), [file(Format::Junit, "x"), stdout(Format::Sarif)]);
    }

    #[test]
    fn reports_about_dependencies_need_them() {
        assert!(without_dependencies(&of(None, &["a.sarif"])).is_ok());
        let error = without_dependencies(&of(None, &["bom.json"])).expect_err("a bill of materials");
        assert_eq!(error.to_string(), "`cyclonedx` is a report about dependencies: `seriema deps --format cyclonedx`");
    }

    #[test]
    fn what_cannot_be_written_is_said_before_the_work() {
        let error = targets(None, &[".".into()], false).expect_err("a directory");
        assert!(error.to_string().contains("this is a directory"), "{error}");
        let error = targets(None, &["nowhere/x.json".into()], false).expect_err("no directory");
        assert!(error.to_string().contains("there is no directory nowhere"), "{error}");
    }
}
