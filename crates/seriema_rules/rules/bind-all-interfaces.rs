//! Servers that listen on every interface.

use seriema_finding::{Confidence, Persona};
use seriema_program::Const;
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::{Ranged, TextRange};

use crate::shared::decided_elsewhere::{report_use, reported};
use crate::shared::leading_literal::leading_literal;
use crate::shared::web_context::mentions_any;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "bind-all-interfaces",
    family: Configuration,
    severity: Low,
    confidence: Medium,
    cwe: [605, 200],
    aliases: ["B104", "S104"],
}

const ANY: &str = "0.0.0.0";

const CODES: &[&str] = &["B104", "S104"];

/// Keyword arguments that say where a server listens.
const HOST_KEYWORDS: &[&str] = &[
    "host",
    "hostname",
    "address",
    "addr",
    "bind",
    "bind_addr",
    "interface",
    "listen",
    "local_addr",
    "server_address",
    "server_name",
    "ip",
];

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_string(check_string);
    hooks.on_fstring(check_fstring);
    hooks.on_call(&["bind"], check_bind);
    hooks.on_call(
        &[
            "run",
            "run_app",
            "run_async",
            "run_server",
            "run_simple",
            "make_server",
            "serve",
            "listen",
            "listenTCP",
            "listenUDP",
            "launch",
            "start",
            "start_server",
            "start_http_server",
            "create_server",
            "create_datagram_endpoint",
            "add_insecure_port",
            "add_secure_port",
            "HTTPServer",
            "ThreadingHTTPServer",
            "TCPServer",
            "ThreadingTCPServer",
            "UDPServer",
            "ThreadingUDPServer",
            "WSGIServer",
            "StreamServer",
            "SimpleXMLRPCServer",
            "SimpleJSONRPCServer",
            "TCPSite",
            "Listener",
            "Config",
            "FastMCP",
        ],
        check_server,
    );
}

fn check_string(cx: &mut Checker<'_, '_>, node: &ast::ExprStringLiteral) {
    let length: usize = node.value.iter().map(|part| part.value.len()).sum();
    if length == ANY.len() && node.value.to_str() == ANY {
        report_literal(cx, node.range);
    }
}

fn check_fstring(cx: &mut Checker<'_, '_>, node: &ast::ExprFString) {
    for part in &node.value {
        match part {
            ast::FStringPart::Literal(literal) if &*literal.value == ANY => report_literal(cx, literal.range()),
            ast::FStringPart::Literal(_) => {}
            ast::FStringPart::FString(f) => {
                for literal in f.elements.literals().filter(|literal| &*literal.value == ANY) {
                    report_literal(cx, literal.range);
                }
            }
        }
    }
}

/// Every literal, for auditors. Those that a server listens on are found by the other hooks.
fn report_literal(cx: &mut Checker<'_, '_>, range: TextRange) {
    if reported(cx, &RULE, range).is_none() {
        let message = "`0.0.0.0` as an address to listen on stands for every interface";
        cx.report(&RULE, CODES, range, message).persona(Persona::Auditor).confidence(Confidence::Low);
    }
}

/// `socket.bind(("", 80))`
fn check_bind<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if let Some(Expr::Tuple(address)) = call.argument("address", 0).map(|address| assigned(cx, address)) {
        check_address(cx, call, address);
    }
}

fn check_server<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if matches!(call.path().split('.').next(), Some("subprocess" | "ipaddress" | "threading")) {
        return;
    }
    // A class of servers' configuration, but also of much else.
    let only_keywords = matches!(call.name(), "Config" | "start");
    let positional = call.node.arguments.args.iter().take(if only_keywords { 0 } else { 3 });
    let named = call
        .node
        .arguments
        .keywords
        .iter()
        .filter(|keyword| keyword.arg.as_ref().is_some_and(|name| HOST_KEYWORDS.contains(&name.as_str())));
    for argument in positional.chain(named.map(|keyword| &keyword.value)) {
        match assigned(cx, argument) {
            Expr::Tuple(address) => check_address(cx, call, address),
            Expr::StringLiteral(_) | Expr::FString(_) | Expr::BinOp(_) => check_host(cx, call, argument, false),
            _ => {}
        }
    }
}

/// A tuple of host and port. Port 0 asks for any free one: no service that others are to find.
fn check_address<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, address: &'a ast::ExprTuple) {
    let [host, port] = address.elts.as_slice() else { return };
    if cx.semantic.constant(port) != Some(Const::Int(0)) {
        check_host(cx, call, host, true);
    }
}

fn check_host<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>, host: &'a Expr, in_address: bool) {
    let Some(literal) = leading_literal(cx.semantic, host) else { return };
    let text = literal.text;
    let codes = match text {
        ANY => CODES,
        "" if in_address => &[],
        "::" | "[::]" => &[],
        // gRPC and others take `host:port`.
        text if text.starts_with("0.0.0.0:") || text.starts_with("[::]:") => &[],
        _ => return,
    };
    let name = call.path().replace("()", "");
    let name = if name.is_empty() { call.name() } else { &name };
    let message = format!("`{name}` listens on every network interface (`{text}`)");
    // Multicast and discovery cannot do without.
    let needed = mentions_any(cx.semantic, &["IP_ADD_MEMBERSHIP", "IPV6_JOIN_GROUP"]);
    // `find_free_port`, `is_port_open`: bound to see whether it can be.
    let probe =
        cx.semantic.enclosing_function().is_some_and(|function| function.name.to_ascii_lowercase().contains("port"));
    if let Some(finding) = report_use(cx, &RULE, codes, literal.range, message) {
        finding.confidence(Confidence::Medium);
        if needed || probe && in_address {
            finding.persona(Persona::Pedantic);
        }
    }
}

/// What a name is assigned, where that is one value.
fn assigned<'a>(cx: &Checker<'_, 'a>, expr: &'a Expr) -> &'a Expr {
    use seriema_program::BindingKind;
    let mut expr = expr;
    for _ in 0..4 {
        let Expr::Name(name) = expr else { break };
        match cx.semantic.binding(&name.id, name.range.start()).map(|binding| binding.kind) {
            Some(BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value))) => expr = value,
            _ => break,
        }
    }
    expr
}
