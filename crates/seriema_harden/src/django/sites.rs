//! Which modules hold the settings that a site is served with.

use std::collections::BTreeMap;

use memchr::memmem;
use seriema_program::ParsedFile;
use seriema_program::ast::{Expr, Stmt};
use seriema_workspace::{FileKind, SourceFile};

use crate::project::Project;

/// Names that settings for a deployment have, the best one first.
const DEPLOYED: [&str; 7] = ["production", "prod", "live", "deploy", "deployment", "staging", "heroku"];

/// Names of settings that nobody is served with.
const OTHERS: [&str; 14] = [
    "test",
    "tests",
    "testing",
    "test_settings",
    "ci",
    "local",
    "localhost",
    "dev",
    "develop",
    "development",
    "travis",
    "debug",
    "docs",
    "benchmark",
];

/// How sure it is that a module is the one that is served.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Assigns,
    Managed,
    Served,
    Deployed,
}

/// The modules of settings, one a site.
pub(super) fn find<'f>(project: &mut Project<'f>) -> Vec<&'f SourceFile> {
    let mut found: Vec<(Rank, &'f SourceFile)> = Vec::new();
    let files: Vec<_> = project
        .files()
        .into_iter()
        .filter(|file| file.kind == FileKind::Python && !is_for_tests(&file.relative))
        .collect();
    for file in &files {
        let name = file.relative.rsplit('/').next().unwrap_or_default();
        let is_start = matches!(name, "manage.py" | "wsgi.py" | "asgi.py" | "celery.py");
        let is_settings = file.relative.contains("settings") || file.relative.contains("conf");
        if !is_start && !is_settings {
            continue;
        }
        let Some(text) = project.text(file) else { continue };
        if is_start && memmem::find(text.as_bytes(), b"DJANGO_SETTINGS_MODULE").is_some() {
            let rank = if name == "manage.py" { Rank::Managed } else { Rank::Served };
            let Some(parsed) = project.parsed(file) else { continue };
            for module in named(parsed.suite()) {
                let Some(settings) = resolve(project, &file.relative, &module) else { continue };
                // A package that only holds settings is named where somebody else chooses among them.
                let says_more = |parsed: &ParsedFile| parsed.suite().iter().any(|one| !matches!(one, Stmt::Expr(_)));
                if project.parsed(settings).is_some_and(|parsed| says_more(&parsed)) {
                    found.push((rank, settings));
                }
            }
        }
        if is_settings && ["INSTALLED_APPS", "MIDDLEWARE"].iter().any(|name| text.contains(name)) {
            let Some(parsed) = project.parsed(file) else { continue };
            if assigns(parsed.suite()) {
                found.push((Rank::Assigns, file));
            }
        }
    }
    // Settings for a deployment stand beside those for development.
    let directories: Vec<&str> = found.iter().map(|(_, file)| directory(&file.relative)).collect();
    for file in &files {
        if DEPLOYED.contains(&stem(&file.relative)) && directories.contains(&directory(&file.relative)) {
            found.push((Rank::Deployed, file));
        }
    }
    choose(found)
}

/// Whether settings lie among tests, or among what is only an example.
fn is_for_tests(path: &str) -> bool {
    let directory = directory(path);
    directory.split('/').any(|part| matches!(part, "test" | "tests" | "testing" | "testapp" | "test_project" | "docs"))
}

/// Of each site, the module that is most likely served.
fn choose(found: Vec<(Rank, &SourceFile)>) -> Vec<&SourceFile> {
    let order = |rank: Rank, file: &SourceFile| {
        let stem = stem(&file.relative);
        let deployed = DEPLOYED.iter().rev().position(|name| *name == stem);
        (!OTHERS.contains(&stem), rank, deployed)
    };
    let mut sites: BTreeMap<&str, (Rank, &SourceFile)> = BTreeMap::new();
    for (rank, file) in found {
        let best = sites.entry(site(&file.relative)).or_insert((rank, file));
        if order(rank, file) > order(best.0, best.1) {
            *best = (rank, file);
        }
    }
    sites.into_values().map(|(_, file)| file).collect()
}

/// What settings of one site have in common: the directory that holds them, or the package of them.
fn site(path: &str) -> &str {
    let directory = directory(path);
    match directory.rsplit_once('/') {
        Some((parent, "settings" | "conf" | "environments" | "envs")) => parent,
        _ if directory == "settings" => "",
        _ => directory,
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".py").unwrap_or(name)
}

/// The modules that `DJANGO_SETTINGS_MODULE` is set to anywhere in a file.
fn named(suite: &[Stmt]) -> Vec<String> {
    fn text(expr: &Expr) -> Option<&str> {
        expr.as_string_literal_expr().map(|literal| literal.value.to_str())
    }
    fn read(statement: &Stmt, names: &mut Vec<String>, depth: usize) {
        if depth > 20 {
            return;
        }
        let mut inner = |body: &[Stmt]| body.iter().for_each(|statement| read(statement, names, depth + 1));
        match statement {
            Stmt::FunctionDef(function) => inner(&function.body),
            Stmt::If(condition) => {
                inner(&condition.body);
                condition.elif_else_clauses.iter().for_each(|clause| inner(&clause.body));
            }
            Stmt::Try(tried) => inner(&tried.body),
            Stmt::Expr(expr) => {
                let Some(call) = expr.value.as_call_expr() else { return };
                let [name, value, ..] = &*call.arguments.args else { return };
                if text(name) == Some("DJANGO_SETTINGS_MODULE") {
                    names.extend(text(value).map(str::to_owned));
                }
            }
            Stmt::Assign(assign) => {
                for subscript in assign.targets.iter().filter_map(Expr::as_subscript_expr) {
                    if text(&subscript.slice) == Some("DJANGO_SETTINGS_MODULE") {
                        names.extend(text(&assign.value).map(str::to_owned));
                    }
                }
            }
            _ => {}
        }
    }
    let mut names = Vec::new();
    suite.iter().for_each(|statement| read(statement, &mut names, 0));
    names
}

/// Whether a module assigns what only settings do.
fn assigns(suite: &[Stmt]) -> bool {
    suite.iter().any(|statement| {
        let targets = match statement {
            Stmt::Assign(assign) => assign.targets.as_slice(),
            Stmt::AnnAssign(assign) => std::slice::from_ref(&*assign.target),
            _ => &[],
        };
        targets
            .iter()
            .filter_map(Expr::as_name_expr)
            .any(|name| matches!(name.id.as_str(), "INSTALLED_APPS" | "MIDDLEWARE" | "ROOT_URLCONF"))
    })
}

/// The file of a dotted name, from the directory of the file that names it up.
fn resolve<'f>(project: &Project<'f>, from: &str, module: &str) -> Option<&'f SourceFile> {
    let tail = module.replace('.', "/");
    let mut base = directory(from);
    loop {
        let whole = if base.is_empty() { tail.clone() } else { format!("{base}/{tail}") };
        for path in [format!("{whole}.py"), format!("{whole}/__init__.py")] {
            if let Some(file) = project.file(&path) {
                return Some(file);
            }
        }
        if base.is_empty() {
            return None;
        }
        base = directory(base);
    }
}
