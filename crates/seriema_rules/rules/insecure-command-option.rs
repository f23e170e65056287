//! Options by which a program that is started drops a protection of its own.

use seriema_finding::{Confidence, Severity};
use seriema_program::Node;
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::Ranged;

use crate::{Checker, Hooks};

crate::declare_rule! {
    slug: "insecure-command-option",
    family: Configuration,
    severity: Medium,
    confidence: High,
    cwe: [295, 22, 345],
    aliases: [],
}

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_string(check);
}

/// A program, its option, what it does, and the weakness.
struct Switch {
    programs: &'static [&'static str],
    option: &'static str,
    does: &'static str,
    severity: Severity,
    cwe: u16,
}

const OPTIONS: &[Switch] = &[
    Switch {
        programs: &["gpg", "gpg2"],
        option: "--use-embedded-filename",
        does: "writes to the file that the message names",
        severity: Severity::High,
        cwe: 22,
    },
    Switch {
        programs: &["curl"],
        option: "--insecure",
        does: "accepts any certificate",
        severity: Severity::High,
        cwe: 295,
    },
    Switch { programs: &["curl"], option: "-k", does: "accepts any certificate", severity: Severity::High, cwe: 295 },
    Switch {
        programs: &["wget"],
        option: "--no-check-certificate",
        does: "accepts any certificate",
        severity: Severity::High,
        cwe: 295,
    },
    Switch {
        programs: &["git"],
        option: "http.sslVerify=false",
        does: "accepts any certificate",
        severity: Severity::High,
        cwe: 295,
    },
    Switch {
        programs: &["apt-get", "apt"],
        option: "--allow-unauthenticated",
        does: "installs packages without checking their signatures",
        severity: Severity::Medium,
        cwe: 345,
    },
    Switch {
        programs: &["apt-get", "apt"],
        option: "--force-yes",
        does: "installs packages without checking their signatures",
        severity: Severity::Medium,
        cwe: 345,
    },
    Switch {
        programs: &["yum", "dnf"],
        option: "--nogpgcheck",
        does: "installs packages without checking their signatures",
        severity: Severity::Medium,
        cwe: 345,
    },
];

fn check(cx: &mut Checker<'_, '_>, node: &ast::ExprStringLiteral) {
    let text = node.value.to_str();
    if !matches!(text.len(), 2..=24) || !matches!(text.as_bytes()[0], b'-' | b'h') {
        return;
    }
    let Some(option) = OPTIONS.iter().find(|option| option.option == text) else { return };
    // One argument of a command that is written out.
    let Some(Node::Expr(Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }))) =
        cx.semantic.parent()
    else {
        return;
    };
    let program = elts.iter().take_while(|element| element.start() < node.range.start()).find_map(|element| {
        let name = element.as_string_literal_expr()?.value.to_str().rsplit('/').next()?;
        option.programs.iter().find(|program| **program == name)
    });
    let Some(program) = program else { return };
    let message = format!("`{program} {text}` {}", option.does);
    cx.report(&RULE, &[], node, message).severity(option.severity).confidence(Confidence::High).cwe(option.cwe);
}
