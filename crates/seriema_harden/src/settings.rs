//! Modules of settings, evaluated without running them.
//!
//! What is evaluated is what such modules are made of: assignments, imports of each other, conditions, reads of the environment.
//! Everything else has a value that is not known, and is said to.

mod expression;
mod statement;
mod value;

pub(crate) use statement::{Module, evaluate};
pub(crate) use value::{Unknown, Value, What};
