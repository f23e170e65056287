//! Which modules a file imports.

use compact_str::{CompactString, format_compact};
use rustc_hash::FxHashSet;

use crate::{BindingKind, Scopes};

/// Components of a dotted name that are looked at: no module that is asked for has more.
const MAX_COMPONENTS: usize = 16;

/// The modules that a file imports, made once for all questions.
#[derive(Default)]
pub(crate) struct Imported {
    /// Each imported module and the packages around it.
    modules: FxHashSet<CompactString>,
    /// First components of `import first.second`: which part is meant shows only where it is used.
    first: FxHashSet<CompactString>,
    /// `from module import member`: the member may be a module.
    members: FxHashSet<CompactString>,
}

impl Imported {
    pub(crate) fn new(scopes: &Scopes<'_>) -> Self {
        let mut imported = Self::default();
        for (_, binding) in scopes.imports() {
            match binding.kind {
                BindingKind::Import(path) => {
                    imported.add(path);
                    imported.first.insert(path.into());
                }
                BindingKind::ImportFrom { module, level: 0, member } => {
                    imported.add(module);
                    imported.members.insert(format_compact!("{module}.{member}"));
                }
                _ => {}
            }
        }
        for (module, level) in scopes.stars() {
            if *level == 0 {
                imported.add(module);
            }
        }
        imported
    }

    fn add(&mut self, path: &str) {
        if !self.modules.insert(path.into()) {
            return;
        }
        for (dot, _) in path.match_indices('.').take(MAX_COMPONENTS) {
            self.modules.insert(path[..dot].into());
        }
    }

    pub(crate) fn holds(&self, module: &str) -> bool {
        self.modules.contains(module)
            || module.split('.').next().is_some_and(|first| self.first.contains(first))
            || self.members.contains(module)
    }
}
