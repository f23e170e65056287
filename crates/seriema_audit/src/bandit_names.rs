//! The names by which Bandit's tests can be called in `# nosec`, beside their ids.

/// Sorted by name.
const NAMES: &[(&str, &str)] = &[
    ("any_other_function_with_shell_equals_true", "B604"),
    ("assert_used", "B101"),
    ("cipher_modes", "B305"),
    ("ciphers", "B304"),
    ("django_extra_used", "B610"),
    ("django_mark_safe", "B703"),
    ("django_rawsql_used", "B611"),
    ("eval", "B307"),
    ("exec_used", "B102"),
    ("flask_debug_true", "B201"),
    ("ftplib", "B321"),
    ("hardcoded_bind_all_interfaces", "B104"),
    ("hardcoded_password_default", "B107"),
    ("hardcoded_password_funcarg", "B106"),
    ("hardcoded_password_string", "B105"),
    ("hardcoded_sql_expressions", "B608"),
    ("hardcoded_tmp_directory", "B108"),
    ("hashlib_insecure_functions", "B324"),
    ("huggingface_unsafe_download", "B615"),
    ("import_ftplib", "B402"),
    ("import_httpoxy", "B412"),
    ("import_pickle", "B403"),
    ("import_pycrypto", "B413"),
    ("import_pyghmi", "B415"),
    ("import_subprocess", "B404"),
    ("import_telnetlib", "B401"),
    ("import_xml_etree", "B405"),
    ("import_xml_expat", "B407"),
    ("import_xml_minidom", "B408"),
    ("import_xml_pulldom", "B409"),
    ("import_xml_sax", "B406"),
    ("import_xmlrpclib", "B411"),
    ("jinja2_autoescape_false", "B701"),
    ("linux_commands_wildcard_injection", "B609"),
    ("logging_config_insecure_listen", "B612"),
    ("mark_safe", "B308"),
    ("markupsafe_markup_xss", "B704"),
    ("marshal", "B302"),
    ("md5", "B303"),
    ("mktemp_q", "B306"),
    ("paramiko_calls", "B601"),
    ("pickle", "B301"),
    ("pytorch_load", "B614"),
    ("random", "B311"),
    ("request_with_no_cert_validation", "B501"),
    ("request_without_timeout", "B113"),
    ("set_bad_file_permissions", "B103"),
    ("snmp_insecure_version", "B508"),
    ("snmp_weak_cryptography", "B509"),
    ("ssh_no_host_key_verification", "B507"),
    ("ssl_with_bad_defaults", "B503"),
    ("ssl_with_bad_version", "B502"),
    ("ssl_with_no_version", "B504"),
    ("start_process_with_a_shell", "B605"),
    ("start_process_with_no_shell", "B606"),
    ("start_process_with_partial_path", "B607"),
    ("subprocess_popen_with_shell_equals_true", "B602"),
    ("subprocess_without_shell_equals_true", "B603"),
    ("tarfile_unsafe_members", "B202"),
    ("telnetlib", "B312"),
    ("trojansource", "B613"),
    ("try_except_continue", "B112"),
    ("try_except_pass", "B110"),
    ("unverified_context", "B323"),
    ("urllib_urlopen", "B310"),
    ("use_of_mako_templates", "B702"),
    ("weak_cryptographic_key", "B505"),
    ("xml_bad_ElementTree", "B314"),
    ("xml_bad_cElementTree", "B313"),
    ("xml_bad_expatbuilder", "B316"),
    ("xml_bad_expatreader", "B315"),
    ("xml_bad_minidom", "B318"),
    ("xml_bad_pulldom", "B319"),
    ("xml_bad_sax", "B317"),
    ("yaml_load", "B506"),
];

/// The id of a test's name.
pub(crate) fn id_of(name: &str) -> Option<&'static str> {
    NAMES.binary_search_by_key(&name, |(known, _)| known).ok().map(|index| NAMES[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert!(NAMES.is_sorted());
        assert_eq!(id_of("assert_used"), Some("B101"));
        assert_eq!(id_of("nothing"), None);
    }
}
