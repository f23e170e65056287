//! What a `setup.py` does besides describing a package: it runs on the machine of whoever builds or installs that.

use std::sync::Arc;

use seriema_finding::{Confidence, Persona, Severity};
use seriema_program::ast::{Expr, ExprCall, Stmt, StmtClassDef};
use seriema_program::text_size::{Ranged, TextRange};
use seriema_program::{FileContext, Inspect, ModuleIndex, Node, Semantic, SourceType, parse, walk};

use super::Risk;
use super::commands::Commands;
use crate::project::Source;

/// Stack that is enough for the tree of any text that the parser takes.
const STACK: usize = 64 << 20;

/// Most findings of one file.
const MAX_RISKS: usize = 20;

/// Calls that fetch something.
const FETCHES: [&str; 14] = [
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib.urlopen",
    "urllib.urlretrieve",
    "urllib2.urlopen",
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.request",
    "httpx.get",
    "httpx.post",
    "socket.create_connection",
    "http.client.HTTPSConnection",
    "http.client.HTTPConnection",
];

/// Calls that run a command.
const COMMANDS: [&str; 8] = [
    "os.system",
    "os.popen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "subprocess.getoutput",
];

/// Calls that run text as code.
const RUNNERS: [&str; 4] = ["exec", "eval", "builtins.exec", "builtins.eval"];

/// Calls by which code is hidden.
const DECODERS: [&str; 9] = [
    "base64.b64decode",
    "base64.b85decode",
    "base64.b32decode",
    "base64.a85decode",
    "zlib.decompress",
    "marshal.loads",
    "codecs.decode",
    "binascii.unhexlify",
    "bytes.fromhex",
];

/// Programs that fetch and install.
const FETCHERS: [&str; 6] = ["curl ", "wget ", "powershell", "/dev/tcp/", "Invoke-WebRequest", "pip install "];

pub(super) fn read(source: &Source, risks: &mut Vec<Risk>) {
    stacker::grow(STACK, || {
        let path = &source.manifest.path;
        let file = parse(&Arc::from(&**path), source.text.clone(), SourceType::Python);
        // In a text in which nothing could be made out, places mean nothing.
        if file.text() != source.text {
            return;
        }
        let modules = ModuleIndex::default();
        let context = FileContext {
            path,
            module: None,
            is_package: false,
            is_test: false,
            is_stub: false,
            modules: &modules,
            links: None,
        };
        let mut semantic = Semantic::new(context, &file);
        let mut found = Found { risks: Vec::new(), commands: Commands::of(file.suite()), is_apart: false };
        walk(&mut semantic, &mut found);
        risks.append(&mut found.risks);
    });
}

struct Found<'t> {
    risks: Vec<Risk>,
    commands: Commands<'t>,
    /// Whether what is looked at runs only when somebody names its command.
    is_apart: bool,
}

impl Found<'_> {
    fn add(&mut self, range: TextRange, severity: Severity, persona: Persona, message: &str) {
        if self.risks.len() < MAX_RISKS {
            let what = if self.is_apart { "a command of this package" } else { "building or installing this package" };
            self.risks.push(Risk {
                rule: "install-time-code",
                range: range.start().to_usize()..range.end().to_usize(),
                severity,
                confidence: Confidence::Medium,
                persona: if self.is_apart { persona.max(Persona::Pedantic) } else { persona },
                message: message.replacen("building or installing this package", what, 1),
                remedy: None,
            });
        }
    }

    fn call(&mut self, semantic: &Semantic<'_>, call: &ExprCall) {
        let Some(name) = semantic.qualified(&call.func).map(|name| name.to_string()) else { return };
        let name = name.as_str();
        if FETCHES.contains(&name) {
            let message = "building or installing this package fetches something over the network";
            self.add(call.range(), Severity::Medium, Persona::Regular, message);
        } else if RUNNERS.contains(&name) {
            let hidden = call.arguments.args.first().is_some_and(|code| is_decoded(semantic, code));
            if hidden {
                let message = "building or installing this package runs code that is hidden by an encoding";
                self.add(call.range(), Severity::High, Persona::Regular, message);
            }
        } else if COMMANDS.contains(&name) {
            let text = semantic.text(call.arguments.range());
            // `["curl", "-O"]` is the same as `curl -O`.
            let plain: String = text.chars().filter(|c| !matches!(c, '\'' | '"' | ',' | '[')).take(2_000).collect();
            if FETCHERS.iter().any(|program| plain.contains(program)) {
                let message = "building or installing this package runs a command that fetches or installs something";
                self.add(call.range(), Severity::Medium, Persona::Regular, message);
            } else {
                let message = "building or installing this package runs a command";
                self.add(call.range(), Severity::Low, Persona::Auditor, message);
            }
        } else if (name == "setup" || name.ends_with(".setup"))
            && let Some(keyword) = call.arguments.find_keyword("cmdclass")
        {
            let message = "building or installing this package runs commands of its own (`cmdclass`)";
            self.add(keyword.range(), Severity::Info, Persona::Auditor, message);
        }
    }
}

/// Whether what is run was decoded, a few calls deep: `exec(zlib.decompress(base64.b64decode(…)).decode())`.
fn is_decoded(semantic: &Semantic<'_>, code: &Expr) -> bool {
    let mut code = code;
    for _ in 0..6 {
        let Expr::Call(call) = code else { return false };
        let name = semantic.qualified(&call.func).map(|name| name.to_string());
        if name.is_some_and(|name| DECODERS.contains(&name.as_str())) {
            return true;
        }
        code = match (call.func.as_ref(), call.arguments.args.first()) {
            (Expr::Attribute(method), _) if method.attr.as_str() == "decode" => &method.value,
            (_, Some(first)) => first,
            _ => return false,
        };
    }
    false
}

/// The innermost class around what is looked at.
fn class_around<'a>(semantic: &Semantic<'a>) -> Option<&'a StmtClassDef> {
    semantic.ancestors().find_map(|node| match node {
        Node::Stmt(Stmt::ClassDef(class)) => Some(class),
        _ => None,
    })
}

impl<'a> Inspect<'a> for Found<'a> {
    fn statement(&mut self, _: &Semantic<'a>, _: &'a Stmt) {}

    fn expression(&mut self, semantic: &Semantic<'a>, expression: &'a Expr) {
        if let Expr::Call(call) = expression {
            self.is_apart = class_around(semantic).is_some_and(|class| self.commands.is_asked_for(class));
            self.call(semantic, call);
        }
    }

    fn handler(&mut self, _: &Semantic<'a>, _: &'a seriema_program::ast::ExceptHandlerExceptHandler) {}

    fn wants_name(&self, _: &str) -> bool {
        false
    }
}
