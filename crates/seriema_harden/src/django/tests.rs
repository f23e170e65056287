//! Settings in pairs: weak ones and hardened ones.

use crate::Status;
use crate::testing::checklist;

const KEY: &str = "x7Kq2mVb9RtLw4ZcN8pYf3HdJ6sGa1Ue5QoXiTkBnMvDyPrEWz";

const MIDDLEWARE: &str = r#"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions", "corsheaders", "rest_framework"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"#;

const HARDENED: &str = r#"
import os
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = os.environ.get("DEBUG", "") == "1"
ALLOWED_HOSTS = ["example.org"]
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = not DEBUG
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
"#;

/// The checks of Django's that fail for hardened settings with some lines after them.
fn failing(lines: &str) -> Vec<&'static str> {
    let settings = format!("{MIDDLEWARE}{HARDENED}{lines}");
    let failing = checklist(&[("app/settings.py", &settings)]).failing();
    failing.into_iter().filter(|id| id.starts_with("django-")).collect()
}

#[test]
fn hardened_settings_are_silent() {
    assert_eq!(failing(""), Vec::<&str>::new());
}

#[test]
fn each_weakness_fails_one_check() {
    let cases = [
        ("DEBUG = True", "django-debug"),
        ("DEBUG = bool(os.environ.get('DEBUG', 'yes'))", "django-debug"),
        ("ALLOWED_HOSTS = []", "django-allowed-hosts"),
        ("ALLOWED_HOSTS = ['*']", "django-allowed-hosts"),
        ("MIDDLEWARE.remove('django.middleware.csrf.CsrfViewMiddleware')", "django-csrf-middleware"),
        ("MIDDLEWARE = [m for m in ()] or MIDDLEWARE[1:]\nX_FRAME_OPTIONS = 'SAMEORIGIN'", "django-frame-options"),
        ("SECURE_SSL_REDIRECT = False", "django-ssl-redirect"),
        ("SECURE_HSTS_SECONDS = 0", "django-hsts"),
        ("SECURE_HSTS_INCLUDE_SUBDOMAINS = False", "django-hsts-subdomains"),
        ("SECURE_HSTS_PRELOAD = False", "django-hsts-preload"),
        ("SESSION_COOKIE_SECURE = False", "django-session-cookie-secure"),
        ("SESSION_COOKIE_HTTPONLY = False", "django-session-cookie-httponly"),
        ("CSRF_COOKIE_SECURE = False", "django-csrf-cookie-secure"),
        ("SECURE_CONTENT_TYPE_NOSNIFF = False", "django-content-type-nosniff"),
        ("SECURE_REFERRER_POLICY = None", "django-referrer-policy"),
        ("SECURE_CROSS_ORIGIN_OPENER_POLICY = 'any'", "django-opener-policy"),
        ("PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']", "django-password-hashers"),
        ("AUTH_PASSWORD_VALIDATORS = []", "django-password-validators"),
        ("CORS_ALLOW_ALL_ORIGINS = True", "django-cors-origins"),
        ("CORS_ORIGIN_ALLOW_ALL = True", "django-cors-origins"),
        ("REST_FRAMEWORK = {}", "django-rest-permissions"),
        (
            "REST_FRAMEWORK['DEFAULT_PERMISSION_CLASSES'] = ['rest_framework.permissions.AllowAny']",
            "django-rest-permissions",
        ),
        ("SECRET_KEY_FALLBACKS = ['old']", "django-secret-key-fallbacks"),
    ];
    for (lines, id) in cases {
        assert_eq!(failing(lines), [id], "{lines}");
    }
}

#[test]
fn keys_are_judged_by_source_and_strength() {
    let source = "django-secret-key-source";
    let strength = "django-secret-key-strength";
    assert_eq!(failing(&format!("SECRET_KEY = '{KEY}'")), [source]);
    assert_eq!(failing("SECRET_KEY = 'django-insecure-x'"), [source, strength]);
    assert_eq!(failing("SECRET_KEY = os.environ.get('KEY', 'change me')"), [source, strength]);
    assert_eq!(failing("SECRET_KEY = os.environ.get('KEY') or 'change me'"), [source, strength]);
    assert_eq!(failing("SECRET_KEY = os.getenv('KEY')"), Vec::<&str>::new());
    assert_eq!(
        failing("from django.core.management.utils import get_random_secret_key as k\nSECRET_KEY = k()"),
        Vec::<&str>::new()
    );
}

#[test]
fn keys_are_masked() {
    let list = checklist(&[("settings.py", &format!("{MIDDLEWARE}SECRET_KEY = '{KEY}'"))]);
    assert_eq!(list.seen("django-secret-key-source"), ["settings.py:9 the key is `x7Kq...Wz`"]);
}

#[test]
fn settings_of_one_module_override_those_that_it_imports() {
    let base = format!("{MIDDLEWARE}{HARDENED}DEBUG = True\n");
    let files = [
        ("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings.dev')\n"),
        ("site/settings/base.py", base.as_str()),
        ("site/settings/dev.py", "from .base import *\nALLOWED_HOSTS = ['*']\n"),
        ("site/settings/production.py", "from .base import *\nDEBUG = False\nMIDDLEWARE += ['x.Y']\n"),
    ];
    // The settings for production are those that are served, whatever manage.py names.
    let list = checklist(&files);
    assert_eq!(list.seen("django-debug"), ["site/settings/production.py:2 `DEBUG` is False"]);
    assert_eq!(list.seen("django-allowed-hosts"), ["site/settings/base.py:13 `ALLOWED_HOSTS` is [\"example.org\"]"]);
    // Without them, what manage.py names.
    let list = checklist(&files[..3]);
    assert_eq!(list.seen("django-debug"), ["site/settings/base.py:21 `DEBUG` is True"]);
}

#[test]
fn what_the_environment_decides_is_not_told() {
    let of = |lines: &str, id: &str| {
        let list = checklist(&[("settings.py", &format!("{MIDDLEWARE}{HARDENED}{lines}"))]);
        (list.status(id), list.seen(id))
    };
    let (status, seen) = of("SECURE_SSL_REDIRECT = os.environ['TLS']", "django-ssl-redirect");
    assert_eq!(status, Status::Unknown);
    assert_eq!(seen, ["settings.py:21 `SECURE_SSL_REDIRECT` is what `TLS` says"]);
    let (status, seen) = of(
        "import environ\nenv = environ.Env(TLS=(bool, False))\nSECURE_SSL_REDIRECT = env('TLS')",
        "django-ssl-redirect",
    );
    assert_eq!(status, Status::Unknown);
    assert_eq!(seen, ["settings.py:23 `SECURE_SSL_REDIRECT` is False unless `TLS` says otherwise"]);
    let decouple =
        "from decouple import config, Csv\nALLOWED_HOSTS = config('HOSTS', default='a.org,b.org', cast=Csv())";
    assert_eq!(of(decouple, "django-allowed-hosts").0, Status::Pass);
    let (status, seen) = of("if DEBUG:\n    SESSION_COOKIE_SECURE = False\n", "django-session-cookie-secure");
    assert_eq!(status, Status::Unknown);
    assert_eq!(
        seen,
        [
            "settings.py:17 in one branch, `SESSION_COOKIE_SECURE` is True",
            "settings.py:22 in one branch, `SESSION_COOKIE_SECURE` is False"
        ]
    );
}

#[test]
fn settings_from_elsewhere_are_said_to_be() {
    let list = checklist(&[("settings.py", "from company import *\nINSTALLED_APPS = []\n")]);
    assert_eq!(list.status("django-hsts"), Status::Unknown);
    assert_eq!(list.seen("django-hsts"), ["settings.py:1 `from company import *` may set `SECURE_HSTS_SECONDS`"]);
}

#[test]
fn names_that_are_computed_may_be_any() {
    let list = checklist(&[("settings.py", "INSTALLED_APPS = []\nfor x in y():\n    globals()[x.name] = x.value\n")]);
    assert_eq!(list.status("django-allowed-hosts"), Status::Unknown);
}

#[test]
fn broken_and_circular_settings_are_read_as_far_as_they_go() {
    let list = checklist(&[
        ("settings.py", "from other import *\nINSTALLED_APPS = []\nDEBUG = True\nX = (\n"),
        ("other.py", "from settings import *\nif DEBUG:\n    ALLOWED_HOSTS = ['*']\n"),
    ]);
    assert_eq!(list.status("django-debug"), Status::Fail);
    let [diagnostic] = list.diagnostics.as_slice() else { panic!("{:?}", list.diagnostics) };
    assert_eq!((&*diagnostic.path, diagnostic.line.is_some()), ("settings.py", true));
}

#[test]
fn values_do_not_grow_without_bound() {
    let doubled = "A = ['x']\n".to_owned() + &"A = A + A\nT = T + T\n".repeat(60);
    let choices: String = (0..200).map(|n| format!("if X{n}:\n    ALLOWED_HOSTS = ['{n}']\n")).collect();
    let list = checklist(&[("settings.py", &format!("INSTALLED_APPS = []\nT = 'x'\n{doubled}{choices}"))]);
    assert_eq!(list.status("django-allowed-hosts"), Status::Unknown);
}

#[test]
fn branches_that_add_to_a_list_keep_what_it_had() {
    let list = "if DEBUG:\n    MIDDLEWARE += ['x.Y']\nMIDDLEWARE = [*MIDDLEWARE, 'x.Z']\n";
    assert_eq!(failing(list), Vec::<&str>::new());
    let settings = format!("{MIDDLEWARE}{HARDENED}{list}");
    assert_eq!(checklist(&[("app/settings.py", &settings)]).status("django-csrf-middleware"), Status::Pass);
}

#[test]
fn settings_for_tests_and_empty_packages_are_nobodys() {
    let settings = format!("{MIDDLEWARE}DEBUG = True\n");
    let list = checklist(&[
        ("manage.py", "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'core.settings.site'\n"),
        ("core/wsgi.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n"),
        ("core/settings/__init__.py", "\"\"\"Settings.\"\"\"\n"),
        ("core/settings/site.py", &settings),
        ("core/test/settings.py", &settings),
    ]);
    assert_eq!(list.seen("django-debug"), ["core/settings/site.py:9 `DEBUG` is True"]);
}
