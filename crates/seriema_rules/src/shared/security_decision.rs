//! Which calls decide on access, and which exceptions say no.

use seriema_program::ast::Expr;

/// Whether a function of this name decides whether somebody or something is to be trusted.
pub(crate) fn decides(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    matches!(
        name,
        "verify"
            | "authenticate"
            | "authorize"
            | "compare_digest"
            | "constant_time_compare"
            | "match_hostname"
            | "validate_csrf"
            | "check_csrf"
            | "login_required"
            | "unsign"
            | "has_perm"
            | "has_perms"
    ) || decides_by_prefix(name)
}

fn decides_by_prefix(name: &str) -> bool {
    const VERBS: &[&str] =
        &["verify_", "check_", "validate_", "require_", "ensure_", "assert_", "enforce_", "has_", "is_"];
    const THINGS: &[&str] = &[
        "password",
        "permission",
        "permissions",
        "object_permissions",
        "signature",
        "signatures",
        "certificate",
        "cert",
        "token",
        "csrf",
        "csrf_token",
        "access",
        "auth",
        "authentication",
        "authenticated",
        "authorization",
        "authorized",
        "credentials",
        "hmac",
        "digest",
        "jwt",
        "api_key",
        "admin",
        "staff",
        "superuser",
        "role",
        "host_key",
        "webhook",
        "webhook_signature",
        "login",
        "policy",
        "owner",
        "ownership",
        "hostname",
        "id_token",
        "access_token",
        "session_token",
        "request_signature",
    ];
    VERBS.iter().find_map(|verb| name.strip_prefix(verb)).is_some_and(|thing| THINGS.contains(&thing))
}

/// Whether an exception (or one of a tuple of them) says that a signature, certificate or permission was refused.
pub(crate) fn is_decision_error(caught: &Expr) -> bool {
    let named = |name: &str| {
        matches!(
            name,
            "InvalidSignature"
                | "BadSignature"
                | "SignatureExpired"
                | "BadSignatureError"
                | "InvalidSignatureError"
                | "SSLCertVerificationError"
                | "CertificateError"
                | "CertificateVerificationError"
                | "PermissionDenied"
                | "NotAuthenticated"
                | "AuthenticationFailed"
                | "AuthenticationError"
                | "AuthorizationError"
                | "Unauthorized"
                | "Forbidden"
                | "AccessDenied"
                | "VerificationError"
                | "VerifyMismatchError"
                | "BadHostKeyException"
                | "CSRFError"
        )
    };
    match caught {
        Expr::Name(name) => named(&name.id),
        Expr::Attribute(attribute) => named(&attribute.attr),
        Expr::Tuple(tuple) => tuple.elts.iter().any(is_decision_error),
        _ => false,
    }
}
