//! What is asked of single settings.

use crate::checklist::{Book, Status};
use crate::django::{Site, Verdict, describe};
use crate::settings::{Value, What};

const SECURITY: &str = "django.middleware.security.SecurityMiddleware";
const CSRF: &str = "django.middleware.csrf.CsrfViewMiddleware";
const FRAMES: &str = "django.middleware.clickjacking.XFrameOptionsMiddleware";
const SESSIONS: &str = "django.contrib.sessions.middleware.SessionMiddleware";

/// Policies that the standard knows: <https://www.w3.org/TR/referrer-policy/#referrer-policies>
const REFERRER_POLICIES: [&str; 8] = [
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
];

const OPENER_POLICIES: [&str; 4] = ["same-origin", "same-origin-allow-popups", "unsafe-none", "noopener-allow-popups"];

/// Hashers that are made to be fast, by the ends of their names.
const FAST_HASHERS: [&str; 9] = [
    "MD5PasswordHasher",
    "UnsaltedMD5PasswordHasher",
    "SHA1PasswordHasher",
    "UnsaltedSHA1PasswordHasher",
    "CryptPasswordHasher",
    "PlainTextPasswordHasher",
    "PlaintextPasswordHasher",
    "DummyHasher",
    "SHA256PasswordHasher",
];

fn none() -> Value {
    Value::list(Vec::new(), false)
}

fn no() -> Value {
    What::Bool(false).into()
}

fn yes() -> Value {
    What::Bool(true).into()
}

fn truth(value: &Value) -> Verdict {
    value.truth().map_or(Verdict::Open, Verdict::from)
}

/// Whether a middleware is installed; nothing when that cannot be told.
fn has(site: &Site, name: &str) -> Option<bool> {
    let of = |middleware: &Value| {
        // Classes of the project's own that are named as Django's do at least as much.
        let class = name.rsplit('.').next().unwrap_or_default();
        let is_own = middleware.items().iter().filter_map(Value::as_text).any(|known| known.ends_with(class));
        if is_own { Some(true) } else { middleware.contains(name) }
    };
    match site.module.names.get("MIDDLEWARE") {
        Some(setting) => {
            let mut found = setting.values().map(of);
            let first = found.next()?;
            found.all(|other| other == first).then_some(first)?
        }
        None => of(&site.value("MIDDLEWARE", &none())?),
    }
}

pub(super) fn run(site: &Site, book: &mut Book) {
    middleware(site, book);
    site.judge(book, "django-debug", "DEBUG", &no(), |value| match value.truth() {
        Some(false) => Verdict::Strong,
        Some(true) => Verdict::Weak,
        None => Verdict::Open,
    });
    // A default of True is what holds where the variable is forgotten.
    if let Some(debug) = site.module.names.get("DEBUG") {
        for one in debug.0.iter().filter(|one| one.value.truth() == Some(true) && !one.value.variables.is_empty()) {
            let seen = describe("DEBUG", &one.value);
            book.note("django-debug", Status::Fail, &one.path, Some(one.line), seen);
        }
    }
    hosts(site, book);
    cookies(site, book);
    headers(site, book);
    passwords(site, book);
    apis(site, book);
}

fn middleware(site: &Site, book: &mut Book) {
    let checks = [
        ("django-security-middleware", SECURITY),
        ("django-csrf-middleware", CSRF),
        ("django-frame-middleware", FRAMES),
    ];
    for (id, name) in checks {
        let class = name.rsplit('.').next().unwrap_or_default();
        let found = has(site, name);
        let setting = site.module.names.get("MIDDLEWARE").and_then(|setting| setting.0.first());
        let (path, line) = setting.map_or((&site.path, None), |one| (&one.path, Some(one.line)));
        let (status, seen) = match found {
            Some(true) => (Status::Pass, format!("`MIDDLEWARE` has `{class}`")),
            Some(false) => (Status::Fail, format!("`MIDDLEWARE` is without `{class}`")),
            None => (Status::Unknown, format!("`MIDDLEWARE` may be without `{class}`: it is computed")),
        };
        book.note(id, status, path, line, seen);
    }
}

fn hosts(site: &Site, book: &mut Book) {
    site.judge(book, "django-allowed-hosts", "ALLOWED_HOSTS", &none(), |value| {
        if value.contains("*") == Some(true) {
            return Verdict::Weak;
        }
        truth(value)
    });
}

/// What depends on a middleware: with none, the setting has no effect, and the middleware's check says so.
fn headers(site: &Site, book: &mut Book) {
    if has(site, FRAMES) != Some(false) {
        let default = Value::text("DENY");
        site.judge(book, "django-frame-options", "X_FRAME_OPTIONS", &default, |value| match value.as_text() {
            // Frames of the site's own pages are no way in for others.
            Some(text) => Verdict::from(matches!(text.to_ascii_uppercase().as_str(), "DENY")),
            None if value.truth() == Some(false) => Verdict::Weak,
            None => Verdict::Open,
        });
    }
    if has(site, SECURITY) == Some(false) {
        return;
    }
    site.judge(book, "django-ssl-redirect", "SECURE_SSL_REDIRECT", &no(), truth);
    site.judge(book, "django-hsts", "SECURE_HSTS_SECONDS", &What::Int(0).into(), truth);
    if site.value("SECURE_HSTS_SECONDS", &What::Int(0).into()).is_none_or(|value| value.truth() != Some(false)) {
        site.judge(book, "django-hsts-subdomains", "SECURE_HSTS_INCLUDE_SUBDOMAINS", &no(), truth);
        site.judge(book, "django-hsts-preload", "SECURE_HSTS_PRELOAD", &no(), truth);
    }
    site.judge(book, "django-content-type-nosniff", "SECURE_CONTENT_TYPE_NOSNIFF", &yes(), truth);
    let default = Value::text("same-origin");
    site.judge(book, "django-referrer-policy", "SECURE_REFERRER_POLICY", &default, |value| match &value.what {
        What::None => Verdict::Weak,
        What::Text(text) => text.split(',').all(|one| REFERRER_POLICIES.contains(&one.trim())).into(),
        What::List { items, is_open: false } if !items.is_empty() => {
            items.iter().all(|item| item.as_text().is_some_and(|text| REFERRER_POLICIES.contains(&text))).into()
        }
        What::List { is_open: false, .. } => Verdict::Weak,
        _ => Verdict::Open,
    });
    let name = "SECURE_CROSS_ORIGIN_OPENER_POLICY";
    site.judge(book, "django-opener-policy", name, &default, |value| match &value.what {
        What::None => Verdict::Weak,
        What::Text(text) => OPENER_POLICIES.contains(&&**text).into(),
        _ => Verdict::Open,
    });
}

fn cookies(site: &Site, book: &mut Book) {
    let apps = site.value("INSTALLED_APPS", &none());
    let has_app = apps.is_none_or(|apps| apps.contains("django.contrib.sessions") != Some(false));
    if has_app || has(site, SESSIONS) != Some(false) {
        site.judge(book, "django-session-cookie-secure", "SESSION_COOKIE_SECURE", &no(), truth);
        site.judge(book, "django-session-cookie-httponly", "SESSION_COOKIE_HTTPONLY", &yes(), truth);
    }
    let in_sessions = site.value("CSRF_USE_SESSIONS", &no()).and_then(|value| value.truth());
    if has(site, CSRF) != Some(false) && in_sessions != Some(true) {
        site.judge(book, "django-csrf-cookie-secure", "CSRF_COOKIE_SECURE", &no(), truth);
    }
}

fn passwords(site: &Site, book: &mut Book) {
    let apps = site.value("INSTALLED_APPS", &none());
    let has_users = apps.is_none_or(|apps| apps.contains("django.contrib.auth") != Some(false));
    if !has_users {
        return;
    }
    let default = Value::list(vec![Value::text("django.contrib.auth.hashers.PBKDF2PasswordHasher")], false);
    site.judge(book, "django-password-hashers", "PASSWORD_HASHERS", &default, |value| {
        // The first one hashes; the others only check what was hashed before.
        match value.items().first().map(Value::as_text) {
            Some(Some(first)) => {
                let class = first.rsplit('.').next().unwrap_or_default();
                Verdict::from(!FAST_HASHERS.contains(&class))
            }
            _ if value.truth() == Some(false) => Verdict::Weak,
            _ => Verdict::Open,
        }
    });
    site.judge(book, "django-password-validators", "AUTH_PASSWORD_VALIDATORS", &none(), truth);
}

fn apis(site: &Site, book: &mut Book) {
    let has_app = |name: &str| {
        let apps = site.value("INSTALLED_APPS", &none());
        apps.is_some_and(|apps| apps.contains(name) == Some(true))
    };
    if has_app("corsheaders") {
        // The name that it had before version 3.5 still works.
        let name = ["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"]
            .into_iter()
            .find(|name| site.module.names.contains_key(*name))
            .unwrap_or("CORS_ALLOW_ALL_ORIGINS");
        site.judge(book, "django-cors-origins", name, &no(), |value| match value.truth() {
            Some(all) => Verdict::from(!all),
            None => Verdict::Open,
        });
    }
    if has_app("rest_framework") {
        let default = What::Dict { entries: Vec::new().into(), is_open: false }.into();
        site.judge(book, "django-rest-permissions", "REST_FRAMEWORK", &default, |value| {
            match value.get("DEFAULT_PERMISSION_CLASSES") {
                Ok(None) => Verdict::Weak,
                Ok(Some(classes)) => {
                    let is_open = |class: &Value| class.as_text().is_some_and(|name| name.ends_with(".AllowAny"));
                    match classes.truth() {
                        Some(false) => Verdict::Weak,
                        Some(true) => Verdict::from(!classes.items().iter().all(is_open)),
                        None => Verdict::Open,
                    }
                }
                Err(()) => Verdict::Open,
            }
        });
    }
}
