//! The numbers of a run: one block a file and their sum.

use crate::issue::Level;
use crate::scan::{Metrics, Scanned};

/// What is shown first in each block.
const COUNTS: [&str; 3] = ["loc", "nosec", "skipped_tests"];

/// The two ways in which issues are counted.
pub(crate) const CRITERIA: [&str; 2] = ["SEVERITY", "CONFIDENCE"];

/// A block of numbers in the order in which Bandit makes it.
pub(crate) type Block = Vec<(String, u64)>;

/// The numbers of a run.
#[derive(Debug)]
pub(crate) struct RunMetrics {
    /// The sum over all files.
    pub totals: Block,
    /// The files that were read, in order.
    pub files: Vec<(String, Block)>,
}

impl RunMetrics {
    /// Adds up.
    #[must_use]
    pub(crate) fn new(scanned: &[Scanned]) -> Self {
        let files: Vec<(String, Block)> = scanned
            .iter()
            .filter_map(|file| Some((file.filename.to_string(), block(file.metrics.as_ref()?))))
            .collect();
        let by_rank =
            Level::ALL.into_iter().flat_map(|rank| CRITERIA.map(|criterion| format!("{criterion}.{}", rank.as_str())));
        let names = COUNTS.map(str::to_owned).into_iter().chain(by_rank);
        let total = |name: &str| files.iter().filter_map(|(_, block)| get(block, name)).sum();
        let totals = names.map(|name| (name.clone(), total(&name))).collect();
        Self { totals, files }
    }

    /// A number of the sum.
    #[must_use]
    pub(crate) fn total(&self, name: &str) -> u64 {
        get(&self.totals, name).unwrap_or(0)
    }
}

fn get(block: &Block, name: &str) -> Option<u64> {
    block.iter().find(|(own, _)| own == name).map(|(_, value)| *value)
}

fn block(metrics: &Metrics) -> Block {
    let counts = [metrics.loc, metrics.nosec, metrics.skipped_tests];
    let mut block: Block = COUNTS.iter().map(|name| (*name).to_owned()).zip(counts).collect();
    if let Some(issues) = &metrics.issues {
        for (criterion, counts) in CRITERIA.iter().zip(issues) {
            for (rank, count) in Level::ALL.iter().zip(counts) {
                block.push((format!("{criterion}.{}", rank.as_str()), *count));
            }
        }
    }
    block
}
