//! Who binds which name where.
//!
//! One pass over the statements, before anything is looked up. Lambdas and comprehensions have no scope here: the walk
//! keeps the few names they bind on a stack of its own.

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
    /// `from module import *`: scope, module as written, level.
    stars: Vec<(&'a str, u32)>,
}

/// The module's scope.
pub(crate) const MODULE: ScopeId = ScopeId(0);

impl<'a> Scopes<'a> {
    /// Binds a file's names. `has_walrus`: whether the text holds `:=`, so that expressions need a look too.
    #[must_use]
    pub fn bind(suite: &'a [Stmt], has_walrus: bool) -> Self {
        let mut binder = Binder {
            scopes: Scopes {
                scopes: vec![Scope { kind: ScopeKind::Module, parent: None }],
                bindings: Vec::new(),
                names: FxHashMap::default(),
                attributes: FxHashMap::default(),
                attribute_values: Vec::new(),
                stars: Vec::new(),
            },
            current: MODULE,
            receiver: None,
            has_walrus,
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

    /// All bindings of a name in one scope, last first.
    pub fn bindings_of<'s>(
        &'s self,
        scope: ScopeId,
        name: &str,
    ) -> impl Iterator<Item = &'s Binding<'a>> + use<'s, 'a> {
        let mut next = self.names.get(&(scope, name)).copied();
        std::iter::from_fn(move || {
            let binding = self.binding(next?);
            next = binding.previous;
            Some(binding)
        })
    }

    /// The values assigned to `self.name` in the methods of a class.
    #[must_use]
    pub fn attribute_values(&self, class: ScopeId, name: &str) -> &[(ScopeId, &'a Expr)] {
        let index = self.attributes.get(&(class, name)).copied();
        index.and_then(|index| self.attribute_values.get(index)).map_or(&[], Vec::as_slice)
    }

    /// Modules imported with a star: as written, and the number of dots.
    #[must_use]
    pub fn stars(&self) -> &[(&'a str, u32)] {
        &self.stars
    }

    /// Every import binding with its local name, in no particular order.
    pub fn imports(&self) -> impl Iterator<Item = (&'a str, &Binding<'a>)> + '_ {
        self.names.iter().flat_map(move |((scope, name), _)| {
            self.bindings_of(*scope, name)
                .filter(|binding| matches!(binding.kind, BindingKind::Import(_) | BindingKind::ImportFrom { .. }))
                .map(move |binding| (*name, binding))
        })
    }

    /// The last binding of each name at module level, sorted by name.
    #[must_use]
    pub fn module_names(&self) -> Vec<(&'a str, &Binding<'a>)> {
        let mut names: Vec<_> = self
            .names
            .iter()
            .filter(|((scope, _), _)| *scope == MODULE)
            .map(|((_, name), id)| (*name, self.binding(*id)))
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
        self.scopes.bindings.push(Binding { kind, offset, scope: self.current, previous });
    }

    fn open(&mut self, kind: ScopeKind<'a>, index: &ast::AtomicNodeIndex) -> ScopeId {
        let id = ScopeId(u32::try_from(self.scopes.scopes.len()).unwrap_or(u32::MAX >> 3));
        index.set(NodeIndex::from(id.0));
        self.scopes.scopes.push(Scope { kind, parent: Some(self.current) });
        id
    }

    fn bind_target(&mut self, target: &'a Expr, kind: BindingKind<'a>, offset: TextSize) {
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
            _ => {}
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
