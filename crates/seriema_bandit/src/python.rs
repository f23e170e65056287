//! How Python writes values as text, as far as it shows in reports.

use seriema_program::ast::{Int, Number};

/// Python refuses to write longer integers in decimal, `sys.get_int_max_str_digits()`.
const MAX_INT_DIGITS: usize = 4300;

/// `repr()` of a string.
#[must_use]
pub(crate) fn repr_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// `ascii()` of a string.
#[must_use]
pub(crate) fn ascii_str(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in repr_str(text).chars() {
        if c.is_ascii() { out.push(c) } else { push_escape(&mut out, c) }
    }
    out
}

fn push_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    out.push_str(&match code {
        0..=0xFF => format!("\\x{code:02x}"),
        0x100..=0xFFFF => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    });
}

/// `str.isprintable()` of one character: the ranges that Unicode keeps for controls, formats, separators, private use
/// and noncharacters. Unassigned code points count as printable, which no source in the wild tells apart.
fn is_printable(c: char) -> bool {
    !(c.is_control()
        || matches!(u32::from(c),
            0xA0 | 0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x1680 | 0x180E | 0x2000..=0x200F | 0x2028..=0x202F
            | 0x205F..=0x206F | 0x3000 | 0xE000..=0xF8FF | 0xFEFF | 0xFFF0..=0xFFFB | 0xFFFE..=0xFFFF
            | 0x1D173..=0x1D17A | 0xE0000..=0x10_FFFF))
}

/// `repr()` of bytes.
#[must_use]
pub(crate) fn repr_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(char::from(quote));
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if byte == quote => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(char::from(quote));
    out
}

/// `repr()` of a float: the shortest digits that read back the same, an exponent below 1e-4 and from 1e16 on.
#[must_use]
pub(crate) fn repr_float(value: f64) -> String {
    let mut text = float_digits(value);
    if value.is_finite() && !text.contains(['.', 'e']) {
        text.push_str(".0");
    }
    text
}

/// The digits of a float without the `.0` that marks it as one.
fn float_digits(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{value}")
}

/// `str()` of a number.
///
/// # Errors
/// With Python's message for integers that it refuses to write in decimal.
pub(crate) fn str_number(number: &Number) -> Result<String, String> {
    match number {
        Number::Int(value) => str_int(value),
        Number::Float(value) => Ok(repr_float(*value)),
        Number::Complex { imag, .. } => Ok(format!("{}j", float_digits(*imag))),
    }
}

/// `str()` of an integer literal.
///
/// # Errors
/// With Python's message for those of more than 4300 digits.
pub(crate) fn str_int(value: &Int) -> Result<String, String> {
    if let Some(small) = value.as_u64() {
        return Ok(small.to_string());
    }
    let limbs = limbs(value, 1_000_000_000, MAX_INT_DIGITS / 9 + 2).ok_or_else(|| {
        format!(
            "Exceeds the limit ({MAX_INT_DIGITS} digits) for integer string conversion; use \
             sys.set_int_max_str_digits() to increase the limit"
        )
    })?;
    Ok(limbs
        .iter()
        .rev()
        .enumerate()
        .map(|(i, limb)| if i == 0 { limb.to_string() } else { format!("{limb:09}") })
        .collect())
}

/// `oct()` of an integer literal.
#[must_use]
pub(crate) fn oct_int(value: &Int) -> String {
    if let Some(small) = value.as_u64() {
        return format!("{small:#o}");
    }
    let limbs = limbs(value, 1 << 24, usize::MAX).unwrap_or_default();
    let digits = limbs
        .iter()
        .rev()
        .enumerate()
        .map(|(i, limb)| if i == 0 { format!("{limb:o}") } else { format!("{limb:08o}") });
    format!("0o{}", digits.collect::<String>())
}

/// The digits of an integer literal in another base, the least first; none when there are more than `max`.
fn limbs(value: &Int, base: u64, max: usize) -> Option<Vec<u64>> {
    let token = value.to_string();
    let (digits, radix) = split_radix(&token);
    let mut limbs: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let value = *limb * u64::from(radix) + carry;
            *limb = value % base;
            carry = value / base;
        }
        if carry > 0 {
            limbs.push(carry);
        }
        if limbs.len() > max {
            return None;
        }
    }
    Some(limbs)
}

fn split_radix(token: &str) -> (&str, u32) {
    match token.get(..2) {
        Some("0x" | "0X") => (&token[2..], 16),
        Some("0o" | "0O") => (&token[2..], 8),
        Some("0b" | "0B") => (&token[2..], 2),
        _ => (token, 10),
    }
}

/// The lowest 64 bits of an integer literal.
#[must_use]
pub(crate) fn low_bits(value: &Int) -> u64 {
    value.as_u64().unwrap_or_else(|| {
        let token = value.to_string();
        let (digits, radix) = split_radix(&token);
        digits
            .chars()
            .filter_map(|c| c.to_digit(radix))
            .fold(0_u64, |sum, digit| sum.wrapping_mul(u64::from(radix)).wrapping_add(u64::from(digit)))
    })
}

/// `str.capitalize()` of an ASCII word.
#[must_use]
pub(crate) fn capitalize(word: &str) -> String {
    let mut out = word.to_ascii_lowercase();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use seriema_program::ast::Expr;
    use seriema_program::parser::parse_expression;

    fn number(code: &str) -> String {
        let parsed = parse_expression(code).unwrap();
        let Expr::NumberLiteral(literal) = parsed.expr() else { panic!("{code} is a number") };
        str_number(&literal.value).unwrap()
    }

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (code, text) in [
            ("1", "1"),
            ("0x10", "16"),
            ("1_000", "1000"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("0xFFFFFFFFFFFFFFFFFFFF", "1208925819614629174706175"),
            ("1.0", "1.0"),
            ("1e5", "100000.0"),
            ("1e16", "1e+16"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e400", "inf"),
            ("2j", "2j"),
            ("1.5e20j", "1.5e+20j"),
        ] {
            assert_eq!(number(code), text, "{code}");
        }
    }

    #[test]
    fn integers_are_written_in_base_eight() {
        let parsed = parse_expression("123456789012345678901234567890").unwrap();
        let Expr::NumberLiteral(literal) = parsed.expr() else { panic!("a number") };
        let Number::Int(value) = &literal.value else { panic!("an integer") };
        assert_eq!(oct_int(value), "0o143564417755415637016711617605322");
    }

    #[test]
    fn strings_choose_their_quotes_and_escape_what_cannot_be_seen() {
        assert_eq!(repr_str("it's"), "\"it's\"");
        assert_eq!(repr_str("a\\b\n\u{202e}é"), "'a\\\\b\\n\\u202eé'");
        assert_eq!(ascii_str("é"), "'\\xe9'");
        assert_eq!(repr_bytes(b"\x00a'"), "b\"\\x00a'\"");
    }
}
