//! Bandit's tests: identifiers, names, and what each looks at. The order is the order in which they run.

pub(crate) mod blacklist;

use std::borrow::Cow;

pub(crate) use blacklist::Entry;

/// The version of Bandit that is followed, as its documentation's addresses name it.
pub(crate) const BANDIT_VERSION: &str = "1.9.4";

/// What a test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    /// Calls.
    Call,
    /// String constants.
    Text,
    /// Definitions of functions that are not `async`.
    Function,
    /// `assert`
    Assert,
    /// `except` clauses.
    Handler,
    /// The file as text.
    File,
    /// Calls, again, and imports: the blacklists.
    Blacklist,
}

/// A test.
#[derive(Debug)]
pub(crate) struct Test {
    /// `B602`
    pub id: &'static str,
    /// The name that comments and old configurations use.
    pub entry: &'static str,
    /// The name in reports and in the addresses of the documentation.
    pub function: &'static str,
    /// What it looks at.
    pub check: Check,
}

macro_rules! tests {
    ($($id:ident $entry:literal $function:literal $check:ident,)+) => {
        /// A test's number: its place in the order of running.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum TestId {
            $($id),+
        }

        /// All tests.
        pub(crate) static TESTS: &[Test] = &[
            $(Test { id: stringify!($id), entry: $entry, function: $function, check: Check::$check }),+
        ];

        impl TestId {
            /// All tests' numbers.
            pub(crate) const ALL: &[TestId] = &[$(TestId::$id),+];
        }
    };
}

tests! {
    B604 "any_other_function_with_shell_equals_true" "any_other_function_with_shell_equals_true" Call,
    B101 "assert_used" "assert_used" Assert,
    B610 "django_extra_used" "django_extra_used" Call,
    B703 "django_mark_safe" "django_mark_safe" Call,
    B611 "django_rawsql_used" "django_rawsql_used" Call,
    B102 "exec_used" "exec_used" Call,
    B201 "flask_debug_true" "flask_debug_true" Call,
    B104 "hardcoded_bind_all_interfaces" "hardcoded_bind_all_interfaces" Text,
    B107 "hardcoded_password_default" "hardcoded_password_default" Function,
    B106 "hardcoded_password_funcarg" "hardcoded_password_funcarg" Call,
    B105 "hardcoded_password_string" "hardcoded_password_string" Text,
    B608 "hardcoded_sql_expressions" "hardcoded_sql_expressions" Text,
    B108 "hardcoded_tmp_directory" "hardcoded_tmp_directory" Text,
    B324 "hashlib_insecure_functions" "hashlib" Call,
    B615 "huggingface_unsafe_download" "huggingface_unsafe_download" Call,
    B701 "jinja2_autoescape_false" "jinja2_autoescape_false" Call,
    B609 "linux_commands_wildcard_injection" "linux_commands_wildcard_injection" Call,
    B612 "logging_config_insecure_listen" "logging_config_insecure_listen" Call,
    B704 "markupsafe_markup_xss" "markupsafe_markup_xss" Call,
    B601 "paramiko_calls" "paramiko_calls" Call,
    B614 "pytorch_load" "pytorch_load" Call,
    B501 "request_with_no_cert_validation" "request_with_no_cert_validation" Call,
    B113 "request_without_timeout" "request_without_timeout" Call,
    B103 "set_bad_file_permissions" "set_bad_file_permissions" Call,
    B508 "snmp_insecure_version" "snmp_insecure_version_check" Call,
    B509 "snmp_weak_cryptography" "snmp_crypto_check" Call,
    B507 "ssh_no_host_key_verification" "ssh_no_host_key_verification" Call,
    B503 "ssl_with_bad_defaults" "ssl_with_bad_defaults" Function,
    B502 "ssl_with_bad_version" "ssl_with_bad_version" Call,
    B504 "ssl_with_no_version" "ssl_with_no_version" Call,
    B605 "start_process_with_a_shell" "start_process_with_a_shell" Call,
    B606 "start_process_with_no_shell" "start_process_with_no_shell" Call,
    B607 "start_process_with_partial_path" "start_process_with_partial_path" Call,
    B602 "subprocess_popen_with_shell_equals_true" "subprocess_popen_with_shell_equals_true" Call,
    B603 "subprocess_without_shell_equals_true" "subprocess_without_shell_equals_true" Call,
    B202 "tarfile_unsafe_members" "tarfile_unsafe_members" Call,
    B613 "trojansource" "trojansource" File,
    B112 "try_except_continue" "try_except_continue" Handler,
    B110 "try_except_pass" "try_except_pass" Handler,
    B702 "use_of_mako_templates" "use_of_mako_templates" Call,
    B505 "weak_cryptographic_key" "weak_cryptographic_key" Call,
    B506 "yaml_load" "yaml_load" Call,
    B001 "blacklist" "blacklist" Blacklist,
}

impl TestId {
    /// The test's row.
    #[must_use]
    pub(crate) fn test(self) -> &'static Test {
        // The enumeration and the table are made by one macro.
        &TESTS[self as usize]
    }
}

/// All entries of both blacklists.
pub(crate) fn blacklist_entries() -> impl Iterator<Item = &'static Entry> {
    blacklist::CALLS.iter().chain(blacklist::IMPORTS)
}

/// Whether `id` is a test's or a blacklist entry's identifier.
#[must_use]
pub(crate) fn canonical_id(id: &str) -> Option<&'static str> {
    TESTS.iter().map(|test| test.id).chain(blacklist_entries().map(|entry| entry.id)).find(|known| *known == id)
}

/// The identifier of the test or blacklist entry called `name`.
#[must_use]
pub(crate) fn id_by_name(name: &str) -> Option<&'static str> {
    plugins()
        .find(|test| test.entry == name)
        .map(|test| test.id)
        .or_else(|| blacklist_entries().find(|entry| entry.name == name).map(|entry| entry.id))
}

/// The tests without the blacklist, which has no name of its own.
pub(crate) fn plugins() -> impl Iterator<Item = &'static Test> {
    TESTS.iter().filter(|test| test.check != Check::Blacklist)
}

/// The page of Bandit's documentation about a test or blacklist entry.
#[must_use]
pub(crate) fn documentation_url(id: &str) -> String {
    let base = format!("https://bandit.readthedocs.io/en/{BANDIT_VERSION}/");
    if let Some(test) = plugins().find(|test| test.id == id) {
        return format!("{base}plugins/{}_{}.html", id.to_lowercase(), test.function);
    }
    let Some(entry) = blacklist_entries().find(|entry| entry.id == id) else { return base };
    // Some entries share a section.
    let (kind, anchor): (_, Cow<'_, str>) = match entry.id {
        "B304" | "B305" => ("calls", "b304-b305-ciphers-and-modes".into()),
        "B313" | "B314" | "B315" | "B316" | "B317" | "B318" | "B319" => {
            ("calls", format!("b313-b320-{}", entry.name).into())
        }
        id if id.starts_with("B3") => ("calls", format!("{id}-{}", entry.name).into()),
        id => ("imports", format!("{id}-{}", entry.name).into()),
    };
    format!("{base}blacklists/blacklist_{kind}.html#{}", anchor.replace('_', "-").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_forty_two_tests_and_thirty_three_blacklist_entries() {
        assert_eq!(plugins().count(), 42);
        assert_eq!(blacklist_entries().count(), 33);
    }

    #[test]
    fn tests_run_in_the_order_of_their_names_and_the_blacklist_last() {
        let names: Vec<&str> = plugins().map(|test| test.entry).collect();
        assert!(names.is_sorted());
        assert_eq!(TESTS.last().map(|test| test.id), Some("B001"));
        for (row, id) in TESTS.iter().zip(TestId::ALL) {
            assert_eq!(row.id, format!("{id:?}"));
        }
    }

    #[test]
    fn tests_are_known_by_identifier_and_by_name() {
        assert_eq!(canonical_id("B602"), Some("B602"));
        assert_eq!(canonical_id("b602"), None);
        assert_eq!(id_by_name("hashlib_insecure_functions"), Some("B324"));
        assert_eq!(id_by_name("hashlib"), None);
        assert_eq!(id_by_name("import_pickle"), Some("B403"));
    }

    #[test]
    fn every_identifier_has_a_page() {
        for (id, page) in [
            ("B324", "plugins/b324_hashlib.html"),
            ("B305", "blacklists/blacklist_calls.html#b304-b305-ciphers-and-modes"),
            ("B313", "blacklists/blacklist_calls.html#b313-b320-xml-bad-celementtree"),
            ("B310", "blacklists/blacklist_calls.html#b310-urllib-urlopen"),
            ("B413", "blacklists/blacklist_imports.html#b413-import-pycrypto"),
            ("LEGACY", ""),
        ] {
            assert_eq!(documentation_url(id), format!("https://bandit.readthedocs.io/en/1.9.4/{page}"));
        }
    }
}
