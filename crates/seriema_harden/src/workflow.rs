//! GitHub's workflows.

use seriema_deps::manifest::yaml::{Kind, Node};

use crate::checklist::Book;
use crate::project::Project;
use crate::sheet::{self, Sheet, texts};

/// What whoever opens an issue or a pull request writes, by the ends of its names.
const WRITTEN: [&str; 16] = [
    "issue.title",
    "issue.body",
    "pull_request.title",
    "pull_request.body",
    "pull_request.head.ref",
    "pull_request.head.label",
    "pull_request.head.repo.default_branch",
    "comment.body",
    "review.body",
    "review_comment.body",
    "discussion.title",
    "discussion.body",
    "head_commit.message",
    "head_commit.author.email",
    "head_commit.author.name",
    "workflow_run.head_branch",
];

/// Events that run with the repository's secrets on what anybody may send.
const TRUSTED: [&str; 2] = ["pull_request_target", "workflow_run"];

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        let path = &*file.relative;
        // GitHub runs the workflows at the top alone, not those of a copy of another project.
        let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        let is_workflow = project.inner(path).starts_with(".github/workflows/");
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_action = matches!(name, "action.yml" | "action.yaml");
        if !is_yaml || !(is_workflow || is_action) {
            continue;
        }
        sheet::read(project, file, |sheet, documents| {
            let Some(root) = documents.first() else { return };
            if is_workflow {
                workflow(sheet, root, book);
            } else {
                for step in root.get("runs").and_then(|runs| runs.get("steps")).map_or(&[][..], Node::elements) {
                    script(sheet, step, book);
                    uses(sheet, step, book);
                }
            }
        });
    }
}

fn workflow(sheet: &Sheet<'_>, root: &Node, book: &mut Book) {
    let jobs = root.get("jobs").map_or(&[][..], Node::entries);
    let on = root.get("on").or_else(|| root.get("true"));
    let names: Vec<&str> = match on {
        Some(on) if !on.entries().is_empty() => on.entries().iter().filter_map(|(key, _)| key.as_str()).collect(),
        on => texts(on).into_iter().map(|(text, _)| text).collect(),
    };
    let trusted = names.iter().find(|name| TRUSTED.contains(name));
    permissions(sheet, root, jobs, book);
    for (name, job) in jobs {
        uses(sheet, job, book);
        for step in job.get("steps").map_or(&[][..], Node::elements) {
            uses(sheet, step, book);
            script(sheet, step, book);
            let Some(trusted) = trusted else { continue };
            let action = step.get("uses").and_then(Node::as_str).unwrap_or_default();
            let with = step.get("with");
            let fetched = ["ref", "repository"].into_iter().filter_map(|key| with?.get(key)).find(|node| {
                let text = node.as_str().unwrap_or_default();
                ["event.pull_request.head", "github.head_ref", "event.workflow_run.head", "refs/pull/"]
                    .iter()
                    .any(|part| text.contains(part))
            });
            if action.starts_with("actions/checkout") {
                let job = name.as_str().unwrap_or_default();
                let what =
                    if fetched.is_some() { "checks out what was sent" } else { "checks out the repository's own" };
                let seen = format!("job `{job}`, run on `{trusted}`, {what}");
                sheet.judge(book, "workflow-untrusted-checkout", fetched.is_some(), fetched.unwrap_or(step), seen);
            }
        }
    }
}

fn permissions(sheet: &Sheet<'_>, root: &Node, jobs: &[(Node, Node)], book: &mut Book) {
    let id = "workflow-permissions";
    let is_all = |node: &Node| node.as_str() == Some("write-all");
    let top = root.get("permissions");
    if let Some(node) = top {
        let seen = if is_all(node) { "`permissions: write-all`" } else { "`permissions` are named" };
        sheet.judge(book, id, is_all(node), node, seen);
    }
    for (name, job) in jobs {
        let own = job.get("permissions");
        let shown = name.as_str().unwrap_or_default();
        match own {
            Some(node) if is_all(node) => {
                sheet.judge(book, id, true, node, format!("job `{shown}` has `permissions: write-all`"));
            }
            None if top.is_none() => {
                let seen = format!("job `{shown}` names no `permissions`, and neither does the workflow");
                sheet.judge(book, id, true, name, seen);
            }
            Some(_) => sheet.judge(book, id, false, name, format!("job `{shown}` names its `permissions`")),
            None => {}
        }
    }
}

fn uses(sheet: &Sheet<'_>, step: &Node, book: &mut Book) {
    let Some(node) = step.get("uses") else { return };
    let Some(action) = node.as_str() else { return };
    // What GitHub itself publishes is trusted as much as the runner is.
    if action.starts_with("./") || action.starts_with("actions/") || action.starts_with("github/") {
        return;
    }
    let version = action.split_once('@').map(|(_, version)| version).unwrap_or_default();
    let is_hash = |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_pinned = is_hash(version) || version.strip_prefix("sha256:").is_some_and(is_hash);
    sheet.judge(book, "workflow-pinned-actions", !is_pinned, node, format!("`uses: {action}`"));
}

/// What a step runs, and what GitHub puts into it before.
fn script(sheet: &Sheet<'_>, step: &Node, book: &mut Book) {
    let id = "workflow-script-injection";
    let of_action = || {
        let is_script =
            step.get("uses").and_then(Node::as_str).is_some_and(|action| action.starts_with("actions/github-script"));
        step.get("with").filter(|_| is_script).and_then(|with| with.get("script"))
    };
    let Some(node) = step.get("run").or_else(of_action) else { return };
    let Kind::Scalar(text) = &node.kind else { return };
    let mut is_weak = false;
    for part in text.split("${{").skip(1) {
        let expression = part.split("}}").next().unwrap_or_default().trim();
        let is_written = |path: &str| {
            path == "github.head_ref"
                || path.starts_with("github.event.")
                    && (WRITTEN.iter().any(|end| path.ends_with(end))
                        || path.contains(".commits")
                        || path.contains(".pages"))
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '[' | ']' | '*');
        if expression.split(|c: char| !is_name(c)).any(is_written) {
            is_weak = true;
            sheet.judge(book, id, true, node, format!("`${{{{ {expression} }}}}` is put into a script"));
        }
    }
    if !is_weak {
        sheet.judge(book, id, false, node, "a script is run");
    }
}
