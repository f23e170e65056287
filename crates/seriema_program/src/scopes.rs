//! Who binds which name where.
//!
//! One pass over the statements, before anything is looked up. Lambdas and comprehensions have no scope here: the walk
//! keeps the few names they bind on a stack of its own.

use std::cell::RefCell;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, NodeIndex, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

/// Index into [`Scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub(crate) u32);

/// Index of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BindingId(u32);

/// What opens a scope.
#[derive(Clone, Copy, Debug)]
pub enum ScopeKind<'a> {
    /// The file.
    Module,
    /// A class body.
    Class(&'a ast::StmtClassDef),
    /// A function body.
    Function(&'a ast::StmtFunctionDef),
}

/// A region in which names are bound.
#[derive(Debug)]
pub struct Scope<'a> {
    /// What opens it.
    pub kind: ScopeKind<'a>,
    /// The scope around it; none for the module.
    pub parent: Option<ScopeId>,
}

/// How a name comes by its value.
#[derive(Clone, Copy, Debug)]
pub enum BindingKind<'a> {
    /// `import a.b` binds `a` to `a`; `import a.b as c` binds `c` to `a.b`.
    Import(&'a str),
    /// `from module import member`: module as written, dots of a relative import, member.
    ImportFrom {
        /// The module as written, without leading dots.
        module: &'a str,
        /// How many leading dots.
        level: u32,
        /// The imported name.
        member: &'a str,
    },
    /// `def`
    Function(&'a ast::StmtFunctionDef),
    /// `class`
    Class(&'a ast::StmtClassDef),
    /// `name = value`, `name: T = value`, `name := value`
    Assign(&'a Expr),
    /// `name: T` without a value, or with one: the annotation.
    Annotated(&'a Expr, Option<&'a Expr>),
    /// `name += value`
    Augmented(&'a Expr),
    /// `for name in iterable`, also when the target is a tuple.
    Iteration(&'a Expr),
    /// `with value as name`
    Context(&'a Expr),
    /// `a, name = value`: one of several targets.
    Unpacked(&'a Expr),
    /// A parameter.
    Parameter(&'a ast::Parameter),
    /// `except E as name`, a `match` capture, `del name`, a type parameter.
    Other,
    /// `global name`
    Global,
    /// `nonlocal name`
    Nonlocal,
}

/// A binding of a name.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// How.
    pub kind: BindingKind<'a>,
    /// Where it takes effect.
    pub offset: TextSize,
    /// The scope whose code makes the binding: with `global`, not the scope it is made in.
    pub scope: ScopeId,
    previous: Option<BindingId>,
}

/// All scopes and bindings of a file.
#[derive(Debug)]
pub struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    bindings: Vec<Binding<'a>>,
    names: FxHashMap<(ScopeId, &'a str), BindingId>,
    /// `self.name = value` in a class's methods.
    attributes: FxHashMap<(ScopeId, &'a str), usize>,
    attribute_values: Vec<Vec<(ScopeId, &'a Expr)>>,
    /// What is put into a container after it was bound: `name.append(value)`, `name[key] = value`.
    mutations: FxHashMap<(ScopeId, &'a str), usize>,
    mutation_values: Vec<Vec<(ScopeId, &'a Expr)>>,
    /// `from module import *`: module as written, level.
    stars: Vec<(&'a str, u32)>,
    /// Each name of the module's scope once, in the order of its first binding.
    module_names: Vec<&'a str>,
    /// Chains of bindings that are too long to be followed link by link, made when asked for; by their last.
    long: RefCell<FxHashMap<u32, Vec<(TextSize, BindingId)>>>,
}

/// Bindings of one name that are looked at one by one.
const MAX_BINDINGS: usize = 64;

/// Bytes of source for each binding, about: what the tables are made for to begin with.
const BYTES_PER_BINDING: usize = 96;

/// The module's scope.
pub(crate) const MODULE: ScopeId = ScopeId(0);

impl<'a> Scopes<'a> {
    /// Binds a file's names. `text` is the source of `suite`; where it holds `:=`, expressions are looked at too.
    #[must_use]
    pub fn bind(suite: &'a [Stmt], text: &str) -> Self {
        let expected = text.len() / BYTES_PER_BINDING;
        let mut binder = Binder {
            scopes: Scopes {
                scopes: vec![Scope { kind: ScopeKind::Module, parent: None }],
                bindings: Vec::with_capacity(expected),
                names: FxHashMap::with_capacity_and_hasher(expected, rustc_hash::FxBuildHasher),
                attributes: FxHashMap::default(),
                attribute_values: Vec::new(),
                mutations: FxHashMap::default(),
                mutation_values: Vec::new(),
                stars: Vec::new(),
                module_names: Vec::new(),
                long: RefCell::default(),
            },
            current: MODULE,
            receiver: None,
            has_walrus: memchr::memmem::find(text.as_bytes(), b":=").is_some(),
            depth: 0,
        };
        binder.visit_body(suite);
        binder.scopes
    }

    /// A scope.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope<'a> {
        // Ids are only made by `bind`, and scopes are never removed.
        &self.scopes[id.0 as usize]
    }

    pub(crate) fn binding(&self, id: BindingId) -> &Binding<'a> {
        &self.bindings[id.0 as usize]
    }

    /// The scope that a function or class opened.
    pub(crate) fn scope_of(&self, index: &ast::AtomicNodeIndex) -> ScopeId {
        ScopeId(index.load().as_u32().filter(|id| (*id as usize) < self.scopes.len()).unwrap_or(0))
    }

    /// The bindings of a name in one scope, last first: of a name bound more than `MAX_BINDINGS` times, the last so
    /// many.
    pub fn bindings_of<'s>(
        &'s self,
        scope: ScopeId,
        name: &str,
    ) -> impl Iterator<Item = &'s Binding<'a>> + use<'s, 'a> {
        self.chain(self.names.get(&(scope, name)).copied()).take(MAX_BINDINGS)
    }

    fn chain(&self, mut next: Option<BindingId>) -> impl Iterator<Item = &Binding<'a>> {
        std::iter::from_fn(move || {
            let binding = self.binding(next?);
            next = binding.previous;
            Some(binding)
        })
    }

    /// The bindings of a name in one scope from the last before `at` on, last first and at most [`MAX_BINDINGS`]. With
    /// it the very first, where it has been met and all stand behind `at`. None when the name is not bound there.
    pub(crate) fn bindings_at(
        &self,
        scope: ScopeId,
        name: &str,
        at: Option<TextSize>,
    ) -> Option<(impl Iterator<Item = &Binding<'a>>, Option<&Binding<'a>>)> {
        let last = *self.names.get(&(scope, name))?;
        let mut from = Some(last);
        let mut earliest = None;
        if let Some(at) = at {
            let mut passed = 0;
            while let Some(id) = from
                && passed < MAX_BINDINGS
                && self.binding(id).offset > at
            {
                earliest = Some(id);
                from = self.binding(id).previous;
                passed += 1;
            }
            if passed == MAX_BINDINGS && from.is_some() {
                (from, earliest) = self.search(last, at);
            }
        }
        let earliest = earliest.map(|id| self.binding(id));
        Some((self.chain(from).take(MAX_BINDINGS), earliest))
    }

    /// The last binding of a long chain before `at`, and its first one.
    fn search(&self, last: BindingId, at: TextSize) -> (Option<BindingId>, Option<BindingId>) {
        let mut long = self.long.borrow_mut();
        let chain = long.entry(last.0).or_insert_with(|| {
            let ids = std::iter::successors(Some(last), |id| self.binding(*id).previous);
            // Bindings are met in the order of the text, but for those inside of others. The least offset of all that
            // follow grows throughout, and equals a binding's own where that is the last before something.
            let mut least = TextSize::from(u32::MAX);
            let mut chain: Vec<(TextSize, BindingId)> = ids
                .map(|id| {
                    least = least.min(self.binding(id).offset);
                    (least, id)
                })
                .collect();
            chain.reverse();
            chain
        });
        let before = chain.partition_point(|(least, _)| *least <= at);
        let found = before.checked_sub(1).and_then(|index| chain.get(index)).map(|(_, id)| *id);
        (found, chain.first().map(|(_, id)| *id))
    }

    /// The values assigned to `self.name` in the methods of a class.
    #[must_use]
    pub fn attribute_values(&self, class: ScopeId, name: &str) -> &[(ScopeId, &'a Expr)] {
        let index = self.attributes.get(&(class, name)).copied();
        index.and_then(|index| self.attribute_values.get(index)).map_or(&[], Vec::as_slice)
    }

    /// What the code of a scope puts into the container that a name is bound to, after binding it: the arguments of
    /// `name.append(value)` and its like, the values of `name[key] = value`.
    #[must_use]
    pub fn mutations(&self, scope: ScopeId, name: &str) -> &[(ScopeId, &'a Expr)] {
        let index = self.mutations.get(&(scope, name)).copied();
        index.and_then(|index| self.mutation_values.get(index)).map_or(&[], Vec::as_slice)
    }

    /// Modules imported with a star: as written, and the number of dots.
    #[must_use]
    pub fn stars(&self) -> &[(&'a str, u32)] {
        &self.stars
    }

    /// Every import binding with its local name, in no particular order.
    pub fn imports(&self) -> impl Iterator<Item = (&'a str, &Binding<'a>)> + '_ {
        self.names.iter().flat_map(move |((_, name), last)| {
            self.chain(Some(*last))
                .filter(|binding| matches!(binding.kind, BindingKind::Import(_) | BindingKind::ImportFrom { .. }))
                .map(move |binding| (*name, binding))
        })
    }

    /// The last binding of each name at module level, sorted by name.
    #[must_use]
    pub fn module_names(&self) -> Vec<(&'a str, &Binding<'a>)> {
        let mut names: Vec<_> = self
            .module_names
            .iter()
            .filter_map(|name| Some((*name, self.binding(*self.names.get(&(MODULE, *name))?))))
            .collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        names
    }
}

struct Binder<'a> {
    scopes: Scopes<'a>,
    current: ScopeId,
    /// Name of the current method's first parameter, and its class.
    receiver: Option<(&'a str, ScopeId)>,
    has_walrus: bool,
    depth: u32,
}

impl<'a> Binder<'a> {
    fn bind(&mut self, name: &'a str, kind: BindingKind<'a>, offset: TextSize) {
        let mut target = self.current;
        if target != MODULE
            && let Some(last) = self.scopes.names.get(&(target, name))
        {
            match self.scopes.binding(*last).kind {
                BindingKind::Global => target = MODULE,
                BindingKind::Nonlocal => target = self.scopes.scope(target).parent.unwrap_or(MODULE),
                _ => {}
            }
        }
        let id = BindingId(u32::try_from(self.scopes.bindings.len()).unwrap_or(u32::MAX - 1));
        let previous = self.scopes.names.insert((target, name), id);
        if target == MODULE && previous.is_none() {
            self.scopes.module_names.push(name);
        }
        self.scopes.bindings.push(Binding { kind, offset, scope: self.current, previous });
    }

    fn open(&mut self, kind: ScopeKind<'a>, index: &ast::AtomicNodeIndex) -> ScopeId {
        let id = ScopeId(u32::try_from(self.scopes.scopes.len()).unwrap_or(u32::MAX >> 3));
        index.set(NodeIndex::from(id.0));
        self.scopes.scopes.push(Scope { kind, parent: Some(self.current) });
        id
    }

    fn bind_target(&mut self, target: &'a Expr, kind: BindingKind<'a>, offset: TextSize) {
        if self.depth >= crate::MAX_NESTING {
            return;
        }
        self.depth += 1;
        match target {
            Expr::Name(name) => self.bind(&name.id, kind, offset),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                let inner = match kind {
                    BindingKind::Assign(value) => BindingKind::Unpacked(value),
                    other => other,
                };
                // `a, b = 1, 2` binds each name to its own value.
                let values = match kind {
                    BindingKind::Assign(Expr::Tuple(tuple)) if tuple.elts.len() == elts.len() => Some(&tuple.elts),
                    BindingKind::Assign(Expr::List(list)) if list.elts.len() == elts.len() => Some(&list.elts),
                    _ => None,
                };
                let starred = elts.iter().any(Expr::is_starred_expr);
                for (i, element) in elts.iter().enumerate() {
                    let kind = match values {
                        Some(values) if !starred && !values[i].is_starred_expr() => BindingKind::Assign(&values[i]),
                        _ => inner,
                    };
                    self.bind_target(element, kind, offset);
                }
            }
            Expr::Starred(starred) => {
                let kind = match kind {
                    BindingKind::Assign(value) => BindingKind::Unpacked(value),
                    other => other,
                };
                self.bind_target(&starred.value, kind, offset);
            }
            Expr::Attribute(attribute) => {
                if let (BindingKind::Assign(value), Expr::Name(base), Some((receiver, class))) =
                    (kind, &*attribute.value, self.receiver)
                    && base.id == receiver
                {
                    let values = &mut self.scopes.attribute_values;
                    let index = *self.scopes.attributes.entry((class, &attribute.attr)).or_insert(values.len());
                    if index == values.len() {
                        values.push(Vec::new());
                    }
                    values[index].push((self.current, value));
                }
            }
            Expr::Subscript(subscript) => {
                if let (BindingKind::Assign(value), Expr::Name(base)) = (kind, &*subscript.value) {
                    self.mutate(&base.id, value);
                }
            }
            _ => {}
        }
        self.depth -= 1;
    }

    fn mutate(&mut self, name: &'a str, value: &'a Expr) {
        let values = &mut self.scopes.mutation_values;
        let index = *self.scopes.mutations.entry((self.current, name)).or_insert(values.len());
        if index == values.len() {
            values.push(Vec::new());
        }
        values[index].push((self.current, value));
    }

    /// `name.append(value)` as a statement.
    fn mutating_call(&mut self, call: &'a ast::ExprCall) {
        let Expr::Attribute(method) = &*call.func else { return };
        let Expr::Name(base) = &*method.value else { return };
        if matches!(
            method.attr.as_str(),
            "append" | "extend" | "insert" | "add" | "update" | "appendleft" | "setdefault"
        ) {
            for value in call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value))
            {
                self.mutate(&base.id, value);
            }
        }
    }

    fn function(&mut self, function: &'a ast::StmtFunctionDef) {
        self.bind(&function.name, BindingKind::Function(function), function.range.start());
        if self.has_walrus {
            function.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
            self.visit_parameters(&function.parameters);
        }
        let id = self.open(ScopeKind::Function(function), &function.node_index);
        let outer = (self.current, self.receiver);
        if let ScopeKind::Class(_) = self.scopes.scope(self.current).kind {
            let first = function.parameters.iter().next();
            self.receiver = first.map(|parameter| (parameter.name().as_str(), self.current));
        }
        self.current = id;
        for parameter in &*function.parameters {
            let parameter = parameter.as_parameter();
            self.bind(&parameter.name, BindingKind::Parameter(parameter), parameter.range().start());
        }
        self.visit_body(&function.body);
        (self.current, self.receiver) = outer;
    }

    fn class(&mut self, class: &'a ast::StmtClassDef) {
        self.bind(&class.name, BindingKind::Class(class), class.range.start());
        let id = self.open(ScopeKind::Class(class), &class.node_index);
        let outer = (self.current, self.receiver.take());
        self.current = id;
        self.visit_body(&class.body);
        (self.current, self.receiver) = outer;
    }
}

impl<'a> Visitor<'a> for Binder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.depth >= crate::MAX_NESTING {
            return;
        }
        self.depth += 1;
        match stmt {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Import(import) => {
                for alias in &import.names {
                    match &alias.asname {
                        Some(asname) => self.bind(asname, BindingKind::Import(&alias.name), alias.range.start()),
                        None => {
                            let first = alias.name.split('.').next().unwrap_or_default();
                            self.bind(first, BindingKind::Import(first), alias.range.start());
                        }
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.scopes.stars.push((module, import.level));
                        continue;
                    }
                    let kind = BindingKind::ImportFrom { module, level: import.level, member: &alias.name };
                    let local = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.bind(local, kind, alias.range.start());
                }
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.bind_target(target, BindingKind::Assign(&assign.value), assign.range.end());
                }
            }
            Stmt::AnnAssign(assign) => {
                let value = assign.value.as_deref();
                match (&*assign.target, value) {
                    (Expr::Attribute(_), Some(value)) => {
                        self.bind_target(&assign.target, BindingKind::Assign(value), assign.range.end());
                    }
                    (target, _) => {
                        let kind = BindingKind::Annotated(&assign.annotation, value);
                        self.bind_target(target, kind, assign.range.end());
                    }
                }
            }
            Stmt::AugAssign(assign) => {
                self.bind_target(&assign.target, BindingKind::Augmented(&assign.value), assign.range.end());
            }
            Stmt::For(statement) => {
                let start = statement.iter.end();
                self.bind_target(&statement.target, BindingKind::Iteration(&statement.iter), start);
            }
            Stmt::With(statement) => {
                for item in &statement.items {
                    if let Some(target) = &item.optional_vars {
                        self.bind_target(target, BindingKind::Context(&item.context_expr), target.end());
                    }
                }
            }
            Stmt::Delete(statement) => {
                for target in &statement.targets {
                    self.bind_target(target, BindingKind::Other, statement.range.end());
                }
            }
            Stmt::Global(statement) => {
                for name in &statement.names {
                    self.bind(name, BindingKind::Global, statement.range.start());
                }
            }
            Stmt::Nonlocal(statement) => {
                for name in &statement.names {
                    self.bind(name, BindingKind::Nonlocal, statement.range.start());
                }
            }
            Stmt::Expr(statement) => {
                if let Expr::Call(call) = &*statement.value {
                    self.mutating_call(call);
                }
            }
            Stmt::TypeAlias(statement) => self.bind_target(&statement.name, BindingKind::Other, statement.range.end()),
            _ => {}
        }
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            visitor::walk_stmt(self, stmt);
        }
        self.depth -= 1;
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name, BindingKind::Other, name.range.start());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        if self.depth >= crate::MAX_NESTING {
            return;
        }
        self.depth += 1;
        let name = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, BindingKind::Other, name.range.start());
        }
        visitor::walk_pattern(self, pattern);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if !self.has_walrus || self.depth >= crate::MAX_NESTING {
            return;
        }
        self.depth += 1;
        if let Expr::Named(named) = expr
            && let Expr::Name(name) = &*named.target
        {
            self.bind(&name.id, BindingKind::Assign(&named.value), named.range.start());
        }
        visitor::walk_expr(self, expr);
        self.depth -= 1;
    }
}
