//! Weakness and risk catalogues: CWE, and the OWASP Top Ten's mapping of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A weakness of MITRE's Common Weakness Enumeration, <https://cwe.mitre.org/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cwe(pub u16);

impl Cwe {
    /// Reads `CWE-78`, `cwe-078`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, digits) = text.split_at_checked(4)?;
        if !prefix.eq_ignore_ascii_case("cwe-") {
            return None;
        }
        digits.parse().ok().map(Self)
    }

    /// The weakness' page.
    #[must_use]
    pub fn url(self) -> String {
        format!("https://cwe.mitre.org/data/definitions/{}.html", self.0)
    }

    /// The weakness' name in CWE 4.x, for those that Seriema's rules use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            20 => "Improper Input Validation",
            22 => "Path Traversal",
            23 => "Relative Path Traversal",
            73 => "External Control of File Name or Path",
            78 => "OS Command Injection",
            79 => "Cross-site Scripting",
            80 => "Basic XSS",
            88 => "Argument Injection",
            89 => "SQL Injection",
            90 => "LDAP Injection",
            93 => "CRLF Injection",
            94 => "Code Injection",
            95 => "Eval Injection",
            113 => "HTTP Response Splitting",
            116 => "Improper Encoding or Escaping of Output",
            117 => "Improper Output Neutralization for Logs",
            155 => "Improper Neutralization of Wildcards",
            200 => "Exposure of Sensitive Information",
            209 => "Error Message Containing Sensitive Information",
            215 => "Insertion of Sensitive Information Into Debugging Code",
            259 => "Use of Hard-coded Password",
            284 => "Improper Access Control",
            287 => "Improper Authentication",
            295 => "Improper Certificate Validation",
            306 => "Missing Authentication for Critical Function",
            319 => "Cleartext Transmission of Sensitive Information",
            322 => "Key Exchange without Entity Authentication",
            326 => "Inadequate Encryption Strength",
            327 => "Use of a Broken or Risky Cryptographic Algorithm",
            328 => "Use of Weak Hash",
            330 => "Use of Insufficiently Random Values",
            338 => "Use of Cryptographically Weak Pseudo-Random Number Generator",
            367 => "Time-of-check Time-of-use Race Condition",
            377 => "Insecure Temporary File",
            379 => "Creation of Temporary File in Directory with Insecure Permissions",
            390 => "Detection of Error Condition Without Action",
            391 => "Unchecked Error Condition",
            400 => "Uncontrolled Resource Consumption",
            426 => "Untrusted Search Path",
            427 => "Uncontrolled Search Path Element",
            489 => "Active Debug Code",
            494 => "Download of Code Without Integrity Check",
            497 => "Exposure of Sensitive System Information",
            501 => "Trust Boundary Violation",
            502 => "Deserialization of Untrusted Data",
            601 => "Open Redirect",
            605 => "Multiple Binds to the Same Port",
            611 => "XML External Entity Reference",
            506 => "Embedded Malicious Code",
            614 => "Sensitive Cookie Without 'Secure' Attribute",
            617 => "Reachable Assertion",
            643 => "XPath Injection",
            668 => "Exposure of Resource to Wrong Sphere",
            703 => "Improper Check or Handling of Exceptional Conditions",
            732 => "Incorrect Permission Assignment for Critical Resource",
            755 => "Improper Handling of Exceptional Conditions",
            776 => "XML Entity Expansion",
            798 => "Use of Hard-coded Credentials",
            838 => "Inappropriate Encoding for Output Context",
            862 => "Missing Authorization",
            916 => "Use of Password Hash With Insufficient Computational Effort",
            918 => "Server-Side Request Forgery",
            939 => "Improper Authorization in Handler for Custom URL Scheme",
            1004 => "Sensitive Cookie Without 'HttpOnly' Flag",
            1007 => "Insufficient Visual Distinction of Homoglyphs",
            1088 => "Synchronous Access of Remote Resource without Timeout",
            1104 => "Use of Unmaintained Third Party Components",
            1164 => "Irrelevant Code",
            1240 => "Use of a Cryptographic Primitive with a Risky Implementation",
            1336 => "Template Engine Injection",
            1357 => "Reliance on Insufficiently Trustworthy Component",
            1395 => "Dependency on Vulnerable Third-Party Component",
            _ => "",
        }
    }

    /// The category of the OWASP Top Ten 2021 that lists the weakness or its parent,
    /// <https://owasp.org/Top10/2021/>.
    #[must_use]
    pub const fn owasp_2021(self) -> Option<Owasp2021> {
        use Owasp2021 as O;
        Some(match self.0 {
            22 | 23 | 200 | 284 | 285 | 352 | 377 | 379 | 425 | 497 | 601 | 639 | 668 | 732 | 862 | 863 | 939 => O::A01,
            319 | 322 | 326 | 327 | 328 | 330 | 338 | 759 | 760 | 780 | 916 | 1240 => O::A02,
            20 | 74 | 77 | 78 | 79 | 80 | 88 | 89 | 90 | 91 | 93 | 94 | 95 | 113 | 116 | 155 | 643 | 838 | 917
            | 943 | 1336 => O::A03,
            73 | 209 | 256 | 312 | 367 | 400 | 434 | 501 | 522 | 602 | 770 | 799 | 1088 => O::A04,
            16 | 215 | 489 | 605 | 611 | 614 | 776 | 942 | 1004 | 1188 | 1275 => O::A05,
            937 | 1035 | 1104 | 1357 | 1395 => O::A06,
            259 | 287 | 295 | 297 | 306 | 307 | 384 | 521 | 613 | 620 | 640 | 798 => O::A07,
            345 | 353 | 426 | 427 | 494 | 502 | 506 | 565 | 829 | 915 | 1007 => O::A08,
            117 | 223 | 532 | 778 => O::A09,
            918 => O::A10,
            _ => return None,
        })
    }

    /// The category of the OWASP Top Ten 2025, <https://owasp.org/Top10/2025/>.
    #[must_use]
    pub const fn owasp_2025(self) -> Option<Owasp2025> {
        use Owasp2025 as O;
        // The 2025 list folds SSRF into access control, moves configuration up, widens components to the supply
        // chain, and opens a category for mishandled exceptional conditions.
        Some(match self.0 {
            390 | 391 | 396 | 460 | 617 | 636 | 703 | 754 | 755 => O::A10,
            494 | 829 | 1007 | 426 | 427 => O::A03,
            209 | 215 => O::A10,
            _ => match self.owasp_2021() {
                Some(Owasp2021::A01 | Owasp2021::A10) => O::A01,
                Some(Owasp2021::A05) => O::A02,
                Some(Owasp2021::A06) => O::A03,
                Some(Owasp2021::A02) => O::A04,
                Some(Owasp2021::A03) => O::A05,
                Some(Owasp2021::A04) => O::A06,
                Some(Owasp2021::A07) => O::A07,
                Some(Owasp2021::A08) => O::A08,
                Some(Owasp2021::A09) => O::A09,
                None => return None,
            },
        })
    }
}

impl fmt::Display for Cwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CWE-{}", self.0)
    }
}

macro_rules! owasp {
    ($(#[$doc:meta])* $name:ident, $year:literal, $($variant:ident = $title:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $title] $variant),+
        }

        impl $name {
            /// `A03:2021`
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => concat!(stringify!($variant), ":", $year)),+ }
            }

            /// The category's name.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.code(), self.title())
            }
        }
    };
}

owasp!(
    /// A category of the OWASP Top Ten 2021.
    Owasp2021, "2021",
    A01 = "Broken Access Control",
    A02 = "Cryptographic Failures",
    A03 = "Injection",
    A04 = "Insecure Design",
    A05 = "Security Misconfiguration",
    A06 = "Vulnerable and Outdated Components",
    A07 = "Identification and Authentication Failures",
    A08 = "Software and Data Integrity Failures",
    A09 = "Security Logging and Monitoring Failures",
    A10 = "Server-Side Request Forgery"
);

owasp!(
    /// A category of the OWASP Top Ten 2025.
    Owasp2025, "2025",
    A01 = "Broken Access Control",
    A02 = "Security Misconfiguration",
    A03 = "Software Supply Chain Failures",
    A04 = "Cryptographic Failures",
    A05 = "Injection",
    A06 = "Insecure Design",
    A07 = "Authentication Failures",
    A08 = "Software or Data Integrity Failures",
    A09 = "Security Logging and Alerting Failures",
    A10 = "Mishandling of Exceptional Conditions"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaknesses_are_read_and_mapped() {
        assert_eq!(Cwe::parse("cwe-078"), Some(Cwe(78)));
        assert_eq!(Cwe::parse("B602"), None);
        assert_eq!(Cwe(89).owasp_2021().map(Owasp2021::code), Some("A03:2021"));
        assert_eq!(Cwe(89).owasp_2025().map(Owasp2025::code), Some("A05:2025"));
        assert_eq!(Cwe(918).owasp_2025().map(Owasp2025::code), Some("A01:2025"));
        assert_eq!(Cwe(703).owasp_2021(), None);
    }
}
