//! Models, data sets and code taken from a hub by a name that can be moved.

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::Expr;

use crate::shared::ast_search::is_written_by_import;
use crate::shared::wording::quote;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "unpinned-model-download",
    family: SupplyChain,
    severity: Low,
    confidence: Medium,
    cwe: [494, 829],
    aliases: ["B615"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["from_pretrained", "load_dataset", "hf_hub_download", "snapshot_download", "pipeline"], check);
    hooks.on_call(&["load"], check_torch_hub);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let path = call.path();
    let from = |module: &str| path.split('.').any(|part| part.trim_end_matches("()") == module);
    let bandit = match call.name() {
        "pipeline" if path == "transformers.pipeline" => false,
        _ => match path.rsplit('.').next().unwrap_or_default() {
            "from_pretrained" if from("transformers") => true,
            "from_pretrained" if from("diffusers") || from("peft") => false,
            "load_dataset" if from("datasets") => true,
            "hf_hub_download" | "snapshot_download" if from("huggingface_hub") => true,
            _ => return,
        },
    };
    let index = usize::from(call.name() == "pipeline");
    let source = call.positional(index).or_else(|| {
        ["pretrained_model_name_or_path", "repo_id", "path", "model"].into_iter().find_map(|name| call.keyword(name))
    });
    let literal = source.and_then(Expr::as_string_literal_expr).map(|literal| literal.value.to_str());
    let runs_code = call.keyword("trust_remote_code").is_some_and(|value| cx.semantic.truth(value) == Some(true));
    if literal.is_some_and(is_local) || is_pinned(call, runs_code) {
        return;
    }
    if !bandit && !runs_code {
        return;
    }
    let codes: &[&str] = if bandit && is_written_by_import(cx.semantic, &call.func) { &["B615"] } else { &[] };
    let quoted = source.map_or_else(|| "a repository".to_owned(), |source| quote(cx.semantic, source));
    let name = call.name();
    if runs_code {
        let message = format!("`{name}` runs the code that {quoted} holds at the time, for no commit is pinned");
        let confidence = if literal.is_some() { Confidence::High } else { Confidence::Medium };
        cx.report(&RULE, codes, call.node, message).severity(Severity::High).confidence(confidence).cwe(829);
        return;
    }
    let message = format!("`{name}` takes what {quoted} holds at the time, for no commit is pinned");
    // A name from elsewhere may well be a folder.
    let persona = if literal.is_some() { Persona::Pedantic } else { Persona::Auditor };
    cx.report(&RULE, codes, call.node, message).persona(persona);
}

/// Whether a revision is a commit, or one that is decided elsewhere.
fn is_pinned(call: &Call<'_>, runs_code: bool) -> bool {
    let code = if runs_code { call.keyword("code_revision") } else { None };
    match code.or_else(|| call.keyword("revision")).or_else(|| call.keyword("commit_id")) {
        None | Some(Expr::NoneLiteral(_)) => false,
        Some(Expr::StringLiteral(literal)) => is_commit(literal.value.to_str()),
        Some(_) => true,
    }
}

fn is_commit(revision: &str) -> bool {
    revision.len() >= 7 && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_local(path: &str) -> bool {
    path.starts_with("./") || path.starts_with('/') || path.starts_with("../")
}

/// `torch.hub.load("owner/repository", ...)` runs the repository's `hubconf.py`.
fn check_torch_hub(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    if call.path() != "torch.hub.load" {
        return;
    }
    let Some(repository) = call.argument("repo_or_dir", 0) else { return };
    let local =
        call.keyword("source").and_then(Expr::as_string_literal_expr).is_some_and(|s| s.value.to_str() == "local");
    let literal = repository.as_string_literal_expr().map(|literal| literal.value.to_str());
    let pinned = literal.and_then(|text| text.split_once(':')).is_some_and(|(_, revision)| is_commit(revision));
    if local || pinned {
        return;
    }
    let quoted = quote(cx.semantic, repository);
    let message = format!("`torch.hub.load` runs the code that {quoted} holds at the time, for no commit is pinned");
    cx.report(&RULE, &[], call.node, message).severity(Severity::Medium).persona(Persona::Pedantic).cwe(829);
}
