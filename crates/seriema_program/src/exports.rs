//! What one file's names mean to another.

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::resolve::QualifiedName;
use crate::{BindingKind, Const, Semantic};

/// The names of the project's modules.
#[derive(Debug, Default)]
pub struct ModuleIndex {
    modules: FxHashSet<CompactString>,
    roots: FxHashSet<CompactString>,
}

impl ModuleIndex {
    /// Collects dotted module names.
    pub fn new<'m>(modules: impl IntoIterator<Item = &'m str>) -> Self {
        let mut index = Self::default();
        for module in modules {
            index.roots.insert(module.split('.').next().unwrap_or_default().into());
            index.modules.insert(module.into());
        }
        index
    }

    /// Whether a dotted path is a name inside a module of the project.
    #[must_use]
    pub fn is_member(&self, path: &str) -> bool {
        self.roots.contains(path.split('.').next().unwrap_or_default()) && self.split(path).is_some()
    }

    /// Splits a path into the project's module and the name in it. A path that is itself a module has no name.
    #[must_use]
    pub fn split<'p>(&self, path: &'p str) -> Option<(&'p str, &'p str)> {
        if self.modules.contains(path) {
            return None;
        }
        let mut end = path.len();
        while let Some(dot) = path[..end].rfind('.') {
            if self.modules.contains(&path[..dot]) {
                return Some((&path[..dot], &path[dot + 1..]));
            }
            end = dot;
        }
        None
    }
}

/// What a module-level name stands for, when it is not defined where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Export {
    /// An API path, of the project or outside it.
    Path(QualifiedName),
    /// A constant.
    Value(Const<'static>),
}

/// A module's names that stand for something else, and the modules it takes everything from.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ModuleExports {
    /// Sorted by name.
    pub names: Vec<(CompactString, Export)>,
    /// Star imports, resolved.
    pub stars: Vec<CompactString>,
}

/// Longest string constant that is exported, in bytes.
const MAX_EXPORTED: usize = 256;

impl Semantic<'_> {
    /// This file's exports.
    #[must_use]
    pub fn exports(&self) -> ModuleExports {
        let mut names = Vec::new();
        for (name, binding) in self.scopes.module_names() {
            self.effort.begin();
            let export = match binding.kind {
                BindingKind::Import(_) | BindingKind::ImportFrom { .. } => {
                    self.qualified_binding(name, binding, crate::scopes::MODULE, 8).map(Export::Path)
                }
                BindingKind::Assign(value) | BindingKind::Annotated(_, Some(value))
                    if self.scopes.bindings_of(crate::scopes::MODULE, name).nth(1).is_none() =>
                {
                    let constant = match value {
                        ruff_python_ast::Expr::Name(_) | ruff_python_ast::Expr::Attribute(_) => None,
                        ruff_python_ast::Expr::StringLiteral(literal) if literal.value.len() > MAX_EXPORTED => None,
                        value if value.is_literal_expr() => self.constant_from(crate::scopes::MODULE, value, 4),
                        _ => None,
                    };
                    match constant {
                        Some(constant) => Some(Export::Value(constant.into_owned())),
                        None if value.is_name_expr() || value.is_attribute_expr() => {
                            self.qualified_from(crate::scopes::MODULE, value, 8).map(Export::Path)
                        }
                        None => None,
                    }
                }
                _ => None,
            };
            if let Some(export) = export {
                names.push((CompactString::from(name), export));
            }
        }
        let stars = self.scopes.stars().iter().filter_map(|(module, level)| self.absolute_module(module, *level));
        ModuleExports { names, stars: stars.collect() }
    }
}

/// How a project name whose meaning lies in another file was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Want {
    /// For the API path it stands for.
    Path,
    /// For its constant value too.
    Value,
}

/// The project names that a file asked for, sorted.
pub type Wanted = Vec<(QualifiedName, Want)>;

/// What the project names that were asked for stand for.
#[derive(Debug, Default)]
pub struct LinkTable {
    targets: FxHashMap<CompactString, Export>,
}

/// Re-exports followed before giving up.
const MAX_LINKS: u32 = 16;

impl LinkTable {
    /// Follows each wanted path through the modules' exports. Only what leads out of the project, to one of its modules
    /// or to a constant is kept: of where the project itself defines a name, callers know enough by the name they use.
    #[must_use]
    pub fn build<'m>(
        wanted: impl IntoIterator<Item = &'m str>,
        modules: &ModuleIndex,
        exports: &FxHashMap<&str, &ModuleExports>,
    ) -> Self {
        let mut targets = FxHashMap::default();
        for path in wanted {
            if let Some(export) = follow(path, modules, exports, MAX_LINKS)
                && !matches!(&export, Export::Path(target) if modules.is_member(target))
            {
                targets.insert(CompactString::from(path), export);
            }
        }
        Self { targets }
    }

    /// What a path stands for.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Export> {
        self.targets.get(path)
    }

    /// Whether a name that was asked for turned out to stand for something that the asker can use.
    #[must_use]
    pub fn answers(&self, path: &str, want: Want) -> bool {
        match self.get(path) {
            Some(Export::Path(_)) => true,
            Some(Export::Value(_)) => want == Want::Value,
            None => false,
        }
    }

    /// Whether nothing stands for anything else.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}

fn follow(path: &str, modules: &ModuleIndex, exports: &FxHashMap<&str, &ModuleExports>, hops: u32) -> Option<Export> {
    let hops = hops.checked_sub(1)?;
    let (module, name) = modules.split(path)?;
    let (name, rest) = name.split_once('.').map_or((name, None), |(name, rest)| (name, Some(rest)));
    let own = exports.get(module)?;
    if let Ok(found) = own.names.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
        return match &own.names[found].1 {
            Export::Value(value) => rest.is_none().then(|| Export::Value(value.clone())),
            Export::Path(target) => {
                let mut target = target.clone();
                if let Some(rest) = rest {
                    target.push('.');
                    target.push_str(rest);
                }
                if target == path {
                    return None;
                }
                Some(follow(&target, modules, exports, hops).unwrap_or(Export::Path(target)))
            }
        };
    }
    own.stars.iter().rev().find_map(|star| {
        let mut target = star.clone();
        target.push('.');
        target.push_str(path.get(module.len() + 1..)?);
        if modules.is_member(&target) { follow(&target, modules, exports, hops) } else { None }
    })
}
