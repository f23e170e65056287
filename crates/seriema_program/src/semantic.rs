//! What an expression means where it stands.

use std::cell::{OnceCell, RefCell};

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

use crate::effort::Effort;
use crate::exports::{LinkTable, ModuleIndex, Want, Wanted};
use crate::imported::Imported;
use crate::resolve::QualifiedName;
use crate::scopes::{MODULE, ScopeId, ScopeKind, Scopes};
use crate::shadows::Shadows;
use crate::{Binding, BindingKind, ParsedFile};

/// Longest dotted name of a scope, in bytes: each finding repeats it.
const MAX_QUALIFIED: usize = 1_000;

/// What is known of a file apart from its text.
#[derive(Clone, Copy)]
pub struct FileContext<'a> {
    /// Path relative to the project's root.
    pub path: &'a str,
    /// Dotted module name, where the file can be imported.
    pub module: Option<&'a str>,
    /// Whether it is an `__init__.py`.
    pub is_package: bool,
    /// Whether it is test code.
    pub is_test: bool,
    /// Whether it is a stub.
    pub is_stub: bool,
    /// The project's modules.
    pub modules: &'a ModuleIndex,
    /// What imported project names stand for, once every file has been read.
    pub links: Option<&'a LinkTable>,
}

/// An ancestor of the node that is being visited.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// A statement.
    Stmt(&'a Stmt),
    /// An expression.
    Expr(&'a Expr),
    /// A keyword argument.
    Keyword(&'a ast::Keyword),
    /// An exception handler.
    Handler(&'a ast::ExceptHandlerExceptHandler),
}

/// The meaning of names and values at the current point of a walk.
pub struct Semantic<'a> {
    /// The file.
    pub context: FileContext<'a>,
    /// Its tree and text.
    pub file: &'a ParsedFile,
    /// Its bindings.
    pub scopes: Scopes<'a>,
    pub(crate) current: ScopeId,
    pub(crate) ancestors: Vec<Node<'a>>,
    /// Names that lambdas and comprehensions around the current node bind, with what they iterate over.
    pub(crate) shadows: Shadows<'a>,
    imported: OnceCell<Imported>,
    pub(crate) effort: Effort,
    /// Project names that were asked for and may be known once all files are linked.
    wanted: RefCell<FxHashMap<QualifiedName, Want>>,
}

impl<'a> Semantic<'a> {
    /// Binds a file's names.
    #[must_use]
    pub fn new(context: FileContext<'a>, file: &'a ParsedFile) -> Self {
        Self {
            context,
            file,
            scopes: Scopes::bind(file.suite(), file.text()),
            current: MODULE,
            ancestors: Vec::with_capacity(64),
            shadows: Shadows::default(),
            imported: OnceCell::new(),
            effort: Effort::new(file.text().len()),
            wanted: RefCell::default(),
        }
    }

    /// The scope of the current node.
    #[must_use]
    pub fn current_scope(&self) -> ScopeId {
        self.current
    }

    /// The nodes around the current one, innermost first.
    pub fn ancestors(&self) -> impl Iterator<Item = Node<'a>> + '_ {
        self.ancestors.iter().rev().copied()
    }

    /// The node right around the current one.
    #[must_use]
    pub fn parent(&self) -> Option<Node<'a>> {
        self.ancestors.last().copied()
    }

    /// The statement that the current node is part of, or is.
    #[must_use]
    pub fn statement(&self) -> Option<&'a Stmt> {
        self.ancestors().find_map(|node| if let Node::Stmt(stmt) = node { Some(stmt) } else { None })
    }

    /// The innermost function around the current node.
    #[must_use]
    pub fn enclosing_function(&self) -> Option<&'a ast::StmtFunctionDef> {
        self.scope_chain(self.current).find_map(|id| match self.scopes.scope(id).kind {
            ScopeKind::Function(function) => Some(function),
            _ => None,
        })
    }

    /// The innermost class around the current node, through functions.
    #[must_use]
    pub fn enclosing_class(&self) -> Option<ScopeId> {
        self.class_around(self.current)
    }

    pub(crate) fn class_around(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scope_chain(scope).find(|id| matches!(self.scopes.scope(*id).kind, ScopeKind::Class(_)))
    }

    pub(crate) fn scope_chain(&self, from: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(from), |id| self.scopes.scope(*id).parent)
    }

    /// Dotted name of the enclosing functions and classes (`Views.index`); none at module level. Of very long ones the
    /// inner part.
    #[must_use]
    pub fn qualified_scope(&self) -> Option<String> {
        let mut room = MAX_QUALIFIED;
        let mut names: Vec<&str> = self
            .scope_chain(self.current)
            .filter_map(|id| match self.scopes.scope(id).kind {
                ScopeKind::Module => None,
                ScopeKind::Class(class) => Some(class.name.as_str()),
                ScopeKind::Function(function) => Some(function.name.as_str()),
            })
            .map_while(|name| {
                room = room.checked_sub(name.len() + 1)?;
                Some(name)
            })
            .collect();
        names.reverse();
        (!names.is_empty()).then(|| names.join("."))
    }

    /// Whether the current node stands below `if TYPE_CHECKING:`.
    #[must_use]
    pub fn in_type_checking(&self) -> bool {
        self.ancestors().any(|node| match node {
            Node::Stmt(Stmt::If(statement)) => match &*statement.test {
                Expr::Name(name) => name.id == "TYPE_CHECKING",
                Expr::Attribute(attribute) => &attribute.attr == "TYPE_CHECKING",
                _ => false,
            },
            _ => false,
        })
    }

    /// The binding that a name refers to at the current node.
    #[must_use]
    pub fn binding(&self, name: &str, at: TextSize) -> Option<&Binding<'a>> {
        if self.shadows.get(name).is_some() {
            return None;
        }
        self.lookup(self.current, name, at).map(|(binding, _)| binding)
    }

    /// [`Self::binding`] for a name that stands in another scope.
    #[must_use]
    pub fn binding_in(&self, scope: ScopeId, name: &str, at: TextSize) -> Option<(&Binding<'a>, ScopeId)> {
        if scope == self.current && self.shadows.get(name).is_some() {
            return None;
        }
        self.lookup(scope, name, at)
    }

    /// What a name that a lambda or comprehension binds iterates over; the outer option says whether one binds it.
    pub(crate) fn shadow(&self, name: &str) -> Option<Option<&'a Expr>> {
        self.shadows.get(name)
    }

    /// The binding of `name` seen from `scope` at `at`, with the scope that holds it.
    pub(crate) fn lookup(&self, scope: ScopeId, name: &str, at: TextSize) -> Option<(&Binding<'a>, ScopeId)> {
        let mut first = true;
        let mut chain = self.scope_chain(scope);
        let mut next = chain.next();
        while let Some(id) = next {
            let skip = !first && matches!(self.scopes.scope(id).kind, ScopeKind::Class(_));
            if !skip && let Some(binding) = self.pick(id, name, first.then_some(at)) {
                if matches!(binding.kind, BindingKind::Global) {
                    return self.pick(MODULE, name, None).map(|binding| (binding, MODULE));
                }
                if !matches!(binding.kind, BindingKind::Nonlocal) {
                    return Some((binding, id));
                }
            }
            first = false;
            next = chain.next();
        }
        None
    }

    /// The binding in force: in the scope that is running, the last before `at`; from an inner scope, the last of all.
    /// An import is preferred to the `None` that stands in for it when it fails.
    fn pick(&self, scope: ScopeId, name: &str, at: Option<TextSize>) -> Option<&Binding<'a>> {
        let (bindings, earliest) = self.scopes.bindings_at(scope, name, at)?;
        let mut chosen = None;
        for binding in bindings {
            if at.is_some_and(|at| binding.offset > at) {
                continue;
            }
            let stand_in = match binding.kind {
                BindingKind::Assign(value) => value.is_none_literal_expr() || value.is_boolean_literal_expr(),
                BindingKind::Other => true,
                _ => false,
            };
            match (chosen, stand_in) {
                (None, false) => return Some(binding),
                (None, true) => chosen = Some(binding),
                (Some(_), _) if matches!(binding.kind, BindingKind::Import(_) | BindingKind::ImportFrom { .. }) => {
                    return Some(binding);
                }
                _ => {}
            }
        }
        chosen.or(earliest)
    }

    /// Remembers that a project name was asked for whose meaning lies in another file.
    pub(crate) fn want(&self, dotted: &str, want: Want) {
        let mut wanted = self.wanted.borrow_mut();
        match wanted.get_mut(dotted) {
            Some(known) => *known = want.max(*known),
            None => drop(wanted.insert(dotted.into(), want)),
        }
    }

    /// The project names that were asked for, sorted.
    #[must_use]
    pub fn into_wanted(self) -> Wanted {
        let mut wanted: Vec<_> = self.wanted.into_inner().into_iter().collect();
        wanted.sort_unstable();
        wanted
    }

    /// Whether a module is imported anywhere in the file, itself or something below it.
    #[must_use]
    pub fn imports_module(&self, module: &str) -> bool {
        self.imported.get_or_init(|| Imported::new(&self.scopes)).holds(module)
    }

    /// Whether so many bytes of source may be looked through once more: for what is asked of nodes within each other,
    /// each with all of its text. The answer is no only in files that take unreasonably long.
    #[must_use]
    pub fn affords(&self, bytes: usize) -> bool {
        self.effort.spend_on_text(bytes).is_some()
    }

    /// Whether so many bytes of source may be searched as a tree once more, for one of many nodes that ask for it. As
    /// with [`Self::affords`], nearly always.
    #[must_use]
    pub fn affords_search(&self, bytes: usize) -> bool {
        self.effort.spend_on_nodes(bytes).is_some()
    }

    /// Whether following names and values was given up somewhere, because this file takes unreasonably long.
    #[must_use]
    pub fn gave_up(&self) -> bool {
        self.effort.is_spent()
    }

    /// Whether the text of the file has a piece more than twice.
    #[must_use]
    pub fn repeats(&self, piece: &str) -> bool {
        memchr::memmem::find_iter(self.file.text().as_bytes(), piece).nth(2).is_some()
    }

    /// The source text of a node.
    #[must_use]
    pub fn text(&self, node: impl Ranged) -> &'a str {
        self.file.slice(node)
    }
}
