//! The map for people.

use std::io::{self, Write};

use seriema_audit::{Entry, EntryKind, Inventory};
use seriema_finding::Diagnostic;
use seriema_report::{TextOptions, visible_line};

/// The widest that a column of paths becomes.
const MAX_PATH: usize = 60;

/// What a kind's ways in are called.
fn title(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Http => "HTTP",
        EntryKind::WebSocket => "WebSocket",
        EntryKind::GraphQl => "GraphQL",
        EntryKind::Grpc => "gRPC",
        EntryKind::Task => "Tasks",
        EntryKind::Schedule => "Schedules",
        EntryKind::Message => "Messages",
        EntryKind::Command => "Commands",
        EntryKind::Tool => "Tools",
    }
}

const KINDS: [EntryKind; 9] = [
    EntryKind::Http,
    EntryKind::WebSocket,
    EntryKind::GraphQl,
    EntryKind::Grpc,
    EntryKind::Task,
    EntryKind::Schedule,
    EntryKind::Message,
    EntryKind::Command,
    EntryKind::Tool,
];

fn methods(entry: &Entry) -> String {
    if entry.methods.is_empty() { "-".to_owned() } else { entry.methods.join(",") }
}

fn guards(entry: &Entry) -> String {
    let mut names: Vec<&str> = entry.guards.iter().map(|guard| &*guard.name).collect();
    names.dedup();
    if !names.is_empty() {
        return names.join(", ");
    }
    if entry.is_public { "public".to_owned() } else { String::new() }
}

/// For a terminal.
pub(super) fn text(
    inventory: &Inventory,
    diagnostics: &[Diagnostic],
    options: &TextOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let painted = |code: &str, text: &str| {
        if options.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    };
    for kind in KINDS {
        let entries: Vec<&Entry> = inventory.entries.iter().filter(|entry| entry.kind == kind).collect();
        if entries.is_empty() {
            continue;
        }
        writeln!(out, "{} ({})\n", painted("1", title(kind)), entries.len())?;
        let width = |of: &dyn Fn(&Entry) -> usize| entries.iter().map(|entry| of(entry)).max().unwrap_or(0);
        let method_width = width(&|entry| methods(entry).chars().count());
        let path_width = width(&|entry| entry.path.chars().count()).min(MAX_PATH);
        for entry in entries {
            let path = visible_line(&entry.path).into_owned();
            let guards = visible_line(&guards(entry)).into_owned();
            let guarded = match (guards.is_empty(), kind.is_remote()) {
                (false, _) => painted("32", &guards),
                (true, true) => painted("33", "nothing found"),
                (true, false) => String::new(),
            };
            let place = format!("{}:{}", visible_line(&entry.location.path), entry.location.line);
            let line =
                format!("  {:method_width$}  {path:path_width$}  {guarded}  {}", methods(entry), painted("2", &place));
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    let remote: Vec<&Entry> = inventory.entries.iter().filter(|entry| entry.kind.is_remote()).collect();
    let open = remote.iter().filter(|entry| !entry.is_authenticated()).count();
    match inventory.entries.len() {
        0 => writeln!(out, "No way into this program was found.")?,
        1 => writeln!(out, "1 way in.")?,
        all => writeln!(
            out,
            "{all} ways in, {} of them over the network; for {open} of those no check of who comes was found.",
            remote.len()
        )?,
    }
    let dynamic = inventory.entries.iter().filter(|entry| entry.is_dynamic).count();
    if dynamic > 0 {
        writeln!(out, "Of {dynamic}, a part of the path is only known when the program runs (…).")?;
    }
    for place in &inventory.dynamic {
        writeln!(
            out,
            "What is routed at {}:{} is only known when the program runs.",
            visible_line(&place.path),
            place.line
        )?;
    }
    if !inventory.unknown_frameworks.is_empty() {
        let names = inventory.unknown_frameworks.join(", ");
        writeln!(out, "Imported, and not known here: {names}. Ways in through it are missing.")?;
    }
    if inventory.is_bounded {
        writeln!(out, "The program is too large to be followed to its end: ways in may be missing.")?;
    }
    for diagnostic in diagnostics {
        writeln!(out, "{}: {}", visible_line(&diagnostic.path), visible_line(&diagnostic.message))?;
    }
    Ok(())
}

/// For a document.
pub(super) fn markdown(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let cell = |text: &str| visible_line(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    for kind in KINDS {
        let entries: Vec<&Entry> = inventory.entries.iter().filter(|entry| entry.kind == kind).collect();
        if entries.is_empty() {
            continue;
        }
        writeln!(out, "## {}\n", title(kind))?;
        writeln!(out, "| Method | Path | Guards | Handler | Place |\n|---|---|---|---|---|")?;
        for entry in entries {
            writeln!(
                out,
                "| {} | {} | {} | {} | {}:{} |",
                cell(&methods(entry)),
                cell(&entry.path),
                cell(&guards(entry)),
                cell(&entry.handler),
                cell(&entry.location.path),
                entry.location.line
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}
