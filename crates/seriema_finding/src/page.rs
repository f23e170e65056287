//! A rule's page: specification, documentation and test in one markdown file.
//!
//! ```text
//! # Title
//! What is found.                      -> Finding::description
//! ## Why it matters                   -> Finding::impact
//! ## Proof of concept                 -> Finding::proof_of_concept
//! ## How to fix                       -> Finding::remedy
//! ## Vulnerable                       fenced python blocks, every line to be reported ends in `# finds`
//! ## Safe                             fenced python blocks on which nothing is reported
//! ## See also                         optional
//! ```
//!
//! A marker may say more: `# finds: S602`, `# finds: high`, `# finds: S602 high pedantic`: a code, a severity, the
//! persona from which on it is shown (regular when not named). Safe blocks are run with the regular persona, unless
//! their fence says ```` ```python auditor ````. Files of other kinds stand in `text` blocks. A block's first line may name the file: `# file: tests/test_app.py`.

use std::fmt;

/// A parsed page. Sections keep their markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// The first heading.
    pub title: &'a str,
    /// What is found.
    pub description: &'a str,
    /// What an attacker gains.
    pub impact: &'a str,
    /// How to see it happen.
    pub proof_of_concept: &'a str,
    /// How to fix it.
    pub remedy: &'a str,
    /// All python and text blocks of "Vulnerable" and "Safe".
    pub examples: Vec<Example<'a>>,
}

/// Which section an example stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKind {
    /// Lines with a marker are reported, and no others.
    Vulnerable,
    /// Nothing is reported.
    Safe,
}

/// A block of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example<'a> {
    /// The section it stands in.
    pub kind: ExampleKind,
    /// Words after `python` or `text` on the fence.
    pub info: &'a str,
    /// The code.
    pub code: &'a str,
    /// Line of the page on which the code starts, from 1.
    pub line: u32,
}

/// A page that lacks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError(String);

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PageError {}

impl<'a> Page<'a> {
    /// The first heading of a page.
    #[must_use]
    pub fn title_of(text: &'a str) -> Option<&'a str> {
        text.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim)
    }

    /// Reads a page.
    ///
    /// # Errors
    /// When a section is missing or empty, or there is no example of a kind.
    pub fn parse(text: &'a str) -> Result<Self, PageError> {
        let title = Self::title_of(text).ok_or_else(|| PageError("no `# title`".to_owned()))?;
        let mut sections: Vec<(&str, usize, usize)> = Vec::new();
        let mut fenced = false;
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            if line.starts_with("```") {
                fenced = !fenced;
            } else if !fenced && (line.starts_with("# ") || line.starts_with("## ")) {
                if let Some(last) = sections.last_mut() {
                    last.2 = offset;
                }
                let name = line.strip_prefix("## ").map_or("", str::trim);
                sections.push((name, offset + line.len(), text.len()));
            }
            offset += line.len();
        }
        let section = |name: &str| -> Result<&'a str, PageError> {
            sections
                .iter()
                .find(|(heading, ..)| *heading == name)
                .map(|(_, start, end)| text[*start..*end].trim())
                .filter(|body| !body.is_empty())
                .ok_or_else(|| PageError(format!("no section `## {name}`")))
        };
        let mut examples = Vec::new();
        for (name, kind) in [("Vulnerable", ExampleKind::Vulnerable), ("Safe", ExampleKind::Safe)] {
            let before = examples.len();
            for (heading, start, end) in &sections {
                if *heading == name {
                    collect_examples(text, *start, *end, kind, &mut examples);
                }
            }
            if examples.len() == before {
                return Err(PageError(format!("no python block under `## {name}`")));
            }
        }
        Ok(Self {
            title,
            description: section("")?,
            impact: section("Why it matters")?,
            proof_of_concept: section("Proof of concept")?,
            remedy: section("How to fix")?,
            examples,
        })
    }
}

fn collect_examples<'a>(text: &'a str, start: usize, end: usize, kind: ExampleKind, out: &mut Vec<Example<'a>>) {
    let mut offset = start;
    let mut open: Option<(&'a str, usize)> = None;
    for line in text[start..end].split_inclusive('\n') {
        if let Some(info) = line.trim_end().strip_prefix("```") {
            match open.take() {
                None => open = Some((info, offset + line.len())),
                Some((info, code_start)) => {
                    if let Some(rest) = info.strip_prefix("python").or_else(|| info.strip_prefix("text")) {
                        out.push(Example {
                            kind,
                            info: rest.trim(),
                            code: &text[code_start..offset],
                            line: 1 + u32::try_from(text[..code_start].matches('\n').count()).unwrap_or(u32::MAX - 1),
                        });
                    }
                }
            }
        }
        offset += line.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A title\n\nFound.\n\n## Why it matters\nBad.\n\n## Proof of concept\n```sh\n# not a heading\n```\n\n## How to fix\nDo.\n\n## Vulnerable\n```python\nx()  # finds\n```\n\n## Safe\n```python auditor\ny()\n```\n";

    #[test]
    fn a_page_is_read() {
        let page = Page::parse(PAGE).expect("a whole page");
        assert_eq!((page.title, page.description, page.impact), ("A title", "Found.", "Bad."));
        assert_eq!(page.proof_of_concept, "```sh\n# not a heading\n```");
        assert_eq!(page.examples.len(), 2);
        assert_eq!((page.examples[0].code, page.examples[0].line), ("x()  # finds\n", 18));
        assert_eq!((page.examples[1].kind, page.examples[1].info), (ExampleKind::Safe, "auditor"));
    }

    #[test]
    fn a_page_without_examples_is_refused() {
        let page = PAGE.replace("## Safe", "## Elsewhere");
        assert_eq!(Page::parse(&page).map_err(|e| e.to_string()), Err("no python block under `## Safe`".to_owned()));
    }
}
