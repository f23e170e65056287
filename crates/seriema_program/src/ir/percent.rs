//! The mini-languages of `%` and `str.format`.

use super::Conversion;

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece<'t> {
    Text(String),
    /// The next argument, one by position, or one by name.
    Next(Conversion),
    Named(&'t str, Conversion),
    Numbered(usize, Conversion),
}

fn conversion(letter: char) -> Conversion {
    match letter {
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'n' | 'b' => Conversion::Number,
        'r' | 'a' => Conversion::Repr,
        _ => Conversion::Plain,
    }
}

fn text<'t>(out: &mut Vec<Piece<'t>>, piece: &str) {
    if piece.is_empty() {
        return;
    }
    if let Some(Piece::Text(last)) = out.last_mut() {
        last.push_str(piece);
    } else {
        out.push(Piece::Text(piece.to_owned()));
    }
}

/// How a `%` template shows its arguments, one after the other; none when it is malformed or names them.
#[must_use]
pub fn percent_conversions(template: &str) -> Option<Vec<Conversion>> {
    if template.contains('*') {
        // A width may be an argument of its own.
        return None;
    }
    let mut out = Vec::new();
    for piece in percent(template)? {
        match piece {
            Piece::Text(_) => {}
            Piece::Next(conversion) => out.push(conversion),
            Piece::Named(..) | Piece::Numbered(..) => return None,
        }
    }
    Some(out)
}

/// The pieces of a `%` template; none when it is malformed.
pub(super) fn percent(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        text(&mut out, &rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            text(&mut out, "%");
            rest = after;
            continue;
        }
        let mut name = None;
        if let Some(after) = rest.strip_prefix('(') {
            let end = after.find(')')?;
            name = Some(&after[..end]);
            rest = &after[end + 1..];
        }
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "#-+ .*hlL".contains(c));
        let letter = rest.chars().next()?;
        rest = &rest[letter.len_utf8()..];
        out.push(match name {
            Some(name) => Piece::Named(name, conversion(letter)),
            None => Piece::Next(conversion(letter)),
        });
    }
    text(&mut out, rest);
    Some(out)
}

/// The pieces of a `str.format` template; none when it is malformed.
pub(super) fn braces(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text(&mut out, &rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text(&mut out, brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return None;
        }
        let end = rest.find('}')?;
        let field = &rest[..end];
        if field.contains('{') {
            return None;
        }
        rest = &rest[end + 1..];
        let (field, spec) = field.split_once(':').unwrap_or((field, ""));
        let (field, flag) = field.split_once('!').unwrap_or((field, ""));
        let name = field.split(['.', '[']).next().unwrap_or_default();
        let how = match flag {
            "r" | "a" => Conversion::Repr,
            _ if spec.ends_with(|c: char| "dxXobeEfFgGn%".contains(c)) => Conversion::Number,
            _ => Conversion::Plain,
        };
        out.push(match name.parse::<usize>() {
            Ok(index) => Piece::Numbered(index, how),
            Err(_) if name.is_empty() => Piece::Next(how),
            Err(_) => Piece::Named(name, how),
        });
    }
    text(&mut out, rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Piece, braces, percent};
    use crate::ir::Conversion::{Number, Plain, Repr};

    #[test]
    fn percent_templates_are_taken_apart() {
        let pieces = percent("a%%b %s %(name)5.2f %-3r!").expect("well-formed");
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            pieces,
            [
                text("a%b "),
                Piece::Next(Plain),
                text(" "),
                Piece::Named("name", Number),
                text(" "),
                Piece::Next(Repr),
                text("!")
            ]
        );
        assert_eq!(percent("50%"), None);
    }

    #[test]
    fn brace_templates_are_taken_apart() {
        let pieces = braces("{{{}}} {0.name!r} {key:>5d}").expect("well-formed");
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            pieces,
            [
                text("{"),
                Piece::Next(Plain),
                text("} "),
                Piece::Numbered(0, Repr),
                text(" "),
                Piece::Named("key", Number)
            ]
        );
        assert_eq!(braces("{"), None);
    }
}
