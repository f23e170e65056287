//! Texts as the engine takes them.

use std::sync::Arc;

use seriema_program::ir::{FileIr, lower};
use seriema_program::{FileContext, ModuleIndex, SourceType, parse};

/// A file of a project, by its path from the project's root.
pub(crate) fn lowered(path: &str, text: &str) -> FileIr {
    let path: Arc<str> = path.into();
    let (module, is_package) = module_of(&path);
    let parsed = parse(&path, text.to_owned(), SourceType::Python);
    let modules = ModuleIndex::default();
    let context = FileContext {
        path: &path,
        module: Some(&module),
        is_package,
        is_test: false,
        is_stub: false,
        modules: &modules,
        links: None,
    };
    lower(&context, &parsed)
}

fn module_of(path: &str) -> (String, bool) {
    let stem = path.trim_end_matches(".py").replace('/', ".");
    match stem.strip_suffix(".__init__") {
        Some(package) => (package.to_owned(), true),
        None => (stem.clone(), stem == "__init__"),
    }
}
