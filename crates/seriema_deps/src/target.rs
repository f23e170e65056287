//! For which Python and which platform a project is audited.

use std::str::FromStr;

use pep508_rs::MarkerTree;

use crate::project::Source;

/// A platform that markers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux.
    Linux,
    /// macOS.
    Macos,
    /// Windows.
    Windows,
}

impl Platform {
    /// What `sys_platform`, `platform_system` and `os_name` are there
    /// (<https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers>).
    const fn marker(self) -> &'static str {
        match self {
            Self::Linux => "sys_platform == 'linux' and platform_system == 'Linux' and os_name == 'posix'",
            Self::Macos => "sys_platform == 'darwin' and platform_system == 'Darwin' and os_name == 'posix'",
            Self::Windows => "sys_platform == 'win32' and platform_system == 'Windows' and os_name == 'nt'",
        }
    }
}

/// Where what is audited will run. What is not said may be anything, so that a dependency counts when its marker can hold
/// somewhere.
#[derive(Clone, Debug, Default)]
pub struct Target(MarkerTree);

impl Target {
    /// A target: `python` is a version, `3.11` for all of its releases or `3.11.4`.
    ///
    /// # Errors
    /// When `python` is no version of Python; the message says what is expected.
    pub fn new(python: Option<&str>, platform: Option<Platform>) -> Result<Self, String> {
        let mut target = MarkerTree::TRUE;
        if let Some(written) = python {
            let wrong = || format!("`{written}` is no version of Python: write 3.11 or 3.11.4");
            let parts: Vec<&str> = written.split('.').collect();
            let is_number =
                |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if !(2..=3).contains(&parts.len()) || !parts.iter().all(is_number) {
                return Err(wrong());
            }
            let star = if parts.len() == 2 { ".*" } else { "" };
            let marker = format!("python_full_version == '{written}{star}'");
            target.and(MarkerTree::from_str(&marker).map_err(|_| wrong())?);
        }
        if let Some(platform) = platform {
            target.and(MarkerTree::from_str(platform.marker()).map_err(|error| error.to_string())?);
        }
        Ok(Self(target))
    }

    /// Whether something with this marker may be needed there. Any extra may be asked for.
    #[must_use]
    pub fn may_need(&self, marker: &MarkerTree) -> bool {
        if marker.is_true() {
            return true;
        }
        let mut both = marker.clone().simplify_extras_with(|_| true);
        both.and(self.0.clone());
        !both.is_false()
    }

    /// Leaves out what is not needed there.
    pub fn restrict(&self, sources: &mut [Source]) {
        for source in sources {
            source.manifest.dependencies.retain(|dependency| self.may_need(&dependency.marker));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_hold_where_they_can() {
        for (python, platform, marker, is_needed) in [
            (None, None, "python_version < '3'", true),
            (None, None, "sys_platform == 'win32'", true),
            (None, None, "python_version < '3' and python_version > '3.5'", false),
            (Some("3.11"), None, "python_version < '3.11'", false),
            (Some("3.11"), None, "python_version >= '3.11'", true),
            (Some("3.11"), None, "python_full_version < '3.11.4'", true),
            (Some("3.11.9"), None, "python_full_version < '3.11.4'", false),
            (Some("3.11"), None, "sys_platform == 'win32'", true),
            (None, Some(Platform::Linux), "sys_platform == 'win32'", false),
            (None, Some(Platform::Linux), "os_name == 'nt' or python_version < '3.8'", true),
            (Some("3.11"), Some(Platform::Linux), "os_name == 'nt' or python_version < '3.8'", false),
            (None, Some(Platform::Windows), "platform_system == 'Windows'", true),
            (None, Some(Platform::Macos), "sys_platform == 'darwin' and platform_machine == 'arm64'", true),
            (Some("3.11"), Some(Platform::Linux), "extra == 'x' and python_version >= '3.9'", true),
            (Some("3.11"), Some(Platform::Linux), "implementation_name == 'pypy'", true),
        ] {
            let target = Target::new(python, platform).expect("a version");
            let marker = MarkerTree::from_str(marker).expect("a marker");
            assert_eq!(target.may_need(&marker), is_needed, "{python:?} {platform:?} {marker:?}");
        }
        for wrong in ["3", "", "3.x", "3.11.4.2", "three", "-3.1", "3.11 or os_name == 'nt'", "99999999999.1"] {
            assert!(Target::new(Some(wrong), None).is_err(), "{wrong}");
        }
    }
}
