//! What several rules ask of the code.

pub(crate) mod annotation_position;
pub(crate) mod ast_search;
pub(crate) mod credentials;
pub(crate) mod decided_elsewhere;
pub(crate) mod excerpt;
pub(crate) mod expression_parts;
pub(crate) mod fix_edits;
pub(crate) mod import_edit;
pub(crate) mod leading_literal;
pub(crate) mod markup_names;
pub(crate) mod markup_parts;
pub(crate) mod parameterize;
pub(crate) mod permission_bits;
pub(crate) mod process;
pub(crate) mod provenance;
pub(crate) mod query;
pub(crate) mod repetition;
pub(crate) mod security_decision;
pub(crate) mod sql;
pub(crate) mod template;
pub(crate) mod tls_context;
pub(crate) mod value;
pub(crate) mod value_destination;
pub(crate) mod value_purpose;
pub(crate) mod web_context;
pub(crate) mod wording;
