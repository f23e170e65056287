//! Which files belong to a project, how they are read, configured and suppressed. No analysis happens here.
//!
//! This is the one crate that opens files; everything above it is handed bytes, text or settings.
#![allow(clippy::disallowed_methods, reason = "opening files is this crate's job")]

mod config;
mod discover;
mod paths;
mod pattern;
mod pieces;
mod source;
mod suppress;
mod vocabulary;

pub use config::{
    AdvisoryIgnore, BanditSelection, Config, ConfigError, ConfigFile, ConfigSource, ConfigTree, Entry, FailOn,
    IgnoreTool, Incomplete, ListSetting, OptionValue, Origin, OtherTools, Overrides, PerFileIgnore, RuffSelection,
    RuleOptions, Setting, json_schema, other_ignores, read_other_ignores, read_other_tools,
};
pub use discover::{
    DEFAULT_MAX_FILE_SIZE, Decision, DiscoverOptions, Discovery, FileKind, MissingPath, SourceFile, choose_root,
    describe_file, discover, is_test_path, may_be_text,
};
pub use paths::shown_path;
pub use pattern::{PathPattern, PathPatterns, PatternError};
pub use pieces::{Piece, read_pieces};
pub use source::{
    DecodeError, DecodedText, EncodingName, ReadError, decode_python, decode_text, python_encoding, read_bytes,
};
pub use suppress::{
    Directive, DirectiveError, DirectiveKind, Directives, Scope, bandit_nosec, may_suppress, parse_comment,
};
pub use vocabulary::{OptionKind, OptionSpec, UnknownSelector, Vocabulary, suggest};
