//! On which ways through a function a point lies, as far as what callers give decides.

use serde::{Deserialize, Serialize};
use seriema_program::ir::{CompareOp, Expr, Literal, Pattern};

use crate::env::Env;
use crate::eval::compare;
use crate::instantiate::Given;
use crate::interp::Interp;
use crate::value::{Base, Const, Label, Ref, Shape, Value};

/// Conditions of one point.
const MAX_CONDITIONS: usize = 6;

/// Something that holds of what a caller gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) label: Label,
    pub(crate) test: Test,
}

/// What holds of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Test {
    /// It is true, or false.
    Truth(bool),
    /// It is one of these, or none of them.
    Among(Vec<Const>, bool),
}

/// All of what holds at a point.
pub(crate) type Conditions = Vec<Held>;

/// Adds a condition; what there is no room for is not known.
pub(crate) fn add(conditions: &mut Conditions, held: Held) {
    if conditions.len() < MAX_CONDITIONS && !conditions.contains(&held) {
        conditions.push(held);
    }
}

/// What a value is for the callers, if it is the very thing that they give.
fn given_label(value: &Value) -> Option<Label> {
    let data = value.data();
    if data.either || data.derived.is_some() || data.tree.is_some() {
        return None;
    }
    let mut found = None;
    for reference in &data.refs {
        match reference {
            Ref::Sym(label) if matches!(label.base, Base::Param(_)) && found.is_none() => found = Some(*label),
            // What an annotation says of it.
            Ref::Instance(_) | Ref::Api(_) => {}
            _ => return None,
        }
    }
    found
}

/// What it means for the two operands that a comparison with constants is true.
pub(crate) fn of_comparison(op: CompareOp, left: &Value, right: &Value, members: Option<Vec<Const>>) -> Option<Held> {
    let is = matches!(op, CompareOp::Eq | CompareOp::Is | CompareOp::In);
    match op {
        CompareOp::Eq | CompareOp::NotEq | CompareOp::Is | CompareOp::IsNot => {
            let (label, constant) = match (right.only(), left.only()) {
                (Some(constant), _) => (given_label(left)?, constant),
                (None, Some(constant)) => (given_label(right)?, constant),
                (None, None) => return None,
            };
            Some(Held { label, test: Test::Among(vec![constant], is) })
        }
        CompareOp::In | CompareOp::NotIn => Some(Held { label: given_label(left)?, test: Test::Among(members?, is) }),
        CompareOp::Lt | CompareOp::LtE | CompareOp::Gt | CompareOp::GtE => None,
    }
}

/// What it means for a value that it is true.
pub(crate) fn of_truth(value: &Value) -> Option<Held> {
    Some(Held { label: given_label(value)?, test: Test::Truth(true) })
}

impl Held {
    /// The contrary.
    pub(crate) fn negated(&self) -> Self {
        let test = match &self.test {
            Test::Truth(truth) => Test::Truth(!truth),
            Test::Among(constants, is) => Test::Among(constants.clone(), !is),
        };
        Self { label: self.label, test }
    }
}

impl Interp<'_> {
    /// What it means for the subject of a `match` that a pattern of constants matches.
    pub(crate) fn of_pattern(&self, pattern: &Pattern, subject: &Value) -> Option<Held> {
        let label = given_label(subject)?;
        let mut constants = Vec::new();
        self.pattern_constants(pattern, &mut constants)?;
        Some(Held { label, test: Test::Among(constants, true) })
    }

    fn pattern_constants(&self, pattern: &Pattern, out: &mut Vec<Const>) -> Option<()> {
        match pattern {
            Pattern::Value(expr) => {
                let Expr::Literal(literal) = self.file.expr(*expr) else { return None };
                out.push(match literal {
                    Literal::Str(text) => Const::Str(text),
                    Literal::Bytes(text) => Const::Bytes(text),
                    Literal::Int(number) => Const::Int(number),
                    Literal::Bool(flag) => Const::Bool(flag),
                    Literal::None => Const::None,
                    Literal::Float(_) | Literal::Ellipsis => return None,
                });
            }
            Pattern::Or(all) => {
                for one in all {
                    self.pattern_constants(one, out)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The truth of a value, when that is known: of constants, of lists that are known to have elements or none.
    pub(crate) fn truth_of(&self, value: &Value, env: &Env) -> Option<bool> {
        if let Some(truth) = value.truth() {
            return Some(truth);
        }
        let data = value.data();
        if data.either || data.consts.is_some() || !data.facts.is_empty() || data.tree.is_some() {
            return None;
        }
        let [reference] = &*data.refs else { return None };
        match reference {
            Ref::Func(..) | Ref::Class(_) | Ref::Module(_) => Some(true),
            Ref::Obj(id) => {
                let object = env.object(*id)?;
                match (object.shape, object.len) {
                    (Shape::List | Shape::Tuple, Some(len)) if len > 0 || !object.rest_written => Some(len > 0),
                    (Shape::Dict, _) if object.fields.is_empty() && !object.rest_written => Some(false),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether what a caller gives rules a way out.
    pub(crate) fn rules_out(&mut self, conditions: &Conditions, given: &mut Given, env: &mut Env) -> bool {
        conditions.iter().any(|held| {
            let actual = self.resolve(held.label, given, env);
            match &held.test {
                Test::Truth(truth) => self.truth_of(&actual, env) == Some(!truth),
                Test::Among(constants, is) => actual.consts().is_some_and(|all| {
                    all.iter().all(|one| {
                        let among = constants.iter().any(|known| compare(CompareOp::Eq, *one, *known) == Some(true));
                        among != *is
                    })
                }),
            }
        })
    }

    /// What conditions of a called function mean here.
    pub(crate) fn conditions_here(&mut self, conditions: &Conditions, given: &mut Given, env: &mut Env) -> Conditions {
        let mut out = self.conditions.clone();
        for held in conditions {
            let actual = self.resolve(held.label, given, env);
            if let Some(label) = given_label(&actual) {
                add(&mut out, Held { label, test: held.test.clone() });
            }
        }
        out
    }
}
