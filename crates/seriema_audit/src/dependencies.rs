//! What is known of a project's dependencies, as findings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seriema_deps::builtin;
use seriema_deps::distribution::{is_distribution, sources_in};
use seriema_deps::fix::{Upgrade, Way, upgrades};
use seriema_deps::manifest::url::masked;
use seriema_deps::project::{Certainty, Known as Advised, Match, Source, matches, sources};
use seriema_deps::supply::{is_fixture, risks};
use seriema_deps::{Advisories, Advisory, Dependency, IndexError, ManifestKind, Origin, Target};
use seriema_finding::{
    Applicability, Confidence, Diagnostic, DiagnosticKind, Finding, Package, PackageOrigin, Persona, Reach, Severity,
    Suppression, Vulnerability,
};
use seriema_program::Locator;
use seriema_program::text_size::{TextRange, TextSize};
use seriema_rules::{RawEdit, RawFinding, RawFix};
use seriema_workspace::{SourceFile, decode_text, read_bytes};

use crate::finalize::{Placed, finalize};
use crate::ignores::Ignores;
use crate::reach;
use crate::run::Audit;
use crate::secrets::{codes, one_of_same, suppression};
use crate::settings::Settings;
use crate::supply_chain;

/// What is audited besides the manifests of a project, and for whom.
#[derive(Debug, Default)]
pub struct DependencyInputs {
    /// The project's files, for how far its code comes towards what is vulnerable; none when that is not asked.
    pub code: Vec<SourceFile>,
    /// What was read already: of installed environments.
    pub sources: Vec<Source>,
    /// What could not be read of it.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the project will run.
    pub target: Target,
}

/// The manifests of a project, and what is known of what they name.
#[derive(Debug)]
pub struct Dependencies {
    /// The manifests.
    pub sources: Vec<Source>,
    /// Where each of them lies.
    pub places: Vec<PathBuf>,
    /// Dependencies with known vulnerabilities.
    pub matches: Vec<Match>,
    /// What to do about them.
    pub upgrades: Vec<Upgrade>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether there were any advisories to look into.
    pub has_advisories: bool,
}

/// Reads the manifests among files, and looks up what is known of what they name. `open` gives the advisories about packages,
/// or nothing where there are none: then it is said so.
///
/// # Errors
/// Those of `open`, and when what is known of a package cannot be read.
pub fn known_vulnerabilities<E: From<IndexError>>(
    files: &[SourceFile],
    root: &Path,
    settings: &Settings,
    inputs: DependencyInputs,
    open: impl FnOnce(&[Source]) -> Result<Option<Box<dyn Advisories>>, E>,
) -> Result<Dependencies, E> {
    let places: BTreeMap<&str, &SourceFile> = files.iter().map(|file| (&*file.relative, file)).collect();
    let place = |path: &str| places.get(path).map_or_else(|| root.join(path), |file| file.absolute.clone());
    let is_archive = |file: &&SourceFile| is_distribution(&file.relative);
    let paths: Vec<(Arc<str>, Option<ManifestKind>)> = files
        .iter()
        .filter(|file| !is_archive(file))
        .map(|file| (Arc::clone(&file.relative), only(files, file)))
        .collect();
    let (mut sources, mut diagnostics) = sources(&paths, |path| {
        let max = match places.get(path) {
            Some(file) => settings.of(&file.absolute).1.max_file_size.value,
            None => settings.tree.root().max_file_size.value,
        };
        let bytes = read_bytes(&place(path), max.saturating_mul(TIMES)).map_err(|error| error.to_string())?;
        decode_text(bytes).ok_or_else(|| "is no text".to_owned())
    });
    for file in files.iter().filter(is_archive) {
        let max = settings.of(&file.absolute).1.max_file_size.value.saturating_mul(TIMES);
        match read_bytes(&file.absolute, max) {
            Ok(bytes) => {
                let (found, said) = sources_in(&file.relative, &bytes);
                sources.extend(found);
                diagnostics.extend(said);
            }
            Err(error) => diagnostics.push(Diagnostic::file(
                Arc::clone(&file.relative),
                DiagnosticKind::Unreadable,
                error.to_string(),
            )),
        }
    }
    sources.extend(inputs.sources);
    diagnostics.extend(inputs.diagnostics);
    inputs.target.restrict(&mut sources);
    let known = open(&sources)?;
    let has_advisories = known.is_some();
    let (matches, upgrades) = match known {
        Some(advisories) => {
            let first = sources.iter().find(|source| !source.manifest.dependencies.is_empty());
            let limits = first.map(|source| Arc::clone(&source.manifest.path)).zip(advisories.limits());
            diagnostics.extend(limits.map(|(path, limits)| Diagnostic::file(path, DiagnosticKind::Unreadable, limits)));
            let known = Advised::of(&sources, &*advisories)?;
            let matches = matches(&sources, &known);
            let upgrades = upgrades(&sources, &matches, &known);
            (matches, upgrades)
        }
        None => {
            let message = "no advisories are at hand: known vulnerabilities were not looked for; `seriema db update` fetches them, and \
                           --online asks OSV without keeping any";
            let first = sources.first().map(|source| Arc::clone(&source.manifest.path));
            diagnostics
                .extend(first.map(|path| Diagnostic::file(path, DiagnosticKind::Unreadable, message.to_owned())));
            (Vec::new(), Vec::new())
        }
    };
    let places = sources.iter().map(|source| place(&source.manifest.path)).collect();
    Ok(Dependencies { sources, places, matches, upgrades, diagnostics, has_advisories })
}

/// Reads the manifests among files and says what advisories know of what they name, and how far the code comes towards it.
/// `open` gives the advisories about packages, or nothing where there are none: then the audit says so.
///
/// # Errors
/// Those of `open`, and when what is known of a package cannot be read.
pub fn audit_dependencies<E: From<IndexError>>(
    files: &[SourceFile],
    root: &Path,
    settings: &Settings,
    inputs: DependencyInputs,
    open: impl FnOnce(&[Source]) -> Result<Option<Box<dyn Advisories>>, E>,
) -> Result<Audit, E> {
    let code = inputs.code.clone();
    let Dependencies { sources, places, matches: found, upgrades, diagnostics, has_advisories } =
        known_vulnerabilities(files, root, settings, inputs, open)?;
    // What only some manifests are looked at for may be used by others.
    let is_whole = has_advisories && !files.iter().any(|file| file.named);
    let planned: BTreeMap<(usize, usize), &Upgrade> =
        upgrades.iter().map(|one| ((one.source, one.dependency), one)).collect();
    let reach = reach::reach(&code, settings, &sources, &found);
    let mut risks = risks(&sources).into_iter();
    let place = |path: &str| {
        let known = sources.iter().position(|source| *source.manifest.path == *path);
        known.map_or_else(|| root.join(path), |known| places[known].clone())
    };
    let mut ignores = Ignores::read(root, settings, &sources, place);
    let ignored: Vec<Option<Suppression>> = found.iter().map(|one| ignores.of(&sources, one)).collect();
    let known: Vec<Known<'_>> = found
        .iter()
        .zip(&ignored)
        .zip(&reach)
        .map(|((one, ignored), reach)| Known {
            one,
            ignored: ignored.as_ref(),
            reach: reach.as_ref(),
            upgrade: planned.get(&(one.source, one.dependency)).copied(),
        })
        .collect();
    let packages = packages(&sources, &known);
    let mut findings: Vec<(usize, Finding)> = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let path = &source.manifest.path;
        let index = settings.of(&places[number]).0;
        let mut raw = raw(source, known.iter().filter(|known| known.one.source == number));
        // What tests read is installed by nobody.
        if is_fixture(path) && !files.iter().any(|file| file.named && file.relative == *path) {
            for (raw, _) in raw.iter_mut().filter(|(raw, _)| raw.rule.slug != "malicious-dependency") {
                raw.persona = raw.persona.max(Persona::Pedantic);
            }
        }
        // What is known to be malicious needs no guess about its name.
        let malicious: Vec<usize> = found
            .iter()
            .filter(|known| known.source == number && known.advisory.is_malicious)
            .map(|known| source.manifest.dependencies[known.dependency].range.start)
            .collect();
        let mut risks = risks.next().unwrap_or_default();
        risks.retain(|risk| risk.rule != "typosquatted-dependency" || !malicious.contains(&risk.range.start));
        raw.extend(supply_chain::raw(risks).map(|raw| (raw, Beside::default())));
        raw.sort_by_key(|(raw, _)| raw.range.start());
        let (raw, beside): (Vec<RawFinding>, Vec<Beside<'_>>) = raw.into_iter().unzip();
        // Lines are shown around a finding; places are the same in both texts.
        let shown = masked(&source.text);
        let mut placed = finalize(path, &shown, &Locator::of_text(&shown), raw);
        for (Placed { finding, .. }, beside) in placed.iter_mut().zip(beside) {
            finding.suppression = suppression(&source.text, finding).or(beside.ignored);
            finding.flow = reach::steps(beside.reach, &code, settings);
        }
        findings.extend(placed.into_iter().map(|placed| (index, placed.finding)));
    }
    // The same version may be named by several manifests.
    one_of_same(&mut findings, |finding| Some((finding.persona, finding.message.clone())));
    findings.extend(ignores.findings(root, is_whole));
    findings.sort_by(|(_, a), (_, b)| a.sort_key().cmp(&b.sort_key()));
    let lines = sources.iter().map(|source| source.text.lines().count()).sum();
    Ok(Audit {
        findings,
        diagnostics,
        files: sources.len(),
        lines,
        dependencies: Some(packages),
        project: project(&sources),
        ..Audit::default()
    })
}

/// Locks may be larger than what is analysed.
const TIMES: u64 = 8;

/// A file that is named alone is read as requirements, whatever its name.
fn only(files: &[SourceFile], file: &SourceFile) -> Option<ManifestKind> {
    let by_name = seriema_deps::manifest::kind_of(&file.relative);
    (files.len() == 1 && file.relative.ends_with(".txt")).then(|| by_name.unwrap_or(ManifestKind::Requirements))
}

fn packages(sources: &[Source], found: &[Known<'_>]) -> Vec<Package> {
    let mut known: BTreeMap<(usize, usize), Vec<&Known<'_>>> = BTreeMap::new();
    for one in found {
        known.entry((one.one.source, one.one.dependency)).or_default().push(one);
    }
    let mut all = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let locator = Locator::of_text(&source.text);
        // A lock in which nothing asks for anything is of a format that does not say.
        let says = source.manifest.kind.is_lock()
            && source.manifest.dependencies.iter().any(|dependency| !dependency.requires.is_empty());
        for (at, dependency) in source.manifest.dependencies.iter().enumerate() {
            let about = known.remove(&(number, at)).unwrap_or_default();
            all.push(Package {
                name: dependency.name.to_string(),
                version: dependency.version.as_ref().map(ToString::to_string),
                allowed: dependency.specifiers.to_string(),
                path: Arc::clone(&source.manifest.path),
                line: locator.line(offset(dependency.range.start)),
                is_direct: dependency.is_direct,
                brought_by: about.first().map(|known| chain(known.one)).unwrap_or_default(),
                requires: says.then(|| dependency.requires.iter().map(ToString::to_string).collect()),
                extras: dependency.extras.clone(),
                group: dependency.group.clone(),
                origin: origin(&dependency.origin),
                is_hashed: dependency.is_hashed,
                vulnerabilities: about
                    .into_iter()
                    .filter(|known| known.one.certainty == Certainty::Named)
                    .map(|known| vulnerability(known.one, known.reach.cloned()))
                    .collect(),
            });
        }
    }
    all
}

fn vulnerability(one: &Match, reach: Option<Reach>) -> Vulnerability {
    let advisory = &one.advisory;
    Vulnerability {
        id: advisory.id.clone(),
        aliases: advisory.aliases.clone(),
        summary: advisory.summary.clone(),
        severity: severity(advisory),
        fixed_in: one.fixes.iter().map(ToString::to_string).collect(),
        score: advisory.score,
        vector: advisory.vector.clone(),
        weaknesses: advisory.weaknesses.clone(),
        url: advisory.url.clone(),
        published: advisory.published.clone(),
        epss: advisory.epss,
        is_exploited: advisory.is_exploited,
        is_malicious: advisory.is_malicious,
        symbols: advisory.symbols.clone(),
        reach,
    }
}

fn origin(origin: &Origin) -> PackageOrigin {
    match origin {
        Origin::Index(None) => PackageOrigin::Index,
        Origin::Index(Some(url)) => {
            let url = without_secrets(url);
            let is_usual = matches!(url.trim_end_matches('/'), "https://pypi.org/simple" | "https://pypi.org");
            if is_usual { PackageOrigin::Index } else { PackageOrigin::NamedIndex(url) }
        }
        Origin::Vcs { url, commit, .. } => PackageOrigin::Vcs { url: without_secrets(url), commit: commit.clone() },
        Origin::Url(url) => PackageOrigin::Url(without_secrets(url)),
        Origin::Path(path) => PackageOrigin::Path(path.clone()),
        Origin::Conda(channel) => PackageOrigin::Conda(without_secrets(channel)),
    }
}

/// A URL without what may be secret in it: who asks, and queries. Channels of anaconda.org may have a token in their path.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // `git@example.org:tool.git` names a user, as all do; `user:password@…` is more than that.
        return url.rsplit_once('@').filter(|(user, _)| user.contains(':')).map_or(url, |(_, rest)| rest).to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let mut parts = path.split('/');
    let mut kept: Vec<&str> = Vec::new();
    while let Some(part) = parts.next() {
        if part == "t" && kept.len() == 1 {
            parts.next();
        } else {
            kept.push(part);
        }
    }
    format!("{scheme}://{host}{}", kept.join("/"))
}

/// The project's name: that of the manifest that stands highest; none where several at one height disagree.
fn project(sources: &[Source]) -> Option<String> {
    let named = |source: &'_ Source| {
        let is_own = !matches!(source.manifest.kind, ManifestKind::CycloneDx | ManifestKind::Spdx);
        let name = source.manifest.project.as_ref().filter(|_| is_own)?;
        Some((source.manifest.path.matches('/').count(), name.to_string()))
    };
    let (height, name) = sources.iter().filter_map(named).min()?;
    let is_alone = sources.iter().filter_map(named).all(|(other, project)| other > height || project == name);
    is_alone.then_some(name)
}

fn chain(one: &Match) -> Vec<String> {
    one.brought_by.iter().map(ToString::to_string).collect()
}

fn offset(at: usize) -> TextSize {
    TextSize::try_from(at).unwrap_or_default()
}

/// What is known of a dependency.
#[derive(Clone, Copy)]
struct Known<'m> {
    one: &'m Match,
    /// The decision to ignore it.
    ignored: Option<&'m Suppression>,
    /// How far the code comes.
    reach: Option<&'m Reach>,
    /// What to do about it.
    upgrade: Option<&'m Upgrade>,
}

/// What goes with a finding and is no part of what a rule says.
#[derive(Default)]
struct Beside<'m> {
    ignored: Option<Suppression>,
    reach: Option<&'m Reach>,
}

/// The findings of what is known of a manifest's dependencies.
fn raw<'m>(source: &Source, found: impl Iterator<Item = &'m Known<'m>>) -> Vec<(RawFinding, Beside<'m>)> {
    let mut allowed: BTreeMap<usize, Vec<&Known<'m>>> = BTreeMap::new();
    let mut raw = Vec::new();
    for known in found {
        let Known { one, ignored, reach, .. } = *known;
        let dependency = &source.manifest.dependencies[one.dependency];
        match one.certainty {
            Certainty::Named => {
                let beside = Beside { ignored: ignored.cloned(), reach };
                raw.push((of_version(dependency, known), beside));
            }
            Certainty::Allowed(_) => allowed.entry(one.dependency).or_default().push(known),
        }
    }
    for (at, known) in allowed {
        // One finding of several advisories is about those that are not ignored, as long as there are any.
        let open: Vec<&Match> = known.iter().filter(|known| known.ignored.is_none()).map(|known| known.one).collect();
        let (about, ignored) = match known.first() {
            Some(first) if open.is_empty() => (known.iter().map(|known| known.one).collect(), first.ignored.cloned()),
            _ => (open, None),
        };
        let dependency = &source.manifest.dependencies[at];
        let upgrade = known.first().and_then(|known| known.upgrade);
        let fix = upgrade.and_then(|upgrade| edit(dependency, upgrade));
        raw.push((RawFinding { fix, ..of_range(dependency, &about) }, Beside { ignored, reach: None }));
    }
    raw
}

/// The finding of a version that is known to be vulnerable.
fn of_version(dependency: &Dependency, known: &Known<'_>) -> RawFinding {
    let Known { one, reach, upgrade, .. } = *known;
    let advisory = &one.advisory;
    let version = dependency.version.as_ref().map(ToString::to_string).unwrap_or_default();
    let slug = if advisory.is_malicious { "malicious-dependency" } else { "vulnerable-dependency" };
    let fixed = match one.fixes.first() {
        Some(fix) => format!("fixed in {fix}"),
        None if advisory.is_malicious => "malicious".to_owned(),
        None => "no fix is known".to_owned(),
    };
    let mut message = format!("{} {version}: {} ({fixed})", dependency.name, advisory.id);
    if one.brought_by.len() > 1 {
        message.push_str(&format!(", by {}", chain(one).join(" > ")));
    }
    if !advisory.summary.is_empty() {
        message.push_str(&format!(": {}", first_sentence(&advisory.summary)));
    }
    let remedy = match (&one.clears, one.fixes.first()) {
        _ if advisory.is_malicious => None,
        (Some(clears), _) => {
            Some(format!("{} {clears} has none of the known vulnerabilities of this version.", dependency.name))
        }
        (None, Some(fix)) => Some(format!("This one is fixed in {} {fix}.", dependency.name)),
        (None, None) => Some(format!("No version of {} is known to be fixed.", dependency.name)),
    };
    let remedy = remedy.map(|text| {
        let command = upgrade.and_then(|upgrade| match &upgrade.way {
            Way::Run { command, .. } => Some(command),
            Way::Edit { run, .. } => run.as_ref(),
            Way::ByHand { .. } | Way::None(_) => None,
        });
        Cow::Owned(command.map_or_else(|| text.clone(), |command| format!("{text}\n\n```sh\n{command}\n```")))
    });
    let is_command = builtin::is_command(&dependency.name);
    let confidence = reach::confidence(reach, is_command);
    let mut text = description(advisory);
    if let Some(reach) = reach {
        text.push_str(&format!("\n\n{}", reach::told(reach, dependency.name.as_str(), is_command)));
    }
    RawFinding {
        description: Some(Cow::Owned(text)),
        remedy,
        fix: upgrade.and_then(|upgrade| edit(dependency, upgrade)),
        ..finding(slug, dependency, severity(advisory), confidence, Persona::Regular, message, &advisory.id)
    }
}

/// Most characters of a summary in a message.
const SUMMARY: usize = 160;

/// What a summary begins with, up to where its first sentence ends.
fn first_sentence(summary: &str) -> String {
    let sentence = summary.split_inclusive(". ").next().unwrap_or_default().trim_end();
    let mut short: String = sentence.chars().take(SUMMARY).collect();
    if short.len() < sentence.len() {
        short.push('…');
    }
    short
}

/// The finding of a range of versions that allows vulnerable ones.
fn of_range(dependency: &Dependency, known: &[&Match]) -> RawFinding {
    let specifiers = dependency.specifiers.to_string();
    let asked = if specifiers.is_empty() { "any version".to_owned() } else { format!("`{specifiers}`") };
    let ids: Vec<&str> = known.iter().map(|one| one.advisory.id.as_str()).collect();
    let shown = ids.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let more = if ids.len() > 3 { format!(" and {} more", ids.len() - 3) } else { String::new() };
    let example = known.iter().find_map(|one| match &one.certainty {
        Certainty::Allowed(version) => Some(version.as_str()),
        Certainty::Named => None,
    });
    let message = format!(
        "{}: {asked} allows versions that are vulnerable ({}): {shown}{more}",
        dependency.name,
        example.unwrap_or_default()
    );
    // What an index gives when nothing else is asked for is the newest that is allowed.
    let is_forced = known.iter().any(|one| {
        let fixed = one.advisory.affected.iter().flat_map(seriema_deps::matching::fixed_versions);
        !fixed.into_iter().any(|version| dependency.specifiers.contains(&version))
    });
    let malicious = known.iter().any(|one| one.advisory.is_malicious);
    let (slug, severity, persona) = match (malicious, is_forced) {
        (true, _) => ("malicious-dependency", Severity::High, Persona::Regular),
        (false, true) => {
            let worst = known.iter().map(|one| severity(&one.advisory)).max().unwrap_or(Severity::Low);
            ("vulnerable-version-allowed", worst.min(Severity::Medium), Persona::Regular)
        }
        (false, false) => ("vulnerable-version-allowed", Severity::Low, Persona::Pedantic),
    };
    finding(slug, dependency, severity, Confidence::Low, persona, message, ids.first().copied().unwrap_or_default())
}

fn finding(
    slug: &'static str,
    dependency: &Dependency,
    severity: Severity,
    confidence: Confidence,
    persona: Persona,
    message: String,
    code: &str,
) -> RawFinding {
    let range = TextRange::new(offset(dependency.range.start), offset(dependency.range.end));
    let rule = seriema_rules::rule(slug).unwrap_or_else(|| unreachable!("{slug} is a rule"));
    RawFinding { codes: codes(code), severity, confidence, persona, ..RawFinding::new(rule, range, message) }
}

/// How bad an advisory is: by its score, or else by what it says in words.
fn severity(advisory: &Advisory) -> Severity {
    if advisory.is_malicious {
        return Severity::Critical;
    }
    let by_score = advisory.score.map(|score| match score {
        9.0.. => Severity::Critical,
        7.0.. => Severity::High,
        4.0.. => Severity::Medium,
        _ => Severity::Low,
    });
    let by_word = || match advisory.severity.as_deref().map(str::to_ascii_uppercase).as_deref() {
        Some("CRITICAL") => Severity::Critical,
        Some("HIGH") => Severity::High,
        Some("LOW") => Severity::Low,
        _ => Severity::Medium,
    };
    let known = by_score.unwrap_or_else(by_word);
    if advisory.is_exploited { known.max(Severity::High) } else { known }
}

fn description(advisory: &Advisory) -> String {
    let mut text = if advisory.summary.is_empty() { advisory.id.clone() } else { advisory.summary.clone() };
    if !text.ends_with('.') {
        text.push('.');
    }
    let mut facts =
        vec![std::iter::once(&advisory.id).chain(&advisory.aliases).cloned().collect::<Vec<_>>().join(", ")];
    facts.extend(advisory.score.map(|score| format!("CVSS {score:.1}")));
    facts.extend(advisory.epss.map(|epss| format!("EPSS {:.1} %", epss * 100.0)));
    facts.extend(advisory.is_exploited.then(|| "known to be exploited".to_owned()));
    facts.extend(advisory.published.as_ref().map(|day| format!("published {day}")));
    facts.extend(advisory.url.clone());
    format!("{text}\n\n{}", facts.join(" · "))
}

/// The edits of a manifest that clear what is known of a dependency.
fn edit(dependency: &Dependency, upgrade: &Upgrade) -> Option<RawFix> {
    let Way::Edit { to, edits, .. } = &upgrade.way else { return None };
    let later = if upgrade.is_range { " or later" } else { "" };
    let edits = edits
        .iter()
        .map(|edit| RawEdit {
            range: TextRange::new(offset(edit.range.start), offset(edit.range.end)),
            content: edit.content.clone(),
        })
        .collect();
    let title = format!("Ask for {} {to}{later}", dependency.name);
    // Whether other packages take the version is not known.
    Some(RawFix { title, edits, applicability: Applicability::Suggestion })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_of_a_url_gets_into_a_report() {
        for (written, shown) in [
            ("https://user:secret@example.org/simple", "https://example.org/simple"),
            ("https://token@example.org/a@b/c.git", "https://example.org/a@b/c.git"),
            ("https://example.org/a.whl?X-Amz-Signature=abc#sha256=00", "https://example.org/a.whl"),
            ("https://conda.anaconda.org/t/tk-secret/acme", "https://conda.anaconda.org/acme"),
            ("ssh://git@example.org/a.git", "ssh://example.org/a.git"),
            ("git@example.org:a/b.git", "git@example.org:a/b.git"),
            ("user:secret@example.org:a/b.git", "example.org:a/b.git"),
            ("conda-forge", "conda-forge"),
            ("https://", "https://"),
        ] {
            assert_eq!(without_secrets(written), shown);
        }
    }
}
