//! Where a value comes from, as far as the function it stands in shows.
//!
//! This is not taint analysis: it looks no further than the enclosing function and the module's constants. It serves
//! rules whose shape is harmless with values of one origin and dangerous with those of another.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::TextSize;
use smallvec::SmallVec;

use crate::scopes::{MODULE, ScopeId, ScopeKind};
use crate::{Binding, BindingKind, Semantic};

/// Where a value comes from. Later ones win when values are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Known from the source: literals, module constants, and what is built from them.
    Constant,
    /// A number, or another value that cannot carry text of an attacker's choice: `int(x)`, `len(x)`, `uuid4()`.
    Inert,
    /// The program's own: `sys.executable`, `os.path.dirname(__file__)`, `tempfile.mkdtemp()`, settings.
    Program,
    /// Not known: attributes, results of other functions.
    Unknown,
    /// A parameter of the enclosing function.
    Parameter,
    /// The user of the command line, the environment, a file.
    Local,
    /// A request, a socket, a message.
    Remote,
}

/// Values looked at before the answer is [`Origin::Unknown`].
const MAX_STEPS: u32 = 64;

/// Levels of an annotation that are looked into.
const MAX_ANNOTATION: u32 = 16;

/// What is left of the budget, and the bindings on the way: a name that is built from itself adds nothing.
struct Steps {
    left: u32,
    visiting: SmallVec<[(ScopeId, TextSize); 8]>,
}

impl<'a> Semantic<'a> {
    /// Where the value of an expression at the current node comes from.
    #[must_use]
    pub fn origin(&self, expr: &'a Expr) -> Origin {
        self.effort.begin();
        let mut steps = Steps { left: MAX_STEPS, visiting: SmallVec::new() };
        self.origin_from(self.current, expr, &mut steps)
    }

    /// [`Self::origin`] of an expression that stands in another scope.
    #[must_use]
    pub fn origin_in(&self, scope: ScopeId, expr: &'a Expr) -> Origin {
        self.effort.begin();
        let mut steps = Steps { left: MAX_STEPS, visiting: SmallVec::new() };
        self.origin_from(scope, expr, &mut steps)
    }

    fn origin_from(&self, scope: ScopeId, expr: &'a Expr, steps: &mut Steps) -> Origin {
        if steps.left == 0 {
            return Origin::Unknown;
        }
        steps.left -= 1;
        let join = |exprs: &mut dyn Iterator<Item = &'a Expr>, steps: &mut Steps| {
            exprs.map(|expr| self.origin_from(scope, expr, steps)).max().unwrap_or(Origin::Constant)
        };
        match expr {
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::Lambda(_) => Origin::Constant,
            Expr::Compare(_) => Origin::Inert,
            Expr::UnaryOp(op) => match op.op {
                ast::UnaryOp::Not => Origin::Inert,
                _ => self.origin_from(scope, &op.operand, steps),
            },
            Expr::FString(f) => {
                join(&mut f.value.elements().filter_map(|e| e.as_interpolation()).map(|hole| &*hole.expression), steps)
            }
            Expr::TString(t) => {
                join(&mut t.value.elements().filter_map(|e| e.as_interpolation()).map(|hole| &*hole.expression), steps)
            }
            Expr::BinOp(op) => join(&mut [&*op.left, &*op.right].into_iter(), steps),
            Expr::BoolOp(op) => join(&mut op.values.iter(), steps),
            Expr::If(choice) => join(&mut [&*choice.body, &*choice.orelse].into_iter(), steps),
            Expr::List(ast::ExprList { elts, .. }) | Expr::Set(ast::ExprSet { elts, .. }) => {
                join(&mut elts.iter(), steps)
            }
            Expr::Tuple(tuple) => join(&mut tuple.elts.iter(), steps),
            Expr::Dict(dict) => join(&mut dict.items.iter().flat_map(|i| i.key.iter().chain([&i.value])), steps),
            Expr::Starred(inner) => self.origin_from(scope, &inner.value, steps),
            Expr::Await(inner) => self.origin_from(scope, &inner.value, steps),
            Expr::Named(named) => self.origin_from(scope, &named.value, steps),
            Expr::Subscript(subscript) => self.origin_from(scope, &subscript.value, steps),
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. })
            | Expr::Generator(ast::ExprGenerator { elt, generators, .. }) => {
                // The element depends on names that the generators bind, which are not in scope here.
                let iters = join(&mut generators.iter().map(|generator| &generator.iter), steps);
                let targets = generators.iter().filter_map(|generator| generator.target.as_name_expr());
                let element = match &**elt {
                    Expr::Name(name) if targets.clone().any(|target| target.id == name.id) => Origin::Constant,
                    elt if self.is_inert_call(scope, elt) => return Origin::Inert,
                    elt => {
                        let own = self.origin_from(scope, elt, steps);
                        // Unknown is what a bound name looks like from outside.
                        if own == Origin::Unknown { Origin::Constant } else { own }
                    }
                };
                iters.max(element)
            }
            Expr::Name(name) => self.origin_of_name(scope, name, steps),
            Expr::Attribute(attribute) => self.origin_of_attribute(scope, attribute, expr, steps),
            Expr::Call(call) => self.origin_of_call(scope, call, steps),
            _ => Origin::Unknown,
        }
    }

    fn origin_of_name(&self, scope: ScopeId, name: &ast::ExprName, steps: &mut Steps) -> Origin {
        if matches!(name.id.as_str(), "__file__" | "__name__" | "__path__" | "__package__") {
            return Origin::Program;
        }
        if scope == self.current
            && let Some(iter) = self.shadow(&name.id)
        {
            return iter.map_or(Origin::Unknown, |iter| self.origin_from(scope, iter, steps));
        }
        let Some((binding, owner)) = self.lookup(scope, &name.id, name.range.start()) else {
            return Origin::Unknown;
        };
        let single = self.scopes.bindings_of(owner, &name.id).take(9).count();
        if single > 8 {
            return Origin::Unknown;
        }
        // Several bindings: any of them may be in force, unless the last one is made from the others (`x = int(x)`).
        // What a container was given later counts too.
        let remade = matches!(binding.kind, BindingKind::Assign(Expr::Call(call)) if mentions(call, &name.id));
        let bound = if single == 1 || remade {
            self.origin_of_binding(binding, owner, steps)
        } else {
            let all = self.scopes.bindings_of(owner, &name.id);
            all.map(|binding| self.origin_of_binding(binding, owner, steps)).max().unwrap_or(Origin::Unknown)
        };
        let given = self.scopes.mutations(owner, &name.id).iter().take(16);
        given.map(|(scope, value)| self.origin_from(*scope, value, steps)).max().map_or(bound, |given| bound.max(given))
    }

    fn origin_of_binding(&self, binding: &Binding<'a>, owner: ScopeId, steps: &mut Steps) -> Origin {
        if steps.left == 0 {
            return Origin::Unknown;
        }
        steps.left -= 1;
        let key = (owner, binding.offset);
        if steps.visiting.contains(&key) {
            return Origin::Constant;
        }
        steps.visiting.push(key);
        let origin = self.origin_of_bound(binding, owner, steps);
        steps.visiting.pop();
        origin
    }

    fn origin_of_bound(&self, binding: &Binding<'a>, owner: ScopeId, steps: &mut Steps) -> Origin {
        match binding.kind {
            BindingKind::Assign(value)
            | BindingKind::Augmented(value)
            | BindingKind::Iteration(value)
            | BindingKind::Context(value)
            | BindingKind::Unpacked(value)
            | BindingKind::Annotated(_, Some(value)) => self.origin_from(binding.scope, value, steps),
            BindingKind::Parameter(parameter) => {
                let ScopeKind::Function(function) = self.scopes.scope(owner).kind else { return Origin::Unknown };
                let in_class =
                    self.scopes.scope(owner).parent.is_some_and(|p| matches!(self.scopes.scope(p).kind, ScopeKind::Class(_)));
                let first = function.parameters.iter().next().is_some_and(|p| p.name() == parameter.name.as_str());
                if in_class && first {
                    return Origin::Unknown;
                }
                if parameter.annotation.as_deref().is_some_and(|annotation| is_inert_annotation(annotation, MAX_ANNOTATION)) {
                    return Origin::Inert;
                }
                if self.is_route(function) {
                    return if has_inert_converter(function, &parameter.name) { Origin::Inert } else { Origin::Remote };
                }
                Origin::Parameter
            }
            BindingKind::ImportFrom { member, .. }
                // By convention a constant of another module.
                if member.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()) =>
            {
                Origin::Program
            }
            BindingKind::Function(_) | BindingKind::Class(_) => Origin::Constant,
            _ => Origin::Unknown,
        }
    }

    fn origin_of_attribute(
        &self,
        scope: ScopeId,
        attribute: &'a ast::ExprAttribute,
        expr: &'a Expr,
        steps: &mut Steps,
    ) -> Origin {
        if let Some(path) = self.qualified_from(scope, expr, 8)
            && let Some(origin) = origin_of_path(&path)
        {
            return origin;
        }
        if is_request(&attribute.value) && is_request_data(&attribute.attr) {
            return Origin::Remote;
        }
        // What a form or a serializer was sent: what it was made with, where that shows.
        if matches!(attribute.attr.as_str(), "cleaned_data" | "validated_data") {
            if let Expr::Name(form) = &*attribute.value
                && let Some((binding, _)) = self.lookup(scope, &form.id, form.range.start())
                && let BindingKind::Assign(Expr::Call(made)) = binding.kind
            {
                let with = self.origin_of_arguments(binding.scope, made, steps);
                return if with == Origin::Remote { with } else { Origin::Unknown };
            }
            return Origin::Remote;
        }
        // `self.TEMPLATE`, `cls.table`: a constant of the class unless a method assigns it.
        if let Expr::Name(base) = &*attribute.value
            && matches!(base.id.as_str(), "self" | "cls")
            && let Some(class) = self.class_around(scope)
            && self.scopes.attribute_values(class, &attribute.attr).is_empty()
            && let Some(binding) = self.scopes.bindings_of(class, &attribute.attr).next()
        {
            return self.origin_of_binding(binding, class, steps);
        }
        match self.origin_from(scope, &attribute.value, steps) {
            remote @ (Origin::Remote | Origin::Local) => remote,
            Origin::Program => Origin::Program,
            _ => Origin::Unknown,
        }
    }

    fn origin_of_call(&self, scope: ScopeId, call: &'a ast::ExprCall, steps: &mut Steps) -> Origin {
        if let Some(path) = self.qualified_from(scope, &call.func, 8) {
            if is_inert(&path) {
                return Origin::Inert;
            }
            if let Some(origin) = origin_of_path(&path) {
                return origin;
            }
            if path == "builtins.map"
                && let [function, values @ ..] = &*call.arguments.args
            {
                let inert = self.qualified_from(scope, function, 8).is_some_and(|path| is_inert(&path));
                let origins = values.iter().map(|value| self.origin_from(scope, value, steps));
                return if inert { Origin::Inert } else { origins.max().unwrap_or(Origin::Unknown) };
            }
            if is_transparent(&path) {
                return self.origin_of_arguments(scope, call, steps);
            }
        }
        if let Expr::Attribute(method) = &*call.func {
            if is_request(&method.value) && is_request_data(&method.attr) {
                return Origin::Remote;
            }
            // Tornado's handlers.
            if matches!(&*method.value, Expr::Name(base) if base.id == "self")
                && matches!(
                    method.attr.as_str(),
                    "get_argument" | "get_arguments" | "get_query_argument" | "get_body_argument" | "get_cookie"
                )
            {
                return Origin::Remote;
            }
            if is_inert_method(&method.attr) {
                return self.origin_of_arguments(scope, call, steps).max(Origin::Inert);
            }
            let receiver = self.origin_from(scope, &method.value, steps);
            if matches!(receiver, Origin::Remote | Origin::Local) {
                return receiver;
            }
            if is_string_method(&method.attr) {
                return receiver.max(self.origin_of_arguments(scope, call, steps));
            }
        }
        Origin::Unknown
    }

    fn origin_of_arguments(&self, scope: ScopeId, call: &'a ast::ExprCall, steps: &mut Steps) -> Origin {
        call.arguments
            .args
            .iter()
            .chain(call.arguments.keywords.iter().map(|keyword| &keyword.value))
            .map(|argument| self.origin_from(scope, argument, steps))
            .max()
            .unwrap_or(Origin::Constant)
    }

    fn is_inert_call(&self, scope: ScopeId, expr: &Expr) -> bool {
        expr.as_call_expr()
            .and_then(|call| self.qualified_from(scope, &call.func, 8))
            .is_some_and(|path| is_inert(&path))
    }

    /// Whether a function's decorators register it as a web route.
    #[must_use]
    pub fn is_route(&self, function: &ast::StmtFunctionDef) -> bool {
        function.decorator_list.iter().any(|decorator| {
            let target = match &decorator.expression {
                Expr::Call(call) => &*call.func,
                other => other,
            };
            let Expr::Attribute(attribute) = target else { return false };
            let verb = matches!(
                attribute.attr.as_str(),
                "route" | "get" | "post" | "put" | "patch" | "delete" | "websocket" | "head" | "options" | "api_route"
            );
            verb && decorator
                .expression
                .as_call_expr()
                .and_then(|call| call.arguments.args.first())
                .is_some_and(|path| self.constant_from(MODULE, path, 8).is_none_or(|value| value.as_str().is_some()))
        })
    }
}

/// Whether an argument of a call, or the object whose method it is, is the name itself.
fn mentions(call: &ast::ExprCall, wanted: &str) -> bool {
    let is_wanted = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id == wanted);
    let receiver = call.func.as_attribute_expr().is_some_and(|method| is_wanted(&method.value));
    receiver || call.arguments.args.iter().any(is_wanted)
}

/// `int`, `float | None`, `Optional[int]`, `list[UUID]`: what cannot hold text.
fn is_inert_annotation(annotation: &Expr, levels: u32) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return false };
    let is_inert_name = |name: &str| {
        matches!(
            name,
            "int"
                | "float"
                | "bool"
                | "complex"
                | "UUID"
                | "Decimal"
                | "date"
                | "datetime"
                | "timedelta"
                | "PositiveInt"
        )
    };
    match annotation {
        Expr::Name(name) => is_inert_name(&name.id),
        Expr::Attribute(attribute) => is_inert_name(&attribute.attr),
        Expr::BinOp(op) => {
            let arm = |side: &Expr| side.is_none_literal_expr() || is_inert_annotation(side, levels);
            arm(&op.left) && arm(&op.right)
        }
        Expr::StringLiteral(text) => is_inert_name(text.value.to_str()),
        Expr::Subscript(subscript) => {
            let outer = match &*subscript.value {
                Expr::Name(name) => name.id.as_str(),
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return false,
            };
            let container = matches!(
                outer,
                "Optional"
                    | "list"
                    | "List"
                    | "Sequence"
                    | "Iterable"
                    | "Collection"
                    | "set"
                    | "Set"
                    | "tuple"
                    | "frozenset"
            );
            container && is_inert_annotation(&subscript.slice, levels)
        }
        _ => false,
    }
}

/// `/users/<int:user_id>`: the router lets only numbers in.
fn has_inert_converter(function: &ast::StmtFunctionDef, parameter: &str) -> bool {
    function.decorator_list.iter().any(|decorator| {
        let path = decorator.expression.as_call_expr().and_then(|call| call.arguments.args.first());
        let Some(Expr::StringLiteral(path)) = path else { return false };
        ["int", "float", "uuid"].iter().any(|kind| {
            let text = path.value.to_str();
            text.match_indices(kind).any(|(at, _)| {
                text.get(at + kind.len()..)
                    .and_then(|rest| rest.strip_prefix(':'))
                    .is_some_and(|rest| rest.strip_prefix(parameter).is_some_and(|rest| rest.starts_with(['>', '}'])))
            })
        })
    })
}

/// A name or attribute that is called `request`, by the convention of every web framework.
fn is_request(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => matches!(name.id.as_str(), "request" | "req" | "http_request"),
        Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "request" | "req"),
        _ => false,
    }
}

fn is_request_data(attribute: &str) -> bool {
    matches!(
        attribute,
        "args"
            | "form"
            | "values"
            | "json"
            | "get_json"
            | "data"
            | "get_data"
            | "cookies"
            | "headers"
            | "files"
            | "GET"
            | "POST"
            | "COOKIES"
            | "META"
            | "FILES"
            | "body"
            | "query_params"
            | "path_params"
            | "query"
            | "match_info"
            | "rel_url"
            | "post"
            | "params"
            | "stream"
            | "url"
            | "path"
            | "full_path"
            | "query_string"
            | "get_argument"
            | "get_arguments"
            | "get_body_argument"
            | "get_query_argument"
            | "view_args"
            | "read"
            | "text"
    )
}

fn is_inert(path: &str) -> bool {
    matches!(
        path,
        "builtins.int"
            | "builtins.float"
            | "builtins.len"
            | "builtins.bool"
            | "builtins.ord"
            | "builtins.hash"
            | "builtins.id"
            | "builtins.round"
            | "builtins.isinstance"
            | "builtins.range"
            | "builtins.hex"
            | "uuid.uuid4"
            | "uuid.uuid1"
            | "uuid.UUID"
            | "decimal.Decimal"
            | "time.time"
            | "os.getpid"
            | "datetime.datetime.now"
            | "datetime.datetime.utcnow"
            | "datetime.date.today"
            | "random.randint"
            | "secrets.token_hex"
            | "secrets.token_urlsafe"
            | "shlex.quote"
            | "pipes.quote"
            | "six.moves.shlex_quote"
            | "shlex.join"
            | "subprocess.list2cmdline"
            | "re.escape"
    )
}

/// Methods whose result has a form of its own: dates, digests, numbers.
fn is_inert_method(name: &str) -> bool {
    matches!(name, "strftime" | "isoformat" | "timestamp" | "hexdigest" | "total_seconds" | "toordinal" | "bit_length")
}

/// What hands its arguments through.
fn is_transparent(path: &str) -> bool {
    matches!(
        path,
        "builtins.str"
            | "builtins.bytes"
            | "builtins.list"
            | "builtins.tuple"
            | "builtins.sorted"
            | "builtins.set"
            | "builtins.reversed"
            | "builtins.dict"
            | "builtins.repr"
            | "builtins.format"
            | "builtins.zip"
            | "builtins.enumerate"
            | "builtins.max"
            | "builtins.min"
            | "builtins.next"
            | "builtins.iter"
            | "os.path.join"
            | "os.path.abspath"
            | "os.path.realpath"
            | "os.path.dirname"
            | "os.path.basename"
            | "os.path.expanduser"
            | "os.path.normpath"
            | "os.path.splitext"
            | "os.fspath"
            | "os.fsencode"
            | "os.fsdecode"
            | "pathlib.Path"
            | "shlex.split"
            | "textwrap.dedent"
            | "copy.copy"
            | "copy.deepcopy"
            | "itertools.chain"
            | "json.dumps"
            | "json.loads"
            | "base64.b64decode"
            | "urllib.parse.unquote"
            | "urllib.parse.unquote_plus"
            | "urllib.parse.parse_qs"
            | "urllib.parse.urlparse"
            | "urllib.parse.urlsplit"
            | "html.unescape"
            | "ast.literal_eval"
            | "urllib.parse.quote"
            | "urllib.parse.urljoin"
            | "sqlalchemy.text"
    )
}

fn is_string_method(name: &str) -> bool {
    matches!(
        name,
        "format"
            | "join"
            | "strip"
            | "lstrip"
            | "rstrip"
            | "lower"
            | "upper"
            | "replace"
            | "encode"
            | "decode"
            | "title"
            | "capitalize"
            | "split"
            | "rsplit"
            | "splitlines"
            | "partition"
            | "rpartition"
            | "zfill"
            | "ljust"
            | "rjust"
            | "center"
            | "copy"
            | "items"
            | "keys"
            | "values"
            | "removeprefix"
            | "removesuffix"
            | "as_posix"
            | "resolve"
            | "joinpath"
            | "with_suffix"
            | "format_map"
            | "casefold"
            | "translate"
    )
}

/// Origins that a path alone tells.
fn origin_of_path(path: &str) -> Option<Origin> {
    let remote = [
        "flask.request.",
        "quart.request.",
        "bottle.request.",
        "django.http.HttpRequest().",
        "fastapi.Request().",
        "starlette.requests.Request().",
        "aiohttp.web.Request().",
        "sanic.request.Request().",
    ];
    if remote.iter().any(|prefix| path.starts_with(prefix)) {
        return Some(Origin::Remote);
    }
    Some(match path {
        "sys.argv"
        | "os.environ"
        | "os.environ.get"
        | "os.getenv"
        | "builtins.input"
        | "builtins.raw_input"
        | "sys.stdin"
        | "sys.stdin.read"
        | "sys.stdin.readline"
        | "getpass.getpass"
        | "argparse.ArgumentParser().parse_args" => Origin::Local,
        "sys.executable"
        | "sys.prefix"
        | "os.sep"
        | "os.name"
        | "os.pathsep"
        | "os.linesep"
        | "sys.platform"
        | "os.curdir"
        | "os.devnull"
        | "os.getcwd"
        | "tempfile.mkdtemp"
        | "tempfile.gettempdir"
        | "tempfile.NamedTemporaryFile"
        | "tempfile.TemporaryDirectory"
        | "shutil.which"
        | "platform.system"
        | "platform.machine"
        | "sysconfig.get_path"
        | "pathlib.Path.cwd"
        | "pathlib.Path.home"
        | "importlib.resources.files" => Origin::Program,
        _ if path.starts_with("socket.socket().recv") => Origin::Remote,
        _ if path.starts_with("django.conf.settings.") || path.starts_with("signal.") => Origin::Program,
        _ => return None,
    })
}
