//! Metadata in a script (PEP 723): a block of comments that is TOML.

use crate::manifest::sheet::Sheet;
use crate::manifest::{Manifest, ManifestKind, pyproject, table, uv};

/// Reads the metadata of a script; a manifest that says nothing when it has none.
pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut sheet = Sheet::new(path, ManifestKind::Script, text);
    let Some(blank) = block(&mut sheet) else { return sheet.finish() };
    let document = table::parse(&mut sheet, &blank);
    let root = document.get_ref();
    pyproject::python(&mut sheet, root);
    if let Some(list) = root.get("dependencies") {
        table::list(&mut sheet, list, None, &mut |_| false);
    }
    if let Some(uv) = table::table(root, &["tool", "uv"]) {
        uv::read(&mut sheet, uv);
    }
    sheet.finish()
}

/// Whether a line is one of a block, and where its text begins.
fn content(line: &str) -> Option<usize> {
    match line.strip_prefix('#')? {
        "" => Some(1),
        rest => rest.starts_with(' ').then_some(2),
    }
}

/// The text with everything blank that is not in the block, so that places stay what they are.
fn block(sheet: &mut Sheet<'_>) -> Option<String> {
    let text = sheet.text;
    let lines = || {
        text.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line.trim_end_matches(['\n', '\r'])))
        })
    };
    let is_open = |line: &str| line.trim_start_matches('\u{feff}').trim_end() == "# /// script";
    let (opened, _) = lines().find(|(_, line)| is_open(line))?;
    // The block ends with the last `# ///` of the comments that follow.
    let mut closed = None;
    for (start, line) in lines().skip_while(|(start, _)| *start <= opened) {
        if content(line).is_none() {
            break;
        }
        if line.trim_end() == "# ///" {
            closed = Some(start);
        } else if line.starts_with("# /// ") && closed.is_some() {
            break;
        }
    }
    let Some(closed) = closed else {
        sheet.unread(opened, "the block of metadata is not closed by `# ///`");
        return None;
    };
    let second = lines().find(|(start, line)| *start > closed && line.trim_end() == "# /// script");
    if let Some((at, _)) = second {
        sheet.unread(at, "there is more than one block of metadata; only the first is read");
    }
    let mut blank = String::with_capacity(text.len());
    for (start, line) in lines() {
        // The end of the line before.
        blank.extend(std::iter::repeat_n(' ', start.saturating_sub(blank.len() + 1)));
        if start > 0 {
            blank.push('\n');
        }
        if start > opened && start < closed {
            let head = content(line).unwrap_or(line.len());
            blank.extend(std::iter::repeat_n(' ', head));
            blank.push_str(&line[head..]);
        }
    }
    Some(blank)
}
