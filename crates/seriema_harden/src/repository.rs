//! What lies in the repository, and what looks after it.

use std::sync::Arc;

use memchr::memmem;

use crate::checklist::{Book, Status};
use crate::names;
use crate::project::Project;

/// Tools that look at code, dependencies, secrets or pipelines.
const TOOLS: [&str; 22] = [
    "bandit",
    "seriema",
    "pip-audit",
    "safety",
    "codeql",
    "semgrep",
    "opengrep",
    "trivy",
    "grype",
    "gitleaks",
    "trufflehog",
    "detect-secrets",
    "osv-scanner",
    "snyk",
    "zizmor",
    "sonar",
    "scorecard",
    "dependency-review",
    "flake8-bandit",
    "checkov",
    "dependabot",
    "renovate",
];

/// How the names of files end that are to be copied and filled in.
const SAMPLES: [&str; 8] = ["example", "sample", "template", "dist", "default", "tmpl", "test", "ci"];

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    environments(project, book);
    keys(project, book);
    let root = project.base();
    let files = project.files();
    let policy = files.iter().find(|file| {
        let path = project.inner(&file.relative).to_ascii_lowercase();
        let path = [".github/", "docs/", ".gitlab/"].iter().find_map(|start| path.strip_prefix(start)).unwrap_or(&path);
        matches!(path, "security.md" | "security.rst" | "security.txt" | "security")
    });
    let id = "repository-security-policy";
    match policy {
        Some(file) => book.note(id, Status::Pass, &file.relative, None, "says how to report a vulnerability"),
        // Of a file alone nothing is asked but what it is.
        None if files.len() == 1 && files[0].named => {}
        None => book.note(id, Status::Fail, &root, None, "there is no `SECURITY.md`"),
    }
    pipelines(project, book);
}

/// Files of environment variables that git does not ignore: those that it ignores are not among the files.
fn environments(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        let name = file.relative.rsplit('/').next().unwrap_or_default();
        let is_environment = name == ".env" || name.starts_with(".env.");
        if !is_environment || SAMPLES.iter().any(|end| name.contains(end)) {
            continue;
        }
        let Some(text) = project.text(file) else { continue };
        let mut is_weak = false;
        for (number, line) in (1_u32..).zip(text.lines()) {
            let line = line.trim().trim_start_matches("export ");
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
            if names::is_secret(key.trim()) && names::is_literal(value.trim_matches(['"', '\''])) {
                is_weak = true;
                let seen = format!("git does not ignore this file, which sets `{}`", key.trim());
                book.note("repository-environment-files", Status::Fail, &file.relative, Some(number), seen);
            }
        }
        if !is_weak {
            book.note("repository-environment-files", Status::Pass, &file.relative, None, "holds no secrets");
        }
    }
}

fn keys(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        let name = file.relative.rsplit('/').next().unwrap_or_default();
        let is_key = [".pem", ".key", ".ppk", ".p8"].iter().any(|end| name.ends_with(end))
            || matches!(name, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519");
        if !is_key {
            continue;
        }
        let Some(text) = project.text(file) else { continue };
        let Some(at) = text.find("PRIVATE KEY-----").filter(|_| text.contains("-----BEGIN")) else {
            continue;
        };
        let line = u32::try_from(text[..at].matches('\n').count() + 1).unwrap_or(u32::MAX);
        let seen = "git does not ignore this private key";
        book.note("repository-private-keys", Status::Fail, &file.relative, Some(line), seen);
    }
}

/// Whether anything that runs by itself looks for weaknesses.
fn pipelines(project: &mut Project<'_>, book: &mut Book) {
    let id = "repository-security-checks";
    let mut looked = Vec::new();
    for file in project.files() {
        let path = project.inner(&file.relative);
        let is_pipeline = path.starts_with(".github/workflows/")
            || path.starts_with(".github/dependabot")
            || matches!(
                path,
                ".gitlab-ci.yml"
                    | ".pre-commit-config.yaml"
                    | "azure-pipelines.yml"
                    | "Jenkinsfile"
                    | "tox.ini"
                    | "noxfile.py"
                    | "renovate.json"
            )
            || path == ".circleci/config.yml";
        if !is_pipeline {
            continue;
        }
        let Some(text) = project.text(file) else { continue };
        let text = text.to_ascii_lowercase();
        let tool =
            TOOLS.iter().find(|tool| path.contains(*tool) || memmem::find(text.as_bytes(), tool.as_bytes()).is_some());
        if let Some(tool) = tool {
            return book.note(id, Status::Pass, &file.relative, None, format!("names `{tool}`"));
        }
        looked.push(Arc::clone(&file.relative));
    }
    for path in looked {
        book.note(id, Status::Fail, &path, None, "names no tool that looks for weaknesses");
    }
}
