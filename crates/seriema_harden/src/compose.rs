//! How containers are run: Compose files.

use seriema_deps::manifest::yaml::Node;
use seriema_finding::masked;

use crate::checklist::Book;
use crate::names;
use crate::project::Project;
use crate::sheet::{self, Sheet, is_true, texts, variables};

/// Rights that are as good as all.
const CAPABILITIES: [&str; 6] = ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "DAC_READ_SEARCH", "NET_ADMIN"];

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        let name = file.relative.rsplit('/').next().unwrap_or_default();
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let is_compose =
            name.starts_with("docker-compose") || name.starts_with("compose.") || name.starts_with("compose-");
        if !is_yaml || !is_compose || file.relative.contains(".devcontainer/") {
            continue;
        }
        sheet::read(project, file, |sheet, documents| {
            for (name, service) in documents.iter().flat_map(|root| root.get("services").map_or(&[][..], Node::entries))
            {
                look(sheet, name, service, book);
            }
        });
    }
}

fn look(sheet: &Sheet<'_>, key: &Node, service: &Node, book: &mut Book) {
    let name = key.as_str().unwrap_or_default();
    let privileged = service.get("privileged");
    let seen = format!("service `{name}` {}", if is_true(privileged) { "is privileged" } else { "is not privileged" });
    sheet.judge(book, "compose-privileged", is_true(privileged), privileged.unwrap_or(key), seen);
    for (capability, node) in texts(service.get("cap_add")) {
        let plain = capability.trim_start_matches("CAP_");
        if CAPABILITIES.contains(&plain) {
            sheet.judge(book, "compose-privileged", true, node, format!("service `{name}` is given `{plain}`"));
        }
    }
    let volumes = service.get("volumes").map_or(&[][..], Node::elements);
    let is_socket = |volume: &&Node| {
        volume.as_str().or_else(|| volume.get("source")?.as_str()).is_some_and(|text| text.contains("docker.sock"))
    };
    let socket = volumes.iter().find(is_socket);
    let what = if socket.is_some() { "has Docker's socket" } else { "does not have Docker's socket" };
    sheet.judge(
        book,
        "compose-docker-socket",
        socket.is_some(),
        socket.unwrap_or(key),
        format!("service `{name}` {what}"),
    );
    let mut is_host = false;
    for space in ["network_mode", "pid", "ipc", "userns_mode"] {
        if let Some(node) = service.get(space).filter(|node| node.as_str() == Some("host")) {
            is_host = true;
            sheet.judge(book, "compose-host-namespaces", true, node, format!("service `{name}` has `{space}: host`"));
        }
    }
    if !is_host {
        sheet.judge(book, "compose-host-namespaces", false, key, format!("service `{name}` has namespaces of its own"));
    }
    for (variable, value, node) in variables(service.get("environment")) {
        if names::is_secret(variable) {
            let is_weak = names::is_literal(value);
            let shown = if is_weak { masked(value) } else { value.to_owned() };
            let seen = format!("`{variable}` of service `{name}` is `{shown}`");
            sheet.judge(book, "compose-secrets", is_weak, node, seen);
        }
    }
}
