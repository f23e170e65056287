//! `seriema rules`

use std::io::{self, BufWriter, Write as _};

use anyhow::{Result, bail};
use serde_json::json;
use seriema_finding::{Owasp2021, Owasp2025, Rule};
use seriema_rules::RULES;

use crate::Exit;
use crate::cli::{ListFormat, RulesArgs};

pub(crate) fn run(args: &RulesArgs) -> Result<Exit> {
    let rules: Vec<&Rule> = RULES
        .iter()
        .copied()
        .filter(|rule| args.select.is_empty() || args.select.iter().any(|selector| rule.matches(selector)))
        .collect();
    if rules.is_empty() {
        bail!("no rule is named by {}", args.select.join(", "));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        ListFormat::Text => {
            let width = rules.iter().map(|rule| rule.slug.len()).max().unwrap_or(0);
            for rule in &rules {
                let codes = rule.aliases.join(" ");
                writeln!(out, "{:<width$}  {:<8}  {}", rule.slug, rule.severity, rule.title())?;
                if !codes.is_empty() {
                    writeln!(out, "{:width$}            {codes}", "")?;
                }
            }
            writeln!(out, "\n{} rules; `seriema explain RULE` says more.", rules.len())?;
        }
        ListFormat::Json => {
            let list: Vec<_> = rules.iter().map(|rule| describe(rule)).collect();
            serde_json::to_writer_pretty(&mut out, &list)?;
            writeln!(out)?;
        }
        ListFormat::Markdown => {
            writeln!(out, "| rule | what it finds | severity | weakness | Bandit, ruff |\n|---|---|---|---|---|")?;
            for rule in &rules {
                let cwes: Vec<String> = rule.cwe.iter().map(ToString::to_string).collect();
                let codes = rule.aliases.join(" ");
                let title = rule.title().replace('|', "\\|");
                writeln!(out, "| `{}` | {title} | {} | {} | {codes} |", rule.slug, rule.severity, cwes.join(", "))?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn describe(rule: &Rule) -> serde_json::Value {
    json!({
        "slug": rule.slug,
        "title": rule.title(),
        "family": rule.family.as_str(),
        "severity": rule.severity,
        "confidence": rule.confidence,
        "cwe": rule.cwe.iter().map(|cwe| cwe.0).collect::<Vec<_>>(),
        "owasp_2021": rule.cwe.iter().find_map(|cwe| cwe.owasp_2021()).map(Owasp2021::code),
        "owasp_2025": rule.cwe.iter().find_map(|cwe| cwe.owasp_2025()).map(Owasp2025::code),
        "aliases": rule.aliases,
    })
}
