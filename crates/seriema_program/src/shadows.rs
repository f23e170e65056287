//! Names that lambdas and comprehensions bind for their own extent.

use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

/// Names up to which a list is as quick as a table.
const FEW: usize = 16;

/// A stack of names, each with what it iterates over; the last of a name counts.
#[derive(Default)]
pub(crate) struct Shadows<'a> {
    names: Vec<(&'a str, Option<&'a Expr>)>,
    /// Where each name stands in `names`, last last. Of those beyond the first [`FEW`] alone.
    table: FxHashMap<&'a str, Vec<usize>>,
}

impl<'a> Shadows<'a> {
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn push(&mut self, name: &'a str, iter: Option<&'a Expr>) {
        if self.names.len() >= FEW {
            self.table.entry(name).or_default().push(self.names.len());
        }
        self.names.push((name, iter));
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        for (name, _) in self.names.drain(length.max(FEW).min(self.names.len())..) {
            if let Some(places) = self.table.get_mut(name) {
                places.pop();
            }
        }
        self.names.truncate(length);
    }

    /// What a name iterates over; the outer option says whether there is such a name.
    pub(crate) fn get(&self, name: &str) -> Option<Option<&'a Expr>> {
        if self.names.is_empty() {
            return None;
        }
        let late = if self.names.len() > FEW { self.table.get(name).and_then(|places| places.last()) } else { None };
        let found = match late {
            Some(place) => self.names.get(*place),
            None => self.names.iter().take(FEW).rev().find(|(shadow, _)| *shadow == name),
        };
        found.map(|(_, iter)| *iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_found_as_few_are() {
        let names: Vec<String> = (0..100).map(|i| format!("n{i}")).collect();
        let mut shadows = Shadows::default();
        for name in &names {
            shadows.push(name, None);
        }
        assert!(names.iter().all(|name| shadows.get(name).is_some()));
        for length in [60, 17, 16, 15, 3, 0] {
            shadows.truncate(length);
            let known = names.iter().filter(|name| shadows.get(name).is_some()).count();
            assert_eq!((known, shadows.len()), (length, length));
        }
    }

    #[test]
    fn the_innermost_of_a_name_counts() {
        let outer = *ruff_python_parser::parse_expression("outer").expect("valid").into_syntax().body;
        let mut shadows = Shadows::default();
        shadows.push("x", Some(&outer));
        (0..20).for_each(|_| shadows.push("y", None));
        assert!(shadows.get("x").is_some_and(|iter| iter.is_some()));
        shadows.push("x", None);
        assert!(shadows.get("x").is_some_and(|iter| iter.is_none()));
        shadows.truncate(21);
        assert!(shadows.get("x").is_some_and(|iter| iter.is_some()));
    }
}
