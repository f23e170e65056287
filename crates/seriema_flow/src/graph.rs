//! In which order functions are analysed: what is called comes before who calls it.

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, FormatPart, Function, FunctionKind, List, Pattern, Stmt};

use crate::project::{ClassId, FileId, FuncId, Project, Static};

/// Methods of one name that count as called by it.
const MAX_BY_NAME: usize = 4;

/// Entries of a table that are looked at.
const MAX_TABLE: usize = 64;

/// Functions by level: those of a level call only those of lower ones, as far as can be seen. Where functions call each
/// other in a circle, the circle is cut: first where a call is only guessed by the name of a method, then where the
/// circle closes. Whoever is cut off from what it calls is looked at again.
///
/// Bodies of modules and classes come first of all, for the names that they bind, and once more after what they call.
pub(crate) fn levels(project: &Project) -> Order {
    let count = project.funcs.len();
    let id = |number: usize| FuncId(u32::try_from(number).unwrap_or(u32::MAX));
    let edges: Vec<Edges> = (0..count).into_par_iter().map(|number| references(project, id(number))).collect();
    let is_body = |func: &u32| project.function(FuncId(*func)).kind.is_body();
    let bodies: Vec<Edges> = (0_u32..)
        .zip(&edges)
        .map(|(func, edges)| {
            let sure = if is_body(&func) { edges.bodies.clone() } else { Vec::new() };
            Edges { sure, ..Edges::default() }
        })
        .collect();
    let mut order = in_order(&bodies);
    for level in &mut order.levels {
        level.retain(|func| is_body(&func.0));
    }
    let Order { levels, circles } = in_order(&edges);
    order.levels.extend(levels);
    Order { circles, ..order }
}

/// In which order functions are looked at.
pub(crate) struct Order {
    /// By level: all of one at once.
    pub(crate) levels: Vec<Vec<FuncId>>,
    /// The circle of functions that call each other by names that lead there, by function.
    pub(crate) circles: Vec<usize>,
}

/// Nodes by level, those without edges first.
fn in_order(edges: &[Edges]) -> Order {
    let count = edges.len();
    let all: Vec<Vec<u32>> = edges.iter().map(Edges::all).collect();
    let outer = components(&all);
    let sure: Vec<Vec<u32>> = edges
        .iter()
        .enumerate()
        .map(|(at, edges)| {
            let within = |target: &&u32| outer[**target as usize] == outer[at];
            edges.sure.iter().filter(within).copied().collect()
        })
        .collect();
    let inner = components(&sure);
    let last = postorder(&sure);
    // Components are numbered callees first; so are functions when they are left in a search.
    let rank = |func: u32| (outer[func as usize], inner[func as usize], last[func as usize]);
    let mut order: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    order.sort_unstable_by_key(|func| rank(*func));
    let mut level = vec![0_usize; count];
    for func in order {
        let callees = all[func as usize].iter().filter(|callee| rank(**callee) < rank(func));
        level[func as usize] = callees.map(|callee| level[*callee as usize] + 1).max().unwrap_or(0);
    }
    let mut out: Vec<Vec<FuncId>> = vec![Vec::new(); level.iter().copied().max().map_or(0, |last| last + 1)];
    for (func, level) in (0..).zip(level) {
        out[level].push(FuncId(func));
    }
    Order { levels: out, circles: inner }
}

/// What a function refers to.
#[derive(Default)]
struct Edges {
    /// By a name that leads there.
    sure: Vec<u32>,
    /// By the name of a method alone.
    named: Vec<u32>,
    /// Bodies of modules and classes whose names it uses.
    bodies: Vec<u32>,
}

impl Edges {
    fn all(&self) -> Vec<u32> {
        self.sure.iter().chain(&self.named).chain(&self.bodies).copied().collect()
    }
}

/// When each node is left in a search along the edges. Without recursion: call chains are long.
fn postorder(edges: &[Vec<u32>]) -> Vec<u32> {
    let mut left = vec![0_u32; edges.len()];
    let mut seen = vec![false; edges.len()];
    let mut next = 0;
    let mut work: Vec<(u32, usize)> = Vec::new();
    for root in 0..u32::try_from(edges.len()).unwrap_or(u32::MAX) {
        if !std::mem::replace(&mut seen[root as usize], true) {
            work.push((root, 0));
        }
        while let Some((node, edge)) = work.last_mut() {
            match edges[*node as usize].get(*edge) {
                Some(target) => {
                    *edge += 1;
                    if !std::mem::replace(&mut seen[*target as usize], true) {
                        work.push((*target, 0));
                    }
                }
                None => {
                    left[*node as usize] = next;
                    next += 1;
                    work.pop();
                }
            }
        }
    }
    left
}

/// The functions that a function refers to.
fn references(project: &Project, func: FuncId) -> Edges {
    let scan = Scan::new(project, func);
    let mut found = Found::default();
    scan.each(&mut |expr| scan.refer(expr, &mut found));
    let Found { mut sure, mut named, mut bodies } = found;
    sure.remove(&func);
    named.remove(&func);
    named.retain(|func| !sure.contains(func));
    bodies.remove(&func);
    bodies.retain(|func| !sure.contains(func));
    let sorted = |found: FxHashSet<FuncId>| {
        let mut found: Vec<u32> = found.into_iter().map(|func| func.0).collect();
        found.sort_unstable();
        found
    };
    Edges { sure: sorted(sure), named: sorted(named), bodies: sorted(bodies) }
}

/// Calls `visit` with each function that a function refers to, where it does, and whether a name leads there: otherwise it is
/// the name of a method alone. That a function or class is defined there is no reference.
pub(crate) fn sites(project: &Project, func: FuncId, mut visit: impl FnMut(FuncId, ExprId, bool)) {
    let scan = Scan::new(project, func);
    let mut found = Found::default();
    scan.each(&mut |expr| {
        if matches!(scan.file.expr(expr), Expr::Function(_) | Expr::Class(_)) {
            return;
        }
        scan.refer(expr, &mut found);
        // That a method writes an attribute which is read here, does not make it called.
        let is_own = |object| scan.own_class.is_some() && matches!(scan.file.expr(object), Expr::Local(0));
        if matches!(scan.file.expr(expr), Expr::Attribute(object, _) if is_own(object)) {
            found.named.clear();
        }
        #[allow(clippy::iter_over_hash_type, reason = "who is told sorts")]
        for target in found.sure.drain() {
            visit(target, expr, true);
        }
        #[allow(clippy::iter_over_hash_type, reason = "who is told sorts")]
        for target in found.named.drain() {
            visit(target, expr, false);
        }
        found.bodies.clear();
    });
}

/// The functions that expressions refer to, as [`Edges`] has them.
#[derive(Default)]
struct Found {
    sure: FxHashSet<FuncId>,
    named: FxHashSet<FuncId>,
    bodies: FxHashSet<FuncId>,
}

/// A function whose expressions are gone through.
struct Scan<'p> {
    project: &'p Project,
    file_id: FileId,
    file: &'p FileIr,
    function: &'p Function,
    own_class: Option<ClassId>,
    makes_own: bool,
}

impl<'p> Scan<'p> {
    fn new(project: &'p Project, func: FuncId) -> Self {
        let (file_id, _) = project.funcs[func.0 as usize];
        let function = project.function(func);
        Self {
            project,
            file_id,
            file: project.file(file_id),
            function,
            own_class: function.class.map(|class| project.class_id(file_id, class)),
            makes_own: project.traits[func.0 as usize].class_method,
        }
    }

    /// Its expressions, decorators last.
    fn each(&self, visit: &mut impl FnMut(ExprId)) {
        walk_body(self.file, self.function.body, visit);
        for decorator in &self.function.decorators {
            walk_expr(self.file, *decorator, visit);
        }
    }

    /// What an expression refers to by itself.
    fn refer(&self, expr: ExprId, found: &mut Found) {
        let Self { project, file_id, file, function, own_class, makes_own } = *self;
        let is_function = !function.kind.is_body();
        match file.expr(expr) {
            // `cls(...)`
            Expr::Call(index)
                if makes_own && matches!(file.expr(file.calls[index as usize].callee), Expr::Local(0)) =>
            {
                if let Some(class) = own_class {
                    add(project, &Static::Class(class), &mut found.sure);
                }
            }
            // `TABLE[...]` of an object of the project.
            Expr::Index(object, _) if matches!(file.expr(object), Expr::Global(_) | Expr::Member(..)) => {
                for target in project.static_expr(file_id, object, 6) {
                    if let Static::Instance(class) = target {
                        found.sure.extend(project.method(class, symbol!("__getitem__")));
                    }
                }
            }
            Expr::Global(name) => {
                let targets = project.static_global(file_id, name, 6);
                if targets.is_empty() || !is_function {
                    let owner = project.owner(file_id, name, 6);
                    found.bodies.extend(owner.map(|(file, _)| project.func_id(file, 0)));
                    // What a table holds, whoever looks it up may call.
                    if let Some((file, name)) = owner.filter(|_| is_function) {
                        table(project, file, name, &mut found.named);
                    }
                }
                for target in targets {
                    add(project, &target, &mut found.sure);
                }
            }
            Expr::Member(module, name) => {
                let targets = project.static_member(module, name, 6);
                if (targets.is_empty() || !is_function)
                    && let Some(module) = project.module(module.as_str())
                {
                    let (file, _) = project.owner(module, name, 6).unwrap_or((module, name));
                    found.bodies.insert(project.func_id(file, 0));
                }
                for target in targets {
                    add(project, &target, &mut found.sure);
                }
            }
            Expr::Local(slot) if function.kind == FunctionKind::Module => {
                if let Some(name) = function.locals.get(slot as usize) {
                    for target in project.static_global(file_id, *name, 6) {
                        add(project, &target, &mut found.sure);
                    }
                }
            }
            Expr::Function(index) => {
                found.sure.insert(project.func_id(file_id, index));
            }
            Expr::Class(index) => {
                found.sure.insert(project.class_body(project.class_id(file_id, index)));
            }
            Expr::Attribute(object, name) => self.refer_attribute(expr, object, name, found),
            _ => {}
        }
    }

    fn refer_attribute(&self, expr: ExprId, object: ExprId, name: Symbol, found: &mut Found) {
        let Self { project, file_id, file, own_class, .. } = *self;
        let own = own_class.and_then(|class| match file.expr(object) {
            Expr::Local(0) => project.method(class, name),
            Expr::Call(_) => project.super_method(class, name),
            _ => None,
        });
        if let Some(own) = own {
            found.sure.insert(own);
            return;
        }
        // What the methods that write an attribute say of it.
        if let (Some(class), Expr::Local(0)) = (own_class, file.expr(object)) {
            let mro = &project.class(class).mro;
            if let Some(base) = mro.iter().find(|base| !project.writers(**base, name).is_empty()) {
                found.named.extend(project.writers(*base, name).iter().copied());
                return;
            }
            found.bodies.extend(mro.iter().map(|base| project.class_body(*base)));
        }
        if let Expr::Global(_) | Expr::Attribute(..) = file.expr(object) {
            for target in project.static_expr(file_id, expr, 6) {
                add(project, &target, &mut found.sure);
            }
        }
        if let Some(candidates) = project.by_name.get(&name)
            && candidates.len() <= MAX_BY_NAME
            && !is_common(name)
        {
            found.named.extend(candidates.iter().copied());
        }
    }
}

/// The functions that stand in the dictionaries and lists which a module binds to a name.
fn table(project: &Project, file_id: FileId, name: Symbol, found: &mut FxHashSet<FuncId>) {
    let file = project.file(file_id);
    for value in project.bound_to(file_id, name) {
        let (Expr::Dict(items) | Expr::Display(_, items)) = file.expr(*value) else { continue };
        for item in file.exprs_of(items).iter().take(MAX_TABLE) {
            for target in project.static_expr(file_id, *item, 4) {
                add(project, &target, found);
            }
        }
    }
}

fn add(project: &Project, target: &Static, found: &mut FxHashSet<FuncId>) {
    match target {
        Static::Func(func) => {
            found.insert(*func);
        }
        Static::Class(class) | Static::Instance(class) => {
            let init = project.method(*class, symbol!("__init__"));
            found.extend(init);
            found.extend(project.method(*class, symbol!("__call__")));
        }
        Static::Module(_) | Static::Api(_) => {}
    }
}

/// Names that so many classes have, those of Python and of its library first of all, that one of them says nothing of whose
/// method is called. Sorted.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "__add__", "__and__", "__bool__", "__call__", "__contains__", "__delitem__", "__enter__", "__eq__", "__exit__",
    "__getitem__", "__hash__", "__init__", "__iter__", "__len__", "__new__", "__next__", "__or__", "__repr__",
    "__setitem__", "__str__", "absolute", "accept", "acquire", "add", "addFilter", "addHandler", "add_done_callback",
    "all", "anchor", "append", "appendleft", "as_integer_ratio", "as_posix", "as_uri", "astimezone", "bind",
    "bit_count", "bit_length", "buffer", "build", "callHandlers", "cancel", "cancelled", "cancelling", "capitalize",
    "casefold", "center", "chmod", "clear", "close", "closed", "combine", "commit", "communicate", "conjugate",
    "connect", "connect_ex", "copy", "count", "create", "createLock", "critical", "ctime", "cursor", "cwd", "daemon",
    "date", "day", "days", "debug", "decode", "delete", "denominator", "detach", "difference", "difference_update",
    "discard", "done", "drive", "dst", "dump", "dumps", "dup", "elements", "emit", "empty", "encode", "encoding",
    "end", "endpos", "endswith", "error", "errors", "exception", "exclude", "execute", "exists", "expand",
    "expandtabs", "expanduser", "extend", "extendleft", "family", "fatal", "fetchall", "fetchone", "fileno",
    "filter", "find", "findCaller", "findall", "finditer", "first", "flags", "flush", "fold", "format", "format_map",
    "from_bytes", "fromhex", "fromisocalendar", "fromisoformat", "fromkeys", "fromordinal", "fromtimestamp", "full",
    "fullmatch", "get", "getChild", "getEffectiveLevel", "getName", "get_coro", "get_inheritable", "get_loop",
    "get_name", "get_nowait", "get_stack", "getblocking", "getbuffer", "getpeername", "getsockname", "getsockopt",
    "gettimeout", "getvalue", "glob", "group", "groupdict", "groupindex", "groups", "handle", "handleError",
    "hardlink_to", "hasHandlers", "hex", "home", "hour", "ident", "imag", "index", "info", "insert", "intersection",
    "intersection_update", "isDaemon", "isEnabledFor", "isSet", "is_absolute", "is_alive", "is_block_device",
    "is_char_device", "is_dir", "is_fifo", "is_file", "is_integer", "is_mount", "is_relative_to", "is_reserved",
    "is_set", "is_socket", "is_symlink", "isalnum", "isalpha", "isascii", "isatty", "isdecimal", "isdigit",
    "isdisjoint", "isidentifier", "islower", "isnumeric", "isocalendar", "isoformat", "isoweekday", "isprintable",
    "isspace", "issubset", "issuperset", "istitle", "isupper", "items", "iterdir", "join", "joinpath", "keys",
    "kill", "last", "lastgroup", "lastindex", "lchmod", "line_buffering", "link_to", "listen", "ljust", "load",
    "loads", "log", "lower", "lstat", "lstrip", "makeRecord", "makefile", "maketrans", "manager", "map", "match",
    "max", "maxlen", "maxsize", "microsecond", "microseconds", "min", "minute", "mkdir", "month", "most_common",
    "move_to_end", "name", "native_id", "newlines", "next", "notify", "notifyAll", "notify_all", "now", "numerator",
    "open", "order_by", "owner", "parent", "parents", "partition", "parts", "pattern", "poll", "pop", "popitem",
    "popleft", "pos", "post", "print_stack", "process", "proto", "put", "put_nowait", "qsize", "query", "re", "read",
    "read1", "read_bytes", "read_text", "readable", "readinto", "readinto1", "readline", "readlines", "readlink",
    "real", "reconfigure", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "refresh",
    "register", "regs", "relative_to", "release", "remove", "removeFilter", "removeHandler", "remove_done_callback",
    "removeprefix", "removesuffix", "rename", "render", "replace", "resolution", "resolve", "result", "reverse",
    "rfind", "rglob", "rindex", "rjust", "rmdir", "root", "rotate", "rpartition", "rsplit", "rstrip", "run",
    "running", "samefile", "save", "scanner", "search", "second", "seconds", "seek", "seekable", "select", "send",
    "send_signal", "sendall", "sendfile", "sendmsg", "sendmsg_afalg", "sendto", "set", "setDaemon", "setFormatter",
    "setLevel", "setName", "set_exception", "set_inheritable", "set_name", "set_result",
    "set_running_or_notify_cancel", "setblocking", "setdefault", "setsockopt", "settimeout", "setup", "shutdown",
    "sort", "span", "split", "splitlines", "start", "startswith", "stat", "stem", "stop", "strftime", "string",
    "strip", "strptime", "sub", "submit", "subn", "subtract", "suffix", "suffixes", "swapcase", "symlink_to",
    "symmetric_difference", "symmetric_difference_update", "task_done", "tell", "terminate", "time", "timeout",
    "timestamp", "timetuple", "timetz", "title", "to_bytes", "today", "toordinal", "total", "total_seconds", "touch",
    "translate", "truncate", "type", "tzinfo", "tzname", "uncancel", "union", "universal_newlines", "unlink",
    "update", "upper", "utcfromtimestamp", "utcnow", "utcoffset", "utctimetuple", "validate", "values", "wait",
    "wait_for", "warn", "warning", "weekday", "with_name", "with_stem", "with_suffix", "writable", "write",
    "write_bytes", "write_text", "write_through", "writelines", "year", "zfill",
];

/// Whether the name of a method says nothing of whose it is.
pub(crate) fn is_common(name: Symbol) -> bool {
    COMMON.binary_search(&name.as_str()).is_ok()
}

/// The strongly connected component of each node, callees first. Without recursion: call chains are long.
fn components(edges: &[Vec<u32>]) -> Vec<usize> {
    const UNSEEN: u32 = u32::MAX;
    let count = edges.len();
    let mut index = vec![UNSEEN; count];
    let mut low = vec![0_u32; count];
    let mut on_stack = vec![false; count];
    let mut component = vec![0_usize; count];
    let (mut next, mut found) = (0_u32, 0_usize);
    let mut stack: Vec<u32> = Vec::new();
    let mut work: Vec<(u32, usize)> = Vec::new();
    for root in 0..u32::try_from(count).unwrap_or(u32::MAX) {
        if index[root as usize] != UNSEEN {
            continue;
        }
        work.push((root, 0));
        while let Some((node, edge)) = work.pop() {
            let at = node as usize;
            if edge == 0 {
                index[at] = next;
                low[at] = next;
                next += 1;
                stack.push(node);
                on_stack[at] = true;
            }
            if let Some(target) = edges[at].get(edge) {
                work.push((node, edge + 1));
                let target_at = *target as usize;
                if index[target_at] == UNSEEN {
                    work.push((*target, 0));
                } else if on_stack[target_at] {
                    low[at] = low[at].min(index[target_at]);
                }
                continue;
            }
            if low[at] == index[at] {
                while let Some(member) = stack.pop() {
                    on_stack[member as usize] = false;
                    component[member as usize] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
            if let Some((parent, _)) = work.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[at]);
            }
        }
    }
    component
}

/// Every expression of a body, but not of functions in it.
pub(crate) fn walk_body(file: &FileIr, body: List, visit: &mut impl FnMut(ExprId)) {
    for id in file.stmts_of(body) {
        match file.stmt(*id) {
            Stmt::Expr(a) | Stmt::Delete(a) | Stmt::Assert(a) => walk_expr(file, a, visit),
            Stmt::Assign(a, b) | Stmt::Augment(a, _, b) => {
                walk_expr(file, a, visit);
                walk_expr(file, b, visit);
            }
            Stmt::Annotate(..) | Stmt::Break | Stmt::Continue | Stmt::ImportStar(_) => {}
            Stmt::If(test, a, b) | Stmt::While(test, a, b) => {
                walk_expr(file, test, visit);
                walk_body(file, a, visit);
                walk_body(file, b, visit);
            }
            Stmt::For(target, iter, body, orelse) => {
                walk_expr(file, target, visit);
                walk_expr(file, iter, visit);
                walk_body(file, body, visit);
                walk_body(file, orelse, visit);
            }
            Stmt::With(item, target, body) => {
                walk_expr(file, item, visit);
                if let Some(target) = target {
                    walk_expr(file, target, visit);
                }
                walk_body(file, body, visit);
            }
            Stmt::Return(value) | Stmt::Raise(value) => {
                if let Some(value) = value {
                    walk_expr(file, value, visit);
                }
            }
            Stmt::Try(index) => {
                let node = &file.tries[index as usize];
                walk_body(file, node.body, visit);
                for handler in &node.handlers {
                    walk_body(file, handler.body, visit);
                }
                walk_body(file, node.orelse, visit);
                walk_body(file, node.finally, visit);
            }
            Stmt::Match(index) => {
                let node = &file.matches[index as usize];
                walk_expr(file, node.subject, visit);
                for case in &node.cases {
                    walk_pattern(file, &case.pattern, visit);
                    if let Some(guard) = case.guard {
                        walk_expr(file, guard, visit);
                    }
                    walk_body(file, case.body, visit);
                }
            }
        }
    }
}

fn walk_pattern(file: &FileIr, pattern: &Pattern, visit: &mut impl FnMut(ExprId)) {
    match pattern {
        Pattern::Value(expr) => walk_expr(file, *expr, visit),
        Pattern::Or(all) | Pattern::Sequence(all) => all.iter().for_each(|one| walk_pattern(file, one, visit)),
        Pattern::Mapping(all, _) => all.iter().for_each(|(_, one)| walk_pattern(file, one, visit)),
        Pattern::Class(class, positional, keywords) => {
            walk_expr(file, *class, visit);
            positional.iter().for_each(|one| walk_pattern(file, one, visit));
            keywords.iter().for_each(|(_, one)| walk_pattern(file, one, visit));
        }
        Pattern::As(inner, _) => walk_pattern(file, inner, visit),
        Pattern::Capture(_) | Pattern::Rest(_) => {}
    }
}

/// An expression and everything in it.
pub(crate) fn walk_expr(file: &FileIr, id: ExprId, visit: &mut impl FnMut(ExprId)) {
    visit(id);
    match file.expr(id) {
        Expr::Attribute(a, _)
        | Expr::Unary(a)
        | Expr::Negate(a)
        | Expr::Not(a)
        | Expr::Await(a)
        | Expr::YieldFrom(a)
        | Expr::Star(a) => walk_expr(file, a, visit),
        Expr::Yield(Some(a)) => walk_expr(file, a, visit),
        Expr::Index(a, b) | Expr::Binary(_, a, b) | Expr::Compare(_, a, b) | Expr::Named(a, b) => {
            walk_expr(file, a, visit);
            walk_expr(file, b, visit);
        }
        Expr::Slice(a, b, c) => {
            walk_expr(file, a, visit);
            b.into_iter().chain(c).for_each(|part| walk_expr(file, part, visit));
        }
        Expr::IfElse(a, b, c) => [a, b, c].into_iter().for_each(|part| walk_expr(file, part, visit)),
        Expr::And(list) | Expr::Or(list) | Expr::Display(_, list) | Expr::Dict(list) => {
            file.exprs_of(list).iter().for_each(|part| walk_expr(file, *part, visit));
        }
        Expr::Call(index) => {
            let call = &file.calls[index as usize];
            walk_expr(file, call.callee, visit);
            call.positional.iter().for_each(|part| walk_expr(file, *part, visit));
            call.keywords.iter().for_each(|(_, part)| walk_expr(file, *part, visit));
        }
        Expr::Format(index) => {
            for part in &file.formats[index as usize] {
                if let FormatPart::Value(part, _) = part {
                    walk_expr(file, *part, visit);
                }
            }
        }
        Expr::Comprehension(_, index) => {
            let node = &file.comprehensions[index as usize];
            for clause in &node.clauses {
                walk_expr(file, clause.iter, visit);
                clause.conditions.iter().for_each(|part| walk_expr(file, *part, visit));
            }
            node.key.iter().for_each(|key| walk_expr(file, *key, visit));
            walk_expr(file, node.element, visit);
        }
        Expr::Unknown
        | Expr::Literal(_)
        | Expr::Local(_)
        | Expr::Global(_)
        | Expr::Module(_)
        | Expr::Member(..)
        | Expr::Function(_)
        | Expr::Class(_)
        | Expr::Yield(None) => {}
    }
}
