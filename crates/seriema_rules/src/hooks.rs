//! Which rule wants to see which node.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use seriema_program::ast::{self, Expr, Stmt};

use crate::checker::{Call, Checker};
use crate::registry;

type Hook<N> = for<'c, 'a> fn(&mut Checker<'c, 'a>, &'a N);
type CallHook = for<'c, 'a> fn(&mut Checker<'c, 'a>, &Call<'a>);
type KeywordHook = for<'c, 'a> fn(&mut Checker<'c, 'a>, &Call<'a>, &'a ast::Keyword);
type ReferenceHook = for<'c, 'a> fn(&mut Checker<'c, 'a>, &'a Expr, &str);
type FileHook = for<'c, 'a> fn(&mut Checker<'c, 'a>);

/// What the rules asked to see.
#[derive(Default)]
pub struct Hooks {
    pub(crate) calls: FxHashMap<&'static str, Vec<CallHook>>,
    pub(crate) keywords: FxHashMap<&'static str, Vec<KeywordHook>>,
    pub(crate) any_keyword: Vec<KeywordHook>,
    pub(crate) references: FxHashMap<&'static str, Vec<ReferenceHook>>,
    pub(crate) strings: Vec<Hook<ast::ExprStringLiteral>>,
    pub(crate) fstrings: Vec<Hook<ast::ExprFString>>,
    pub(crate) binops: Vec<Hook<ast::ExprBinOp>>,
    pub(crate) compares: Vec<Hook<ast::ExprCompare>>,
    pub(crate) dicts: Vec<Hook<ast::ExprDict>>,
    pub(crate) assigns: Vec<Hook<Stmt>>,
    pub(crate) asserts: Vec<Hook<ast::StmtAssert>>,
    pub(crate) imports: Vec<Hook<Stmt>>,
    pub(crate) functions: Vec<Hook<ast::StmtFunctionDef>>,
    pub(crate) handlers: Vec<Hook<ast::ExceptHandlerExceptHandler>>,
    pub(crate) files: Vec<FileHook>,
}

impl Hooks {
    /// Calls whose callee's last component is one of `names`: the attribute's name (`x.y.run(...)` is `run`), or for a
    /// bare name the last component of what it resolves to (`from subprocess import run as r; r(...)` is `run` too).
    pub fn on_call(&mut self, names: &[&'static str], hook: CallHook) {
        for name in names {
            self.calls.entry(name).or_default().push(hook);
        }
    }

    /// Keyword arguments of these names, in any call.
    pub fn on_keyword(&mut self, names: &[&'static str], hook: KeywordHook) {
        for name in names {
            self.keywords.entry(name).or_default().push(hook);
        }
    }

    /// Every keyword argument.
    pub fn on_any_keyword(&mut self, hook: KeywordHook) {
        self.any_keyword.push(hook);
    }

    /// Names and attributes that are read but not called, whose last component is one of `names`; the hook gets the
    /// path they resolve to. Only what resolves is passed on.
    pub fn on_reference(&mut self, names: &[&'static str], hook: ReferenceHook) {
        for name in names {
            self.references.entry(name).or_default().push(hook);
        }
    }

    /// String literals (implicitly concatenated ones as one), docstrings included.
    pub fn on_string(&mut self, hook: Hook<ast::ExprStringLiteral>) {
        self.strings.push(hook);
    }

    /// f-strings.
    pub fn on_fstring(&mut self, hook: Hook<ast::ExprFString>) {
        self.fstrings.push(hook);
    }

    /// `+` and `%`, the outermost of a chain first.
    pub fn on_binop(&mut self, hook: Hook<ast::ExprBinOp>) {
        self.binops.push(hook);
    }

    /// Comparisons.
    pub fn on_compare(&mut self, hook: Hook<ast::ExprCompare>) {
        self.compares.push(hook);
    }

    /// Dictionary displays.
    pub fn on_dict(&mut self, hook: Hook<ast::ExprDict>) {
        self.dicts.push(hook);
    }

    /// `Stmt::Assign`, `Stmt::AnnAssign` with a value, `Stmt::AugAssign`.
    pub fn on_assign(&mut self, hook: Hook<Stmt>) {
        self.assigns.push(hook);
    }

    /// `assert`
    pub fn on_assert(&mut self, hook: Hook<ast::StmtAssert>) {
        self.asserts.push(hook);
    }

    /// `Stmt::Import`, `Stmt::ImportFrom`
    pub fn on_import(&mut self, hook: Hook<Stmt>) {
        self.imports.push(hook);
    }

    /// `def` and `async def`
    pub fn on_function(&mut self, hook: Hook<ast::StmtFunctionDef>) {
        self.functions.push(hook);
    }

    /// `except`
    pub fn on_handler(&mut self, hook: Hook<ast::ExceptHandlerExceptHandler>) {
        self.handlers.push(hook);
    }

    /// Every file, once, before its nodes.
    pub fn on_file(&mut self, hook: FileHook) {
        self.files.push(hook);
    }
}

/// The hooks of all rules.
pub(crate) static HOOKS: LazyLock<Hooks> = LazyLock::new(|| {
    let mut hooks = Hooks::default();
    registry::register(&mut hooks);
    hooks
});
