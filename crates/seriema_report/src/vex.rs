//! What a report says of whether a vulnerability of a package is one of the project: VEX, as CycloneDX and OpenVEX have it.
//!
//! Whoever reads `not_affected` looks no further, so it is said only where nothing is left open: the advisory names what is
//! vulnerable, the project asks for the package itself and does not use that, no other package can, and everything was read.
//! That no file imports a package proves nothing: servers are run, drivers and plugins are loaded by their names, and other
//! packages import it.

use seriema_finding::{Place, Reach};

use crate::components::{Component, Known};
use crate::model::place;

/// Steps that are told.
const MAX_STEPS: usize = 40;

/// Whether the project is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// What is vulnerable is used, or does harm by being there.
    Affected,
    /// Nobody knows yet.
    Open,
    /// What is vulnerable is there, and is not reached.
    NotReached,
}

impl Status {
    /// The state of an analysis, and its justification, in CycloneDX.
    pub(crate) const fn cyclonedx(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Affected => ("exploitable", None),
            Self::Open => ("in_triage", None),
            Self::NotReached => ("not_affected", Some("code_not_reachable")),
        }
    }

    /// The status, and its justification, in OpenVEX.
    pub(crate) const fn openvex(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Affected => ("affected", None),
            Self::Open => ("under_investigation", None),
            Self::NotReached => ("not_affected", Some("vulnerable_code_not_in_execute_path")),
        }
    }
}

/// The status of a vulnerability, and what it is told by. `is_complete` says whether all of the project was read.
pub(crate) fn judge(component: &Component<'_>, known: &Known<'_>, is_complete: bool) -> (Status, String) {
    let name = &component.package.name;
    let symbols = &known.vulnerability.symbols;
    if known.vulnerability.is_malicious {
        return (Status::Affected, format!("`{name}` was published to do harm: to install it is enough."));
    }
    match known.reach {
        None => (Status::Open, "Whether the project's code reaches it was not looked at.".to_owned()),
        Some(Reach::Used { symbol, steps }) => {
            let told: Vec<String> = steps.iter().take(MAX_STEPS).map(at).collect();
            let rest = steps.len().saturating_sub(MAX_STEPS);
            let rest = if rest > 0 { format!(", and {rest} more") } else { String::new() };
            (Status::Affected, format!("`{symbol}` is used: {}{rest}.", told.join(", ")))
        }
        Some(Reach::Imported(place)) => {
            (Status::Open, format!("`{name}` is imported ({}); what of it is vulnerable is not known.", at(place)))
        }
        Some(Reach::NotImported) if component.is_direct == Some(true) && !component.is_required => {
            let text = format!("No file imports `{name}`; it may still be run, or loaded by its name.");
            (Status::Open, text)
        }
        Some(Reach::NotImported) => {
            (Status::Open, format!("No file of the project imports `{name}`; other packages may."))
        }
        Some(Reach::NotUsed(place)) => {
            let open = if symbols.is_empty() {
                Some("what of it is vulnerable is not known")
            } else if component.is_direct != Some(true) || component.is_required {
                Some("other packages may use it")
            } else if !component.is_graph_whole {
                Some("no lock says whether other packages use it")
            } else if !is_complete {
                Some("not all of the project could be read")
            } else {
                None
            };
            let used = format!(
                "`{name}` is imported ({}), and nothing of it that is known to be vulnerable is used",
                at(place)
            );
            match open {
                Some(open) => (Status::Open, format!("{used}; {open}.")),
                None => {
                    let named: Vec<String> = symbols.iter().take(MAX_STEPS).map(|name| format!("`{name}`")).collect();
                    let text = format!("{used} ({}); no other package asks for it.", named.join(", "));
                    (Status::NotReached, text)
                }
            }
        }
    }
}

fn at(step: &Place) -> String {
    let at = place(&step.path, None, Some(step.line), None);
    if step.text.is_empty() { at } else { format!("{at} {}", step.text) }
}

/// What to do about it: which versions are fixed.
pub(crate) fn recommendation(component: &Component<'_>, known: &Known<'_>) -> String {
    let name = &component.package.name;
    let fixed = &known.vulnerability.fixed_in;
    if known.vulnerability.is_malicious {
        format!("Remove {name}, and look at what it could reach where it was installed.")
    } else if fixed.is_empty() {
        format!("No version of {name} is known to be fixed.")
    } else {
        format!("Upgrade {name} to {}.", fixed.join(" or "))
    }
}

/// A word for how far code reaches.
pub(crate) const fn word(reach: &Reach) -> &'static str {
    match reach {
        Reach::NotImported => "not imported",
        Reach::Imported(_) => "imported",
        Reach::NotUsed(_) => "not used",
        Reach::Used { .. } => "used",
    }
}

#[cfg(test)]
mod tests;
