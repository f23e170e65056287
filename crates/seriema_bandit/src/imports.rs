//! What a file has imported so far, as Bandit keeps it: one table for the whole file, filled while the tree is walked.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::ast::{Expr, ExprCall, StmtImport, StmtImportFrom};
use smallvec::SmallVec;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
struct Target<'a> {
    module: &'a str,
    name: Option<&'a str>,
}

/// Modules that some test wants to be imported, in part of their name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Like {
    /// `flask`
    pub flask: bool,
    /// `django.utils.safestring`
    pub django_safestring: bool,
    /// `django.db.models`
    pub django_models: bool,
    /// `paramiko`
    pub paramiko: bool,
    /// `transformers`, `datasets` or `huggingface_hub`
    pub huggingface: bool,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Imports<'a> {
    modules: FxHashSet<&'a str>,
    aliases: FxHashMap<&'a str, Target<'a>>,
    /// Modules of which a part of the name is enough.
    pub like: Like,
}

impl<'a> Imports<'a> {
    /// `import a, b as c`
    pub(crate) fn import(&mut self, statement: &'a StmtImport) {
        for alias in &statement.names {
            if let Some(asname) = &alias.asname {
                self.aliases.insert(asname.as_str(), Target { module: alias.name.as_str(), name: None });
            }
            self.modules.insert(alias.name.as_str());
            self.note(alias.name.as_str());
        }
    }

    /// `from a import b, c as d`
    pub(crate) fn import_from(&mut self, statement: &'a StmtImportFrom) {
        let Some(module) = &statement.module else {
            // Bandit treats `from . import a` as `import a`.
            for alias in &statement.names {
                if let Some(asname) = &alias.asname {
                    self.aliases.insert(asname.as_str(), Target { module: alias.name.as_str(), name: None });
                }
                self.modules.insert(alias.name.as_str());
                self.note(alias.name.as_str());
            }
            return;
        };
        for alias in &statement.names {
            let own = alias.asname.as_ref().unwrap_or(&alias.name);
            let target = Target { module: module.as_str(), name: Some(alias.name.as_str()) };
            self.aliases.insert(own.as_str(), target);
            self.note(&format!("{}.{}", module.as_str(), alias.name.as_str()));
        }
    }

    fn note(&mut self, name: &str) {
        let like = &mut self.like;
        like.flask |= name.contains("flask");
        like.django_safestring |= name.contains("django.utils.safestring");
        like.django_models |= name.contains("django.db.models");
        like.paramiko |= name.contains("paramiko");
        like.huggingface |= ["transformers", "datasets", "huggingface_hub"].iter().any(|module| name.contains(module));
    }

    /// Whether exactly this module was imported. Names imported from a module do not count.
    #[must_use]
    pub(crate) fn has(&self, module: &str) -> bool {
        self.modules.contains(module)
    }

    /// The full name of what a call calls, appended to `out`; empty where it has none.
    pub(crate) fn call_name(&self, call: &ExprCall, out: &mut String) {
        let mut parts: SmallVec<[&str; 8]> = SmallVec::new();
        let mut func: &Expr = &call.func;
        while let Expr::Attribute(attribute) = func {
            parts.push(attribute.attr.as_str());
            func = &attribute.value;
        }
        if let Expr::Name(name) = func {
            self.resolve(name.id.as_str(), out);
        } else if parts.is_empty() {
            return;
        }
        for part in parts.iter().rev() {
            out.push('.');
            out.push_str(part);
        }
    }

    /// The last part of the full name of what a call calls.
    #[must_use]
    pub(crate) fn call_last_name<'b>(&self, call: &'b ExprCall) -> &'b str
    where
        'a: 'b,
    {
        match &*call.func {
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            Expr::Name(name) => match self.aliases.get(name.id.as_str()) {
                Some(Target { name: Some(own), .. }) => own,
                Some(Target { module, .. }) => module.rsplit('.').next().unwrap_or(module),
                None => name.id.as_str(),
            },
            _ => "",
        }
    }

    fn resolve(&self, name: &str, out: &mut String) {
        match self.aliases.get(name) {
            Some(target) => {
                out.push_str(target.module);
                if let Some(own) = target.name {
                    out.push('.');
                    out.push_str(own);
                }
            }
            None => out.push_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seriema_program::ast::{PySourceType, Stmt};
    use seriema_program::parser::parse_unchecked_source;

    fn names(code: &str) -> Vec<(String, String)> {
        let parsed = parse_unchecked_source(code, PySourceType::Python);
        let mut imports = Imports::default();
        let mut names = Vec::new();
        for stmt in parsed.suite() {
            match stmt {
                Stmt::Import(statement) => imports.import(statement),
                Stmt::ImportFrom(statement) => imports.import_from(statement),
                Stmt::Expr(statement) => {
                    let Expr::Call(call) = &*statement.value else { continue };
                    let mut full = String::new();
                    imports.call_name(call, &mut full);
                    names.push((full, imports.call_last_name(call).to_owned()));
                }
                _ => {}
            }
        }
        names
    }

    fn one(code: &str) -> (String, String) {
        names(code).remove(0)
    }

    fn pair(full: &str, last: &str) -> (String, String) {
        (full.to_owned(), last.to_owned())
    }

    #[test]
    fn aliases_are_followed() {
        assert_eq!(one("import subprocess as sp\nsp.run()"), pair("subprocess.run", "run"));
        assert_eq!(one("from subprocess import run as r\nr()"), pair("subprocess.run", "run"));
        assert_eq!(one("import os.path as p\np()"), pair("os.path", "path"));
        assert_eq!(one("from . import pickle as p\np.loads()"), pair("pickle.loads", "loads"));
    }

    #[test]
    fn the_table_is_the_files_and_grows_on_the_way() {
        assert_eq!(
            names("run()\nfrom subprocess import run\nrun()"),
            [pair("run", "run"), pair("subprocess.run", "run")]
        );
    }

    #[test]
    fn what_has_no_name_leaves_a_dot() {
        assert_eq!(one("a().b.c()"), pair(".b.c", "c"));
        assert_eq!(one("a()()"), pair("", ""));
        assert_eq!(one("a[0]()"), pair("", ""));
    }
}
