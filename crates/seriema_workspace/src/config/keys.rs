//! What may be configured: the one list that reading, showing and the schema share.

use serde_json::{Map, Value, json};
use seriema_finding::{Confidence, Persona, Severity};

use super::{FailOn, Incomplete};
use crate::vocabulary::{OptionKind, OptionSpec};

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Boolean,
    Word(&'static [&'static str]),
    /// A whole number of bytes, or a string with a unit.
    Size,
    /// A list of selectors.
    Selectors,
    /// A list of path patterns.
    Patterns,
    /// A list of directories.
    Directories,
    PerFileIgnores,
    Dependencies,
    Rules,
}

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// The default, as JSON.
    default: &'static str,
    doc: &'static str,
}

const fn key(name: &'static str, shape: Shape, default: &'static str, doc: &'static str) -> Key {
    Key { name, shape, default, doc }
}

/// All keys, in the order in which they are shown.
pub(super) const KEYS: &[Key] = &[
    key(
        "persona",
        Shape::Word(Persona::NAMES),
        "\"regular\"",
        "Who the report is for: what a senior reviewer would raise, also what is right only in some contexts, or everything \
         any tool would say.",
    ),
    key("severity", Shape::Word(Severity::NAMES), "\"info\"", "The least severity that is reported."),
    key("confidence", Shape::Word(Confidence::NAMES), "\"low\"", "The least confidence that is reported."),
    key("fail-on", Shape::Word(FailOn::NAMES), "\"high\"", "The least severity that makes the run fail (exit code 1)."),
    key(
        "incomplete",
        Shape::Word(Incomplete::NAMES),
        "\"error\"",
        "Whether the run fails (exit code 3) when a part of the project could not be analysed, or the report only says so.",
    ),
    key(
        "select",
        Shape::Selectors,
        "[]",
        "The only rules to report: slugs, codes (`B602`, `S6`), weaknesses (`CWE-78`) or families (`injection`). Empty means \
         all.",
    ),
    key("ignore", Shape::Selectors, "[]", "Rules not to report, named as in `select`."),
    key(
        "exclude",
        Shape::Patterns,
        "[]",
        "Files and directories to leave out beside those left out by themselves, written as in `.gitignore`, relative to \
         this file.",
    ),
    key("include-stubs", Shape::Boolean, "false", "Whether `.pyi` files are audited."),
    key("respect-gitignore", Shape::Boolean, "true", "Whether what git ignores is left out."),
    key(
        "max-file-size",
        Shape::Size,
        "8388608",
        "The size above which a file is not analysed, in bytes or with a unit (\"16 MiB\"). Such files are reported.",
    ),
    key(
        "src",
        Shape::Directories,
        "[]",
        "Directories that module names start from, relative to this file, where they are not found by themselves.",
    ),
    key(
        "models",
        Shape::Directories,
        "[]",
        "Models of the project's own: files that say what its libraries do, relative to this file. See docs/models.md.",
    ),
    key(
        "detectors",
        Shape::Directories,
        "[]",
        "Detectors of secrets of the project's own: files, relative to this file. See docs/secrets.md.",
    ),
    key(
        "require-suppression-reason",
        Shape::Boolean,
        "true",
        "Whether a suppression comment without a reason is a finding.",
    ),
    key(
        "per-file-ignores",
        Shape::PerFileIgnores,
        "{}",
        "Rules that are not reported in some files: a path pattern as in `exclude`, and a list of rules or a table of \
         `rules` and `reason`.",
    ),
    key(
        "deps",
        Shape::Dependencies,
        "{}",
        "How dependencies are audited: `ignore` lists advisories not to report, each a table of `id`, `reason`, and where wanted \
         `package` and the last day, `expires`. See docs/dependencies.md.",
    ),
    key("rules", Shape::Rules, "{}", "Options of single rules, by the rule's slug."),
];

/// The names of [`KEYS`].
pub(super) fn names() -> Vec<&'static str> {
    KEYS.iter().map(|key| key.name).collect()
}

/// The JSON schema (draft 2020-12) of `seriema.toml` and of `[tool.seriema]`. `rules` are the rules that take options,
/// with these; where it is empty, any are allowed.
#[must_use]
pub fn json_schema(rules: &[(&str, &[OptionSpec])]) -> Value {
    let mut properties = Map::new();
    for key in KEYS {
        let mut schema = shape_schema(key.shape, rules);
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), key.doc.into());
            object.insert("default".to_owned(), serde_json::from_str(key.default).unwrap_or(Value::Null));
        }
        properties.insert(key.name.to_owned(), schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of Seriema",
        "description": "`seriema.toml`, or `[tool.seriema]` in `pyproject.toml`.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn shape_schema(shape: Shape, rules: &[(&str, &[OptionSpec])]) -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    match shape {
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Word(names) => json!({ "enum": names }),
        Shape::Size => json!({
            "oneOf": [
                { "type": "integer", "minimum": 1, "maximum": super::read::MAX_SIZE },
                { "type": "string", "pattern": "^[0-9]+ *(B|[kKMG]B|[KMG]iB)$" },
            ],
        }),
        Shape::Selectors | Shape::Patterns | Shape::Directories => texts,
        Shape::PerFileIgnores => json!({
            "type": "object",
            "additionalProperties": {
                "oneOf": [
                    texts,
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["rules"],
                        "properties": { "rules": texts, "reason": { "type": "string" } },
                    },
                ],
            },
        }),
        Shape::Dependencies => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "ignore": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["id", "reason"],
                        "properties": {
                            "id": { "type": "string" },
                            "package": { "type": "string" },
                            "reason": { "type": "string" },
                            "expires": { "type": "string", "format": "date" },
                        },
                    },
                },
            },
        }),
        Shape::Rules if rules.is_empty() => json!({ "type": "object", "additionalProperties": { "type": "object" } }),
        Shape::Rules => {
            let properties: Map<String, Value> =
                rules.iter().map(|(slug, options)| ((*slug).to_owned(), options_schema(options))).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
    }
}

fn options_schema(options: &[OptionSpec]) -> Value {
    let mut properties = Map::new();
    for option in options {
        let mut schema = match option.kind {
            OptionKind::Boolean => json!({ "type": "boolean" }),
            OptionKind::Integer => json!({ "type": "integer", "minimum": 0 }),
            OptionKind::Text => json!({ "type": "string" }),
            OptionKind::TextList => json!({ "type": "array", "items": { "type": "string" } }),
        };
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), option.doc.into());
        }
        properties.insert(option.name.to_owned(), schema);
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}
