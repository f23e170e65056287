//! GitLab's pipelines.

use seriema_deps::manifest::yaml::Node;
use seriema_finding::masked;

use crate::checklist::{Book, Status};
use crate::names;
use crate::project::Project;
use crate::sheet::{self, Sheet};

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        if !file.relative.ends_with(".gitlab-ci.yml") {
            continue;
        }
        sheet::read(project, file, |sheet, documents| {
            for root in documents {
                look(sheet, root, book);
                for (_, job) in root.entries() {
                    look(sheet, job, book);
                }
                let include = root.get("include");
                let one = include.map(std::slice::from_ref).unwrap_or_default();
                let all = include.map_or(&[][..], Node::elements);
                for node in one.iter().chain(all) {
                    let remote = node.get("remote").or_else(|| Some(node).filter(|node| is_address(node)));
                    if let Some(remote) = remote {
                        let seen = format!("includes `{}`", remote.as_str().unwrap_or_default());
                        sheet.judge(book, "gitlab-remote-includes", true, remote, seen);
                    } else if node.as_str().is_some() || !node.entries().is_empty() {
                        sheet.judge(book, "gitlab-remote-includes", false, node, "includes what GitLab holds");
                    }
                }
            }
        });
    }
}

fn is_address(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"))
}

/// The pipeline, or a job of it.
fn look(sheet: &Sheet<'_>, job: &Node, book: &mut Book) {
    if let Some(image) = job.get("image") {
        let named = image.get("name").unwrap_or(image);
        if let Some(name) = named.as_str() {
            let status = match names::is_moving(name) {
                Some(true) => Status::Fail,
                Some(false) => Status::Pass,
                None => Status::Unknown,
            };
            sheet.note(book, "gitlab-image-version", status, named, format!("runs in `{name}`"));
        }
    }
    for (name, value) in job.get("variables").map_or(&[][..], Node::entries) {
        let (Some(variable), value) = (name.as_str(), value.get("value").unwrap_or(value)) else { continue };
        let Some(value) = value.as_str().filter(|_| names::is_secret(variable)) else { continue };
        let is_weak = names::is_literal(value);
        let shown = if is_weak { masked(value) } else { value.to_owned() };
        sheet.judge(book, "gitlab-secrets", is_weak, name, format!("`{variable}` is `{shown}`"));
    }
}
