#!/usr/bin/env python3
"""Compares `seriema harden` with `manage.py check --deploy` on projects that `django-admin startproject` makes.

    bench/harden/django_deploy.py [--seriema BIN] [--python PYTHON]

Each case is the generated settings and some lines after them. Django runs what it says of them; Seriema only reads it. A warning of
Django's that no failing check of Seriema names is missing, one that Django does not have is surplus. Exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HARDENED = """
import os
SECRET_KEY = "x7Kq2mVb9RtLw4ZcN8pYf3HdJ6sGa1Ue5QoXiTkBnMvDyPrEWz"
DEBUG = False
ALLOWED_HOSTS = ["example.org"]
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
"""

CASES = {
    "as generated": "",
    "hardened": HARDENED,
    "hsts without the rest": HARDENED + "SECURE_HSTS_INCLUDE_SUBDOMAINS = False\nSECURE_HSTS_PRELOAD = not True\n",
    "no middleware": HARDENED + "MIDDLEWARE = []\n",
    "no security middleware": HARDENED + "MIDDLEWARE.remove('django.middleware.security.SecurityMiddleware')\n",
    "no sessions": (
        "INSTALLED_APPS = ['django.contrib.contenttypes']\nMIDDLEWARE = []\n"
        "ROOT_URLCONF = 'site_.settings'\nurlpatterns = []\nTEMPLATES = []\n"
    ),
    "scripts see cookies": HARDENED + "SESSION_COOKIE_HTTPONLY = False\n",
    "frames": HARDENED + "X_FRAME_OPTIONS = 'SAMEORIGIN'\n",
    "sniffing": HARDENED + "SECURE_CONTENT_TYPE_NOSNIFF = False\n",
    "no referrer policy": HARDENED + "SECURE_REFERRER_POLICY = None\n",
    "wrong referrer policy": HARDENED + "SECURE_REFERRER_POLICY = 'same-orign'\n",
    "two referrer policies": HARDENED + "SECURE_REFERRER_POLICY = 'same-origin,origin'\n",
    "wrong opener policy": HARDENED + "SECURE_CROSS_ORIGIN_OPENER_POLICY = 'same-orign'\n",
    "short key": HARDENED + "SECRET_KEY = 'short'\n",
    "one character": HARDENED + "SECRET_KEY = 'a' * 60\n",
    "empty key": HARDENED + "SECRET_KEY = ''\n",
    "weak fallback": HARDENED + "SECRET_KEY_FALLBACKS = [SECRET_KEY, 'old']\n",
    "tokens in sessions": HARDENED + "CSRF_COOKIE_SECURE = False\nCSRF_USE_SESSIONS = True\n",
    "environment": HARDENED + "DEBUG = os.environ.get('NO_SUCH') == '1'\nSECURE_SSL_REDIRECT = not DEBUG\n",
    "default that is weak": HARDENED + "DEBUG = bool(os.environ.get('NO_SUCH', 'yes'))\n",
    "condition": HARDENED + "if not DEBUG:\n    SESSION_COOKIE_SECURE = False\nelse:\n    CSRF_COOKIE_SECURE = False\n",
}


def django(python: str, project: pathlib.Path) -> set[str]:
    command = [python, "manage.py", "check", "--deploy"]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    said = result.stdout + result.stderr
    # Django refuses to start with an empty key; its check calls that W009.
    if "SECRET_KEY setting must not be empty" in said:
        return {"security.W009"}
    return set(re.findall(r"security\.[WE]\d+", said))


def seriema(binary: str, project: pathlib.Path) -> list[dict]:
    command = [binary, "harden", "--format", "json", "--fail-on", "never", str(project)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return [check for check in json.loads(result.stdout)["checks"] if check["status"] == "fail"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seriema", default="target/release/seriema")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has Django")
    args = parser.parse_args()
    version = subprocess.run(
        [args.python, "-c", "import django; print(django.__version__)"], capture_output=True, text=True, check=False
    )
    if version.returncode != 0:
        print(f"Django is not installed for {args.python}: nothing was compared", file=sys.stderr)
        return 2
    binary = str(pathlib.Path(args.seriema).resolve())
    print(f"Django {version.stdout.strip()}, {len(CASES)} settings")
    warnings = wrong = 0
    for name, lines in CASES.items():
        with tempfile.TemporaryDirectory() as directory:
            start = [args.python, "-m", "django", "startproject", "site_", directory]
            subprocess.run(start, check=True)
            project = pathlib.Path(directory)
            settings = project / "site_" / "settings.py"
            settings.write_text(settings.read_text() + lines)
            expected = django(args.python, project)
            failing = seriema(binary, project)
        known = {alias for check in failing for alias in check["aliases"]}
        missing = sorted(expected - known)
        surplus = sorted(
            check["id"] for check in failing if check["aliases"] and not expected.intersection(check["aliases"])
        )
        warnings += len(expected)
        wrong += len(missing) + len(surplus)
        verdict = "same" if not missing and not surplus else f"missing {missing}, surplus {surplus}"
        print(f"  {name:<24} {len(expected)} warnings: {verdict}")
    print(f"{warnings} warnings of Django's, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
