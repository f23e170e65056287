//! The front end on ruff's parser: parsed files, scopes, qualified names, constants.
//!
//! The parser family is used in this crate alone; the others reach the tree through [`ast`] and [`text`].

pub use ruff_python_ast as ast;
pub use ruff_python_parser as parser;
pub use ruff_python_trivia as trivia;
pub use ruff_source_file as source_file;
pub use ruff_text_size as text_size;
