//! Model files that are pickles.

use seriema_finding::{Applicability, Confidence, Persona, Severity};

use crate::shared::ast_search::is_written_by_import;
use crate::shared::provenance::{Provenance, provenance, provenance_of_file};
use crate::shared::wording::quote;
use crate::{Call, Checker, Hooks, RawFix};

crate::declare_rule! {
    slug: "unsafe-torch-load",
    family: Deserialization,
    severity: Medium,
    confidence: Medium,
    cwe: [502],
    aliases: ["B614"],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["load"], check);
}

fn check(cx: &mut Checker<'_, '_>, call: &Call<'_>) {
    let path = match call.path() {
        "torch.load" => "torch.load",
        "torch.serialization.load" => "torch.serialization.load",
        _ => return,
    };
    let semantic = cx.semantic;
    let given = call.keyword("weights_only");
    let truth = given.map(|value| semantic.truth(value));
    if truth == Some(Some(true)) {
        return;
    }
    let codes: &[&str] = if is_written_by_import(semantic, &call.func) { &["B614"] } else { &[] };
    let Some(file) = call.argument("f", 0) else {
        cx.report(&RULE, codes, call.node, format!("`{path}` builds any object that the file names"))
            .persona(Persona::Pedantic);
        return;
    };
    let mut origin = provenance(semantic, file);
    if origin < Provenance::Network && !matches!(origin, Provenance::OwnFile | Provenance::File | Provenance::GivenFile)
    {
        origin = provenance_of_file(semantic, file);
    }
    let asked = truth == Some(Some(false));
    let why = match truth {
        Some(Some(_)) => "`weights_only` is off",
        Some(None) => "whether `weights_only` is on does not show here",
        None => "before PyTorch 2.6 `weights_only` is off unless asked for",
    };
    let quoted = quote(semantic, file);
    let message = format!("`{path}` builds any object that {quoted} names, {}: {why}", origin.clause());
    let (severity, confidence, persona) = match origin {
        Provenance::Constant | Provenance::Own | Provenance::OwnFile => {
            (Severity::Medium, Confidence::Low, Persona::Pedantic)
        }
        Provenance::Request => (Severity::Critical, Confidence::High, Persona::Regular),
        Provenance::Network => (Severity::High, Confidence::High, Persona::Regular),
        _ if asked => (Severity::High, Confidence::Medium, Persona::Regular),
        _ => (Severity::Medium, Confidence::Low, Persona::Regular),
    };
    let unknown = truth == Some(None) || (given.is_none() && call.has_unpacked_arguments());
    let finding = cx.report(&RULE, codes, call.node, message);
    finding.severity(severity).confidence(confidence).persona(persona);
    if unknown {
        finding.persona(Persona::Pedantic);
    } else {
        // Files that hold other objects than tensors are refused from then on.
        let title = "Load tensors only";
        finding.fix(RawFix::set_keyword(title, call.node, "weights_only", "True", Applicability::Suggestion));
    }
}
