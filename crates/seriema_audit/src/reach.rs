//! How far a project's code comes towards what is vulnerable in the packages that it depends on.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;
use seriema_deps::builtin;
use seriema_deps::project::{Certainty, Match, Source};
use seriema_finding::{Confidence, FlowStep, Place, Reach};
use seriema_flow::{Inquiry, Wanted, imported};
use seriema_program::ir::FileIr;
use seriema_program::text_size::{TextRange, TextSize};
use seriema_workspace::{FileKind, SourceFile};

use crate::Settings;
use crate::finalize::location;
use crate::{flow, link};

/// Says of each match of a version that is named how far the code comes; nothing of the others, nor where there is no code.
/// Data is followed only where something that is imported has names that are known to be vulnerable.
pub(crate) fn reach(
    files: &[SourceFile],
    settings: &Settings,
    sources: &[Source],
    found: &[Match],
) -> Vec<Option<Reach>> {
    let is_code = |file: &&SourceFile| matches!(file.kind, FileKind::Python | FileKind::Notebook);
    let code: Vec<&SourceFile> = files.iter().filter(is_code).collect();
    let mut numbers: BTreeMap<(Vec<String>, Vec<String>), usize> = BTreeMap::new();
    let mut wanted: Vec<Wanted> = Vec::new();
    let of: Vec<Option<usize>> = found
        .iter()
        .map(|one| {
            // What is malicious does its harm where it is installed.
            if code.is_empty() || one.certainty != Certainty::Named || one.advisory.is_malicious {
                return None;
            }
            let name = &sources[one.source].manifest.dependencies[one.dependency].name;
            let (imports, symbols) = (builtin::imports(name), one.advisory.symbols.clone());
            Some(*numbers.entry((imports.clone(), symbols.clone())).or_insert_with(|| {
                wanted.push(Wanted { imports, symbols });
                wanted.len() - 1
            }))
        })
        .collect();
    if wanted.is_empty() {
        return vec![None; found.len()];
    }
    let modules = link::modules(files);
    let limit = |file: &SourceFile| settings.of(&file.absolute).1.max_file_size.value;
    // What the analysis of a file fails on is said by an audit of the code.
    let lowered = |file: &&SourceFile| {
        catch_unwind(AssertUnwindSafe(|| flow::lowered(file, limit(file), &modules))).ok().flatten()
    };
    let irs: Vec<FileIr> = flow::sorted(code.par_iter().filter_map(lowered).collect());
    let places = imported(&irs, &wanted);
    let is_asked = wanted.iter().zip(&places).any(|(wanted, place)| place.is_some() && !wanted.symbols.is_empty());
    let inquiry = is_asked.then(|| Inquiry::new(irs, &settings.flow_options()).ok()).flatten();
    let known: Vec<Reach> = match inquiry {
        Some(inquiry) => inquiry.reach(&wanted),
        None => places.into_iter().map(|place| place.map_or(Reach::NotImported, Reach::Imported)).collect(),
    };
    of.into_iter().map(|number| number.map(|number| known[number].clone())).collect()
}

/// What to say of it, in a sentence or two.
pub(crate) fn told(reach: &Reach, package: &str, is_command: bool) -> String {
    let at = |place: &Place| format!("{}:{}", place.path, place.line);
    match reach {
        Reach::NotImported if is_command => {
            format!("No file of the project imports `{package}`; it is mostly run by its command.")
        }
        Reach::NotImported => {
            format!("No file of the project imports `{package}`; other packages may.")
        }
        Reach::Imported(place) => {
            format!("The project {} ({}). Which part is vulnerable is not known.", place.text, at(place))
        }
        Reach::NotUsed(place) => {
            format!("The project {} ({}) and uses nothing of it that is known to be vulnerable.", place.text, at(place))
        }
        Reach::Used { symbol, steps } => {
            let steps: Vec<String> = steps.iter().map(|place| format!("- {}: {}", at(place), place.text)).collect();
            format!("Reached: the project uses `{symbol}`.\n\n{}", steps.join("\n"))
        }
    }
}

/// How sure it is that a vulnerability matters, by how far the code comes. It ranks; nothing is left out for it.
pub(crate) fn confidence(reach: Option<&Reach>, is_command: bool) -> Confidence {
    match reach {
        None | Some(Reach::Used { .. }) => Confidence::High,
        Some(Reach::Imported(_)) => Confidence::Medium,
        Some(Reach::NotImported) if is_command => Confidence::Medium,
        Some(Reach::NotImported | Reach::NotUsed(_)) => Confidence::Low,
    }
}

/// The steps to a use, in the files as they are.
pub(crate) fn steps(reach: Option<&Reach>, files: &[SourceFile], settings: &Settings) -> Vec<FlowStep> {
    let Some(Reach::Used { steps, .. }) = reach else { return Vec::new() };
    let step = |place: &Place| {
        let file = files.iter().find(|file| file.relative == place.path)?;
        let parsed = flow::read_again(file, settings.of(&file.absolute).1.max_file_size.value)?;
        let line = parsed.text().split_inclusive('\n').nth((place.line as usize).checked_sub(1)?)?;
        let start = line.as_ptr().addr() - parsed.text().as_ptr().addr() + (line.len() - line.trim_start().len());
        let range = TextRange::at(TextSize::try_from(start).ok()?, TextSize::of(line.trim()));
        let location = location(&file.relative, &parsed.locator(), range, None);
        Some(FlowStep { location, message: place.text.clone() })
    };
    steps.iter().filter_map(step).collect()
}
