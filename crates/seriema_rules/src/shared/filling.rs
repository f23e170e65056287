//! How `%`, `.format` and `replace` put values into a template.

use seriema_program::ScopeId;
use seriema_program::ast::{self, Expr};

use crate::shared::template::{Part, Reader, Template, assigned};

impl<'a> Reader<'_, 'a> {
    pub(super) fn replace(
        &mut self,
        scope: ScopeId,
        template: Template<'a>,
        old: &'a Expr,
        new: &'a Expr,
    ) -> Template<'a> {
        let old = self.constant(scope, old).filter(|old| !old.is_empty());
        let new = self.read(scope, new);
        let mut out = Template::default();
        let mut placed = false;
        for part in template.parts {
            match (part, &old) {
                (Part::Text(text), Some(old)) => {
                    for (index, piece) in text.split(&**old).enumerate() {
                        if index > 0 {
                            out.append(new.clone());
                            placed = true;
                        }
                        out.push_text(piece.to_owned());
                    }
                }
                (part, _) => out.push(part),
            }
        }
        if old.is_none() && !placed {
            out.append(new);
        }
        out
    }

    pub(super) fn fill_percent(&mut self, scope: ScopeId, template: Template<'a>, values: &'a Expr) -> Template<'a> {
        let (values_scope, display) = self.display(scope, values);
        let mut next = 0;
        let mut out = Template::default();
        for part in template.parts {
            let Part::Text(text) = part else {
                out.push(part);
                continue;
            };
            let mut rest = &*text;
            while let Some((before, after)) = rest.split_once('%') {
                out.push_text(before.to_owned());
                let Some(field) = PercentField::parse(after) else {
                    out.push_text("%");
                    rest = after;
                    continue;
                };
                rest = after.get(field.length..).unwrap_or_default();
                if field.conversion == '%' {
                    out.push_text("%");
                    continue;
                }
                let value = match (display, field.key) {
                    (Expr::Tuple(tuple), None) => tuple.elts.get(next),
                    (Expr::Dict(dict), Some(key)) => dict_value(dict, key),
                    (Expr::Call(call), Some(key)) => call.arguments.find_keyword(key).map(|keyword| &keyword.value),
                    (single, None) => Some(single),
                    _ => None,
                };
                next += 1;
                let inner = match value {
                    Some(Expr::Starred(_)) | None => Template::hole(values, scope),
                    Some(value) if std::ptr::eq(value, display) => self.read(scope, values),
                    Some(value) => self.read(values_scope, value),
                };
                out.append(if matches!(field.conversion, 's' | 'r' | 'a' | 'c') { inner } else { inner.numeric() });
            }
            out.push_text(rest.to_owned());
        }
        out
    }

    /// The tuple, dictionary or call of `dict` that a name of this scope is bound to.
    fn display(&self, scope: ScopeId, values: &'a Expr) -> (ScopeId, &'a Expr) {
        if let Expr::Name(name) = values
            && let Some((binding, owner)) = self.semantic.binding_in(scope, &name.id, name.range.start())
            && self.semantic.scopes.bindings_of(owner, &name.id).count() == 1
            && self.semantic.scopes.mutations(owner, &name.id).is_empty()
            && let Some(value) = assigned(binding)
            && (value.is_tuple_expr() || value.is_dict_expr())
        {
            return (binding.scope, value);
        }
        (scope, values)
    }

    pub(super) fn fill_braces(
        &mut self,
        scope: ScopeId,
        template: Template<'a>,
        call: &'a ast::ExprCall,
    ) -> Template<'a> {
        let mut next = 0;
        let mut out = Template::default();
        for part in template.parts {
            let Part::Text(text) = part else {
                out.push(part);
                continue;
            };
            let mut rest = &*text;
            while let Some(at) = rest.find(['{', '}']) {
                let (before, after) = rest.split_at(at);
                out.push_text(before.to_owned());
                if after.starts_with("{{") || after.starts_with("}}") {
                    out.push_text(after.get(..1).unwrap_or_default().to_owned());
                    rest = after.get(2..).unwrap_or_default();
                    continue;
                }
                let Some(end) = after.find('}').filter(|end| *end > 0) else {
                    out.push_text(after.get(..1).unwrap_or_default().to_owned());
                    rest = after.get(1..).unwrap_or_default();
                    continue;
                };
                let field = after.get(1..end).unwrap_or_default();
                rest = after.get(end + 1..).unwrap_or_default();
                let (field, spec) = field.split_once(':').unwrap_or((field, ""));
                let key = field.split(['.', '[', '!']).next().unwrap_or_default();
                let inner = self.brace_value(scope, call, key, &mut next);
                out.append(if is_numeric_spec(spec) { inner.numeric() } else { inner });
            }
            out.push_text(rest.to_owned());
        }
        out
    }

    fn brace_value(&mut self, scope: ScopeId, call: &'a ast::ExprCall, key: &str, next: &mut usize) -> Template<'a> {
        let arguments = &call.arguments;
        let positional = |index: usize| {
            let starred = arguments.args.iter().position(Expr::is_starred_expr);
            match starred {
                Some(at) if at <= index => arguments.args.get(at).and_then(|e| e.as_starred_expr()).map(|s| &*s.value),
                _ => arguments.args.get(index),
            }
        };
        let value = if key.is_empty() {
            *next += 1;
            positional(*next - 1)
        } else if let Ok(index) = key.parse() {
            positional(index)
        } else {
            let unpacked = || {
                let keyword = arguments.keywords.iter().find(|keyword| keyword.arg.is_none());
                let mapping = keyword.map(|keyword| &keyword.value).or_else(|| arguments.args.first())?;
                match self.display(scope, mapping).1 {
                    Expr::Dict(dict) => dict_value(dict, key).or(Some(mapping)),
                    _ => Some(mapping),
                }
            };
            arguments.find_keyword(key).map(|keyword| &keyword.value).or_else(unpacked)
        };
        match value {
            Some(value) => self.read(scope, value),
            None => Template::hole(&call.func, scope),
        }
    }
}

fn dict_value<'a>(dict: &'a ast::ExprDict, key: &str) -> Option<&'a Expr> {
    let has_key = |item: &&ast::DictItem| {
        item.key.as_ref().and_then(Expr::as_string_literal_expr).is_some_and(|literal| literal.value.to_str() == key)
    };
    dict.items.iter().find(has_key).map(|item| &item.value)
}

pub(super) fn is_numeric_spec(spec: &str) -> bool {
    spec.ends_with(['d', 'f', 'F', 'x', 'X', 'o', 'b', 'e', 'g', 'n', '%'])
}

/// `%(key)-5.2s`, after the percent sign.
struct PercentField<'t> {
    key: Option<&'t str>,
    conversion: char,
    length: usize,
}

impl<'t> PercentField<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let mut rest = text;
        let mut key = None;
        if let Some(keyed) = rest.strip_prefix('(') {
            let (name, after) = keyed.split_once(')')?;
            key = Some(name);
            rest = after;
        }
        rest =
            rest.trim_start_matches(['#', '0', '-', ' ', '+', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '*']);
        let conversion = rest.chars().next().filter(|c| "diouxXeEfFgGcrsa%".contains(*c))?;
        let length = text.len() - rest.len() + 1;
        Some(Self { key, conversion, length })
    }
}
