//! The configuration of a run, and `seriema config`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use seriema_audit::{FileSettings, Settings};
use seriema_finding::Severity;
use seriema_workspace::{DiscoverOptions, SourceFile};

use crate::Exit;
use crate::cli::{AuditArgs, ConfigArgs};

pub(crate) struct Configuration {
    fail_on: Option<Severity>,
    group: FileSettings,
}

impl Configuration {
    pub(crate) fn load(args: &AuditArgs, _cwd: &Path) -> Result<Self> {
        let s = &args.selection;
        Ok(Self {
            fail_on: match args.fail_on.as_deref() {
                Some("never") => None,
                Some(x) => Some(x.parse()?),
                None => Some(Severity::High),
            },
            group: FileSettings {
                persona: s.persona.unwrap_or_default(),
                severity: s.severity.unwrap_or(Severity::Info),
                confidence: s.confidence.unwrap_or(seriema_finding::Confidence::Low),
                select: s.select.clone(),
                ignore: s.ignore.clone(),
                ..FileSettings::default()
            },
        })
    }
    pub(crate) fn discover_options(&self, args: &AuditArgs) -> Result<DiscoverOptions> {
        Ok(DiscoverOptions { paths: args.paths.clone(), explain: args.explain_files, ..DiscoverOptions::default() })
    }
    pub(crate) fn settings(&self, _files: &[SourceFile]) -> Result<(Settings, BTreeMap<Arc<str>, usize>)> {
        Ok((
            Settings {
                max_file_size: 8 << 20,
                today: jiff::Zoned::now().date(),
                groups: vec![self.group.clone()],
            },
            BTreeMap::new(),
        ))
    }
    pub(crate) fn fail_on(&self) -> Option<Severity> {
        self.fail_on
    }
    pub(crate) fn incomplete_is_error(&self) -> bool {
        true
    }
}

pub(crate) fn run(_args: &ConfigArgs) -> Result<Exit> {
    Ok(Exit::Clean)
}
