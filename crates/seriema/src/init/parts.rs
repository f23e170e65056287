//! What each file of a project has to have. Each part gives what is to be changed of a text, nothing where all is there, and
//! otherwise what a person has to do.

use super::{Change, Part};

/// What to do in a step, by its name.
const TARGETS: [(&str, &str); 5] = [
    ("security-lint", "seriema code ."),
    ("security-lint-full", "seriema code --persona auditor ."),
    ("deps-audit", "seriema deps"),
    ("secrets-scan", "seriema secrets"),
    ("security-check", "seriema audit ."),
];

/// What git is to leave alone: files of secrets, and reports.
const IGNORED: [&str; 4] = [".env", "seriema.sarif", "gl-sast-report.json", "gl-code-quality-report.json"];

/// `[tool.seriema]` of `pyproject.toml`, or `seriema.toml` where there is none.
pub(super) fn configuration(text: Option<&str>) -> Part {
    let Some(text) = text else {
        return Ok(Some(Change::New(
            "# https://github.com/seriema-security/seriema/blob/main/docs/configuration.md\nfail-on = \"high\"\n"
                .to_owned(),
        )));
    };
    let parse = |text: &str| text.trim_start_matches('\u{feff}').parse::<toml::Table>();
    let line = |error: &toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        text.get(..start).unwrap_or(text).matches('\n').count() + 1
    };
    let table = parse(text).map_err(|error| format!("line {}: {}", line(&error), error.message()))?;
    if table.get("tool").and_then(|tool| tool.get("seriema")).is_some() {
        return Ok(None);
    }
    let change = Change::append(text, "[tool.seriema]\nfail-on = \"high\"\n");
    match parse(&change.after()) {
        Ok(_) => Ok(Some(change)),
        Err(_) => Err("`tool` is one value: put `seriema = { fail-on = \"high\" }` into it".to_owned()),
    }
}

/// Names at the beginning of lines that stand before a `:`.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let heads = text.lines().filter(|line| !line.starts_with(['\t', ' ', '#'])).filter_map(|line| line.split_once(':'));
    heads.flat_map(|(names, _)| names.split_whitespace())
}

/// The targets that a text has none of.
fn missing(text: &str) -> Vec<(&'static str, &'static str)> {
    TARGETS.into_iter().filter(|(name, _)| !targets(text).any(|known| known == *name)).collect()
}

/// Targets of a makefile.
pub(super) fn makefile(text: Option<&str>) -> Part {
    let missing = missing(text.unwrap_or_default());
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let rules: String = missing.iter().map(|(name, command)| format!("\n{name}:\n\t{command}\n")).collect();
    Ok(added(text, &missing, format!(".PHONY: {}\n{rules}", names.join(" "))))
}

/// Recipes of a justfile.
pub(super) fn justfile(text: Option<&str>) -> Part {
    let missing = missing(text.unwrap_or_default());
    let recipes: Vec<String> = missing.iter().map(|(name, command)| format!("{name}:\n    {command}\n")).collect();
    Ok(added(text, &missing, recipes.join("\n")))
}

/// What is missing, behind a text or in a new file.
fn added<T>(text: Option<&str>, missing: &[T], content: String) -> Option<Change> {
    match text {
        _ if missing.is_empty() => None,
        None => Some(Change::New(content)),
        Some(text) => Some(Change::append(text, &content)),
    }
}

/// Hooks of pre-commit.
pub(super) fn pre_commit(text: Option<&str>) -> Part {
    const HOOKS: &str = include_str!("files/pre-commit.yaml");
    let indented = |by: usize| -> String { HOOKS.lines().map(|line| format!("{:by$}{line}\n", "")).collect() };
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(Some(Change::New(format!("repos:\n{}", indented(2)))));
    };
    let is_ours = |line: &str| {
        line.trim_start_matches(['-', ' '])
            .split_once(':')
            .is_some_and(|(key, value)| key == "id" && value.trim().trim_matches(['"', '\'']).starts_with("seriema"))
    };
    if text.lines().any(is_ours) {
        return Ok(None);
    }
    let by_hand = || Err(format!("its `repos` are not written as a list of lines: add this to them\n{HOOKS}"));
    // The block of `repos`: up to the next key at the beginning of a line.
    let mut at = 0;
    let mut end = None;
    let mut indent = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        at += line.len();
        let is_key = !content.is_empty() && !content.starts_with([' ', '-', '#', '\t', '\u{feff}']);
        match end {
            None => {
                let head = content.split(" #").next().unwrap_or_default().trim_end();
                if head.trim_start_matches('\u{feff}') == "repos:" {
                    end = Some(at);
                }
            }
            Some(_) if is_key => break,
            Some(_) if content.is_empty() || content.starts_with('#') => {}
            Some(_) => {
                let inner = content.trim_start();
                if indent.is_none() && inner.starts_with("- ") {
                    indent = Some(content.len() - inner.len());
                }
                end = Some(at);
            }
        }
    }
    match (end, indent) {
        (Some(end), Some(indent)) => Ok(Some(Change::insert(text, end, &indented(indent)))),
        _ => by_hand(),
    }
}

/// The workflow of GitHub.
pub(super) fn github(text: Option<&str>) -> Part {
    Ok(text.is_none().then(|| Change::New(include_str!("files/github.yml").to_owned())))
}

/// The job of GitLab.
pub(super) fn gitlab(text: Option<&str>) -> Part {
    const JOB: &str = include_str!("files/gitlab.yml");
    let Some(text) = text else { return Ok(Some(Change::New(JOB.to_owned()))) };
    if text.lines().any(|line| line.trim_end().starts_with("seriema:")) {
        return Ok(None);
    }
    // Without one of its own a job is of the stage `test`, which may not be there.
    let stages = stages(text);
    let job = match stages.last() {
        Some(last) if !stages.iter().any(|stage| stage == "test") => {
            JOB.replacen("seriema:\n", &format!("seriema:\n  stage: {last}\n"), 1)
        }
        _ => JOB.to_owned(),
    };
    Ok(Some(Change::append(text, &job)))
}

/// The stages that a pipeline names; none where it has the usual ones.
fn stages(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("stages:"));
    let Some(first) = lines.next() else { return Vec::new() };
    let bare = |name: &str| name.trim().trim_matches(['"', '\'']).to_owned();
    let inline = first.trim_start_matches("stages:").trim();
    if let Some(names) = inline.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return names.0.split(',').map(bare).collect();
    }
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map_while(|line| line.strip_prefix("- "))
        .map(|name| bare(name.split(" #").next().unwrap_or_default()))
        .collect()
}

/// Lines of `.gitignore`.
pub(super) fn gitignore(text: Option<&str>) -> Part {
    let known = text.unwrap_or_default();
    let has = |name: &str| known.lines().any(|line| line.trim().trim_start_matches('/') == name);
    let missing: Vec<&str> = IGNORED.into_iter().filter(|name| !has(name)).collect();
    let lines: String = missing.iter().map(|name| format!("{name}\n")).collect();
    Ok(match text {
        _ if missing.is_empty() => None,
        None => Some(Change::New(lines)),
        Some(text) => Some(Change::insert(text, text.len(), &lines)),
    })
}
