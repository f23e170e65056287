//! The three scales a finding is measured on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad it is when the finding is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to fix by itself.
    Info,
    /// Weakens a defence; exploitable only together with something else.
    Low,
    /// Exploitable under conditions that are common but not certain.
    Medium,
    /// Exploitable by whoever reaches the code.
    High,
    /// Exploitable by an unauthenticated stranger, with full effect.
    Critical,
}

/// How sure the analysis is that the finding is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A shape that is often harmless.
    Low,
    /// A shape that is usually real, or a certain one whose context is unknown.
    Medium,
    /// What is reported is in the code beyond doubt.
    High,
}

/// Who wants to see the finding. A finding of a persona is shown to that one and to the ones after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// What a senior reviewer would raise.
    #[default]
    Regular,
    /// Also what is right only in some contexts.
    Pedantic,
    /// Everything any tool would say.
    Auditor,
}

/// A level's name that is none of the scale's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseLevelError {
    given: String,
    known: &'static [&'static str],
}

impl fmt::Display for ParseLevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of {}", self.given, self.known.join(", "))
    }
}

impl std::error::Error for ParseLevelError {}

macro_rules! scale {
    ($name:ident, $($variant:ident = $text:literal),+) => {
        impl $name {
            /// Every level, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The names of [`Self::ALL`], in its order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The level's name, as written in configuration and reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ParseLevelError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|level| level.as_str().eq_ignore_ascii_case(text))
                    .ok_or_else(|| ParseLevelError { given: text.to_owned(), known: Self::NAMES })
            }
        }
    };
}

scale!(Severity, Info = "info", Low = "low", Medium = "medium", High = "high", Critical = "critical");
scale!(Confidence, Low = "low", Medium = "medium", High = "high");
scale!(Persona, Regular = "regular", Pedantic = "pedantic", Auditor = "auditor");

impl Severity {
    /// The number GitHub reads as `security-severity` (0.0 to 10.0), placed in the middle of its bands.
    #[must_use]
    pub const fn score(self) -> &'static str {
        match self {
            Self::Info => "0.0",
            Self::Low => "3.0",
            Self::Medium => "5.5",
            Self::High => "8.0",
            Self::Critical => "9.5",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_read_back() {
        assert!(Severity::Critical > Severity::High && Severity::Low > Severity::Info);
        for level in Severity::ALL {
            assert_eq!(level.as_str().to_uppercase().parse::<Severity>(), Ok(*level));
        }
        assert_eq!(
            "sever".parse::<Confidence>().map_err(|e| e.to_string()),
            Err("`sever` is none of low, medium, high".to_owned())
        );
    }
}
