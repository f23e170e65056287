//! The hardening checklist: what a project's settings, containers, pipelines and repository do against attacks, and what not.
//!
//! ```text
//! files -> Project (read once, by their names)
//!       -> settings (Python modules of assignments, evaluated without running them) -> django
//!       -> container, compose, workflow, gitlab, kubernetes, repository, dependencies
//!       -> Book (what each check saw) -> Checklist
//! ```
//!
//! A check says of everything that it looks at whether it passes; the worst of these is the check's own status. One that has
//! nothing to look at is not applicable.

mod catalog;
mod checklist;
mod compose;
mod container;
mod dependencies;
mod django;
mod gitlab;
mod kubernetes;
mod names;
mod project;
mod repository;
mod settings;
mod sheet;
mod workflow;

use seriema_workspace::SourceFile;

pub use checklist::{Check, Checklist, Definition, Evidence, Group, Status};

use checklist::Book;
use project::Project;

/// Goes through the checklist. Files are of one project; none larger than `max_file_size` bytes is read.
#[must_use]
pub fn check(files: &[SourceFile], max_file_size: u64) -> Checklist {
    let mut project = Project::new(files, max_file_size);
    let mut book = Book::default();
    django::check(&mut project, &mut book);
    container::check(&mut project, &mut book);
    compose::check(&mut project, &mut book);
    workflow::check(&mut project, &mut book);
    gitlab::check(&mut project, &mut book);
    kubernetes::check(&mut project, &mut book);
    dependencies::check(&mut project, &mut book);
    repository::check(&mut project, &mut book);
    book.close(project.into_diagnostics())
}

/// Every check there is, in the order of the report.
#[must_use]
pub fn definitions() -> &'static [Definition] {
    catalog::CATALOG
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
