//! Directories of data that modules are imported from.

use seriema_program::ast::Expr;
use seriema_program::{BindingKind, Semantic};

use crate::shared::ast_search::any_around;
use crate::shared::excerpt::excerpt;
use crate::{Call, Checker, Hooks};

crate::declare_rule! {
    slug: "import-from-argument-directory",
    family: SupplyChain,
    severity: Low,
    confidence: Medium,
    cwe: [427],
    aliases: [],
}

/// Names and calls followed before giving up.
const MAX_STEPS: u32 = 8;

pub(crate) fn register(hooks: &mut Hooks) {
    hooks.on_call(&["insert"], check);
}

/// `sys.path.insert(0, os.path.dirname(path))`, and an import of what lies there.
fn check<'a>(cx: &mut Checker<'_, 'a>, call: &Call<'a>) {
    if call.path() != "sys.path.insert" {
        return;
    }
    let Some(directory) = call.positional(1) else { return };
    let Some(parameter) = parameter_behind(cx.semantic, directory, false, MAX_STEPS) else { return };
    let semantic = cx.semantic;
    let imports = any_around(semantic, &mut |expr| match expr {
        Expr::Call(import) => {
            semantic
                .qualified(&import.func)
                .is_some_and(|path| matches!(path.as_str(), "importlib.import_module" | "builtins.__import__"))
                && import.arguments.args.first().is_some_and(|name| !name.is_string_literal_expr())
        }
        _ => false,
    });
    if imports {
        let message = format!(
            "what lies beside `{}` is imported in place of modules that the program needs",
            excerpt(semantic, parameter)
        );
        cx.report(&RULE, &[], call.node, message);
    }
}

/// The parameter whose directory an expression is. A directory that is given as such is for imports.
fn parameter_behind<'a>(semantic: &Semantic<'a>, expr: &'a Expr, parent: bool, steps: u32) -> Option<&'a Expr> {
    let steps = steps.checked_sub(1)?;
    match expr {
        Expr::Name(name) => match semantic.binding(&name.id, name.range.start())?.kind {
            BindingKind::Parameter(_) => parent.then_some(expr),
            BindingKind::Assign(value) => parameter_behind(semantic, value, parent, steps),
            BindingKind::Unpacked(value) => parameter_behind(semantic, value, parent, steps),
            _ => None,
        },
        Expr::Call(call) => {
            let path = semantic.qualified(&call.func)?;
            let follows = matches!(
                path.as_str(),
                "os.path.dirname"
                    | "os.path.abspath"
                    | "os.path.realpath"
                    | "os.path.normpath"
                    | "os.path.expanduser"
                    | "os.path.split"
                    | "builtins.str"
                    | "pathlib.Path"
            );
            let parent = parent || matches!(path.as_str(), "os.path.dirname" | "os.path.split");
            if follows { parameter_behind(semantic, call.arguments.args.first()?, parent, steps) } else { None }
        }
        Expr::Attribute(attribute) if &attribute.attr == "parent" => {
            parameter_behind(semantic, &attribute.value, true, steps)
        }
        _ => None,
    }
}
