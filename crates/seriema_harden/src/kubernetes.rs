//! What is run in a cluster: manifests of workloads.

use memchr::memmem;
use seriema_deps::manifest::yaml::Node;
use seriema_finding::masked;

use crate::checklist::Book;
use crate::names;
use crate::project::Project;
use crate::sheet::{self, Sheet, is_false, is_true};

const WORKLOADS: [&str; 8] =
    ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"];

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        if !file.relative.ends_with(".yml") && !file.relative.ends_with(".yaml") {
            continue;
        }
        // Nothing is said of YAML that is something else, nor of templates, which are none.
        let has = |text: &str, word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let Some(text) = project.text(file) else { continue };
        if !has(&text, "apiVersion:") || !has(&text, "containers:") || has(&text, "{{") || has(&text, "{%") {
            continue;
        }
        sheet::read(project, file, |sheet, documents| {
            for document in documents {
                let kind = document.get("kind").and_then(Node::as_str).unwrap_or_default();
                if WORKLOADS.contains(&kind)
                    && let Some(spec) = pod(kind, document)
                {
                    look(sheet, spec, book);
                }
            }
        });
    }
}

/// The specification of a workload's pods.
fn pod<'n>(kind: &str, document: &'n Node) -> Option<&'n Node> {
    let spec = document.get("spec")?;
    match kind {
        "Pod" => Some(spec),
        "CronJob" => spec.get("jobTemplate")?.get("spec")?.get("template")?.get("spec"),
        _ => spec.get("template")?.get("spec"),
    }
}

fn look(sheet: &Sheet<'_>, pod: &Node, book: &mut Book) {
    let mut is_host = false;
    for space in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some(node) = pod.get(space).filter(|node| is_true(Some(node))) {
            is_host = true;
            sheet.judge(book, "kubernetes-host-namespaces", true, node, format!("`{space}: true`"));
        }
    }
    if !is_host {
        sheet.judge(book, "kubernetes-host-namespaces", false, pod, "the pod has namespaces of its own");
    }
    for volume in pod.get("volumes").map_or(&[][..], Node::elements) {
        let path = volume.get("hostPath").and_then(|path| path.get("path"));
        let is_socket = path.and_then(Node::as_str).is_some_and(|path| path == "/" || path.ends_with(".sock"));
        let seen = path.and_then(Node::as_str).unwrap_or("no path of the host");
        sheet.judge(book, "kubernetes-host-paths", is_socket, path.unwrap_or(volume), format!("a volume is `{seen}`"));
    }
    let of_pod = pod.get("securityContext");
    for group in ["containers", "initContainers"] {
        for container in pod.get(group).map_or(&[][..], Node::elements) {
            of_container(sheet, container, of_pod, book);
        }
    }
}

fn of_container(sheet: &Sheet<'_>, container: &Node, of_pod: Option<&Node>, book: &mut Book) {
    let name = container.get("name").and_then(Node::as_str).unwrap_or_default();
    let own = container.get("securityContext");
    let of = |key: &str| own.and_then(|own| own.get(key)).or_else(|| of_pod.and_then(|pod| pod.get(key)));
    let at = own.unwrap_or(container);
    let privileged = own.and_then(|own| own.get("privileged"));
    let what = if is_true(privileged) { "is privileged" } else { "is not privileged" };
    sheet.judge(
        book,
        "kubernetes-privileged",
        is_true(privileged),
        privileged.unwrap_or(at),
        format!("container `{name}` {what}"),
    );
    let is_user = of("runAsUser").and_then(Node::as_str).is_some_and(|user| user != "0");
    let runs_as = is_true(of("runAsNonRoot")) || is_user;
    let seen = format!("container `{name}` {}", if runs_as { "does not run as root" } else { "may run as root" });
    sheet.judge(book, "kubernetes-user", !runs_as, of("runAsUser").unwrap_or(at), seen);
    let escalation = own.and_then(|own| own.get("allowPrivilegeEscalation"));
    let seen = if is_false(escalation) { "cannot gain rights" } else { "may gain rights" };
    let seen = format!("container `{name}` {seen}");
    sheet.judge(book, "kubernetes-escalation", !is_false(escalation), escalation.unwrap_or(at), seen);
    for variable in container.get("env").map_or(&[][..], Node::elements) {
        let key = variable.get("name").and_then(Node::as_str).unwrap_or_default();
        if !names::is_secret(key) {
            continue;
        }
        let value = variable.get("value").and_then(Node::as_str);
        let is_weak = value.is_some_and(names::is_literal);
        let shown = value
            .filter(|_| is_weak)
            .map_or_else(|| "taken from elsewhere".to_owned(), |value| format!("`{}`", masked(value)));
        sheet.judge(book, "kubernetes-secrets", is_weak, variable, format!("`{key}` of container `{name}` is {shown}"));
    }
}
