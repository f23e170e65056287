//! `seriema explain`

use std::io::{self, Write as _};

use anyhow::{Result, bail};
use seriema_finding::{Owasp2021, Owasp2025, Rule};
use seriema_report::render_page;
use seriema_workspace::suggest;

use crate::cli::ExplainArgs;
use crate::{Exit, setup};

pub(crate) fn run(args: &ExplainArgs) -> Result<Exit> {
    let wanted = args.rule.trim();
    let rules: Vec<&Rule> = seriema_rules::select(wanted).collect();
    let mut out = io::stdout().lock();
    match rules.as_slice() {
        [] => {
            let names = seriema_rules::RULES
                .iter()
                .flat_map(|rule| std::iter::once(rule.slug).chain(rule.aliases.iter().copied()));
            match suggest(wanted, names) {
                Some(near) => bail!("no rule is called `{wanted}`; did you mean `{near}`?"),
                None => bail!("no rule is called `{wanted}`; `seriema rules` lists them"),
            }
        }
        [rule] => explain(rule, args, &mut out)?,
        several => {
            writeln!(out, "{wanted} names {} rules:", several.len())?;
            for rule in several {
                writeln!(out, "  {:<28} {}", rule.slug, rule.title())?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn explain(rule: &Rule, args: &ExplainArgs, out: &mut dyn io::Write) -> Result<()> {
    if args.markdown {
        out.write_all(rule.page.as_bytes())?;
        return Ok(());
    }
    let weaknesses: Vec<String> = rule.cwe.iter().map(|cwe| format!("{cwe} {}", cwe.name())).collect();
    let mut facts = vec![
        ("rule", rule.slug.to_owned()),
        ("severity", format!("{} (confidence {})", rule.severity, rule.confidence)),
        ("family", rule.family.as_str().to_owned()),
        ("weakness", weaknesses.join(", ")),
    ];
    let risk_2021 = rule.cwe.iter().find_map(|cwe| cwe.owasp_2021()).map(|risk: Owasp2021| risk.to_string());
    let risk_2025 = rule.cwe.iter().find_map(|cwe| cwe.owasp_2025()).map(|risk: Owasp2025| risk.to_string());
    let risks: Vec<String> = risk_2021.into_iter().chain(risk_2025).collect();
    if !risks.is_empty() {
        facts.push(("OWASP", risks.join(", ")));
    }
    if !rule.aliases.is_empty() {
        facts.push(("also", rule.aliases.join(" ")));
    }
    render_page(rule, &facts, &setup::text_options(args.color), out)?;
    Ok(())
}
