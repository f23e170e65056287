//! What a value was read from: a step past [`Origin`], for rules about data that becomes code or objects.
//!
//! Follows names, decoders and `read()` within the function to the file, response or socket at their end.

use seriema_program::ast::{self, Expr};
use seriema_program::{BindingKind, Origin, Semantic};

use crate::shared::ast_search::{any_around, callee_name};

/// What a value was read from. Later ones win when values are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Provenance {
    /// Written in the source.
    Constant,
    /// Made by this very program: serialised right here, kept in its memory, its settings.
    Own,
    /// A file whose path the program fixes.
    OwnFile,
    /// A file whose path does not show here.
    File,
    /// Not known.
    Unknown,
    /// A file that a parameter or the command line names.
    GivenFile,
    /// A parameter of the enclosing function.
    Parameter,
    /// The user of the command line, standard input, the environment.
    User,
    /// A response, a socket, a queue, a server that holds a cache.
    Network,
    /// A request that the program answers.
    Request,
}

impl Provenance {
    /// A clause about the value: "`x`, which comes from a request".
    pub(crate) const fn clause(self) -> &'static str {
        match self {
            Self::Constant => "which is constant",
            Self::Own => "which the program itself makes",
            Self::OwnFile => "which comes from a file whose path is fixed",
            Self::File => "which comes from a file",
            Self::Unknown => "whose origin does not show here",
            Self::GivenFile => "which comes from a file that the caller names",
            Self::Parameter => "which comes from a parameter",
            Self::User => "which the user of the program gives",
            Self::Network => "which comes over the network",
            Self::Request => "which comes from a request",
        }
    }
}

/// Expressions looked at before the answer is [`Provenance::Unknown`].
const MAX_STEPS: u32 = 48;

/// What the value of an expression at the current node was read from.
pub(crate) fn provenance<'a>(semantic: &Semantic<'a>, expr: &'a Expr) -> Provenance {
    Tracer { semantic, steps: MAX_STEPS }.trace(expr)
}

/// What a file of this path holds, seen by where the path comes from.
pub(crate) fn provenance_of_file<'a>(semantic: &Semantic<'a>, path: &'a Expr) -> Provenance {
    match semantic.origin(path) {
        Origin::Constant | Origin::Inert | Origin::Program => Provenance::OwnFile,
        Origin::Unknown => Provenance::File,
        Origin::Parameter | Origin::Local => Provenance::GivenFile,
        Origin::Remote => Provenance::Request,
    }
}

struct Tracer<'s, 'a> {
    semantic: &'s Semantic<'a>,
    steps: u32,
}

impl<'a> Tracer<'_, 'a> {
    fn trace(&mut self, expr: &'a Expr) -> Provenance {
        let Some(steps) = self.steps.checked_sub(1) else { return Provenance::Unknown };
        self.steps = steps;
        match expr {
            Expr::Name(name) => self.trace_name(name, expr),
            Expr::Await(inner) => self.trace(&inner.value),
            Expr::Named(inner) => self.trace(&inner.value),
            Expr::Starred(inner) => self.trace(&inner.value),
            Expr::Subscript(subscript) => match self.trace(&subscript.value) {
                // An element of something the object keeps.
                Provenance::Unknown if is_own_attribute(&subscript.value) => Provenance::Own,
                other => other,
            },
            Expr::BinOp(op) => self.trace(&op.left).max(self.trace(&op.right)),
            Expr::BoolOp(op) => self.join(&op.values),
            Expr::If(choice) => self.trace(&choice.body).max(self.trace(&choice.orelse)),
            Expr::List(list) => self.join(&list.elts),
            Expr::Tuple(tuple) => self.join(&tuple.elts),
            Expr::FString(f) => {
                let holes = f.value.elements().filter_map(|element| element.as_interpolation());
                holes.map(|hole| self.trace(&hole.expression)).max().unwrap_or(Provenance::Constant)
            }
            Expr::Attribute(attribute) => self.trace_attribute(attribute, expr),
            Expr::Call(call) => self.trace_call(call, expr),
            _ => self.plain_origin(expr),
        }
    }

    fn join(&mut self, exprs: &'a [Expr]) -> Provenance {
        exprs.iter().map(|expr| self.trace(expr)).max().unwrap_or(Provenance::Constant)
    }

    fn plain_origin(&self, expr: &'a Expr) -> Provenance {
        match self.semantic.origin(expr) {
            Origin::Constant | Origin::Inert => Provenance::Constant,
            Origin::Program => Provenance::Own,
            Origin::Unknown => Provenance::Unknown,
            Origin::Parameter => Provenance::Parameter,
            Origin::Local => Provenance::User,
            Origin::Remote if self.mentions_socket(expr) => Provenance::Network,
            Origin::Remote => Provenance::Request,
        }
    }

    fn mentions_socket(&self, expr: &'a Expr) -> bool {
        let callee = if let Expr::Call(call) = expr { &call.func } else { expr };
        self.semantic.qualified(callee).is_some_and(|path| path.starts_with("socket."))
    }

    fn trace_name(&mut self, name: &'a ast::ExprName, expr: &'a Expr) -> Provenance {
        let Some(binding) = self.semantic.binding(&name.id, name.range.start()).copied() else {
            return self.plain_origin(expr);
        };
        let mut worst = None;
        for binding in self.semantic.scopes.bindings_of(binding.scope, &name.id).take(8) {
            let found = match binding.kind {
                BindingKind::Assign(value)
                | BindingKind::Augmented(value)
                | BindingKind::Iteration(value)
                | BindingKind::Context(value)
                | BindingKind::Unpacked(value)
                | BindingKind::Annotated(_, Some(value)) => self.trace(value),
                BindingKind::Annotated(_, None) | BindingKind::Other => continue,
                _ => self.plain_origin(expr),
            };
            worst = worst.max(Some(found));
            if let BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value)) = binding.kind
                && is_container(value)
            {
                worst = worst.max(Some(self.trace_filled(&name.id)));
            }
        }
        worst.unwrap_or_else(|| self.plain_origin(expr))
    }

    /// What is put into a list or buffer after it was made: `parts.append(x)`.
    fn trace_filled(&mut self, name: &str) -> Provenance {
        let mut values = Vec::new();
        any_around(self.semantic, &mut |expr| {
            if let Expr::Call(call) = expr
                && let Expr::Attribute(method) = &*call.func
                && method.value.as_name_expr().is_some_and(|own| own.id == name)
                && matches!(
                    method.attr.as_str(),
                    "append" | "extend" | "insert" | "add" | "update" | "write" | "appendleft"
                )
                && let Some(value) = call.arguments.args.last()
            {
                values.push(value);
            }
            values.len() >= 8
        });
        values.into_iter().map(|value| self.trace(value)).max().unwrap_or(Provenance::Constant)
    }

    fn trace_attribute(&mut self, attribute: &'a ast::ExprAttribute, expr: &'a Expr) -> Provenance {
        let known = self.plain_origin(expr);
        if known != Provenance::Unknown {
            return known;
        }
        if self.semantic.qualified(expr).is_some_and(|path| is_network_path(&path)) {
            return Provenance::Network;
        }
        let carries =
            matches!(attribute.attr.as_str(), "content" | "body" | "payload" | "data" | "value" | "raw" | "text");
        if carries && receiver_name(&attribute.value).is_some_and(is_message_name) {
            return Provenance::Network;
        }
        if is_own_attribute(expr) {
            return Provenance::Unknown;
        }
        match self.trace(&attribute.value) {
            outside @ (Provenance::Network | Provenance::Request | Provenance::User) => outside,
            _ => Provenance::Unknown,
        }
    }

    fn trace_call(&mut self, call: &'a ast::ExprCall, expr: &'a Expr) -> Provenance {
        let path = self.semantic.qualified(&call.func).unwrap_or_default();
        if is_dump(&path) {
            return Provenance::Own;
        }
        if is_open(&path)
            && let Some(file) = call.arguments.find_argument_value("file", 0).or(call.arguments.args.first())
        {
            return provenance_of_file(self.semantic, file);
        }
        let known = self.plain_origin(expr);
        let inert = self.semantic.origin(expr) == Origin::Inert;
        if inert || matches!(known, Provenance::Request | Provenance::Network | Provenance::User) {
            return known;
        }
        if is_network_path(&path) {
            return Provenance::Network;
        }
        let method = match &*call.func {
            Expr::Attribute(method) => Some(method),
            _ => None,
        };
        let name = method.map_or_else(|| path.rsplit('.').next().unwrap_or_default(), |method| method.attr.as_str());
        if is_decoder(&path, name) {
            let all = &*call.arguments.args;
            let arguments = match name {
                "format" | "join" | "replace" => self.join(all),
                "map" => self.join(all.get(1..).unwrap_or_default()),
                // The others say how: an encoding, a file name for error messages.
                _ => self.join(all.get(..1).unwrap_or_default()),
            };
            // `module.decompress(data)` and `codec.decompress(data)` have their data in the arguments, `data.decode()`
            // in the receiver, `template.format(data)` in both.
            let own = match method {
                Some(method) if call.arguments.args.is_empty() || matches!(name, "format" | "join" | "replace") => {
                    self.trace(&method.value)
                }
                _ => Provenance::Constant,
            };
            let named = call.arguments.keywords.iter().filter(|_| all.is_empty() || name == "format");
            let named = named.map(|keyword| self.trace(&keyword.value)).max();
            return arguments.max(own).max(named.unwrap_or(Provenance::Constant));
        }
        let Some(method) = method else { return known };
        match name {
            "recv" | "recv_bytes" | "recvfrom" | "recv_string" | "recv_multipart" => return Provenance::Network,
            "get" | "hget" | "lpop" | "rpop" | "blpop" | "brpop" | "mget" | "hgetall" | "smembers"
                if receiver_name(&method.value).is_some_and(is_cache_name) =>
            {
                return Provenance::Network;
            }
            "open" | "read_bytes" | "read_text" => {
                return match self.trace(&method.value) {
                    Provenance::Constant | Provenance::Own | Provenance::OwnFile => Provenance::OwnFile,
                    Provenance::Parameter | Provenance::User | Provenance::GivenFile => Provenance::GivenFile,
                    Provenance::Request => Provenance::Request,
                    _ => Provenance::File,
                };
            }
            _ => {}
        }
        match self.trace(&method.value) {
            read @ (Provenance::OwnFile | Provenance::File | Provenance::GivenFile)
                if matches!(name, "read" | "readline" | "readlines" | "getvalue" | "read1") =>
            {
                read
            }
            outside @ (Provenance::Network | Provenance::Request | Provenance::User) => outside,
            Provenance::Parameter
                if matches!(
                    name,
                    "read" | "readline" | "getvalue" | "get" | "pop" | "strip" | "format" | "join" | "split"
                ) =>
            {
                Provenance::Parameter
            }
            _ => known,
        }
    }
}

/// What can be filled after it is made.
fn is_container(expr: &Expr) -> bool {
    match expr {
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) => true,
        Expr::Call(call) => {
            matches!(callee_name(call), "list" | "dict" | "set" | "deque" | "bytearray" | "BytesIO" | "StringIO")
        }
        _ => false,
    }
}

/// `self.x`, `cls.x`
fn is_own_attribute(expr: &Expr) -> bool {
    expr.as_attribute_expr().is_some_and(|attribute| {
        attribute.value.as_name_expr().is_some_and(|base| matches!(base.id.as_str(), "self" | "cls"))
    })
}

fn receiver_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::Call(call) => receiver_name(&call.func),
        _ => None,
    }
}

fn is_message_name(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    matches!(
        name,
        "response" | "resp" | "message" | "msg" | "packet" | "frame" | "event" | "record" | "job" | "request" | "req"
    )
}

fn is_cache_name(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    let ends = |word: &str| name.len() >= word.len() && name[name.len() - word.len()..].eq_ignore_ascii_case(word);
    name.is_ascii()
        && (ends("redis") || ends("memcache") || ends("memcached") || ends("redis_client") || ends("redis_conn"))
}

/// What serialises: reading it back gives what the program had.
fn is_dump(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((module, "dumps" | "dump" | "encode"))
        if matches!(module, "pickle" | "cPickle" | "_pickle" | "dill" | "cloudpickle" | "marshal" | "jsonpickle" | "copyreg" | "json"
            | "six.moves.cPickle" | "cloudpickle.cloudpickle" | "dill._dill"))
}

fn is_open(path: &str) -> bool {
    matches!(
        path,
        "builtins.open"
            | "io.open"
            | "codecs.open"
            | "gzip.open"
            | "gzip.GzipFile"
            | "bz2.open"
            | "bz2.BZ2File"
            | "lzma.open"
            | "aiofiles.open"
            | "smart_open.open"
            | "fsspec.open"
            | "tensorflow.io.gfile.GFile"
    )
}

/// What hands its input on in another form.
fn is_decoder(path: &str, name: &str) -> bool {
    matches!(
        path,
        "builtins.str"
            | "builtins.bytes"
            | "builtins.bytearray"
            | "builtins.memoryview"
            | "builtins.next"
            | "builtins.compile"
            | "builtins.list"
            | "builtins.map"
            | "io.BytesIO"
            | "io.StringIO"
            | "io.BufferedReader"
            | "codecs.decode"
            | "textwrap.dedent"
            | "inspect.cleandoc"
    ) || matches!(
        name,
        "b64decode"
            | "b32decode"
            | "b85decode"
            | "a85decode"
            | "b16decode"
            | "urlsafe_b64decode"
            | "standard_b64decode"
            | "decodebytes"
            | "decodestring"
            | "a2b_base64"
            | "a2b_hex"
            | "unhexlify"
            | "fromhex"
            | "decompress"
            | "unquote"
            | "unquote_plus"
            | "unquote_to_bytes"
            | "decode"
            | "encode"
            | "decrypt"
            | "to_bytes"
            | "to_text"
            | "to_native"
            | "ensure_bytes"
            | "ensure_str"
            | "ensure_binary"
            | "force_bytes"
            | "str_to_bytes"
            | "strip"
            | "lstrip"
            | "rstrip"
            | "tobytes"
            | "lower"
            | "replace"
            | "splitlines"
            | "format"
            | "join"
    )
}

/// What speaks to another machine, or to a server that others write to.
fn is_network_path(path: &str) -> bool {
    const ROOTS: &[&str] = &[
        "requests.",
        "httpx.",
        "urllib.request.urlopen",
        "urllib2.urlopen",
        "urllib3.",
        "aiohttp.",
        "http.client.",
        "redis.",
        "aioredis.",
        "memcache.",
        "pymemcache.",
        "pylibmc.",
        "boto3.",
        "kafka.",
        "confluent_kafka.",
        "pika.",
        "zmq.",
        "ftplib.",
        "imaplib.",
        "poplib.",
        "websocket.",
        "websockets.",
        "paho.mqtt.",
        "xmlrpc.client.",
        "multiprocessing.connection.",
        "socket.socket()",
        "socket.create_connection()",
    ];
    // A path without a call in it is a function or a class, not what it gives.
    path.contains("()") && ROOTS.iter().any(|root| path.starts_with(root))
        || matches!(
            path,
            "requests.get"
                | "urllib.request.urlopen"
                | "urllib2.urlopen"
                | "requests.post"
                | "httpx.get"
                | "requests.request"
        )
}
