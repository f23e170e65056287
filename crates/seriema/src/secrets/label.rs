//! `seriema secrets audit`: labelling, in a terminal.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Result, bail};
use seriema_secrets::Scanner;
use seriema_secrets::baseline::{
    Asks, Audited, Baseline, Diff, Only, Part, Session, Stats, Step, View, report, visible,
};
use seriema_workspace::DEFAULT_MAX_FILE_SIZE;

use super::baseline::{look, now, write};
use super::known::{mistake, read, tell};
use crate::cli::LabelArgs;
use crate::config::detectors_in;
use crate::{Exit, setup};

/// Lines around a secret.
const CONTEXT: usize = 3;

pub(super) fn run(args: &LabelArgs) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let name = super::shown(&args.baseline);
    let mut baseline = Baseline::read(&name, &read(&args.baseline)?).map_err(mistake)?;
    let scanner = Scanner::with_detectors(detectors_in(&cwd)?);
    let file = |path: &str| -> Option<Audited> { look(&scanner, path, &cwd.join(path), DEFAULT_MAX_FILE_SIZE) };
    let mut out = std::io::stdout().lock();
    if args.stats {
        let stats = Stats::of(&baseline);
        write!(out, "{}", if args.json { stats.json() } else { stats.text() })?;
        return Ok(Exit::Clean);
    }
    if args.report {
        write!(out, "{}", report(&baseline, Only::All, &file))?;
        return Ok(Exit::Clean);
    }
    if let Some(other) = &args.diff {
        let other = Baseline::read(&super::shown(other), &read(other)?).map_err(mistake)?;
        let diff = Diff::between(&baseline, &other).map_err(|error| anyhow::anyhow!(error))?;
        write!(out, "{}", if args.json { diff.json() } else { diff.text() })?;
        return Ok(if diff.is_empty() { Exit::Clean } else { Exit::Findings });
    }
    if args.show && !std::io::stdout().is_terminal() {
        bail!("--show shows secrets as they are: in a terminal only");
    }
    tell(baseline.notes());
    let view = View { context: CONTEXT, show: args.show, labelled: args.all };
    let mut session = Session::new(&baseline, Asks::IsItSecret, view, &file);
    if session.current().is_none() {
        writeln!(out, "Everything in {name} has a label; --all asks again.")?;
        return Ok(Exit::Clean);
    }
    ask(&mut session, &mut out)?;
    if session.is_changed() {
        session.apply(&mut baseline);
        if let Baseline::DetectSecrets(theirs) = &mut baseline {
            theirs.set_generated_at(now());
        }
        write(&args.baseline, &baseline.write())?;
        writeln!(out, "Saved to {name}.")?;
    } else {
        writeln!(out, "Nothing was labelled.")?;
    }
    Ok(Exit::Clean)
}

/// Asks until all is labelled, or the user has had enough.
fn ask(session: &mut Session, out: &mut impl std::io::Write) -> Result<()> {
    let mut answers = std::io::stdin().lock().lines();
    while let Some(item) = session.current() {
        let (number, all) = session.position();
        let subject = &item.subject;
        writeln!(out, "\nSecret {number} of {all}")?;
        writeln!(out, "File:   {}", visible(&subject.path))?;
        writeln!(out, "Kind:   {}", visible(&subject.kind))?;
        if let Some(label) = item.label() {
            writeln!(out, "Label:  {}", label.as_str())?;
        }
        match &item.excerpt {
            Some(excerpt) => {
                writeln!(out)?;
                for line in &excerpt.lines {
                    let sign = if line.is_target { '>' } else { ' ' };
                    write!(out, "{sign} {:>5} | ", line.number)?;
                    for span in &line.spans {
                        let strong = span.part == Part::Secret && std::io::stdout().is_terminal();
                        let (on, off) = if strong { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
                        write!(out, "{on}{}{off}", span.text)?;
                    }
                    writeln!(out)?;
                }
                writeln!(out)?;
            }
            None => writeln!(out, "\nIt is not there any more: `seriema secrets scan` takes it out.\n")?,
        }
        let keys: Vec<String> = session.keys().iter().map(|(key, what)| format!("{key} {what}")).collect();
        loop {
            write!(out, "{} ({}) ", session.question(), keys.join(", "))?;
            out.flush()?;
            let Some(answer) = answers.next().transpose()? else { return Ok(()) };
            let Some(key) = answer.trim().chars().next() else { continue };
            match session.press(key) {
                Step::Invalid => continue,
                Step::Quit => return Ok(()),
                _ => break,
            }
        }
    }
    Ok(())
}
