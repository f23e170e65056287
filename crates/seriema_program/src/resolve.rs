//! From an expression to the API path it refers to.
//!
//! A path names what lies outside the project by how it is reached: `subprocess.run`, `flask.Flask().run` (a method of
//! what `flask.Flask(...)` returns), `builtins.eval`. No installed environment is needed. Names of the project resolve
//! to `package.module.name`, and through re-exports and aliases to what they stand for once the project is linked.

use compact_str::CompactString;
use ruff_python_ast::{self as ast, Expr};

use crate::scopes::{MODULE, ScopeId, ScopeKind};
use crate::{Binding, BindingKind, Export, Semantic, Want};

/// A dotted API path.
pub type QualifiedName = CompactString;

/// Aliases followed before giving up.
const MAX_HOPS: u32 = 12;

/// Builtins that a rule may ask for; other unbound names stay unresolved.
const BUILTINS: &[&str] = &[
    "__import__",
    "abs",
    "bool",
    "bytearray",
    "bytes",
    "chr",
    "compile",
    "dict",
    "eval",
    "exec",
    "execfile",
    "exit",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hash",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "print",
    "quit",
    "range",
    "raw_input",
    "reload",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "unicode",
    "vars",
    "zip",
];

impl<'a> Semantic<'a> {
    /// The API path of an expression at the current node.
    #[must_use]
    pub fn qualified(&self, expr: &Expr) -> Option<QualifiedName> {
        self.effort.begin();
        self.qualified_from(self.current, expr, MAX_HOPS)
    }

    /// [`Self::qualified`] of an expression that stands in another scope.
    #[must_use]
    pub fn qualified_in(&self, scope: ScopeId, expr: &Expr) -> Option<QualifiedName> {
        self.qualified_from(scope, expr, MAX_HOPS)
    }

    /// Whether an expression is the API path `dotted` (or a builtin of that name).
    #[must_use]
    pub fn is_path(&self, expr: &Expr, dotted: &str) -> bool {
        self.qualified(expr).is_some_and(|path| path == dotted)
    }

    pub(crate) fn qualified_from(&self, scope: ScopeId, expr: &Expr, hops: u32) -> Option<QualifiedName> {
        let hops = hops.checked_sub(1)?;
        self.effort.spend(1)?;
        match expr {
            Expr::Name(name) => self.qualified_name(scope, name, hops),
            Expr::Attribute(attribute) => {
                if let Some(path) = self.self_attribute(scope, attribute, hops) {
                    return Some(path);
                }
                let mut path = self.qualified_from(scope, &attribute.value, hops)?;
                path.push('.');
                path.push_str(&attribute.attr);
                Some(self.follow_link(path))
            }
            Expr::Call(call) => {
                let mut path = self.qualified_from(scope, &call.func, hops)?;
                if path == "functools.partial" {
                    return self.qualified_from(scope, call.arguments.args.first()?, hops);
                }
                if matches!(&*path, "builtins.__import__" | "importlib.import_module") {
                    let module = call.arguments.args.first()?.as_string_literal_expr()?.value.to_str();
                    let module = if path.starts_with("builtins") { module.split('.').next()? } else { module };
                    return Some(module.into());
                }
                if path == "builtins.getattr"
                    && let [object, attribute, ..] = &*call.arguments.args
                {
                    let attribute = attribute.as_string_literal_expr()?.value.to_str();
                    let mut path = self.qualified_from(scope, object, hops)?;
                    path.push('.');
                    path.push_str(attribute);
                    return Some(path);
                }
                path.push_str("()");
                Some(path)
            }
            Expr::Await(inner) => self.qualified_from(scope, &inner.value, hops),
            Expr::Named(named) => self.qualified_from(scope, &named.value, hops),
            Expr::If(choice) => {
                let then = self.qualified_from(scope, &choice.body, hops);
                then.or_else(|| self.qualified_from(scope, &choice.orelse, hops))
            }
            Expr::BoolOp(op) => op.values.iter().find_map(|value| self.qualified_from(scope, value, hops)),
            _ => None,
        }
    }

    fn qualified_name(&self, scope: ScopeId, name: &ast::ExprName, hops: u32) -> Option<QualifiedName> {
        if scope == self.current && self.shadow(&name.id).is_some() {
            return None;
        }
        match self.lookup(scope, &name.id, name.range.start()) {
            Some((binding, owner)) => self.qualified_binding(&name.id, binding, owner, hops),
            None => self.unbound(&name.id),
        }
    }

    fn unbound(&self, name: &str) -> Option<QualifiedName> {
        if BUILTINS.binary_search(&name).is_ok() {
            return Some(compact_str::format_compact!("builtins.{name}"));
        }
        // One star import can only mean its module; of several, the last that is not the project's own is likeliest.
        let (module, level) = *self.scopes.stars().last()?;
        let mut path = self.absolute_module(module, level)?;
        path.push('.');
        path.push_str(name);
        Some(self.follow_link(path))
    }

    pub(crate) fn qualified_binding(
        &self,
        name: &str,
        binding: &Binding<'a>,
        owner: ScopeId,
        hops: u32,
    ) -> Option<QualifiedName> {
        match binding.kind {
            BindingKind::Import(path) => Some(path.into()),
            BindingKind::ImportFrom { module, level, member } => {
                let mut path = self.absolute_module(module, level)?;
                if !path.is_empty() && !path.ends_with('.') {
                    path.push('.');
                }
                path.push_str(member);
                Some(self.follow_link(path))
            }
            BindingKind::Function(_) | BindingKind::Class(_) if owner == MODULE => {
                Some(compact_str::format_compact!("{}.{name}", self.context.module.unwrap_or("__main__")))
            }
            BindingKind::Assign(value) => self.qualified_from(binding.scope, value, hops),
            BindingKind::Annotated(annotation, value) => value
                .and_then(|value| self.qualified_from(binding.scope, value, hops))
                .or_else(|| self.instance_of(binding.scope, annotation, hops)),
            BindingKind::Context(value) => self.qualified_from(binding.scope, value, hops),
            BindingKind::Parameter(parameter) => {
                let annotation = parameter.annotation.as_deref()?;
                self.instance_of(self.scopes.scope(owner).parent.unwrap_or(MODULE), annotation, hops)
            }
            _ => None,
        }
    }

    /// `paramiko.SSHClient` as an annotation says that the value is what `paramiko.SSHClient()` makes.
    fn instance_of(&self, scope: ScopeId, annotation: &Expr, hops: u32) -> Option<QualifiedName> {
        let class = match annotation {
            Expr::Name(_) | Expr::Attribute(_) => annotation,
            // `SSHClient | None`, `Optional[SSHClient]`
            Expr::BinOp(op) if op.right.is_none_literal_expr() => &op.left,
            Expr::Subscript(subscript) => match &*subscript.value {
                Expr::Name(name) if name.id == "Optional" => &subscript.slice,
                Expr::Attribute(attribute) if &attribute.attr == "Optional" => &subscript.slice,
                _ => return None,
            },
            _ => return None,
        };
        let mut path = self.qualified_from(scope, class, hops)?;
        path.push_str("()");
        Some(path)
    }

    /// `self.client` where the class assigns it: the first assigned value that is known decides.
    fn self_attribute(&self, scope: ScopeId, attribute: &ast::ExprAttribute, hops: u32) -> Option<QualifiedName> {
        let Expr::Name(base) = &*attribute.value else { return None };
        let (binding, owner) = self.lookup(scope, &base.id, base.range.start())?;
        if !matches!(binding.kind, BindingKind::Parameter(_)) {
            return None;
        }
        let class = self.scopes.scope(owner).parent?;
        let ScopeKind::Function(function) = self.scopes.scope(owner).kind else { return None };
        let is_first = function.parameters.iter().next().is_some_and(|first| first.name() == base.id.as_str());
        if !is_first || !matches!(self.scopes.scope(class).kind, ScopeKind::Class(_)) {
            return None;
        }
        self.scopes
            .attribute_values(class, &attribute.attr)
            .iter()
            .take(4)
            .find_map(|(scope, value)| self.qualified_from(*scope, value, hops))
    }

    /// Resolves the dots of a relative import. Without a module name of its own, a file's relative imports keep a
    /// leading dot: they are the project's, whatever they are.
    pub(crate) fn absolute_module(&self, module: &str, level: u32) -> Option<QualifiedName> {
        if level == 0 {
            return Some(module.into());
        }
        let Some(own) = self.context.module else {
            return Some(compact_str::format_compact!(".{module}"));
        };
        let mut package = own;
        let up = level - u32::from(self.context.is_package);
        for _ in 0..up {
            if package.is_empty() {
                break;
            }
            package = package.rsplit_once('.').map_or("", |(parent, _)| parent);
        }
        let separator = if package.is_empty() || module.is_empty() { "" } else { "." };
        Some(compact_str::format_compact!("{package}{separator}{module}"))
    }

    /// What a project name stands for, when it stands for something else.
    fn follow_link(&self, path: QualifiedName) -> QualifiedName {
        if !self.context.modules.is_member(&path) {
            return path;
        }
        self.want(&path, Want::Path);
        match self.context.links.and_then(|links| links.get(&path)) {
            Some(Export::Path(target)) => target.clone(),
            _ => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BUILTINS;

    #[test]
    fn builtins_can_be_searched() {
        assert!(BUILTINS.is_sorted());
    }
}
