//! Text of the audited project inside of markdown: it is shown, and does nothing.
//!
//! Messages name things of the source; a repository may hold names made to ping people, to load an image from
//! elsewhere, or to close the block they stand in.

use std::borrow::Cow;

use crate::visible;

/// One line of text with `code spans`, as inline markdown. Everything outside of code is taken literally.
pub(crate) fn inline(text: &str) -> String {
    let text = visible::line(text);
    spans(&text, |code, fence, out| out.push_str(&format!("{fence}{code}{fence}")), escape)
}

/// One line of text with `code spans`, as HTML.
pub(crate) fn html(text: &str) -> String {
    let text = visible::line(text);
    spans(
        &text,
        |code, _, out| out.push_str(&format!("<code>{}</code>", html_escape(code))),
        |text, out| {
            out.push_str(&html_escape(text).replace('@', MENTION));
        },
    )
}

/// A text as a code span.
pub(crate) fn code(text: &str) -> String {
    let text = visible::line(text);
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // A blank on either side is taken off again by markdown, and keeps a tick at the edge apart from the fence.
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A text of several blocks. What the rules' pages say is markdown and stays so; what was put together for one
/// finding may hold source text, and keeps its layout without HTML, images, links and mentions.
#[expect(clippy::ptr_arg, reason = "a borrowed text is a rule's own, an owned one may hold source text")]
pub(crate) fn blocks(text: &Cow<'static, str>) -> String {
    let visible = visible::block(text);
    let mut out = String::with_capacity(visible.len());
    let mut fence: Option<String> = None;
    for line in visible.trim_end().lines() {
        if let Some(ticks) = fence_of(line) {
            match &fence {
                Some(open) if ticks.len() >= open.len() && line.trim().len() == ticks.len() => fence = None,
                Some(_) => {}
                None => fence = Some(ticks.to_owned()),
            }
            out.push_str(line);
        } else if fence.is_some() || matches!(text, Cow::Borrowed(_)) {
            out.push_str(line);
        } else {
            let tamed = spans(
                line,
                |code, fence, out| out.push_str(&format!("{fence}{code}{fence}")),
                |text, out| {
                    out.push_str(
                        &text.replace('&', "&amp;").replace('<', "&lt;").replace('[', "\\[").replace('@', MENTION),
                    );
                },
            );
            // The other kind of fence could be left open.
            let tamed = if tamed.trim_start().starts_with("~~~") { tamed.replacen('~', "\\~", 1) } else { tamed };
            out.push_str(&tamed.replace("://", ":&#8203;//"));
        }
        out.push('\n');
    }
    // An open block would swallow everything after it.
    if let Some(fence) = fence {
        out.push_str(&fence);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// The ticks of a line that opens or closes a code block (CommonMark 4.5). Ticks behind them make it a line of text
/// that starts with a code span, and four blanks before them a line of indented code.
pub(crate) fn fence_of(line: &str) -> Option<&str> {
    let text = line.trim_start_matches(' ');
    let (ticks, info) = text.split_at(text.bytes().take_while(|b| *b == b'`').count());
    (ticks.len() >= 3 && !info.contains('`') && line.len() - text.len() <= 3).then_some(ticks)
}

/// A zero-width space after the sign keeps GitHub and GitLab from telling a person of that name.
const MENTION: &str = "@&#8203;";

/// Text for HTML, outside of and in quoted attributes.
pub(crate) fn html_escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes what markdown acts on.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str(MENTION),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '!' | '~' | '$' | ':' | '+' | '-' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
}

/// Takes a line apart at its code spans.
fn spans(text: &str, mut on_code: impl FnMut(&str, &str, &mut String), on_text: impl Fn(&str, &mut String)) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let (before, at) = rest.split_at(start);
        let ticks = at.bytes().take_while(|b| *b == b'`').count();
        let (fence, after) = at.split_at(ticks);
        on_text(before, &mut out);
        match closing(after, ticks) {
            Some(end) => {
                on_code(after.get(..end).unwrap_or_default(), fence, &mut out);
                rest = after.get(end + ticks..).unwrap_or_default();
            }
            None => {
                fence.chars().for_each(|_| out.push_str("&#96;"));
                rest = after;
            }
        }
    }
    on_text(rest, &mut out);
    out
}

/// Where a run of exactly `ticks` ticks starts.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut index = 0;
    while let Some(found) = text.get(index..)?.find('`') {
        let start = index + found;
        let length = text.get(start..)?.bytes().take_while(|b| *b == b'`').count();
        if length == ticks {
            return (start > 0).then_some(start);
        }
        index = start + length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_text_does_nothing_in_markdown() {
        assert_eq!(
            inline("`a <b>` is @owner ![x](http://e) <img>"),
            "`a <b>` is @&#8203;owner \\!\\[x\\](http\\://e) &lt;img&gt;"
        );
        assert_eq!(inline("one ` tick"), "one &#96; tick");
        assert_eq!(html("`a <b>` & </details> @x"), "<code>a &lt;b&gt;</code> &amp; &lt;/details&gt; @&#8203;x");
        assert_eq!((code("a"), code("a`b")), ("`a`".to_owned(), "`` a`b ``".to_owned()));
    }

    #[test]
    fn a_page_keeps_its_markdown_and_a_made_text_is_tamed() {
        let page = "See [x](https://e). <b>";
        assert_eq!(blocks(&Cow::Borrowed(page)), page);
        assert_eq!(
            blocks(&Cow::Owned(format!("{page} @me\n```\n<b>\n```"))),
            "See \\[x](https:&#8203;//e). &lt;b> @&#8203;me\n```\n<b>\n```"
        );
        assert_eq!(blocks(&Cow::Owned("```\nopen".to_owned())), "```\nopen\n```");
        // Neither of these opens a block, so what follows is tamed.
        for start in ["```a```", "    ```"] {
            assert_eq!(blocks(&Cow::Owned(format!("{start}\n<b>"))).lines().last(), Some("&lt;b>"));
        }
    }
}
