//! One walk over a file for all rules.

use rustc_hash::FxHashSet;
use seriema_program::ast::{self, Expr, Operator, Stmt};
use seriema_program::text_size::TextSize;
use seriema_program::{BindingKind, Inspect, Node, Semantic, walk};

use crate::checker::{Call, Checker, RawFinding};
use crate::hooks::{HOOKS, Hooks};

/// What the rules found in a file.
#[derive(Debug, Default)]
pub struct Checked {
    /// Findings in the order of their position.
    pub findings: Vec<RawFinding>,
    /// Where nesting became too deep to go on.
    pub too_deep: Option<TextSize>,
}

/// Runs all rules over a file.
#[must_use]
pub fn check_file(semantic: &mut Semantic<'_>) -> Checked {
    let hooks = &*HOOKS;
    let mut inspector = Inspector { hooks, findings: Vec::new(), names: names_of_interest(semantic, hooks) };
    for hook in &hooks.files {
        hook(&mut Checker { semantic, findings: &mut inspector.findings });
    }
    let too_deep = walk(semantic, &mut inspector);
    let mut findings = inspector.findings;
    findings.sort_by(|a, b| {
        let key = |f: &RawFinding| (f.range.start(), f.range.end(), f.rule.slug, f.codes);
        key(a).cmp(&key(b))
    });
    Checked { findings, too_deep }
}

/// Local names that may refer to something a rule wants to see references of.
fn names_of_interest<'a>(semantic: &Semantic<'a>, hooks: &Hooks) -> FxHashSet<&'a str> {
    let mut names = FxHashSet::default();
    if hooks.references.is_empty() {
        return names;
    }
    for (local, binding) in semantic.scopes.imports() {
        if let BindingKind::ImportFrom { member, .. } = binding.kind
            && hooks.references.contains_key(member)
        {
            names.insert(local);
        }
    }
    names
}

struct Inspector<'a> {
    hooks: &'static Hooks,
    findings: Vec<RawFinding>,
    names: FxHashSet<&'a str>,
}

impl<'a> Inspector<'a> {
    fn call(&mut self, semantic: &Semantic<'a>, node: &'a ast::ExprCall) {
        let mut path = None;
        let hooks = match &*node.func {
            Expr::Attribute(attribute) => self.hooks.calls.get(attribute.attr.as_str()),
            Expr::Name(name) => {
                path = semantic.qualified(&node.func);
                let last = path.as_deref().map_or(name.id.as_str(), last_component);
                self.hooks.calls.get(last)
            }
            _ => None,
        };
        let wants_keyword = |keyword: &ast::Keyword| {
            keyword.arg.as_ref().is_some_and(|name| self.hooks.keywords.contains_key(name.as_str()))
        };
        let keywords = !node.arguments.keywords.is_empty()
            && (!self.hooks.any_keyword.is_empty() || node.arguments.keywords.iter().any(wants_keyword));
        if hooks.is_none() && !keywords {
            return;
        }
        let named = node.arguments.keywords.iter().any(wants_keyword);
        if path.is_none() && (hooks.is_some() || named) {
            path = semantic.qualified(&node.func);
        }
        let call = Call { node, path };
        let mut checker = Checker { semantic, findings: &mut self.findings };
        for hook in hooks.into_iter().flatten() {
            hook(&mut checker, &call);
        }
        if !keywords {
            return;
        }
        for keyword in &node.arguments.keywords {
            let Some(name) = &keyword.arg else { continue };
            for hook in self.hooks.keywords.get(name.as_str()).into_iter().flatten() {
                hook(&mut checker, &call, keyword);
            }
            for hook in &self.hooks.any_keyword {
                hook(&mut checker, &call, keyword);
            }
        }
    }

    fn reference(&mut self, semantic: &Semantic<'a>, expr: &'a Expr, name: &str) {
        let Some(hooks) = self.hooks.references.get(name) else { return };
        // The callee of a call, and the inner part of a longer path, are no references of their own.
        let is_part = match semantic.parent() {
            Some(Node::Expr(Expr::Call(call))) => std::ptr::eq(&raw const *call.func, expr),
            Some(Node::Expr(Expr::Attribute(_))) => true,
            _ => false,
        };
        if is_part {
            return;
        }
        let Some(path) = semantic.qualified(expr) else { return };
        let mut checker = Checker { semantic, findings: &mut self.findings };
        for hook in hooks {
            hook(&mut checker, expr, &path);
        }
    }
}

fn last_component(path: &str) -> &str {
    let path = path.trim_end_matches("()");
    path.rsplit('.').next().unwrap_or(path)
}

impl<'a> Inspect<'a> for Inspector<'a> {
    fn statement(&mut self, semantic: &Semantic<'a>, statement: &'a Stmt) {
        let mut checker = Checker { semantic, findings: &mut self.findings };
        match statement {
            Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::AugAssign(_) => {
                for hook in &self.hooks.assigns {
                    hook(&mut checker, statement);
                }
            }
            Stmt::Assert(node) => {
                for hook in &self.hooks.asserts {
                    hook(&mut checker, node);
                }
            }
            Stmt::Import(_) | Stmt::ImportFrom(_) => {
                for hook in &self.hooks.imports {
                    hook(&mut checker, statement);
                }
            }
            Stmt::FunctionDef(node) => {
                for hook in &self.hooks.functions {
                    hook(&mut checker, node);
                }
            }
            _ => {}
        }
    }

    fn expression(&mut self, semantic: &Semantic<'a>, expression: &'a Expr) {
        match expression {
            Expr::Call(node) => self.call(semantic, node),
            Expr::Attribute(node) if node.ctx.is_load() => self.reference(semantic, expression, &node.attr),
            Expr::Name(node) if node.ctx.is_load() => {
                let member = semantic.binding(&node.id, node.range.start()).map(|binding| binding.kind);
                let name = match member {
                    Some(BindingKind::ImportFrom { member, .. }) => member,
                    _ => node.id.as_str(),
                };
                self.reference(semantic, expression, name);
            }
            Expr::StringLiteral(node) => {
                let mut checker = Checker { semantic, findings: &mut self.findings };
                for hook in &self.hooks.strings {
                    hook(&mut checker, node);
                }
            }
            Expr::FString(node) => {
                let mut checker = Checker { semantic, findings: &mut self.findings };
                for hook in &self.hooks.fstrings {
                    hook(&mut checker, node);
                }
            }
            Expr::BinOp(node) if matches!(node.op, Operator::Add | Operator::Mod) => {
                let mut checker = Checker { semantic, findings: &mut self.findings };
                for hook in &self.hooks.binops {
                    hook(&mut checker, node);
                }
            }
            Expr::Compare(node) => {
                let mut checker = Checker { semantic, findings: &mut self.findings };
                for hook in &self.hooks.compares {
                    hook(&mut checker, node);
                }
            }
            Expr::Dict(node) => {
                let mut checker = Checker { semantic, findings: &mut self.findings };
                for hook in &self.hooks.dicts {
                    hook(&mut checker, node);
                }
            }
            _ => {}
        }
    }

    fn handler(&mut self, semantic: &Semantic<'a>, handler: &'a ast::ExceptHandlerExceptHandler) {
        let mut checker = Checker { semantic, findings: &mut self.findings };
        for hook in &self.hooks.handlers {
            hook(&mut checker, handler);
        }
    }

    fn wants_name(&self, name: &str) -> bool {
        self.names.contains(name) || (matches!(name, "eval" | "exec") && self.hooks.references.contains_key(name))
    }
}
