//! Generated from the files in `rules/` by `cargo xtask generate`.

use seriema_finding::Rule;

use crate::Hooks;

#[path = "../rules/ansible-secret-logged.rs"]
mod ansible_secret_logged;
#[path = "../rules/archive-extraction.rs"]
mod archive_extraction;
#[path = "../rules/argument-injection.rs"]
mod argument_injection;
#[path = "../rules/assert-used.rs"]
mod assert_used;
#[path = "../rules/bind-all-interfaces.rs"]
mod bind_all_interfaces;
#[path = "../rules/catastrophic-backtracking.rs"]
mod catastrophic_backtracking;
#[path = "../rules/cleartext-protocol.rs"]
mod cleartext_protocol;
#[path = "../rules/code-execution.rs"]
mod code_execution;
#[path = "../rules/cross-origin-access.rs"]
mod cross_origin_access;
#[path = "../rules/cross-site-scripting.rs"]
mod cross_site_scripting;
#[path = "../rules/csrf-protection-disabled.rs"]
mod csrf_protection_disabled;
#[path = "../rules/dependency-confusion.rs"]
mod dependency_confusion;
#[path = "../rules/django-extra-sql.rs"]
mod django_extra_sql;
#[path = "../rules/django-raw-sql.rs"]
mod django_raw_sql;
#[path = "../rules/exception-disclosure.rs"]
mod exception_disclosure;
#[path = "../rules/flask-debug.rs"]
mod flask_debug;
#[path = "../rules/hardcoded-password.rs"]
mod hardcoded_password;
#[path = "../rules/hardcoded-temp-path.rs"]
mod hardcoded_temp_path;
#[path = "../rules/header-injection.rs"]
mod header_injection;
#[path = "../rules/import-from-argument-directory.rs"]
mod import_from_argument_directory;
#[path = "../rules/insecure-command-option.rs"]
mod insecure_command_option;
#[path = "../rules/insecure-cookie.rs"]
mod insecure_cookie;
#[path = "../rules/insecure-direct-object-reference.rs"]
mod insecure_direct_object_reference;
#[path = "../rules/insecure-package-index.rs"]
mod insecure_package_index;
#[path = "../rules/insecure-temp-file.rs"]
mod insecure_temp_file;
#[path = "../rules/install-time-code.rs"]
mod install_time_code;
#[path = "../rules/invalid-suppression.rs"]
mod invalid_suppression;
#[path = "../rules/jinja2-autoescape-off.rs"]
mod jinja2_autoescape_off;
#[path = "../rules/jwt-unverified.rs"]
mod jwt_unverified;
#[path = "../rules/late-file-protection.rs"]
mod late_file_protection;
#[path = "../rules/ldap-injection.rs"]
mod ldap_injection;
#[path = "../rules/leaked-credential.rs"]
mod leaked_credential;
#[path = "../rules/log-injection.rs"]
mod log_injection;
#[path = "../rules/logging-config-listen.rs"]
mod logging_config_listen;
#[path = "../rules/login-without-throttling.rs"]
mod login_without_throttling;
#[path = "../rules/mako-template.rs"]
mod mako_template;
#[path = "../rules/malicious-dependency.rs"]
mod malicious_dependency;
#[path = "../rules/missing-authentication.rs"]
mod missing_authentication;
#[path = "../rules/missing-timeout.rs"]
mod missing_timeout;
#[path = "../rules/open-redirect.rs"]
mod open_redirect;
#[path = "../rules/partial-executable-path.rs"]
mod partial_executable_path;
#[path = "../rules/password-in-url.rs"]
mod password_in_url;
#[path = "../rules/path-prefix-check.rs"]
mod path_prefix_check;
#[path = "../rules/path-traversal.rs"]
mod path_traversal;
#[path = "../rules/permissive-file-mode.rs"]
mod permissive_file_mode;
#[path = "../rules/plaintext-secret.rs"]
mod plaintext_secret;
#[path = "../rules/process-launch.rs"]
mod process_launch;
#[path = "../rules/risky-import.rs"]
mod risky_import;
#[path = "../rules/server-side-request-forgery.rs"]
mod server_side_request_forgery;
#[path = "../rules/shared-request-state.rs"]
mod shared_request_state;
#[path = "../rules/shell-injection.rs"]
mod shell_injection;
#[path = "../rules/snmp-insecure-version.rs"]
mod snmp_insecure_version;
#[path = "../rules/snmp-weak-cryptography.rs"]
mod snmp_weak_cryptography;
#[path = "../rules/sql-injection.rs"]
mod sql_injection;
#[path = "../rules/ssh-host-key-unverified.rs"]
mod ssh_host_key_unverified;
#[path = "../rules/suppression-without-reason.rs"]
mod suppression_without_reason;
#[path = "../rules/swallowed-exception.rs"]
mod swallowed_exception;
#[path = "../rules/template-injection.rs"]
mod template_injection;
#[path = "../rules/timing-unsafe-comparison.rs"]
mod timing_unsafe_comparison;
#[path = "../rules/tls-verification-disabled.rs"]
mod tls_verification_disabled;
#[path = "../rules/trojan-source.rs"]
mod trojan_source;
#[path = "../rules/trust-boundary-violation.rs"]
mod trust_boundary_violation;
#[path = "../rules/typosquatted-dependency.rs"]
mod typosquatted_dependency;
#[path = "../rules/unhashed-requirements.rs"]
mod unhashed_requirements;
#[path = "../rules/unpinned-dependency.rs"]
mod unpinned_dependency;
#[path = "../rules/unpinned-model-download.rs"]
mod unpinned_model_download;
#[path = "../rules/unpinned-source.rs"]
mod unpinned_source;
#[path = "../rules/unsafe-deserialization.rs"]
mod unsafe_deserialization;
#[path = "../rules/unsafe-markup.rs"]
mod unsafe_markup;
#[path = "../rules/unsafe-torch-load.rs"]
mod unsafe_torch_load;
#[path = "../rules/unsafe-xml-parser.rs"]
mod unsafe_xml_parser;
#[path = "../rules/unsafe-yaml-load.rs"]
mod unsafe_yaml_load;
#[path = "../rules/unused-suppression.rs"]
mod unused_suppression;
#[path = "../rules/url-open-scheme.rs"]
mod url_open_scheme;
#[path = "../rules/vulnerable-dependency.rs"]
mod vulnerable_dependency;
#[path = "../rules/vulnerable-version-allowed.rs"]
mod vulnerable_version_allowed;
#[path = "../rules/weak-cipher.rs"]
mod weak_cipher;
#[path = "../rules/weak-cipher-mode.rs"]
mod weak_cipher_mode;
#[path = "../rules/weak-hash.rs"]
mod weak_hash;
#[path = "../rules/weak-key-size.rs"]
mod weak_key_size;
#[path = "../rules/weak-random.rs"]
mod weak_random;
#[path = "../rules/weak-tls-version.rs"]
mod weak_tls_version;
#[path = "../rules/wildcard-injection.rs"]
mod wildcard_injection;
#[path = "../rules/xpath-injection.rs"]
mod xpath_injection;

/// All rules, sorted by slug.
pub static RULES: &[&Rule] = &[
    &ansible_secret_logged::RULE,
    &archive_extraction::RULE,
    &argument_injection::RULE,
    &assert_used::RULE,
    &bind_all_interfaces::RULE,
    &catastrophic_backtracking::RULE,
    &cleartext_protocol::RULE,
    &code_execution::RULE,
    &cross_origin_access::RULE,
    &cross_site_scripting::RULE,
    &csrf_protection_disabled::RULE,
    &dependency_confusion::RULE,
    &django_extra_sql::RULE,
    &django_raw_sql::RULE,
    &exception_disclosure::RULE,
    &flask_debug::RULE,
    &hardcoded_password::RULE,
    &hardcoded_temp_path::RULE,
    &header_injection::RULE,
    &import_from_argument_directory::RULE,
    &insecure_command_option::RULE,
    &insecure_cookie::RULE,
    &insecure_direct_object_reference::RULE,
    &insecure_package_index::RULE,
    &insecure_temp_file::RULE,
    &install_time_code::RULE,
    &invalid_suppression::RULE,
    &jinja2_autoescape_off::RULE,
    &jwt_unverified::RULE,
    &late_file_protection::RULE,
    &ldap_injection::RULE,
    &leaked_credential::RULE,
    &log_injection::RULE,
    &logging_config_listen::RULE,
    &login_without_throttling::RULE,
    &mako_template::RULE,
    &malicious_dependency::RULE,
    &missing_authentication::RULE,
    &missing_timeout::RULE,
    &open_redirect::RULE,
    &partial_executable_path::RULE,
    &password_in_url::RULE,
    &path_prefix_check::RULE,
    &path_traversal::RULE,
    &permissive_file_mode::RULE,
    &plaintext_secret::RULE,
    &process_launch::RULE,
    &risky_import::RULE,
    &server_side_request_forgery::RULE,
    &shared_request_state::RULE,
    &shell_injection::RULE,
    &snmp_insecure_version::RULE,
    &snmp_weak_cryptography::RULE,
    &sql_injection::RULE,
    &ssh_host_key_unverified::RULE,
    &suppression_without_reason::RULE,
    &swallowed_exception::RULE,
    &template_injection::RULE,
    &timing_unsafe_comparison::RULE,
    &tls_verification_disabled::RULE,
    &trojan_source::RULE,
    &trust_boundary_violation::RULE,
    &typosquatted_dependency::RULE,
    &unhashed_requirements::RULE,
    &unpinned_dependency::RULE,
    &unpinned_model_download::RULE,
    &unpinned_source::RULE,
    &unsafe_deserialization::RULE,
    &unsafe_markup::RULE,
    &unsafe_torch_load::RULE,
    &unsafe_xml_parser::RULE,
    &unsafe_yaml_load::RULE,
    &unused_suppression::RULE,
    &url_open_scheme::RULE,
    &vulnerable_dependency::RULE,
    &vulnerable_version_allowed::RULE,
    &weak_cipher::RULE,
    &weak_cipher_mode::RULE,
    &weak_hash::RULE,
    &weak_key_size::RULE,
    &weak_random::RULE,
    &weak_tls_version::RULE,
    &wildcard_injection::RULE,
    &xpath_injection::RULE,
];

pub(crate) fn register(hooks: &mut Hooks) {
    ansible_secret_logged::register(hooks);
    archive_extraction::register(hooks);
    argument_injection::register(hooks);
    assert_used::register(hooks);
    bind_all_interfaces::register(hooks);
    catastrophic_backtracking::register(hooks);
    cleartext_protocol::register(hooks);
    code_execution::register(hooks);
    cross_origin_access::register(hooks);
    cross_site_scripting::register(hooks);
    csrf_protection_disabled::register(hooks);
    dependency_confusion::register(hooks);
    django_extra_sql::register(hooks);
    django_raw_sql::register(hooks);
    exception_disclosure::register(hooks);
    flask_debug::register(hooks);
    hardcoded_password::register(hooks);
    hardcoded_temp_path::register(hooks);
    header_injection::register(hooks);
    import_from_argument_directory::register(hooks);
    insecure_command_option::register(hooks);
    insecure_cookie::register(hooks);
    insecure_direct_object_reference::register(hooks);
    insecure_package_index::register(hooks);
    insecure_temp_file::register(hooks);
    install_time_code::register(hooks);
    invalid_suppression::register(hooks);
    jinja2_autoescape_off::register(hooks);
    jwt_unverified::register(hooks);
    late_file_protection::register(hooks);
    ldap_injection::register(hooks);
    leaked_credential::register(hooks);
    log_injection::register(hooks);
    logging_config_listen::register(hooks);
    login_without_throttling::register(hooks);
    mako_template::register(hooks);
    malicious_dependency::register(hooks);
    missing_authentication::register(hooks);
    missing_timeout::register(hooks);
    open_redirect::register(hooks);
    partial_executable_path::register(hooks);
    password_in_url::register(hooks);
    path_prefix_check::register(hooks);
    path_traversal::register(hooks);
    permissive_file_mode::register(hooks);
    plaintext_secret::register(hooks);
    process_launch::register(hooks);
    risky_import::register(hooks);
    server_side_request_forgery::register(hooks);
    shared_request_state::register(hooks);
    shell_injection::register(hooks);
    snmp_insecure_version::register(hooks);
    snmp_weak_cryptography::register(hooks);
    sql_injection::register(hooks);
    ssh_host_key_unverified::register(hooks);
    suppression_without_reason::register(hooks);
    swallowed_exception::register(hooks);
    template_injection::register(hooks);
    timing_unsafe_comparison::register(hooks);
    tls_verification_disabled::register(hooks);
    trojan_source::register(hooks);
    trust_boundary_violation::register(hooks);
    typosquatted_dependency::register(hooks);
    unhashed_requirements::register(hooks);
    unpinned_dependency::register(hooks);
    unpinned_model_download::register(hooks);
    unpinned_source::register(hooks);
    unsafe_deserialization::register(hooks);
    unsafe_markup::register(hooks);
    unsafe_torch_load::register(hooks);
    unsafe_xml_parser::register(hooks);
    unsafe_yaml_load::register(hooks);
    unused_suppression::register(hooks);
    url_open_scheme::register(hooks);
    vulnerable_dependency::register(hooks);
    vulnerable_version_allowed::register(hooks);
    weak_cipher::register(hooks);
    weak_cipher_mode::register(hooks);
    weak_hash::register(hooks);
    weak_key_size::register(hooks);
    weak_random::register(hooks);
    weak_tls_version::register(hooks);
    wildcard_injection::register(hooks);
    xpath_injection::register(hooks);
}
