//! `seriema pip-audit`: pip-audit's options, reports, messages and exit codes, with what Seriema knows.
//!
//! What pip-audit asks pip for (to resolve, to install, to list an environment) is not done: nothing is run. What would need it
//! is in the report as skipped.

mod options;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use seriema_deps::fix::{Upgrade, Way, apply, upgrades};
use seriema_deps::matching::fixed_versions;
use seriema_deps::project::{Certainty, Known, Match, Source, beside, matches, names, sources};
use seriema_deps::{ManifestKind, Name, kind_of};
use seriema_finding::DiagnosticKind;
use seriema_report::visible_line;

use crate::{db, fix};
use options::{Options, Place};
use report::{Fix, Package, Vulnerability};

/// Largest manifest that is read, in bytes.
const MAX_SIZE: u64 = 64 << 20;

/// What goes wrong: what is said, as pip-audit's logger says it.
struct Fatal(String);

pub(crate) fn run(args: Vec<OsString>) -> ExitCode {
    let args = std::iter::once(OsString::from("seriema pip-audit")).chain(args);
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    if let Err(message) = options.check() {
        eprintln!("seriema pip-audit: error: {message}");
        return ExitCode::from(2);
    }
    match audit(&options) {
        Ok(code) => ExitCode::from(code),
        Err(Fatal(message)) => {
            eprintln!("ERROR:seriema.pip_audit:{}", visible_line(&message));
            ExitCode::from(1)
        }
    }
}

fn audit(options: &Options) -> Result<u8, Fatal> {
    for warning in options.warnings() {
        eprintln!("WARNING:seriema.pip_audit:{warning}");
    }
    let read = collect(options)?;
    if options.dry_run && !options.fix {
        eprintln!("INFO:seriema.pip_audit:Dry run: would have audited {} packages", read.packages.len());
        return conclude(options, &[], &[], 0);
    }
    let mut packages: Vec<Package> = Vec::new();
    let mut ignored = 0;
    let advisories = db::open(options.offline_db.as_deref(), names(&read.sources), db::MAX_AGE).map_err(fatal)?;
    let advisories = advisories.ok_or_else(|| {
        Fatal("no advisories are at hand: `seriema db import` makes an index of OSV's records, or name a zip of them with --offline-db".to_owned())
    })?;
    let known_advisories = Known::of(&read.sources, &*advisories).map_err(fatal)?;
    let found = matches(&read.sources, &known_advisories);
    let mut known: BTreeMap<(usize, usize), Vec<&Match>> = BTreeMap::new();
    for one in found.iter().filter(|one| one.certainty == Certainty::Named) {
        known.entry((one.source, one.dependency)).or_default().push(one);
    }
    for (place, mut package) in read.packages {
        if let Some(reason) = &package.skip_reason
            && options.strict
        {
            return Err(Fatal(format!("{}: {reason}", package.name)));
        }
        let all: Vec<Vulnerability> =
            place.and_then(|place| known.get(&place)).into_iter().flatten().map(|one| vulnerability(one)).collect();
        let count = all.len();
        package.vulnerabilities = all.into_iter().filter(|one| !options.ignores(one)).collect();
        package.vulnerabilities.sort_by(|a, b| rank(&a.id).cmp(&rank(&b.id)));
        ignored += count - package.vulnerabilities.len();
        packages.push(package);
    }
    let mut fixes = Vec::new();
    if options.fix {
        let plan = upgrades(&read.sources, &found, &known_advisories);
        fixes = fix(options, &read.sources, &read.places, &plan, &packages)?;
    }
    conclude(options, &packages, &fixes, ignored)
}

fn fatal(error: impl std::fmt::Display) -> Fatal {
    Fatal(format!("{error:#}"))
}

/// What is audited.
#[derive(Default)]
struct Read {
    sources: Vec<Source>,
    /// Where each of them lies.
    places: Vec<PathBuf>,
    /// Packages, those that are skipped as well, each with its source and number there.
    packages: Vec<(Option<(usize, usize)>, Package)>,
}

fn collect(options: &Options) -> Result<Read, Fatal> {
    let paths: Vec<(Arc<str>, Option<ManifestKind>)> = match options.place() {
        Place::Requirements(files) => {
            for file in files {
                if !file.exists() {
                    return Err(Fatal(format!("invalid requirements input: {}", file.display())));
                }
            }
            files.iter().map(|file| (name_of(file), Some(ManifestKind::Requirements))).collect()
        }
        Place::Project(directory) => project(directory, options.locked)?,
        Place::Installed(directories) => installed(&directories)?,
    };
    let is_environment = matches!(options.place(), Place::Installed(_));
    let (sources, diagnostics) = sources(&paths, open);
    if let Some(wrong) = diagnostics.iter().find(|one| one.kind != DiagnosticKind::Config) {
        let line = wrong.line.map(|line| format!(" at line {line}")).unwrap_or_default();
        let message = format!("{}{line}: {}", wrong.path, wrong.message);
        // Of an environment, one package that cannot be read is no reason to look at none; of a list, it is.
        match is_environment && !options.strict {
            true => eprintln!("WARNING:seriema.pip_audit:{}", visible_line(&message)),
            false => return Err(Fatal(message)),
        }
    }
    let places = sources.iter().map(|source| PathBuf::from(&*source.manifest.path)).collect();
    let mut read = Read { sources, places, packages: Vec::new() };
    packages(options, &mut read)?;
    if is_environment {
        read.packages.sort_by(|a, b| a.1.name.cmp(&b.1.name));
    }
    Ok(read)
}

/// A path as manifests are named, with `/`.
fn name_of(path: &Path) -> Arc<str> {
    path.to_string_lossy().replace('\\', "/").into()
}

fn open(path: &str) -> Result<String, String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    // Not only regular files: `-r <(pip freeze)`.
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(format!("is larger than {MAX_SIZE} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is no UTF-8".to_owned())
}

/// A file to read, and as what.
type Input = (Arc<str>, Option<ManifestKind>);

/// The locks of a project, or its `pyproject.toml` where it has none.
fn project(directory: &Path, locked: bool) -> Result<Vec<Input>, Fatal> {
    let entries = std::fs::read_dir(directory)
        .map_err(|_| Fatal(format!("couldn't find a supported project file in {}", directory.display())))?;
    let mut files: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    files.sort();
    let locks = files.iter().filter(|file| {
        use ManifestKind::{PdmLock, PipfileLock, PoetryLock, Pylock, UvLock};
        matches!(kind_of(file), Some(PdmLock | PipfileLock | PoetryLock | Pylock | UvLock))
    });
    let mut paths: Vec<_> = locks.map(|file| (name_of(&directory.join(file)), None)).collect();
    if paths.is_empty() && locked {
        return Err(Fatal(format!("no lockfiles found in {}", directory.display())));
    }
    if paths.is_empty() && files.iter().any(|file| file == "pyproject.toml") {
        paths.push((name_of(&directory.join("pyproject.toml")), None));
    }
    if paths.is_empty() {
        return Err(Fatal(format!("couldn't find a supported project file in {}", directory.display())));
    }
    Ok(paths)
}

/// The metadata of the distributions in directories of packages.
fn installed(directories: &[PathBuf]) -> Result<Vec<Input>, Fatal> {
    if directories.is_empty() {
        return Err(Fatal(
            "no Python is run to ask for its packages: name a requirements file with -r, a project, a directory of packages with \
             --path, or activate a virtual environment"
                .to_owned(),
        ));
    }
    let mut paths = Vec::new();
    for directory in directories {
        let entries = std::fs::read_dir(directory)
            .map_err(|error| Fatal(format!("{} cannot be read: {error}", directory.display())))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let metadata = match path.extension().and_then(|end| end.to_str()) {
                Some("dist-info") => path.join("METADATA"),
                Some("egg-info") if path.is_dir() => path.join("PKG-INFO"),
                Some("egg-info") => path,
                _ => continue,
            };
            // A directory that an uninstallation left behind has none.
            if metadata.is_file() {
                paths.push((name_of(&metadata), Some(ManifestKind::Metadata)));
            }
        }
    }
    paths.sort();
    Ok(paths)
}

/// The packages that sources name, each once.
fn packages(options: &Options, read: &mut Read) -> Result<(), Fatal> {
    let constraints: BTreeSet<String> = read
        .sources
        .iter()
        .flat_map(|source| source.manifest.includes.iter().map(move |include| (source, include)))
        .filter(|(_, include)| include.is_constraint)
        .filter_map(|(source, include)| beside(&source.manifest.path, &include.path))
        .collect();
    let is_list = matches!(options.place(), Place::Requirements(_));
    let must_be_pinned = options.disable_pip || options.no_deps;
    let is_hashed = |source: &Source| source.manifest.dependencies.iter().any(|one| one.is_hashed);
    let needs_hashes = is_list && (options.require_hashes || read.sources.iter().any(is_hashed));
    let mut seen: BTreeMap<Name, String> = BTreeMap::new();
    for (number, source) in read.sources.iter().enumerate() {
        // Constraints ask for nothing.
        if constraints.contains(&*source.manifest.path) {
            continue;
        }
        for (at, dependency) in source.manifest.dependencies.iter().enumerate() {
            if source.manifest.project.as_ref() == Some(&dependency.name) {
                continue;
            }
            let name = &dependency.name;
            let written = source.text.get(dependency.range.clone()).unwrap_or_default().trim();
            if needs_hashes && !dependency.is_hashed {
                return Err(Fatal(format!("requirement {written} does not contain a hash")));
            }
            let is_from_index = matches!(dependency.origin, seriema_deps::Origin::Index(_));
            let skip_reason = match &dependency.version {
                _ if !is_from_index => {
                    Some("URL requirements cannot be pinned to a specific package version".to_owned())
                }
                None if is_list && must_be_pinned => {
                    return Err(Fatal(format!("requirement {name} is not pinned to an exact version: {written}")));
                }
                None => Some(format!("not pinned to an exact version, and nothing is resolved: {written}")),
                Some(_) => None,
            };
            let version = dependency.version.as_ref().map(ToString::to_string).unwrap_or_default();
            match seen.get(name) {
                Some(other) if *other == version => continue,
                // Locks have several versions of a package for several systems.
                Some(_) if is_list && must_be_pinned => {
                    return Err(Fatal(format!("package {name} has duplicate requirements: {written}")));
                }
                _ => drop(seen.insert(name.clone(), version.clone())),
            }
            let package = Package { name: name.to_string(), version, skip_reason, vulnerabilities: Vec::new() };
            read.packages.push((Some((number, at)), package));
        }
        for unnamed in &source.manifest.unnamed {
            let line = source.text.get(unnamed.range.clone()).unwrap_or_default().trim();
            let skip_reason = Some("could not deduce package version from URL requirement".to_owned());
            if options.skip_editable && matches!(unnamed.origin, seriema_deps::Origin::Path(_)) {
                continue;
            }
            let package = Package { name: line.to_owned(), skip_reason, ..Package::default() };
            read.packages.push((None, package));
        }
    }
    Ok(())
}

/// In which order pip-audit prefers ids.
fn rank(id: &str) -> (u8, &str) {
    let kind = match id {
        _ if id.starts_with("PYSEC") => 1,
        _ if id.starts_with("CVE") => 2,
        _ => 3,
    };
    (kind, id)
}

fn vulnerability(one: &Match) -> Vulnerability {
    let mut ids: Vec<String> = one.advisory.ids().map(str::to_owned).collect();
    ids.sort_by(|a, b| rank(a).cmp(&rank(b)));
    ids.dedup();
    let id = ids.remove(0);
    let mut fixes: Vec<_> = one.advisory.affected.iter().flat_map(fixed_versions).collect();
    // One that is below the affected version fixes nothing.
    let lowest = one.fixes.first();
    fixes.retain(|fix| lowest.is_some_and(|lowest| fix >= lowest));
    fixes.sort_unstable();
    fixes.dedup();
    Vulnerability {
        id,
        aliases: ids,
        fix_versions: fixes.iter().map(ToString::to_string).collect(),
        description: one.advisory.summary.clone(),
    }
}

/// Changes the manifests, and says what came of it.
fn fix(
    options: &Options,
    sources: &[Source],
    places: &[PathBuf],
    plan: &[Upgrade],
    packages: &[Package],
) -> Result<Vec<Fix>, Fatal> {
    let mut fixes = Vec::new();
    let wanted: BTreeMap<&str, &Package> =
        packages.iter().filter(|one| !one.vulnerabilities.is_empty()).map(|one| (one.name.as_str(), one)).collect();
    let is_wanted = |one: &&Upgrade| {
        let dependency = &sources[one.source].manifest.dependencies[one.dependency];
        !one.is_range && wanted.contains_key(dependency.name.as_str())
    };
    let mut told = BTreeSet::new();
    for one in plan.iter().filter(is_wanted) {
        let dependency = &sources[one.source].manifest.dependencies[one.dependency];
        let reason = match &one.way {
            Way::Edit { .. } => None,
            Way::Run { command, .. } => Some(format!("lockfiles are changed by their own tools: {command}")),
            Way::ByHand { what, .. } => Some(what.clone()),
            Way::None(why) => Some(why.clone()),
        };
        let to = one.to().map(ToString::to_string).unwrap_or_default();
        let version = dependency.version.as_ref().map(ToString::to_string).unwrap_or_default();
        if !told.insert((dependency.name.clone(), version.clone())) {
            continue;
        }
        let name = dependency.name.to_string();
        match (&reason, options.dry_run) {
            (None, true) => eprintln!("INFO:seriema.pip_audit:Dry run: would have upgraded {name} to {to}"),
            (Some(reason), true) => {
                eprintln!("INFO:seriema.pip_audit:Dry run: would have skipped {name} upgrade because {reason}");
            }
            (_, false) => fixes.push(Fix { name, version, result: reason.map_or(Ok(to), Err) }),
        }
    }
    if !options.dry_run {
        for (number, source) in sources.iter().enumerate() {
            let edits = || plan.iter().filter(is_wanted).filter(|one| one.source == number).flat_map(|one| one.edits());
            if edits().next().is_some()
                && let Some(after) = apply(&source.text, edits())
            {
                fix::replace(&places[number], &source.text, &after).map_err(fatal)?;
            }
        }
    }
    Ok(fixes)
}

fn conclude(options: &Options, packages: &[Package], fixes: &[Fix], ignored: usize) -> Result<u8, Fatal> {
    let vulnerable: Vec<&Package> = packages.iter().filter(|one| !one.vulnerabilities.is_empty()).collect();
    let count: usize = vulnerable.iter().map(|one| one.vulnerabilities.len()).sum();
    let many = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    if count == 0 {
        let ignored = if ignored > 0 { format!(", {ignored} ignored") } else { String::new() };
        eprintln!("No known vulnerabilities found{ignored}");
        if options.format.is_manifest() || packages.iter().any(|one| one.skip_reason.is_some()) {
            write(options, packages, fixes)?;
        }
        return Ok(0);
    }
    let of_vulnerabilities = |count| many(count, "vulnerability", "vulnerabilities");
    let ignored = if ignored > 0 { format!(", ignored {ignored}") } else { String::new() };
    let known = many(count, "known vulnerability", "known vulnerabilities");
    let mut summary = format!("Found {known}{ignored} in {}", many(vulnerable.len(), "package", "packages"));
    let is_fixed = |package: &&&Package| fixes.iter().any(|fix| fix.result.is_ok() && fix.is_of(package));
    let fixed: Vec<&Package> = vulnerable.iter().filter(is_fixed).copied().collect();
    if options.fix {
        let gone: usize = fixed.iter().map(|one| one.vulnerabilities.len()).sum();
        let (gone, of) = (of_vulnerabilities(gone), many(fixed.len(), "package", "packages"));
        summary.push_str(&format!(" and fixed {gone} in {of}"));
    }
    eprintln!("{summary}");
    write(options, packages, fixes)?;
    Ok(u8::from(vulnerable.len() != fixed.len()))
}

fn write(options: &Options, packages: &[Package], fixes: &[Fix]) -> Result<(), Fatal> {
    let text = report::format(options, packages, fixes);
    let name = options.output.as_os_str();
    if name == "stdout" || name == "-" {
        return match writeln!(std::io::stdout().lock(), "{text}") {
            // A reader that has had enough is no error.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(fatal(error)),
            _ => Ok(()),
        };
    }
    std::fs::write(&options.output, format!("{text}\n"))
        .map_err(|error| Fatal(format!("{} cannot be written: {error}", options.output.display())))
}
