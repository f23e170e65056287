//! The front end on ruff's parser: parsed files, scopes, qualified names, constants and origins.
//!
//! ```text
//! text -> ParsedFile (tree, tokens, notebook cells) -> Scopes (who binds which name where)
//!      -> Semantic (what does this expression mean here) -> walk (every node once, with its ancestors)
//! ```
//!
//! The parser family is used in this crate alone; the others reach the tree through [`ast`] and [`text_size`].
//! Nothing here has an opinion on security.

pub use ruff_python_ast as ast;
pub use ruff_python_parser as parser;
pub use ruff_python_trivia as trivia;
pub use ruff_source_file as source_file;
pub use ruff_text_size as text_size;

mod bounds;
mod callers;
mod constant;
mod documentation;
mod effort;
mod exports;
mod imported;
pub mod ir;
mod locator;
mod origin;
mod parse;
mod resolve;
mod scopes;
mod semantic;
mod shadows;
pub mod stored;
mod symbol;
mod walk;

pub use bounds::{Refusal, refusal};
pub use constant::Const;
pub use documentation::documentation;
pub use exports::{Export, LinkTable, ModuleExports, ModuleIndex, Want, Wanted};
pub use locator::Locator;
pub use origin::Origin;
pub use parse::{MAX_NESTING, ParsedFile, SourceType, parse, reread};
pub use resolve::QualifiedName;
pub use scopes::{Binding, BindingKind, Scope, ScopeId, ScopeKind, Scopes};
pub use semantic::{FileContext, Node, Semantic};
pub use symbol::Symbol;
pub use walk::{Inspect, walk};
