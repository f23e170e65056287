//! What several rules ask of the code.

pub(crate) mod process;
