//! Between the files: what imported project names stand for.

use rustc_hash::FxHashMap;
use seriema_program::{LinkTable, ModuleExports, ModuleIndex, Wanted};
use seriema_workspace::SourceFile;

/// The project's modules, from the files' names alone.
pub(crate) fn modules(files: &[SourceFile]) -> ModuleIndex {
    ModuleIndex::new(files.iter().filter_map(|file| file.module.as_deref()))
}

/// Links what the files asked for. `exports` and `wanted` go by the files' order; where two files have the same module
/// name, the first counts.
pub(crate) fn link(
    files: &[SourceFile],
    modules: &ModuleIndex,
    exports: &[Option<ModuleExports>],
    wanted: &[Wanted],
) -> LinkTable {
    if wanted.iter().all(Vec::is_empty) {
        return LinkTable::default();
    }
    let mut by_module: FxHashMap<&str, &ModuleExports> = FxHashMap::default();
    for (file, exports) in files.iter().zip(exports) {
        if let (Some(module), Some(exports)) = (file.module.as_deref(), exports) {
            by_module.entry(module).or_insert(exports);
        }
    }
    LinkTable::build(wanted.iter().flatten().map(|(path, _)| path.as_str()), modules, &by_module)
}
