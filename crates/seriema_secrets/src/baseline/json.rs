//! JSON as Python's `json.dumps` writes it: indented, ASCII only, floats with a point.
//!
//! Baselines are compared byte by byte when they are committed, so they are written as detect-secrets would.

use std::fmt::Write as _;

use serde_json::Value;

/// A value as `json.dumps(value, indent=INDENT)` writes it, without a newline at the end.
pub(crate) fn dumps(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write(value, indent, 0, &mut out);
    out
}

fn write(value: &Value, indent: usize, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => out.push_str(&repr(float)),
            None => out.push_str(&number.to_string()),
        },
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            block(items.iter(), ('[', ']'), indent, depth, out, |item, out| write(item, indent, depth + 1, out));
        }
        Value::Object(items) => block(items.iter(), ('{', '}'), indent, depth, out, |(key, item), out| {
            string(key, out);
            out.push_str(": ");
            write(item, indent, depth + 1, out);
        }),
    }
}

fn block<T>(
    items: impl ExactSizeIterator<Item = T>,
    (open, close): (char, char),
    indent: usize,
    depth: usize,
    out: &mut String,
    mut each: impl FnMut(T, &mut String),
) {
    out.push(open);
    let is_empty = items.len() == 0;
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent * depth));
    };
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push(',');
        }
        line(depth + 1, out);
        each(item, out);
    }
    if !is_empty {
        line(depth, out);
    }
    out.push(close);
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// A float as Python's `repr` shows it: shortest digits, an exponent below 1e-4 and from 1e16.
fn repr(float: f64) -> String {
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{float}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_python_writes_it() {
        let value: Value = serde_json::from_str(
            "{\"é\\n\": [1, 4.5, 3.0, -0.00001, 1e22, null, true], \"e\": {}, \"l\": [], \"😀\": \"\\u007f/\"}",
        )
        .expect("JSON");
        let python = "{\n  \"\\u00e9\\n\": [\n    1,\n    4.5,\n    3.0,\n    -1e-05,\n    1e+22,\n    null,\n    true\n  ],\n  \
                      \"e\": {},\n  \"l\": [],\n  \"\\ud83d\\ude00\": \"\\u007f/\"\n}";
        assert_eq!(dumps(&value, 2), python);
    }
}
