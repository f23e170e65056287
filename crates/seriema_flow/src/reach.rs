//! How far a program comes towards what is vulnerable in the packages that it uses.
//!
//! A use is any mention of a vulnerable name that is not its import: it may be called, passed on, inherited from. From a use
//! the call graph is gone backwards to where the program is entered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use seriema_finding::{Place, Reach};
use seriema_program::Symbol;
use seriema_program::ir::{Expr, ExprId, FileIr, FunctionKind, Literal, Stmt};

use crate::graph::sites;
use crate::inquiry::Inquiry;
use crate::probe::{Callee, Probe};
use crate::project::{FileId, FuncId, Project};
use crate::value::{Ref, Value};

/// What is asked of a program.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The names by which a package is imported (`yaml`, `google.protobuf`).
    pub imports: Vec<String>,
    /// Qualified names of what is vulnerable in it. `yaml.*` is everything in it, `*` whatever imports the package. Empty when
    /// nobody knows.
    pub symbols: Vec<String>,
}

/// Where packages are imported first, by what is wanted: in the program's own code before its tests.
#[must_use]
pub fn imported(files: &[FileIr], wanted: &[Wanted]) -> Vec<Option<Place>> {
    let mut by_first: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (number, wanted) in wanted.iter().enumerate() {
        for name in &wanted.imports {
            by_first.entry(first(name)).or_default().push(number);
        }
    }
    let mut found: Vec<Option<(bool, Place)>> = vec![None; wanted.len()];
    for file in files {
        let mut mentions: Vec<(u32, String)> = Vec::new();
        let is_settings = file.path.contains("settings");
        for (expr, span) in file.exprs.iter().zip(&file.spans) {
            match expr {
                Expr::Call(index) => {
                    if let Some(module) = imported_by_call(file, *index)
                        && by_first.contains_key(first(module.as_str()))
                    {
                        mentions.push((span.0, module.to_string()));
                    }
                }
                Expr::Module(module) if by_first.contains_key(first(module.as_str())) => {
                    mentions.push((span.0, module.to_string()));
                }
                Expr::Member(module, name) if by_first.contains_key(first(module.as_str())) => {
                    mentions.push((span.0, format!("{module}.{name}")));
                }
                Expr::Literal(Literal::Str(text))
                    if by_first.contains_key(first(text.as_str())) && is_module_path(text.as_str(), is_settings) =>
                {
                    mentions.push((span.0, text.to_string()));
                }
                _ => {}
            }
        }
        for (statement, start) in file.stmts.iter().zip(&file.stmt_starts) {
            if let Stmt::ImportStar(module) = statement
                && by_first.contains_key(first(module.as_str()))
            {
                mentions.push((*start, module.to_string()));
            }
        }
        mentions.sort_unstable();
        for (at, path) in mentions {
            for number in by_first.get(first(&path)).into_iter().flatten() {
                // `import google.protobuf` binds `google`.
                let is_it = |name: &String| is_within(&path, name) || is_within(name, &path);
                let is_better = found[*number].as_ref().is_none_or(|(is_test, _)| *is_test && !file.is_test);
                if is_better && wanted[*number].imports.iter().any(is_it) {
                    let text = format!("imports `{path}`");
                    found[*number] = Some((file.is_test, place(file, at, text)));
                }
            }
        }
    }
    found.into_iter().map(|found| found.map(|(_, place)| place)).collect()
}

fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or_default()
}

/// Whether a dotted path is another one or in it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What a call imports by its name, if it does.
fn imported_by_call(file: &FileIr, index: u32) -> Option<Symbol> {
    let call = &file.calls[index as usize];
    let is_import = match file.expr(call.callee) {
        Expr::Attribute(_, name) | Expr::Member(_, name) => name.as_str() == "import_module",
        Expr::Global(name) => matches!(name.as_str(), "__import__" | "import_module"),
        _ => false,
    };
    match file.expr(*call.positional.first()?) {
        Expr::Literal(Literal::Str(module)) if is_import => Some(module),
        _ => None,
    }
}

/// Whether a text is the path of a module, or of a class in one. Names of files look alike, so that elsewhere than in
/// settings it has to be long or to end in a class.
fn is_module_path(text: &str, is_settings: bool) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let is_long = text.split('.').count() > 2
        || text.rsplit_once('.').is_some_and(|(_, last)| last.starts_with(char::is_uppercase));
    text.len() < 200 && (is_settings || is_long) && text.split('.').all(is_name)
}

fn place(file: &FileIr, at: u32, text: String) -> Place {
    Place { path: Arc::clone(&file.path), line: file.line(at), text }
}

/// A vulnerable name is mentioned in a function.
#[derive(Clone, Debug)]
struct Use {
    func: FuncId,
    span: (u32, u32),
    symbol: usize,
}

/// Who refers to a function, and where.
type Callers = FxHashMap<FuncId, Vec<Reference>>;
/// A function at the other end of a reference, and where that stands.
type Reference = (FuncId, (u32, u32));

impl Inquiry {
    /// How far the program comes towards each of what is wanted.
    #[must_use]
    pub fn reach(&self, wanted: &[Wanted]) -> Vec<Reach> {
        let places = imported(&self.project.files, wanted);
        let mut symbols: Vec<&str> = Vec::new();
        let mut of: Vec<Vec<usize>> = Vec::new();
        for (wanted, place) in wanted.iter().zip(&places) {
            let asked = wanted.symbols.iter().filter(|symbol| place.is_some() && *symbol != "*");
            of.push(
                asked
                    .map(|symbol| {
                        symbols.iter().position(|known| known == symbol).unwrap_or_else(|| {
                            symbols.push(symbol);
                            symbols.len() - 1
                        })
                    })
                    .collect(),
            );
        }
        let uses = if symbols.is_empty() { Vec::new() } else { self.uses(&symbols) };
        let callers = if uses.is_empty() { Callers::default() } else { self.callers() };
        let mut paths: BTreeMap<usize, Option<Vec<Place>>> = BTreeMap::new();
        let mut out = Vec::new();
        for ((wanted, place), of) in wanted.iter().zip(places).zip(of) {
            let Some(place) = place else {
                out.push(Reach::NotImported);
                continue;
            };
            if wanted.symbols.iter().any(|symbol| symbol == "*") {
                out.push(Reach::Used { symbol: first(&wanted.imports[0]).to_owned(), steps: vec![place] });
                continue;
            }
            let used = of.iter().find_map(|symbol| {
                let path = paths.entry(*symbol).or_insert_with(|| {
                    self.path(uses.iter().filter(|used| used.symbol == *symbol), &callers, symbols[*symbol])
                });
                path.clone().map(|steps| (*symbol, steps))
            });
            out.push(match used {
                Some((symbol, steps)) => Reach::Used { symbol: symbols[symbol].to_owned(), steps },
                None if wanted.symbols.is_empty() => Reach::Imported(place),
                None => Reach::NotUsed(place),
            });
        }
        out
    }

    /// The mentions of names, in the order of functions.
    fn uses(&self, symbols: &[&str]) -> Vec<Use> {
        let project = &self.project;
        let mut wanted = Names::new(symbols);
        wanted.aliases = project.files.iter().flat_map(|file| wanted.aliases_in(file)).collect();
        let bound: Vec<FxHashSet<ExprId>> = project.files.par_iter().map(bound_names).collect();
        let candidates: Vec<bool> = project.files.par_iter().map(|file| wanted.may_be_in(file)).collect();
        let count = u32::try_from(project.funcs.len()).unwrap_or(u32::MAX);
        let mut found: Vec<Use> = (0..count)
            .into_par_iter()
            .filter(|func| candidates[project.funcs[*func as usize].0.0 as usize])
            .flat_map_iter(|func| {
                let func = FuncId(func);
                self.uses_in(func, &wanted, &bound[project.funcs[func.0 as usize].0.0 as usize])
            })
            .collect();
        for class in project.class_ids() {
            let info = project.class(class);
            let span = project.file(info.file).classes[info.index as usize].span;
            for base in &info.api_bases {
                for symbol in wanted.of(base.as_str()) {
                    found.push(Use { func: project.class_body(class), span, symbol });
                }
            }
        }
        found.sort_by_key(|used| (used.func.0, used.span, used.symbol));
        found
    }

    fn uses_in(&self, func: FuncId, wanted: &Names<'_>, bound: &FxHashSet<ExprId>) -> Vec<Use> {
        let replay = self.replay(func, Probe::of_all());
        let (file_id, _) = self.project.funcs[func.0 as usize];
        let file = self.project.file(file_id);
        let mut out: Vec<Use> = Vec::new();
        let mut add = |path: Symbol, expr: ExprId| {
            for path in [path, self.project.canonical(path)] {
                for symbol in wanted.of(path.as_str()) {
                    out.push(Use { func, span: file.span(expr), symbol });
                }
            }
        };
        #[allow(clippy::iter_over_hash_type, reason = "sorted by who asks")]
        for (expr, value) in &replay.probe.values {
            // What a name is bound to, is no use of it; nor is a mention of the module around it.
            if bound.contains(expr) || !is_mention(file, *expr) {
                continue;
            }
            for path in paths(value) {
                add(path, *expr);
            }
        }
        for (expr, callees) in &replay.probe.calls {
            for callee in callees {
                if let Callee::Library(path) = callee {
                    add(*path, *expr);
                }
            }
        }
        out
    }

    /// Who refers to each function of the program.
    fn callers(&self) -> Callers {
        let project = &self.project;
        let count = u32::try_from(project.funcs.len()).unwrap_or(u32::MAX);
        let bound: Vec<FxHashSet<ExprId>> = project.files.par_iter().map(bound_names).collect();
        let edges: Vec<(FuncId, FuncId, (u32, u32), bool)> = (0..count)
            .into_par_iter()
            .flat_map_iter(|func| {
                let func = FuncId(func);
                let (file, _) = project.funcs[func.0 as usize];
                let mut own = Vec::new();
                sites(project, func, |target, expr, is_sure| {
                    if !bound[file.0 as usize].contains(&expr) && target != func {
                        own.push((target, func, project.file(file).span(expr), is_sure));
                    }
                });
                own.extend(nested(project, file, func));
                own
            })
            .collect();
        let mut callers = Callers::default();
        let is_named_surely: FxHashSet<FuncId> =
            edges.iter().filter(|(.., is_sure)| *is_sure).map(|(target, ..)| *target).collect();
        for (target, caller, span, is_sure) in edges {
            // A method that is called by name elsewhere counts where nothing better is known.
            if is_sure || !is_named_surely.contains(&target) {
                callers.entry(target).or_default().push((caller, span));
            }
        }
        #[allow(clippy::iter_over_hash_type, reason = "each is sorted by itself")]
        for known in callers.values_mut() {
            known.sort_unstable_by_key(|(caller, span)| (caller.0, *span));
            known.dedup_by_key(|(caller, _)| *caller);
        }
        callers
    }

    /// The way from where the program is entered to one of the uses: the best entry, and the shortest way from it.
    fn path<'u>(&self, uses: impl Iterator<Item = &'u Use>, callers: &Callers, symbol: &str) -> Option<Vec<Place>> {
        let project = &self.project;
        // Of each function that is seen: who is nearer to the use, and where it calls that.
        let mut next: FxHashMap<FuncId, Option<Reference>> = FxHashMap::default();
        let mut ends: FxHashMap<FuncId, (u32, u32)> = FxHashMap::default();
        let mut work: VecDeque<(FuncId, u32)> = VecDeque::new();
        for used in uses {
            ends.entry(used.func).or_insert(used.span);
            if next.insert(used.func, None).is_none() {
                work.push_back((used.func, 0));
            }
        }
        let mut best: Option<(Entered, u32, FuncId)> = None;
        while let Some((func, distance)) = work.pop_front() {
            let known = callers.get(&func).map_or(&[][..], Vec::as_slice);
            let entered = self.entered(func, known.is_empty());
            if let Some(entered) = entered
                && best.as_ref().is_none_or(|(rank, far, _)| (entered, distance) < (*rank, *far))
            {
                best = Some((entered, distance, func));
            }
            for (caller, span) in known {
                if !next.contains_key(caller) {
                    next.insert(*caller, Some((func, *span)));
                    work.push_back((*caller, distance + 1));
                }
            }
        }
        // A circle that nobody calls is entered where it uses it.
        let (entered, start) = match best {
            Some((entered, _, func)) => (entered, func),
            None => {
                let first = ends.keys().min_by_key(|func| func.0)?;
                (Entered::Uncalled, *first)
            }
        };
        let name = |func: FuncId| {
            let function = project.function(func);
            match function.kind {
                FunctionKind::Module => {
                    let file = project.file(project.funcs[func.0 as usize].0);
                    if file.module.is_empty() { file.path.to_string() } else { file.module.clone() }
                }
                _ => function.qualified.to_string(),
            }
        };
        let file = |func: FuncId| project.file(project.funcs[func.0 as usize].0);
        let mut steps = Vec::new();
        if !project.function(start).kind.is_body() {
            let text = match entered {
                Entered::ByFramework => format!("`{}` is a way in", name(start)),
                _ => format!("`{}` may be called", name(start)),
            };
            steps.push(place(file(start), project.function(start).span.0, text));
        }
        let mut func = start;
        while let Some((callee, span)) = next.get(&func).copied().flatten() {
            steps.push(place(file(func), span.0, format!("`{}` calls `{}`", name(func), name(callee))));
            func = callee;
        }
        let span = ends.get(&func)?;
        steps.push(place(file(func), span.0, format!("`{}` uses `{symbol}`", name(func))));
        Some(steps)
    }

    /// How a function is entered, if it is.
    fn entered(&self, func: FuncId, is_uncalled: bool) -> Option<Entered> {
        let project = &self.project;
        let (file, _) = project.funcs[func.0 as usize];
        let function = project.function(func);
        if project.file(file).is_test {
            return (function.kind.is_body() || is_uncalled).then_some(Entered::ByTest);
        }
        if self.solution.entries.contains_key(&func) {
            return Some(Entered::ByFramework);
        }
        match function.kind {
            FunctionKind::Module | FunctionKind::ClassBody => Some(Entered::ByImport),
            _ => is_uncalled.then_some(Entered::Uncalled),
        }
    }
}

/// How a program is entered, what says most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entered {
    /// A framework calls it.
    ByFramework,
    /// It is the body of a module.
    ByImport,
    /// Nobody in the program calls it: others may.
    Uncalled,
    /// It is test code.
    ByTest,
}

/// A function is defined in another one, which may call it or hand it on.
fn nested(project: &Project, file: FileId, func: FuncId) -> Option<(FuncId, FuncId, (u32, u32), bool)> {
    let function = project.function(func);
    let parent = project.func_id(file, function.parent);
    let is_inner = !project.function(parent).kind.is_body() || function.kind == FunctionKind::Lambda;
    (parent != func && is_inner && !function.kind.is_body()).then_some((func, parent, function.span, true))
}

/// What is no mention of what it stands for: the values that imports bind, and names that are assigned to.
fn bound_names(file: &FileIr) -> FxHashSet<ExprId> {
    let mut out = FxHashSet::default();
    for statement in &file.stmts {
        let Stmt::Assign(target, value) = statement else { continue };
        let is_import = matches!(file.expr(*value), Expr::Module(_) | Expr::Member(..));
        if is_import && file.span(*target) == file.span(*value) {
            out.insert(*value);
        }
        if matches!(file.expr(*target), Expr::Local(_) | Expr::Global(_)) {
            out.insert(*target);
        }
    }
    out
}

/// Whether an expression names something, rather than being made of what does.
fn is_mention(file: &FileIr, expr: ExprId) -> bool {
    matches!(
        file.expr(expr),
        Expr::Local(_) | Expr::Global(_) | Expr::Module(_) | Expr::Member(..) | Expr::Attribute(..) | Expr::Call(_)
    )
}

/// What of libraries a value may be; what calls of it give, is something else.
fn paths(value: &Value) -> impl Iterator<Item = Symbol> + '_ {
    value.refs().iter().filter_map(|reference| match reference {
        Ref::Api(path) if !path.as_str().ends_with("()") => Some(*path),
        _ => None,
    })
}

/// Names that are looked for.
struct Names<'s> {
    /// By their last part.
    by_last: FxHashMap<&'s str, Vec<(usize, Vec<&'s str>)>>,
    /// Prefixes.
    prefixes: Vec<(usize, Vec<&'s str>)>,
    /// Other names that modules of the program give them.
    aliases: FxHashSet<Symbol>,
}

impl<'s> Names<'s> {
    fn new(symbols: &[&'s str]) -> Self {
        let mut by_last: FxHashMap<&str, Vec<_>> = FxHashMap::default();
        let mut prefixes = Vec::new();
        for (number, symbol) in symbols.iter().enumerate() {
            match symbol.strip_suffix(".*") {
                Some(prefix) => prefixes.push((number, prefix.split('.').collect())),
                None => {
                    let parts: Vec<&str> = symbol.split('.').collect();
                    by_last.entry(parts.last().copied().unwrap_or_default()).or_default().push((number, parts));
                }
            }
        }
        Self { by_last, prefixes, aliases: FxHashSet::default() }
    }

    /// The names that a module binds to something of one of theirs.
    fn aliases_in(&self, file: &FileIr) -> Vec<Symbol> {
        let mut out = Vec::new();
        for statement in &file.stmts {
            let Stmt::Assign(target, value) = statement else { continue };
            let is_one = match file.expr(*value) {
                Expr::Member(_, name) | Expr::Attribute(_, name) => self.by_last.contains_key(name.as_str()),
                _ => false,
            };
            match file.expr(*target) {
                Expr::Global(name) if is_one => out.push(name),
                Expr::Local(slot) if is_one => {
                    let body = file.functions.first();
                    out.extend(body.and_then(|body| body.locals.get(slot as usize)).copied());
                }
                _ => {}
            }
        }
        out
    }

    /// Whether a file mentions any of them, as far as its words say.
    fn may_be_in(&self, file: &FileIr) -> bool {
        let is_one = |name: &Symbol| self.by_last.contains_key(name.as_str()) || self.aliases.contains(name);
        file.exprs.iter().any(|expr| match expr {
            Expr::Attribute(_, name) | Expr::Global(name) | Expr::Literal(Literal::Str(name)) => is_one(name),
            Expr::Module(module) => self.is_first(module.as_str()),
            Expr::Member(module, name) => is_one(name) || self.is_first(module.as_str()),
            _ => false,
        })
    }

    fn is_first(&self, path: &str) -> bool {
        self.prefixes.iter().any(|(_, parts)| parts.first() == Some(&first(path)))
    }

    /// Which of them a path of the engine is. A class is known by its name, wherever in its library it is taken from.
    fn of(&self, path: &str) -> Vec<usize> {
        let path = path.replace("()", "");
        let parts: Vec<&str> = path.split('.').collect();
        let mut out = Vec::new();
        for (number, symbol) in parts.last().and_then(|last| self.by_last.get(last)).into_iter().flatten() {
            let (class, other) = (class_of(&parts), class_of(symbol));
            if parts == *symbol || (parts[0] == symbol[0] && class.is_some() && class == other) {
                out.push(*number);
            }
        }
        for (number, prefix) in &self.prefixes {
            let has_more = parts.len() > prefix.len();
            if has_more && parts.starts_with(prefix) {
                out.push(*number);
            }
        }
        out
    }
}

/// The part of a path from a class on.
fn class_of<'a, 's>(parts: &'a [&'s str]) -> Option<&'a [&'s str]> {
    let at = parts.iter().skip(1).position(|part| part.starts_with(char::is_uppercase))?;
    parts.get(at + 1..)
}
