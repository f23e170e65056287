//! `seriema fix`

pub(crate) mod diff;

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use seriema_audit::{Dependencies, DependencyInputs, known_vulnerabilities};
use seriema_deps::fix::{Upgrade, Way, apply};
use seriema_deps::kind_of;
use seriema_deps::project::{Source, names};
use seriema_finding::DiagnosticKind;
use seriema_report::visible_line;

use crate::cli::{FixArgs, ReportArgs};
use crate::config::{self, Wanted};
use crate::{Exit, db, setup};

/// What is read.
const WANTED: Wanted =
    Wanted { include_stubs: false, code: false, flow: false, threat: None, secrets: false, texts: true };

pub(crate) fn run(args: &FixArgs) -> Result<Exit> {
    if !args.deps {
        bail!("name what is to be fixed: `seriema fix --deps`");
    }
    let cwd = setup::cwd()?;
    let report = ReportArgs {
        paths: args.paths.clone(),
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        ..ReportArgs::default()
    };
    let known = setup::on_pool(None, || {
        let mut run = config::prepare(&report, WANTED, &cwd)?;
        let is_named = run.discovery.files.len() == 1;
        run.discovery.files.retain(|file| is_named || kind_of(&file.relative).is_some());
        let open = |sources: &[Source]| db::open(args.offline_db.as_deref(), names(sources), db::MAX_AGE);
        let inputs = DependencyInputs::default();
        known_vulnerabilities::<anyhow::Error>(&run.discovery.files, &run.discovery.root, &run.settings, inputs, open)
    })??;
    conclude(args, &known)
}

fn conclude(args: &FixArgs, known: &Dependencies) -> Result<Exit> {
    // A range from which an index gives a fixed version is only changed when that is asked for.
    let wanted: Vec<&Upgrade> = known.upgrades.iter().filter(|one| args.ranges || !one.is_range).collect();
    let mut out = std::io::stdout().lock();
    let mut changed = 0;
    for (number, source) in known.sources.iter().enumerate() {
        let edits = || wanted.iter().filter(|one| one.source == number).flat_map(|one| one.edits());
        if edits().next().is_none() {
            continue;
        }
        let Some(after) = apply(&source.text, edits()) else { continue };
        changed += 1;
        if args.write {
            replace(&known.places[number], &source.text, &after)?;
            writeln!(out, "changed {}", visible_line(&source.manifest.path))?;
        } else {
            diff::write(&mut out, &source.manifest.path, &source.text, edits())?;
        }
    }
    let open = tell(&wanted, &known.sources)?;
    let mut is_incomplete = false;
    for diagnostic in &known.diagnostics {
        is_incomplete |= diagnostic.kind != DiagnosticKind::Config;
        eprintln!("note: {}: {}", visible_line(&diagnostic.path), visible_line(&diagnostic.message));
    }
    if changed == 0 && open == 0 {
        eprintln!("nothing to change");
    } else if changed > 0 && !args.write {
        eprintln!("nothing was written: `--write` changes the files");
    }
    Ok(match () {
        () if is_incomplete => Exit::Incomplete,
        () if open > 0 || (changed > 0 && !args.write) => Exit::Findings,
        () => Exit::Clean,
    })
}

/// Says what edits alone do not do, and how much of that there is. Commands to be run after an edit are told, too.
fn tell(upgrades: &[&Upgrade], sources: &[Source]) -> Result<usize> {
    let mut open = 0;
    for one in upgrades {
        let Source { manifest, .. } = &sources[one.source];
        let dependency = &manifest.dependencies[one.dependency];
        let what = match &one.way {
            Way::Edit { run: None, .. } => continue,
            Way::Edit { run: Some(run), .. } => format!("then run `{run}`"),
            Way::Run { command, blocked: None, .. } => format!("run `{command}`"),
            Way::Run { command, blocked: Some(range), to } => {
                format!("run `{command}`, but first change {range}, which does not allow {to}")
            }
            Way::ByHand { what, .. } => what.clone(),
            Way::None(why) => why.clone(),
        };
        open += usize::from(!matches!(one.way, Way::Edit { .. }));
        let version = dependency.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let line = format!("{}: {}{version} ({}): {what}", manifest.path, dependency.name, one.advisories.join(", "));
        eprintln!("{}", visible_line(&line));
    }
    Ok(open)
}

/// Writes a file anew, as a whole or not at all. Refuses when it is not any more what the change was made of.
pub(crate) fn replace(path: &Path, before: &str, after: &str) -> Result<()> {
    // What a link leads to is changed, not the link.
    let path = path.canonicalize().with_context(|| format!("{} is not there any more", path.display()))?;
    let fail = || format!("{} cannot be written", path.display());
    let now = std::fs::read(&path).with_context(fail)?;
    if now != before.as_bytes() {
        bail!("{} was changed meanwhile, or is no UTF-8: nothing was written", path.display());
    }
    let directory = path.parent().with_context(fail)?;
    let mut file = tempfile::NamedTempFile::new_in(directory).with_context(fail)?;
    file.write_all(after.as_bytes()).with_context(fail)?;
    file.as_file().set_permissions(std::fs::metadata(&path).with_context(fail)?.permissions()).with_context(fail)?;
    file.as_file().sync_all().with_context(fail)?;
    file.persist(&path).with_context(fail)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_meanwhile_is_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("requirements.txt");
        std::fs::write(&path, "\u{feff}acme==1.0\r\n").expect("written");
        replace(&path, "\u{feff}acme==1.0\r\n", "\u{feff}acme==1.5\r\n").expect("replaced");
        let error = replace(&path, "acme==1.0\r\n", "acme==1.5\r\n").expect_err("changed");
        assert!(error.to_string().contains("was changed meanwhile"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "\u{feff}acme==1.5\r\n");
        assert_eq!(std::fs::read_dir(directory.path()).expect("read").count(), 1);
    }
}
