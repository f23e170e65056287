//! Strings that document: nothing in them runs, and what looks like a setting there is an example.

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged as _, TextRange};

use crate::ParsedFile;

/// Names of module-level strings that tools print or publish.
const NAMES: &[&str] =
    &["DOCUMENTATION", "EXAMPLES", "RETURN", "USAGE", "HELP", "EPILOG", "DESCRIPTION", "__doc__", "EXAMPLE", "DOC"];

/// Docstrings, strings that stand alone, and those with a name such as `EXAMPLES`, in their order.
#[must_use]
pub fn documentation(file: &ParsedFile) -> Vec<TextRange> {
    let mut finder = Finder(Vec::new());
    finder.visit_body(file.suite());
    finder.0
}

struct Finder(Vec<TextRange>);

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Expr(alone) if alone.value.is_string_literal_expr() => self.0.push(alone.value.range()),
            Stmt::Assign(assign) => {
                let is_named = |target: &Expr| match target {
                    Expr::Name(name) => NAMES.contains(&name.id.as_str()),
                    Expr::Attribute(attribute) => attribute.attr.as_str() == "__doc__",
                    _ => false,
                };
                if assign.targets.iter().any(is_named) {
                    self.0.push(assign.value.range());
                }
            }
            _ => walk_stmt(self, stmt),
        }
    }

    /// There is no statement in an expression.
    fn visit_expr(&mut self, _: &'a Expr) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceType, parse};

    #[test]
    fn documentation_is_told_from_data() {
        let text = "'one'\nEXAMPLES = r'two'\nx = 'three'\ndef f(a='four'):\n    'five'\n    f.__doc__ = 'six'\n    g('seven')\n";
        let file = parse(&"a.py".into(), text.to_owned(), SourceType::Python);
        let found: Vec<&str> = documentation(&file).into_iter().map(|range| file.slice(range)).collect();
        assert_eq!(found, ["'one'", "r'two'", "'five'", "'six'"]);
    }
}
