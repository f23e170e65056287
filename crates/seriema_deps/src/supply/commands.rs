//! Which commands of a `setup.py` run when a package is built or installed, and which only for who names them:
//! `setup.py release`.

use rustc_hash::{FxHashMap, FxHashSet};
use seriema_program::ast::visitor::{Visitor, walk_expr, walk_stmt};
use seriema_program::ast::{Expr, ExprCall, Stmt, StmtClassDef};

/// Commands of setuptools that build and install.
const BUILDING: [&str; 22] = [
    "alias",
    "bdist",
    "bdist_dumb",
    "bdist_egg",
    "bdist_rpm",
    "bdist_wheel",
    "build",
    "build_clib",
    "build_ext",
    "build_py",
    "build_scripts",
    "develop",
    "dist_info",
    "easy_install",
    "editable_wheel",
    "egg_info",
    "install",
    "install_data",
    "install_egg_info",
    "install_headers",
    "install_lib",
    "install_scripts",
];

/// Commands of setuptools that nothing but their names starts, and what commands of one's own are made of.
const ASKED_FOR: [&str; 7] = ["Command", "check", "clean", "register", "sdist", "test", "upload"];

/// Classes within each other that are looked through.
const MAX_BASES: usize = 8;

/// The commands of a file.
#[derive(Default)]
pub(super) struct Commands<'t> {
    classes: FxHashMap<&'t str, &'t StmtClassDef>,
    /// The names under which classes are given to setuptools.
    names: FxHashMap<&'t str, Vec<&'t str>>,
    /// Names of commands that others start, and of classes that are called.
    started: FxHashSet<&'t str>,
}

impl<'t> Commands<'t> {
    pub(super) fn of(suite: &'t [Stmt]) -> Self {
        let mut commands = Self::default();
        commands.visit_body(suite);
        commands
    }

    /// Whether what a class does happens only when somebody names its command. What is not known to be so runs with the
    /// rest.
    pub(super) fn is_asked_for(&self, class: &StmtClassDef) -> bool {
        let name = class.name.as_str();
        let names = self.names.get(name).map_or(&[][..], Vec::as_slice);
        let is_apart = |name: &&str| !BUILDING.contains(name) && !self.started.contains(*name);
        !names.is_empty() && names.iter().all(is_apart) && !self.started.contains(name) && self.is_of_those(class, 0)
    }

    fn is_of_those(&self, class: &StmtClassDef, depth: usize) -> bool {
        let mut bases = class.arguments.iter().flat_map(|arguments| &arguments.args).peekable();
        depth < MAX_BASES
            && bases.peek().is_some()
            && bases.all(|base| match base {
                Expr::Attribute(base) => ASKED_FOR.contains(&base.attr.as_str()),
                Expr::Name(base) => match self.classes.get(base.id.as_str()) {
                    Some(class) => self.is_of_those(class, depth + 1),
                    None => {
                        let name = base.id.trim_start_matches('_');
                        ASKED_FOR.contains(&name)
                    }
                },
                _ => false,
            })
    }

    fn named(&mut self, name: &'t Expr, class: &'t Expr) {
        if let (Expr::StringLiteral(name), Expr::Name(class)) = (name, class) {
            self.names.entry(class.id.as_str()).or_default().push(name.value.to_str());
        }
    }

    fn call(&mut self, call: &'t ExprCall) {
        match call.func.as_ref() {
            Expr::Name(name) if name.id == "dict" => {
                for keyword in &call.arguments.keywords {
                    if let (Some(name), Expr::Name(class)) = (&keyword.arg, &keyword.value) {
                        self.names.entry(class.id.as_str()).or_default().push(name.as_str());
                    }
                }
            }
            Expr::Name(name) => drop(self.started.insert(name.id.as_str())),
            // `self.run_command("release")`, `build.sub_commands.append(("release", None))`.
            Expr::Attribute(method) if method.attr.contains("command") || is_of_commands(&method.value) => {
                call.arguments.args.iter().for_each(|argument| self.strings(argument));
            }
            _ => {}
        }
    }

    /// Everything that may name a command: `[("release", None)]`.
    fn strings(&mut self, value: &'t Expr) {
        match value {
            Expr::StringLiteral(text) => drop(self.started.insert(text.value.to_str())),
            Expr::List(list) => list.elts.iter().for_each(|one| self.strings(one)),
            Expr::Tuple(list) => list.elts.iter().for_each(|one| self.strings(one)),
            Expr::BinOp(sum) => {
                self.strings(&sum.left);
                self.strings(&sum.right);
            }
            _ => {}
        }
    }
}

fn is_of_commands(list: &Expr) -> bool {
    matches!(list, Expr::Attribute(list) if list.attr.as_str() == "sub_commands")
}

impl<'t> Visitor<'t> for Commands<'t> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::ClassDef(class) => drop(self.classes.insert(class.name.as_str(), class)),
            Stmt::Assign(it) => {
                for target in &it.targets {
                    match target {
                        Expr::Subscript(target) => self.named(&target.slice, &it.value),
                        Expr::Name(name) if name.id == "sub_commands" => self.strings(&it.value),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'t Expr) {
        match expression {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        self.named(key, &item.value);
                    }
                }
            }
            Expr::Call(call) => self.call(call),
            _ => {}
        }
        walk_expr(self, expression);
    }
}
