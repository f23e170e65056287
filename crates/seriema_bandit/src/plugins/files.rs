//! Permissions, archives, code and switches: B102, B103, B201, B202 and B612.

use seriema_program::ast::Expr;

use super::{Call, Verdict};
use crate::issue::{Draft, Level};
use crate::literal::{Literal, Raised, object_repr, string_constant};
use crate::python::{low_bits, oct_int, repr_str};

const CODE_INJECTION: i64 = 94;

/// B102
pub(super) fn exec(call: &Call<'_, '_>) -> Verdict {
    let draft = || Draft::new(Level::Medium, Level::High, 78, "Use of exec detected.");
    Ok((call.qualname == "exec").then(draft))
}

const OTHERS_WRITE: u64 = 0o002;
const GROUP_WRITE_OR_ANY_EXECUTE: u64 = 0o020 | 0o010 | 0o001;

/// B103
pub(super) fn permissions(call: &Call<'_, '_>) -> Verdict {
    if call.args().len() != 2 {
        return Ok(None);
    }
    let Literal::Int(mode) = call.argument(1)? else { return Ok(None) };
    let bits = low_bits(mode);
    if bits & (OTHERS_WRITE | GROUP_WRITE_OR_ANY_EXECUTE) == 0 {
        return Ok(None);
    }
    let severity = if bits & OTHERS_WRITE != 0 { Level::High } else { Level::Medium };
    let file = match call.argument(0)? {
        Literal::Unknown => "NOT PARSED".to_owned(),
        file => file.to_text()?,
    };
    let text = format!("Chmod setting a permissive mask {} on file ({file}).", oct_int(mode));
    Ok(Some(Draft::new(severity, Level::High, 732, text)))
}

/// B201
pub(super) fn flask_debug(call: &Call<'_, '_>) -> Verdict {
    if !call.qualname.ends_with(".run") || call.keyword_is("debug", &["True"])? != Some(true) {
        return Ok(None);
    }
    let text = "A Flask app appears to be run with debug=True, which exposes the Werkzeug debugger and allows the \
                execution of arbitrary code.";
    Ok(Some(Draft::new(Level::High, Level::Medium, CODE_INJECTION, text).on(call.line_of_keyword("debug"))))
}

/// B202
pub(super) fn tar_extraction(call: &Call<'_, '_>) -> Verdict {
    if call.has_keyword("filter")? {
        let first = call.keywords().iter().find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == "filter"));
        if first.is_some_and(|keyword| string_constant(&keyword.value) == Some("data")) {
            return Ok(None);
        }
    }
    let members = call.keywords().iter().find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == "members"));
    let draft = |level: Level, text: String| Ok(Some(Draft::new(level, level, 22, text)));
    match members.map(|keyword| &keyword.value) {
        Some(Expr::Call(function)) => {
            let Expr::Name(name) = &*function.func else { return Err(Raised::attribute(&function.func, "id")) };
            let members = format!("{{'Function': {}}}", repr_str(name.id.as_str()));
            draft(
                Level::Low,
                format!(
                    "Usage of tarfile.extractall(members=function(tarfile)). Make sure your function properly discards \
                     dangerous members {members})."
                ),
            )
        }
        Some(other) => {
            let value = match other {
                Expr::Name(name) => repr_str(name.id.as_str()),
                other => object_repr(other),
            };
            let members = format!("{{'Other': {value}}}");
            draft(
                Level::Medium,
                format!(
                    "Found tarfile.extractall(members=?) but couldn't identify the type of members. Check if the \
                     members were properly validated {members})."
                ),
            )
        }
        None => draft(
            Level::High,
            "tarfile.extractall used without any validation. Please check and discard dangerous members.".to_owned(),
        ),
    }
}

/// B612
pub(super) fn logging_listen(call: &Call<'_, '_>) -> Verdict {
    if call.qualname != "logging.config.listen" || call.has_keyword("verify")? {
        return Ok(None);
    }
    let text = "Use of insecure logging.config.listen detected.";
    Ok(Some(Draft::new(Level::Medium, Level::High, CODE_INJECTION, text)))
}
