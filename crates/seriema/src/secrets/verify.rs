//! `--verify`: whether the secrets work, says who gave them out.

use std::collections::BTreeMap;

use seriema_audit::Audit;
use seriema_finding::{Finding, Severity};
use seriema_verify::{Candidate, Client, Options, Status, Verifiers};

/// Asks the providers of what was found, and adds what they say to the findings.
pub(super) fn apply(wanted: bool, audited: &mut Audit) {
    if !wanted {
        return;
    }
    let client = Client::new(Options::default());
    // What goes with a key that is asked about: the id beside a secret, of the same file if there is one.
    let mut partners: BTreeMap<(String, String), String> = BTreeMap::new();
    for (_, finding) in &audited.findings {
        let (Some(detector), Some(secret)) = (finding.codes.first(), &finding.secret) else { continue };
        let here = (finding.location.path.to_string(), (*detector).to_owned());
        partners.entry(here).or_insert_with(|| secret.reveal().to_owned());
        partners.entry((String::new(), (*detector).to_owned())).or_insert_with(|| secret.reveal().to_owned());
    }
    for (_, finding) in &mut audited.findings {
        ask(&client, &partners, finding);
    }
}

fn ask(client: &Client, partners: &BTreeMap<(String, String), String>, finding: &mut Finding) {
    let (Some(detector), Some(secret)) = (finding.codes.first(), finding.secret.clone()) else { return };
    let Some(verifier) = Verifiers::embedded().for_detector(detector) else { return };
    let path = finding.location.path.to_string();
    let partner = verifier.partner().and_then(|partner| {
        let of = |path: &str| {
            partner.detectors.iter().find_map(|detector| partners.get(&(path.to_owned(), detector.clone())))
        };
        of(&path).or_else(|| of(""))
    });
    let candidate = Candidate { secret: secret.reveal(), partner: partner.map(String::as_str) };
    let outcome = client.verify(verifier, candidate);
    let who = outcome.asked.unwrap_or_else(|| verifier.provider().to_owned());
    let said = match outcome.status {
        Status::Active => {
            finding.severity = Severity::Critical;
            let facts: Vec<String> = outcome.facts.iter().map(|(name, text)| format!("{name} {text}")).collect();
            let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
            format!("it works: {who} accepts it{facts}")
        }
        Status::Inactive => {
            finding.severity = finding.severity.min(Severity::Low);
            format!("{who} does not accept it")
        }
        Status::Unknown(reason) => format!("whether it works is not known: {reason}"),
    };
    finding.message = format!("{}; {said}", finding.message);
}
