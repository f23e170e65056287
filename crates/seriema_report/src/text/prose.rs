//! Markdown as plain text, wrapped: the little of it that rule pages use.

use anstyle::Style;

use super::style::{self, Painter};
use crate::{md, visible};

/// How far code blocks stand in.
const CODE_INDENT: usize = 4;

/// A run of text within a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Code,
    Bold,
}

struct Word {
    pieces: Vec<(Kind, String)>,
    width: usize,
}

/// Renders markdown at most `width` columns wide; lines have no line ends. Paragraphs are wrapped, code blocks are
/// indented and kept as they are.
pub(crate) fn render(markdown: &str, width: usize, p: Painter) -> Vec<String> {
    let text = visible::block(markdown);
    let mut out: Vec<String> = Vec::new();
    let mut paragraph = String::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let ticks = md::fence_of(trimmed);
        if let Some(open) = fence {
            if ticks.is_some_and(|ticks| ticks.len() >= open.len()) && trimmed.trim_matches('`').trim().is_empty() {
                fence = None;
            } else {
                out.push(if line.is_empty() {
                    String::new()
                } else {
                    format!("{:CODE_INDENT$}{}", "", p.paint(style::CODE, line))
                });
            }
            continue;
        }
        let item = list_item(trimmed);
        if ticks.is_some() || trimmed.is_empty() || item || trimmed.starts_with('#') {
            flush(&mut paragraph, &mut out, width, p);
        }
        if ticks.is_some() {
            fence = ticks;
            blank(&mut out);
        } else if trimmed.is_empty() {
            blank(&mut out);
        } else if trimmed.starts_with('#') {
            out.push(p.paint(style::BOLD, trimmed.trim_start_matches('#').trim()));
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(trimmed.trim_end());
        }
    }
    flush(&mut paragraph, &mut out, width, p);
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// The first paragraph, cut to whole sentences when it is longer than `max` columns.
pub(crate) fn lead(markdown: &str, max: usize) -> &str {
    let text = markdown.trim_start();
    let end = text.find("\n\n").into_iter().chain(text.find("\n```")).min().unwrap_or(text.len());
    let paragraph = text.get(..end).unwrap_or(text).trim_end();
    if visible::width(paragraph) <= max {
        return paragraph;
    }
    let mut best = None;
    for (index, _) in paragraph.match_indices(['.', '!', '?']) {
        let rest = paragraph.get(index + 1..).unwrap_or_default();
        // A sentence ends before white space, outside of code; "e.g." goes on in lower case.
        let ends = rest.starts_with(char::is_whitespace)
            && !rest.trim_start().starts_with(char::is_lowercase)
            && paragraph.get(..index).is_some_and(|before| before.matches('`').count().is_multiple_of(2));
        if ends {
            let sentence = paragraph.get(..=index);
            if sentence.is_some_and(|sentence| visible::width(sentence) <= max) || best.is_none() {
                best = sentence;
            }
        }
    }
    best.unwrap_or(paragraph)
}

/// The first fenced block, without its fences, when it has at most `max` lines.
pub(crate) fn first_code(markdown: &str, max: usize) -> Option<&str> {
    let (_, rest) = markdown.split_once("```")?;
    let (_, rest) = rest.split_once('\n')?;
    let (code, _) = rest.split_once("```")?;
    Some(code.trim_end()).filter(|code| !code.is_empty() && code.lines().count() <= max)
}

fn list_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ") || numbered(line).is_some()
}

/// The length of a leading `12. `.
fn numbered(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && digits < 4 && line.get(digits..)?.starts_with(". ")).then_some(digits + 2)
}

fn blank(out: &mut Vec<String>) {
    if out.last().is_some_and(|line| !line.is_empty()) {
        out.push(String::new());
    }
}

fn flush(paragraph: &mut String, out: &mut Vec<String>, width: usize, p: Painter) {
    let text = std::mem::take(paragraph);
    let hang = if text.starts_with("- ") || text.starts_with("* ") { 2 } else { numbered(&text).unwrap_or(0) };
    if !text.is_empty() {
        out.extend(wrap(&words(&text), width, hang, style::PLAIN, p));
    }
}

/// Wraps one paragraph of markdown. Lines after the first are indented by `hang`.
pub(crate) fn paragraph(markdown: &str, width: usize, hang: usize, base: Style, p: Painter) -> Vec<String> {
    wrap(&words(&visible::block(markdown)), width, hang, base, p)
}

/// Splits a paragraph into words, its inline markup resolved.
fn words(text: &str) -> Vec<Word> {
    let mut pieces: Vec<(Kind, String)> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut bold = false;
    while let Some(c) = rest.chars().next() {
        // What marks nothing up, at once.
        let unmarked = rest.find(['`', '*', '[', '\\']).unwrap_or(rest.len());
        if unmarked > 0 {
            let (text, behind) = rest.split_at(unmarked);
            plain.push_str(text);
            rest = behind;
            continue;
        }
        let kind = if bold { Kind::Bold } else { Kind::Text };
        let ticks = rest.bytes().take_while(|b| *b == b'`').count();
        if ticks > 0 {
            let (open, after) = rest.split_at(ticks);
            if let Some((code, behind)) = after.split_once(open) {
                pieces.push((kind, std::mem::take(&mut plain)));
                pieces.push((Kind::Code, code.to_owned()));
                rest = behind;
            } else {
                plain.push_str(open);
                rest = after;
            }
        } else if let Some(after) = rest.strip_prefix("**").filter(|after| bold || after.contains("**")) {
            pieces.push((kind, std::mem::take(&mut plain)));
            bold = !bold;
            rest = after;
        } else if let Some((label, target, behind)) = link(rest) {
            plain.push_str(label);
            if label != target {
                plain.push_str(&format!(" <{target}>"));
            }
            rest = behind;
        } else {
            let skip =
                usize::from(c == '\\' && rest.get(1..).is_some_and(|r| r.starts_with(['*', '_', '`', '[', '\\'])));
            let shown = rest.chars().nth(skip).unwrap_or(c);
            plain.push(shown);
            rest = rest.get(skip + shown.len_utf8()..).unwrap_or_default();
        }
    }
    pieces.push((if bold { Kind::Bold } else { Kind::Text }, plain));
    split_words(pieces)
}

/// `[label](target)` at the start of a text.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, behind) = rest.split_once(')')?;
    (!label.contains(['[', ']']) && !target.contains(char::is_whitespace)).then_some((label, target, behind))
}

fn split_words(pieces: Vec<(Kind, String)>) -> Vec<Word> {
    let mut words = vec![Word { pieces: Vec::new(), width: 0 }];
    for (kind, text) in pieces {
        // Code keeps its marks, so that it can be told apart without colours and survives copying.
        let text = if kind == Kind::Code { format!("`{text}`") } else { text };
        for (index, part) in text.split(char::is_whitespace).enumerate() {
            if index > 0 {
                words.push(Word { pieces: Vec::new(), width: 0 });
            }
            if let Some(word) = words.last_mut().filter(|_| !part.is_empty()) {
                word.width += visible::width(part);
                word.pieces.push((kind, part.to_owned()));
            }
        }
    }
    words.retain(|word| word.width > 0);
    words
}

fn wrap(words: &[Word], width: usize, hang: usize, base: Style, p: Painter) -> Vec<String> {
    let width = width.max(hang + 10);
    let mut out = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in words {
        if used > 0 && used + 1 + word.width > width {
            out.push(std::mem::replace(&mut line, " ".repeat(hang)));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        } else if !out.is_empty() {
            used = hang;
        }
        for (kind, text) in &word.pieces {
            let style = match kind {
                Kind::Text => base,
                Kind::Code => style::CODE,
                Kind::Bold => style::BOLD,
            };
            // A word longer than a line is broken where the line ends.
            let mut part = String::new();
            for c in text.chars() {
                let columns = visible::width_of(c);
                if used + columns > width {
                    line.push_str(&p.paint(style, &std::mem::take(&mut part)));
                    out.push(std::mem::replace(&mut line, " ".repeat(hang)));
                    used = hang;
                }
                part.push(c);
                used += columns;
            }
            line.push_str(&p.paint(style, &part));
        }
    }
    if !line.trim().is_empty() {
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: Painter = Painter { color: false, unicode: true };

    #[test]
    fn paragraphs_are_wrapped_and_code_is_indented() {
        let text = "One two three\nfour five.\n\n- a list item that is wrapped\n- another\n\n```python\nkeep   = this\n```\n\nEnd **bold** [a page](https://x.y).";
        assert_eq!(
            render(text, 20, P),
            [
                "One two three four",
                "five.",
                "",
                "- a list item that",
                "  is wrapped",
                "- another",
                "",
                "    keep   = this",
                "",
                "End bold a page",
                "<https://x.y>."
            ]
        );
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken() {
        assert_eq!(
            paragraph("abcdefghijklmnop 日本語日本語日本語", 12, 0, style::PLAIN, P),
            ["abcdefghijkl", "mnop", "日本語日本語", "日本語"]
        );
    }

    #[test]
    fn terminal_escapes_in_markdown_are_shown() {
        assert_eq!(render("a \x1b[31mred\n```\n\x1b]52\n```", 40, P), ["a \\x1b[31mred", "", "    \\x1b]52"]);
    }

    #[test]
    fn the_lead_is_the_first_paragraph_in_whole_sentences() {
        assert_eq!(lead("First. Second.\n\nThird.", 80), "First. Second.");
        assert_eq!(lead("First one, e.g. this. Second one.", 25), "First one, e.g. this.");
        assert_eq!(lead("Call `a. B`. More text here", 14), "Call `a. B`.");
        assert_eq!(first_code("Do:\n```python\nx = 1\n```\n", 3), Some("x = 1"));
    }

    #[test]
    fn odd_markup_is_kept_as_it_is() {
        assert_eq!(render("a ` b ** c [d](e f) \\*x\\*", 80, P), ["a ` b ** c [d](e f) *x*"]);
    }
}
