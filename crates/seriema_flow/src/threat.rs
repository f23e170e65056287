//! Who the program is exposed to: what the attacker can give.

use std::fmt;
use std::str::FromStr;

use seriema_finding::Persona;
use seriema_models::{SinkKind, SourceKind};

use crate::project::Project;
use crate::report::is_remote;
use crate::solve::Solution;

/// Who an attacker is taken to be. What comes over the network is never trusted, by any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Threat {
    /// A client of a service.
    #[default]
    Web,
    /// Whoever gives a library's public functions their arguments.
    Library,
    /// Whoever gives a program its command line, its input and its environment: one that runs with more rights than they
    /// have.
    Cli,
    /// All of them.
    All,
}

impl Threat {
    /// By name, as on the command line.
    pub const NAMES: [&'static str; 4] = ["web", "library", "cli", "all"];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Library => "library",
            Self::Cli => "cli",
            Self::All => "all",
        }
    }

    /// What a project looks like: one with routes is a service, the others are used by other programs.
    pub(crate) fn guess(project: &Project, solution: &Solution) -> Self {
        #[allow(clippy::iter_over_hash_type, reason = "any of them will do")]
        let served = solution.entries.iter().any(|(func, entries)| {
            let file = project.file(project.funcs[func.0 as usize].0);
            !file.is_test && entries.iter().any(|entry| entry.parameters.is_none_or(is_remote))
        });
        if served { Self::Web } else { Self::Library }
    }

    /// Who is told of data from a source that gets to a sink; `made` when it is only a part of what gets there.
    pub(crate) fn persona(self, kind: SinkKind, source: SourceKind, made: bool) -> Persona {
        use SourceKind as S;
        let regular = match source {
            source if is_remote(source) => true,
            S::Archive | S::Exception | S::WeakRandom => true,
            S::Argument => match self {
                Self::Web | Self::Cli => false,
                // A function that is told what to run, runs it; one that makes it of what it is told has to make it well.
                Self::Library => made && is_injected(kind),
                Self::All => true,
            },
            S::Cli | S::Stdin | S::Env => matches!(self, Self::Cli | Self::All),
            _ => self == Self::All,
        };
        if regular { Persona::Regular } else { Persona::Pedantic }
    }
}

/// Whether the harm is in how a text is put together.
fn is_injected(kind: SinkKind) -> bool {
    use SinkKind as K;
    matches!(kind, K::Shell | K::Code | K::Sql | K::LdapFilter | K::LdapDn | K::Xpath | K::Template | K::Argv)
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Threat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Web, Self::Library, Self::Cli, Self::All];
        let found = all.into_iter().find(|threat| threat.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no threat model; there are: {}", Self::NAMES.join(", ")))
    }
}
