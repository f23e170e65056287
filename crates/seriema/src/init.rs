//! `seriema init`

mod parts;
#[cfg(test)]
mod tests;

use std::io::{ErrorKind, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use seriema_deps::fix::{Edit, OrderedRange, apply};
use seriema_report::visible_line;

use crate::cli::{CiName, InitArgs};
use crate::fix::{diff, replace};
use crate::{Exit, setup};

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// It is written anew.
    New(String),
    /// A text is put into it.
    Insert {
        /// What stands in it now.
        before: String,
        edit: Edit,
    },
}

impl Change {
    /// Puts a text into another, before a byte of it, with the ends of lines that stand there.
    fn insert(before: &str, at: usize, text: &str) -> Self {
        let mut content = String::new();
        if !before[..at].is_empty() && !before[..at].ends_with('\n') {
            content.push('\n');
        }
        content.push_str(text);
        if before.contains("\r\n") {
            content = content.replace('\n', "\r\n");
        }
        let range = OrderedRange { start: at, end: at };
        Self::Insert { before: before.to_owned(), edit: Edit { range, content } }
    }

    /// Puts a text behind another, an empty line between them.
    fn append(before: &str, text: &str) -> Self {
        let is_apart = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n");
        let gap = if is_apart { "" } else { "\n" };
        Self::insert(before, before.len(), &format!("{gap}{text}"))
    }

    /// What the file is afterwards.
    fn after(&self) -> String {
        match self {
            Self::New(text) => text.clone(),
            Self::Insert { before, edit } => apply(before, [edit]).unwrap_or_else(|| before.clone()),
        }
    }
}

/// What is to be changed of a file, if anything; or what a person has to do.
type Part = Result<Option<Change>, String>;

/// What is to be done with a file of the project.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    /// Relative to the project, with `/`.
    path: &'static str,
    /// What is to change; or why nothing can be, and what a person has to do.
    what: Result<Change, String>,
}

pub(crate) fn run(args: &InitArgs) -> Result<Exit> {
    let root = match &args.path {
        Some(path) => path.clone(),
        None => setup::cwd()?,
    };
    if !root.is_dir() {
        bail!("{} is no directory", visible_line(&root.to_string_lossy()));
    }
    let steps = plan(&root, args.ci)?;
    let mut out = std::io::stdout().lock();
    let mut by_hand = 0;
    let mut changes = Vec::new();
    for Step { path, what } in &steps {
        match what {
            Ok(change) => {
                show(&mut out, path, change)?;
                changes.push((path, change));
            }
            Err(why) => {
                by_hand += 1;
                eprintln!("note: {path}: {}", visible_line(why));
            }
        }
    }
    out.flush()?;
    if changes.is_empty() {
        eprintln!("nothing to change");
    } else if args.write || agreed()? {
        for (path, change) in &changes {
            write(&root.join(path), change)?;
            writeln!(out, "wrote {path}")?;
        }
    } else {
        eprintln!("nothing was written: `--write` writes the files");
        return Ok(Exit::Findings);
    }
    Ok(if by_hand > 0 { Exit::Findings } else { Exit::Clean })
}

/// What is to be done, in the order in which it is shown.
fn plan(root: &Path, ci: Option<CiName>) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut add = |path: &'static str, part: fn(Option<&str>) -> Part| -> Result<()> {
        let what = match read(&root.join(path))? {
            Ok(text) => part(text.as_deref()),
            Err(why) => Err(why),
        };
        if let Some(what) = what.transpose() {
            steps.push(Step { path, what });
        }
        Ok(())
    };
    let is_there = |path: &str| root.join(path).exists();
    if !is_there("seriema.toml") {
        let file = if is_there("pyproject.toml") { "pyproject.toml" } else { "seriema.toml" };
        add(file, parts::configuration)?;
    }
    let just = ["justfile", "Justfile", ".justfile"].into_iter().find(|path| is_there(path));
    let make = ["GNUmakefile", "makefile", "Makefile"].into_iter().find(|path| is_there(path));
    match (just, make) {
        (Some(path), None) => add(path, parts::justfile)?,
        (_, path) => add(path.unwrap_or("Makefile"), parts::makefile)?,
    }
    add(".pre-commit-config.yaml", parts::pre_commit)?;
    let (github, gitlab) = match ci {
        Some(CiName::Github) => (true, false),
        Some(CiName::Gitlab) => (false, true),
        Some(CiName::Both) => (true, true),
        Some(CiName::None) => (false, false),
        // Where the project is kept is said by what is there; most are kept on GitHub.
        None => (is_there(".github") || !is_there(".gitlab-ci.yml"), is_there(".gitlab-ci.yml")),
    };
    if github && !has_workflow(root) {
        add(".github/workflows/seriema.yml", parts::github)?;
    }
    if gitlab {
        add(".gitlab-ci.yml", parts::gitlab)?;
    }
    add(".gitignore", parts::gitignore)?;
    Ok(steps)
}

/// Whether a workflow runs the program already.
#[expect(clippy::disallowed_methods, reason = "these files are to be changed, not audited")]
fn has_workflow(root: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(root.join(".github/workflows")) else { return false };
    entries.flatten().any(|entry| std::fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("seriema ")))
}

/// The text of a file, if it is there; why it cannot be changed, if it cannot.
#[expect(clippy::disallowed_methods, reason = "these files are to be changed, not audited")]
fn read(path: &Path) -> Result<Result<Option<String>, String>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            Ok(String::from_utf8(bytes).map(Some).map_err(|_| "this is no UTF-8: change it by hand".to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Ok(None)),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", visible_line(&path.to_string_lossy()))),
    }
}

fn show(out: &mut impl Write, path: &str, change: &Change) -> Result<()> {
    match change {
        Change::New(text) => {
            writeln!(out, "--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{} @@", text.lines().count())?;
            text.lines().try_for_each(|line| writeln!(out, "+{line}"))?;
        }
        Change::Insert { before, edit } => diff::write(out, path, before, std::iter::once(edit))?,
    }
    Ok(())
}

/// Whether whoever sits there wants it.
fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    eprint!("write this? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("the answer cannot be read")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn write(path: &Path, change: &Change) -> Result<()> {
    let fail = || format!("{} cannot be written", visible_line(&path.to_string_lossy()));
    match change {
        Change::New(text) => {
            let directory = path.parent().with_context(fail)?;
            std::fs::create_dir_all(directory).with_context(fail)?;
            // What came to be there meanwhile is not ours.
            let mut file = std::fs::File::create_new(path).with_context(fail)?;
            file.write_all(text.as_bytes()).with_context(fail)
        }
        Change::Insert { before, .. } => replace(path, before, &change.after()),
    }
}
