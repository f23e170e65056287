//! Python's `str.format` for strings and integers.

/// A template's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Text as it stands.
    Text(String),
    /// A replacement field.
    Field(Field),
}

/// `{name!conversion:specification}`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// The name.
    pub name: String,
    /// `r`, `s` or `a`.
    pub conversion: Option<char>,
    /// The format specification; may hold fields itself.
    pub spec: String,
}

/// What stands for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Int(i64),
    /// Anything else, as text: it takes no specification.
    Other(String),
}

impl Value {
    /// `str()`
    #[must_use]
    pub(crate) fn to_text(&self) -> String {
        match self {
            Value::Text(text) | Value::Other(text) => text.clone(),
            Value::Int(value) => value.to_string(),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "str",
            Value::Int(_) => "int",
            Value::Other(_) => "object",
        }
    }
}

/// Reads a template.
///
/// # Errors
/// With Python's message.
pub(crate) fn parse(template: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                text.push(c);
            }
            '}' => return Err("Single '}' encountered in format string".to_owned()),
            '{' => {
                if chars.peek().is_none() {
                    return Err("Single '{' encountered in format string".to_owned());
                }
                let mut inner = String::new();
                let mut depth = 1;
                for c in chars.by_ref() {
                    depth += match c {
                        '{' => 1,
                        '}' => -1,
                        _ => 0,
                    };
                    if depth == 0 {
                        break;
                    }
                    inner.push(c);
                }
                if depth > 0 {
                    return Err("expected '}' before end of string".to_owned());
                }
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Field(field(&inner)?));
            }
            c => text.push(c),
        }
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

fn field(inner: &str) -> Result<Field, String> {
    let end = inner.find(['!', ':']).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    if name.contains('{') {
        return Err("unexpected '{' in field name".to_owned());
    }
    if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
        let index = if name.is_empty() { "0" } else { name };
        return Err(format!("Replacement index {index} out of range for positional args tuple"));
    }
    let (conversion, spec) = match rest.strip_prefix('!') {
        None => (None, rest.strip_prefix(':').unwrap_or("")),
        Some(rest) => {
            let mut chars = rest.chars();
            let conversion = chars.next().ok_or("end of string while looking for conversion specifier")?;
            match (chars.next(), chars.as_str()) {
                (None, _) => (Some(conversion), ""),
                (Some(':'), spec) => (Some(conversion), spec),
                _ => return Err("expected ':' after conversion specifier".to_owned()),
            }
        }
    };
    match conversion {
        None | Some('r' | 's' | 'a') => Ok(Field { name: name.to_owned(), conversion, spec: spec.to_owned() }),
        Some(other) => Err(format!("Unknown conversion specifier {other}")),
    }
}

/// Formats a value for a field. Fields inside the specification are looked up with `lookup`.
///
/// # Errors
/// With Python's message.
pub(crate) fn format(value: &Value, field: &Field, lookup: &dyn Fn(&str) -> Option<Value>) -> Result<String, String> {
    let mut spec = String::new();
    for part in parse(&field.spec)? {
        match part {
            Part::Text(text) => spec.push_str(&text),
            Part::Field(inner) if inner.spec.contains('{') => return Err("Max string recursion exceeded".to_owned()),
            Part::Field(inner) => {
                let value = lookup(&inner.name).unwrap_or_else(|| Value::Text(format!("{{{}}}", inner.name)));
                spec.push_str(&apply(&converted(value, inner.conversion), &inner.spec)?);
            }
        }
    }
    apply(&converted(value.clone(), field.conversion), &spec)
}

fn converted(value: Value, conversion: Option<char>) -> Value {
    match (conversion, value) {
        (None, value) => value,
        (Some('s'), value) => Value::Text(value.to_text()),
        (Some('a'), Value::Text(text)) => Value::Text(crate::python::ascii_str(&text)),
        (Some(_), Value::Text(text)) => Value::Text(crate::python::repr_str(&text)),
        (Some(_), value) => Value::Text(value.to_text()),
    }
}

#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// No report needs more.
const MAX_WIDTH: usize = 10_000;

fn parse_spec(spec: &str, type_name: &str) -> Result<Spec, String> {
    let chars: Vec<char> = spec.chars().collect();
    let mut at = 0;
    let mut out = Spec::default();
    let is_align = |c: Option<&char>| c.is_some_and(|c| matches!(c, '<' | '>' | '=' | '^'));
    if is_align(chars.get(1)) {
        (out.fill, out.align) = (chars.first().copied(), chars.get(1).copied());
        at = 2;
    } else if is_align(chars.first()) {
        out.align = chars.first().copied();
        at = 1;
    }
    let eat = |at: &mut usize, set: &str| {
        let found = chars.get(*at).copied().filter(|c| set.contains(*c));
        *at += usize::from(found.is_some());
        found
    };
    out.sign = eat(&mut at, "+- ");
    out.alternate = eat(&mut at, "#").is_some();
    out.zero = eat(&mut at, "0").is_some();
    let number = |at: &mut usize| {
        let mut value = None;
        while let Some(digit) = chars.get(*at).and_then(|c| c.to_digit(10)) {
            let digit = usize::try_from(digit).unwrap_or(0);
            value = Some((value.unwrap_or(0_usize) * 10 + digit).min(MAX_WIDTH));
            *at += 1;
        }
        value
    };
    out.width = number(&mut at).unwrap_or(0);
    let grouping = chars.get(at).copied().filter(|c| matches!(c, ',' | '_'));
    at += usize::from(grouping.is_some());
    out.grouping = grouping;
    if chars.get(at) == Some(&'.') {
        at += 1;
        out.precision = Some(number(&mut at).ok_or("Format specifier missing precision")?);
    }
    match chars.get(at..) {
        Some([kind]) => out.kind = Some(*kind),
        Some([]) | None => {}
        Some(_) => return Err(format!("Invalid format specifier '{spec}' for object of type '{type_name}'")),
    }
    Ok(out)
}

fn apply(value: &Value, spec: &str) -> Result<String, String> {
    if spec.is_empty() {
        return Ok(value.to_text());
    }
    let type_name = value.type_name();
    if let Value::Other(_) = value {
        return Err(format!("unsupported format string passed to {type_name}.__format__"));
    }
    let spec = parse_spec(spec, type_name)?;
    match value {
        Value::Int(number) => format_int(*number, &spec),
        _ => format_text(&value.to_text(), &spec),
    }
}

fn unknown_code(kind: char, type_name: &str) -> String {
    format!("Unknown format code '{kind}' for object of type '{type_name}'")
}

fn format_text(text: &str, spec: &Spec) -> Result<String, String> {
    match spec.kind {
        None | Some('s') => {}
        Some(kind) => return Err(unknown_code(kind, "str")),
    }
    if spec.sign.is_some() {
        return Err("Sign not allowed in string format specifier".to_owned());
    }
    if spec.alternate {
        return Err("Alternate form (#) not allowed in string format specifier".to_owned());
    }
    if spec.align == Some('=') {
        return Err("'=' alignment not allowed in string format specifier".to_owned());
    }
    if let Some(grouping) = spec.grouping {
        return Err(format!("Cannot specify '{grouping}' with 's'."));
    }
    let text: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
    let fill = spec.fill.unwrap_or(if spec.zero && spec.align.is_none() { '0' } else { ' ' });
    Ok(padded(&text, spec.width, fill, spec.align.unwrap_or('<')))
}

fn format_int(number: i64, spec: &Spec) -> Result<String, String> {
    if spec.precision.is_some() && !matches!(spec.kind, Some('f' | 'F' | '%')) {
        return Err("Precision not allowed in integer format specifier".to_owned());
    }
    let magnitude = number.unsigned_abs();
    let precision = spec.precision.unwrap_or(6);
    let (prefix, digits) = match spec.kind {
        None | Some('d' | 'n') => ("", magnitude.to_string()),
        Some('b') => ("0b", format!("{magnitude:b}")),
        Some('o') => ("0o", format!("{magnitude:o}")),
        Some('x') => ("0x", format!("{magnitude:x}")),
        Some('X') => ("0X", format!("{magnitude:X}")),
        Some('f' | 'F') => ("", format!("{:.precision$}", magnitude as f64)),
        Some('%') => ("", format!("{:.precision$}%", magnitude as f64 * 100.0)),
        Some('c') => ("", u32::try_from(number).ok().and_then(char::from_u32).map_or_else(String::new, String::from)),
        Some(kind) => return Err(unknown_code(kind, "int")),
    };
    let sign = match (number < 0, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let digits = match spec.grouping {
        Some(separator) => grouped(&digits, separator, if prefix.is_empty() { 3 } else { 4 }),
        None => digits,
    };
    let lead = format!("{sign}{}", if spec.alternate { prefix } else { "" });
    let align = spec.align.unwrap_or(if spec.zero { '=' } else { '>' });
    let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' });
    if align == '=' {
        let width = spec.width.saturating_sub(lead.chars().count());
        return Ok(lead + &padded(&digits, width, fill, '>'));
    }
    Ok(padded(&(lead + &digits), spec.width, fill, align))
}

fn grouped(digits: &str, separator: char, size: usize) -> String {
    let count = digits.chars().count();
    let mut out = String::new();
    for (index, c) in digits.chars().enumerate() {
        if index > 0 && (count - index).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

fn padded(text: &str, width: usize, fill: char, align: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let left = match align {
        '>' => missing,
        '^' => missing / 2,
        _ => 0,
    };
    let fill = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", fill(left), fill(missing - left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(template: &str, value: &Value) -> Result<String, String> {
        match parse(template)?.as_slice() {
            [Part::Field(field)] => format(value, field, &|_| Some(Value::Int(9))),
            other => panic!("{other:?} is one field"),
        }
    }

    fn text(template: &str) -> Result<String, String> {
        one(template, &Value::Text("abcé".to_owned()))
    }

    fn int(template: &str) -> Result<String, String> {
        one(template, &Value::Int(1234))
    }

    #[test]
    fn strings_are_cut_and_padded() {
        assert_eq!(text("{x:6.3s}").as_deref(), Ok("abc   "));
        assert_eq!(text("{x:*^8}").as_deref(), Ok("**abcé**"));
        assert_eq!(text("{x:>{w}}").as_deref(), Ok("     abcé"));
        assert_eq!(text("{x!r:>8}").as_deref(), Ok("  'abcé'"));
        assert_eq!(text("{x!a}").as_deref(), Ok("'abc\\xe9'"));
        assert_eq!(text("{x:06}").as_deref(), Ok("abcé00"));
    }

    #[test]
    fn integers_have_signs_bases_and_groups() {
        assert_eq!(int("{x:06}").as_deref(), Ok("001234"));
        assert_eq!(int("{x:+d}").as_deref(), Ok("+1234"));
        assert_eq!(int("{x:#x}").as_deref(), Ok("0x4d2"));
        assert_eq!(int("{x:,}").as_deref(), Ok("1,234"));
        assert_eq!(int("{x:.1f}").as_deref(), Ok("1234.0"));
    }

    #[test]
    fn errors_are_worded_as_pythons() {
        for (result, message) in [
            (text("{x:d}"), "Unknown format code 'd' for object of type 'str'"),
            (int("{x:03!r}"), "Invalid format specifier '03!r' for object of type 'int'"),
            (parse("}").map(|_| String::new()), "Single '}' encountered in format string"),
            (parse("{").map(|_| String::new()), "Single '{' encountered in format string"),
            (parse("{x").map(|_| String::new()), "expected '}' before end of string"),
            (parse("{}").map(|_| String::new()), "Replacement index 0 out of range for positional args tuple"),
        ] {
            assert_eq!(result, Err(message.to_owned()));
        }
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(parse("{{a}}"), Ok(vec![Part::Text("{a}".to_owned())]));
    }
}
