//! Loading what others wrote: B506, B614 and B615.

use super::{Call, Verdict};
use crate::issue::{Draft, Level};
use crate::literal::{Literal, is_constant};

/// B506
pub(super) fn yaml(call: &Call<'_, '_>) -> Verdict {
    if !call.context.imports.has("yaml") {
        return Ok(None);
    }
    let safe = |value: &Literal<'_>| matches!(value.as_str(), Some("SafeLoader" | "CSafeLoader"));
    let is_load = call.has_part("yaml") && call.name == "load";
    // Bandit reads the arguments of every call named so before it looks at anything.
    let loader = call.keyword_value("Loader")?;
    let second = call.argument(1)?;
    if !is_load || safe(&loader) || safe(&second) {
        return Ok(None);
    }
    let text = "Use of unsafe yaml load. Allows instantiation of arbitrary objects. Consider yaml.safe_load().";
    Ok(Some(Draft::new(Level::Medium, Level::High, 20, text).on(Some(call.line()))))
}

/// B614
pub(super) fn pytorch(call: &Call<'_, '_>) -> Verdict {
    if !call.context.imports.has("torch") || !matches!(call.qualname, "torch.load" | "torch.serialization.load") {
        return Ok(None);
    }
    if call.keyword_value("weights_only")?.as_str() == Some("True") {
        return Ok(None);
    }
    let draft = Draft::new(Level::Medium, Level::High, 502, "Use of unsafe PyTorch load");
    Ok(Some(draft.on(call.line_of_keyword("load"))))
}

/// A commit's hash, whole or shortened.
const MIN_COMMIT_LENGTH: usize = 7;

/// B615
pub(super) fn huggingface(call: &Call<'_, '_>) -> Verdict {
    let library = match call.name {
        "from_pretrained" => "transformers",
        "load_dataset" => "datasets",
        "hf_hub_download" | "snapshot_download" | "repository_id" => "huggingface_hub",
        _ => return Ok(None),
    };
    if !call.has_part(library) {
        return Ok(None);
    }
    let is_pin = |name: &str| matches!(name, "revision" | "commit_id");
    let pinned_by_name = call
        .keywords()
        .iter()
        .any(|keyword| keyword.arg.as_ref().is_some_and(|arg| is_pin(arg.as_str())) && !is_constant(&keyword.value));
    if pinned_by_name {
        return Ok(None);
    }
    let mut revision = call.keyword_value("revision")?;
    if !revision.is_truthy() {
        revision = call.keyword_value("commit_id")?;
    }
    if let Some(text) = revision.as_str() {
        let commit = text.trim_matches(['"', '\'']);
        if commit.chars().count() >= MIN_COMMIT_LENGTH && commit.chars().all(|c| c.is_ascii_hexdigit()) {
            return Ok(None);
        }
    }
    if call.argument(0)?.as_str().is_some_and(|path| ["./", "/", "../"].iter().any(|start| path.starts_with(start))) {
        return Ok(None);
    }
    let text = format!("Unsafe Hugging Face Hub download without revision pinning in {}()", call.name);
    Ok(Some(Draft::new(Level::Medium, Level::High, 494, text).on(call.line_of_keyword(call.name))))
}
