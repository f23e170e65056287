//! What the names in code that makes markup say of the values they hold.

use seriema_program::ast::Expr;

/// Names of functions whose result is escaped, rendered, or a number.
pub(super) fn is_escaping_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (lower.contains("escape") && !lower.contains("unescape"))
        || ["sanitiz", "sanitis", "bleach", "quote", "urlencode", "slugify", "strftime", "isoformat", "safe_html"]
            .iter()
            .any(|word| lower.contains(word))
        || matches!(
            name,
            "format_html"
                | "format_html_join"
                | "mark_safe"
                | "Markup"
                | "clean"
                | "clean_html"
                | "render"
                | "render_to_string"
                | "render_template"
                | "render_template_string"
                | "flatatt"
                | "html_params"
                | "json_script"
                | "htmlsafe_json_dumps"
                | "highlight"
                | "translate"
                | "reverse"
                | "reverse_lazy"
                | "url_for"
                | "static"
                | "striptags"
                | "strip_tags"
                | "as_p"
                | "as_ul"
                | "as_table"
                | "as_div"
                | "as_text"
                | "int"
                | "float"
                | "len"
                | "round"
                | "sum"
                | "abs"
                | "bool"
                | "count"
                | "date_format"
                | "number_format"
                | "localize"
                | "intcomma"
                | "filesizeformat"
                | "b64encode"
                | "hexdigest"
                | "uuid4"
                | "hexlify"
                | "get_absolute_url"
                | "type"
                | "now"
        )
}

/// String methods that bring in no text of their own.
pub(super) fn keeps_escaping(name: &str) -> bool {
    matches!(name, "replace" | "strip" | "lstrip" | "rstrip" | "lower" | "upper" | "title" | "decode" | "encode")
}

pub(super) fn is_translation(name: &str) -> bool {
    name.trim_start_matches(['u', 'n', 'p']).starts_with("gettext")
        || matches!(name, "_" | "__" | "_l" | "lazy_gettext" | "trans")
}

pub(super) fn is_conversion(name: &str) -> bool {
    matches!(name, "force_str" | "force_text" | "smart_str" | "smart_text" | "text_type" | "to_native" | "to_text")
}

pub(super) fn is_constant_name(name: &str) -> bool {
    name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
}

/// Names that say that a value is markup already, or a piece of it that the program chooses.
pub(super) fn is_markup_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    const WORDS: &[&str] = &[
        "html",
        "safe",
        "escaped",
        "markup",
        "rendered",
        "svg",
        "icon",
        "csrf",
        "widget",
        "attrs",
        "snippet",
        "css",
        "url",
        "class",
        "style",
        "color",
        "colour",
        "tag",
        "label",
        "help_text",
        "script",
        "placeholder",
        "verbose_name",
        "errors",
    ];
    WORDS.iter().any(|word| name.contains(word))
}

/// Names that say that what a value holds belongs into a tag.
pub(super) fn is_attribute_name(name: &str) -> bool {
    ["html", "markup", "attrs", "class", "css", "style", "svg"].iter().any(|word| name.contains(word))
}

/// Names that say that a value is a number, a date, or a word without special characters.
pub(super) fn is_number_name(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "id",
        "pk",
        "i",
        "n",
        "count",
        "index",
        "width",
        "height",
        "size",
        "page",
        "page_num",
        "year",
        "month",
        "day",
        "days",
        "hours",
        "minutes",
        "seconds",
        "total",
        "num",
        "number",
        "counter",
        "length",
        "position",
        "order",
        "lineno",
        "timestamp",
        "date",
        "time",
        "created",
        "modified",
        "updated",
        "slug",
        "uuid",
        "lang",
        "language",
        "locale",
        "percent",
        "percentage",
        "amount",
        "price",
        "score",
        "rating",
        "usage",
        "usages",
    ];
    const BEGINNINGS: &[&str] = &["max_", "min_", "num_"];
    const ENDINGS: &[&str] =
        &["_id", "_count", "_on", "_at", "_date", "_time", "_code", "_uuid", "_slug", "_hash", "_language", "_num"];
    NAMES.contains(&name)
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Objects of a form or a class's description: what they hold was written by a programmer.
pub(super) fn is_program_object(base: &Expr) -> bool {
    let name = match base {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    matches!(name, "field" | "form" | "widget" | "settings" | "config" | "opts" | "options" | "meta" | "_meta" | "bf")
        || name.ends_with("_field")
        || name.ends_with("_form")
}
