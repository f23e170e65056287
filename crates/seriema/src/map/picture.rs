//! The map as a picture: ways in by their paths, what guards them, what answers.

use std::collections::BTreeMap;
use std::io::{self, Write};

use seriema_audit::{Entry, Inventory};

/// From a way in to what answers, with the guards between.
type Edge = (String, String, String);

/// The nodes of a picture by what they say, and the edges between them.
fn graph(inventory: &Inventory) -> (BTreeMap<String, usize>, Vec<Edge>) {
    let mut nodes: BTreeMap<String, usize> = BTreeMap::new();
    let mut edges = Vec::new();
    for entry in &inventory.entries {
        let way = way(entry);
        let handler = entry.handler.clone();
        let guards: Vec<&str> = entry.guards.iter().map(|guard| &*guard.name).collect();
        for name in [&way, &handler] {
            let next = nodes.len();
            nodes.entry(name.clone()).or_insert(next);
        }
        edges.push((way, handler, guards.join(", ")));
    }
    edges.sort();
    edges.dedup();
    (nodes, edges)
}

fn way(entry: &Entry) -> String {
    let methods = if entry.methods.is_empty() { entry.kind.as_str().to_owned() } else { entry.methods.join(", ") };
    format!("{methods} {}", entry.path)
}

/// For Mermaid.
pub(super) fn mermaid(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let (nodes, edges) = graph(inventory);
    writeln!(out, "flowchart LR")?;
    for (name, number) in &nodes {
        writeln!(out, "    n{number}[\"{}\"]", mermaid_text(name))?;
    }
    for (way, handler, guards) in &edges {
        let (from, to) = (nodes[way], nodes[handler]);
        if guards.is_empty() {
            writeln!(out, "    n{from} --> n{to}")?;
        } else {
            writeln!(out, "    n{from} -->|\"{}\"| n{to}", mermaid_text(guards))?;
        }
    }
    Ok(())
}

/// Text within quotes of Mermaid, which knows entities and no escapes.
fn mermaid_text(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => made.push_str("#quot;"),
            '#' => made.push_str("#35;"),
            '<' => made.push_str("#lt;"),
            '>' => made.push_str("#gt;"),
            c if c.is_control() => made.push(' '),
            c => made.push(c),
        }
    }
    made
}

/// For Graphviz.
pub(super) fn dot(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let (nodes, edges) = graph(inventory);
    let quoted = |text: &str| {
        let safe: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("\"{}\"", safe.replace('\\', "\\\\").replace('"', "\\\""))
    };
    writeln!(out, "digraph surface {{\n    rankdir=LR;\n    node [shape=box];")?;
    for (name, number) in &nodes {
        writeln!(out, "    n{number} [label={}];", quoted(name))?;
    }
    for (way, handler, guards) in &edges {
        let (from, to) = (nodes[way], nodes[handler]);
        // What nobody guards is what one looks for.
        let look = if guards.is_empty() { "color=red".to_owned() } else { format!("label={}", quoted(guards)) };
        writeln!(out, "    n{from} -> n{to} [{look}];")?;
    }
    writeln!(out, "}}")
}
