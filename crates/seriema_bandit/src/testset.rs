//! Which tests run, and what each of them looks for.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::catalog::{self, Check, Entry, TestId};
use crate::config::{Config, LegacyBlacklist, LegacyEntry, Names, Profile, Settings};
use crate::issue::Level;

/// An entry of a blacklist, built in or from a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Forbidden {
    /// `B301`, or `LEGACY`.
    pub id: Cow<'static, str>,
    /// The weakness, 0 for none.
    pub cwe: i64,
    /// The severity.
    pub level: Level,
    /// What is said; `{name}` stands for the name found.
    pub message: Cow<'static, str>,
    /// Full names of calls, or beginnings of modules' names.
    pub qualnames: Vec<Cow<'static, str>>,
}

impl From<&'static Entry> for Forbidden {
    fn from(entry: &'static Entry) -> Self {
        Self {
            id: Cow::Borrowed(entry.id),
            cwe: i64::from(entry.cwe),
            level: entry.level,
            message: Cow::Borrowed(entry.message),
            qualnames: entry.qualnames.iter().map(|name| Cow::Borrowed(*name)).collect(),
        }
    }
}

impl From<&LegacyEntry> for Forbidden {
    fn from(entry: &LegacyEntry) -> Self {
        Self {
            id: Cow::Borrowed("LEGACY"),
            cwe: 0,
            level: Level::parse(&entry.level).unwrap_or(Level::Medium),
            message: Cow::Owned(entry.message.clone()),
            qualnames: entry.qualnames.iter().map(|name| Cow::Owned(name.clone())).collect(),
        }
    }
}

/// What the last part of a call's name can lead to: the cheap question asked of every call.
pub(crate) mod hint {
    /// Some full name ends so: look the whole name up.
    pub(crate) const QUALIFIED: u32 = 1;
    /// `extra`
    pub(crate) const DJANGO_EXTRA: u32 = 1 << 1;
    /// `mark_safe` and the like.
    pub(crate) const DJANGO_SAFE: u32 = 1 << 2;
    /// `RawSQL`
    pub(crate) const DJANGO_RAW: u32 = 1 << 3;
    /// `exec`
    pub(crate) const EXEC: u32 = 1 << 4;
    /// `run`
    pub(crate) const RUN: u32 = 1 << 5;
    /// Hash functions.
    pub(crate) const HASH: u32 = 1 << 6;
    /// Downloads of models.
    pub(crate) const MODEL: u32 = 1 << 7;
    /// `Environment`
    pub(crate) const JINJA: u32 = 1 << 8;
    /// `listen`
    pub(crate) const LISTEN: u32 = 1 << 9;
    /// `exec_command`
    pub(crate) const PARAMIKO: u32 = 1 << 10;
    /// `load`
    pub(crate) const LOAD: u32 = 1 << 11;
    /// HTTP verbs.
    pub(crate) const HTTP: u32 = 1 << 12;
    /// `CommunityData`, `UsmUserData`
    pub(crate) const SNMP: u32 = 1 << 13;
    /// `set_missing_host_key_policy`
    pub(crate) const HOST_KEY: u32 = 1 << 14;
    /// `wrap_socket`
    pub(crate) const TLS: u32 = 1 << 15;
    /// `Template`
    pub(crate) const MAKO: u32 = 1 << 16;
    /// Makers of keys.
    pub(crate) const KEY: u32 = 1 << 17;
    /// `__import__`, `import_module`
    pub(crate) const IMPORT: u32 = 1 << 18;
}

const HINTS: &[(u32, &[&str])] = &[
    (hint::DJANGO_EXTRA, &["extra"]),
    (hint::DJANGO_SAFE, &["mark_safe", "SafeText", "SafeUnicode", "SafeString", "SafeBytes"]),
    (hint::DJANGO_RAW, &["RawSQL"]),
    (hint::EXEC, &["exec"]),
    (hint::RUN, &["run"]),
    (hint::HASH, &["md4", "md5", "sha", "sha1", "new", "crypt", "mksalt"]),
    (hint::MODEL, &["from_pretrained", "load_dataset", "hf_hub_download", "snapshot_download", "repository_id"]),
    (hint::JINJA, &["Environment"]),
    (hint::LISTEN, &["listen"]),
    (hint::PARAMIKO, &["exec_command"]),
    (hint::LOAD, &["load"]),
    (
        hint::HTTP,
        &["get", "options", "head", "post", "put", "patch", "delete", "request", "stream", "Client", "AsyncClient"],
    ),
    (hint::SNMP, &["CommunityData", "UsmUserData"]),
    (hint::HOST_KEY, &["set_missing_host_key_policy"]),
    (hint::TLS, &["wrap_socket"]),
    (hint::MAKO, &["Template"]),
    (hint::KEY, &["generate", "generate_private_key"]),
    (hint::IMPORT, &["__import__", "import_module"]),
];

/// The tests of a run with their options.
#[derive(Debug)]
pub(crate) struct TestSet {
    enabled: Vec<bool>,
    /// The tests' options.
    pub settings: Settings,
    forbidden_calls: Vec<Forbidden>,
    calls_by_name: FxHashMap<Cow<'static, str>, usize>,
    /// Modules not to be imported.
    pub forbidden_imports: Vec<Forbidden>,
    hints: FxHashMap<String, u32>,
    /// Set when some option is a string where a list is meant: then no name can be ruled out beforehand.
    any_name: bool,
    checks_calls: bool,
    checks_imports: bool,
}

impl TestSet {
    /// Selects what `profile` asks for.
    #[must_use]
    pub(crate) fn new(config: &Config, profile: &Profile) -> Self {
        let filter = selected(profile);
        let settings = Settings::new(config);
        let mut enabled: Vec<bool> =
            TestId::ALL.iter().map(|id| id.test().check != Check::Blacklist && filter.contains(id.test().id)).collect();
        let legacy = profile.blacklist.as_ref();
        let (calls, imports) = match legacy {
            Some(LegacyBlacklist { calls, imports }) => (
                calls.as_ref().map(|entries| entries.iter().map(Forbidden::from).collect()),
                imports.as_ref().map(|entries| entries.iter().map(Forbidden::from).collect()),
            ),
            None => {
                let pick = |entries: &mut dyn Iterator<Item = &'static Entry>| {
                    let picked: Vec<Forbidden> =
                        entries.filter(|entry| filter.contains(entry.id)).map(Forbidden::from).collect();
                    Some(picked).filter(|picked| !picked.is_empty())
                };
                (pick(&mut catalog::blacklist_entries()), pick(&mut catalog::blacklist::IMPORTS.iter()))
            }
        };
        let (checks_calls, checks_imports) = (calls.is_some(), imports.is_some());
        if let Some(last) = enabled.last_mut() {
            *last = checks_calls || checks_imports;
        }
        let forbidden_calls: Vec<Forbidden> = calls.unwrap_or_default();
        let mut calls_by_name = FxHashMap::default();
        for (index, entry) in forbidden_calls.iter().enumerate() {
            for name in &entry.qualnames {
                calls_by_name.entry(name.clone()).or_insert(index);
            }
        }
        let mut set = Self {
            enabled,
            settings,
            forbidden_calls,
            calls_by_name,
            forbidden_imports: imports.unwrap_or_default(),
            hints: FxHashMap::default(),
            any_name: false,
            checks_calls,
            checks_imports,
        };
        set.collect_hints();
        set
    }

    fn collect_hints(&mut self) {
        let mut hints: FxHashMap<String, u32> = FxHashMap::default();
        for (bit, names) in HINTS {
            for name in *names {
                *hints.entry((*name).to_owned()).or_default() |= bit;
            }
        }
        let mut qualified = |name: &str| {
            let last = name.rsplit('.').next().unwrap_or(name);
            *hints.entry(last.to_owned()).or_default() |= hint::QUALIFIED;
        };
        // The order in which a map is filled does not show.
        #[expect(clippy::iter_over_hash_type, reason = "only fills another map")]
        for name in self.calls_by_name.keys() {
            qualified(name);
        }
        for name in ["markupsafe.Markup", "flask.Markup"] {
            qualified(name);
        }
        for name in self.settings.markup_names.iter().flatten() {
            qualified(name);
        }
        let shell = &self.settings.shell;
        for names in [&shell.subprocess, &shell.shell, &shell.no_shell] {
            match names {
                #[expect(clippy::iter_over_hash_type, reason = "only fills another map")]
                Ok(Names::Set(names)) => {
                    for name in names {
                        qualified(name);
                    }
                }
                Ok(Names::Text(_)) | Err(_) => self.any_name = true,
            }
        }
        self.any_name |= self.settings.markup_names.is_err() || self.settings.bad_protocol_versions.is_err();
        self.hints = hints;
    }

    /// Whether nothing at all would run.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        !self.enabled.contains(&true)
    }

    /// Whether the test runs.
    #[must_use]
    pub(crate) fn runs(&self, id: TestId) -> bool {
        self.enabled.get(id as usize).copied().unwrap_or(false)
    }

    /// The tests that look at `check`, in the order of running; calls end with the blacklist.
    pub(crate) fn looking_at(&self, check: Check) -> impl Iterator<Item = TestId> + '_ {
        TestId::ALL.iter().copied().filter(move |id| {
            let own = id.test().check;
            let blacklist = own == Check::Blacklist && check == Check::Call && self.checks_calls;
            self.runs(*id) && ((own == check && own != Check::Blacklist) || blacklist || self.is_import(own, check))
        })
    }

    fn is_import(&self, own: Check, check: Check) -> bool {
        own == Check::Blacklist && check == Check::Blacklist && self.checks_imports
    }

    /// Whether imports are compared with the blacklist.
    #[must_use]
    pub(crate) fn checks_imports(&self) -> bool {
        self.checks_imports
    }

    /// Whether calls are compared with the blacklist.
    #[must_use]
    pub(crate) fn checks_calls(&self) -> bool {
        self.checks_calls
    }

    /// The first entry that forbids calls of `name`.
    #[must_use]
    pub(crate) fn forbidden_call(&self, name: &str) -> Option<&Forbidden> {
        self.forbidden_calls.get(*self.calls_by_name.get(name)?)
    }

    /// What the last part of a call's name can lead to.
    #[must_use]
    pub(crate) fn hints(&self, name: &str) -> u32 {
        let own = self.hints.get(name).copied().unwrap_or(0);
        if self.any_name { own | hint::QUALIFIED } else { own }
    }
}

/// The identifiers that a profile leaves.
fn selected(profile: &Profile) -> BTreeSet<&str> {
    let blacklist: BTreeSet<&str> = catalog::blacklist_entries().map(|entry| entry.id).collect();
    // `B001` stands for the whole blacklist unless a part of it is named beside it.
    let expand = |ids: &'_ BTreeSet<String>| -> BTreeSet<String> {
        let mut ids = ids.clone();
        if ids.remove("B001") && !ids.iter().any(|id| blacklist.contains(id.as_str())) {
            ids.extend(blacklist.iter().map(|id| (*id).to_owned()));
        }
        ids
    };
    let include = expand(&profile.include);
    let exclude = expand(&profile.exclude);
    let all = catalog::TESTS.iter().map(|test| test.id).chain(blacklist.iter().copied());
    all.filter(|id| (include.is_empty() || include.contains(*id)) && !exclude.contains(*id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(include: &[&str], exclude: &[&str]) -> Profile {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Profile { include: set(include), exclude: set(exclude), blacklist: None }
    }

    fn ids(include: &[&str], exclude: &[&str]) -> usize {
        selected(&profile(include, exclude)).len()
    }

    #[test]
    fn everything_runs_unless_said_otherwise() {
        assert_eq!(ids(&[], &[]), 42 + 33 + 1);
        assert_eq!(ids(&["B101", "B301"], &[]), 2);
        assert_eq!(ids(&[], &["B101"]), 42 + 33);
        assert_eq!(ids(&["B999"], &[]), 0);
    }

    #[test]
    fn b001_is_the_whole_blacklist_unless_a_part_is_named() {
        assert_eq!(ids(&["B001"], &[]), 33);
        assert_eq!(ids(&["B001", "B401"], &[]), 1);
        assert_eq!(ids(&[], &["B001"]), 42 + 1);
    }

    #[test]
    fn the_first_entry_that_forbids_a_call_wins() {
        let set = TestSet::new(&Config::defaults(), &profile(&[], &[]));
        assert_eq!(set.forbidden_call("pickle.loads").map(|entry| entry.id.as_ref()), Some("B301"));
        assert_eq!(set.forbidden_call("pickle").map(|entry| entry.id.as_ref()), Some("B403"));
        assert!(set.forbidden_call("json.loads").is_none());
        assert_eq!(set.hints("loads"), hint::QUALIFIED);
        assert_eq!(set.hints("unheard_of"), 0);
    }

    #[test]
    fn nothing_runs_when_only_unknown_tests_are_asked_for() {
        assert!(TestSet::new(&Config::defaults(), &profile(&["B999"], &[])).is_empty());
        assert!(!TestSet::new(&Config::defaults(), &profile(&["B403"], &[])).is_empty());
    }
}
