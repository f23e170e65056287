"""The routes of the applications that the tests of `seriema map` read, as their frameworks print them.

    python bench/surface_routes.py [--check]

Runs in an environment with the frameworks (the versions in REQUIREMENTS) and writes `routes.json` beside each application
in crates/seriema_surface/tests/apps: method, path in the framework's own spelling, and the handler. What frameworks add by
themselves is left out: HEAD and OPTIONS, the files of `static`, FastAPI's documentation, the pages within Django's admin,
the root and the format suffixes of Django REST framework's routers. Which guards there are is not known to a framework:
those are written by hand into `routes.json` and kept when it is written anew.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

APPS = Path(__file__).resolve().parent.parent / "crates/seriema_surface/tests/apps"

REQUIREMENTS = ["flask==3.1.0", "flask-login==0.6.3", "fastapi==0.115.6", "pydantic-settings==2.16.3", "django==5.1.4",
                "djangorestframework==3.15.2"]

FLASK = """
from shop import create_app
app = create_app()
for rule in app.url_map.iter_rules():
    if rule.endpoint != "static":
        view = app.view_functions[rule.endpoint]
        show(rule.methods, rule.rule, getattr(view, "view_class", view))
"""

FASTAPI = """
from app.main import app
from starlette.routing import Mount
def walk(routes, prefix):
    for route in routes:
        if isinstance(route, Mount):
            walk(route.routes, prefix + route.path)
        elif getattr(route, "include_in_schema", True) or not hasattr(route, "methods"):
            show(getattr(route, "methods", None), prefix + route.path, route.endpoint)
walk(app.routes, "")
"""

DJANGO = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "proj.settings"
django.setup()
from django.urls import get_resolver
from django.urls.resolvers import URLResolver
def walk(patterns, prefix):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if path.startswith("/admin/"):
                continue
            walk(pattern.url_patterns, path)
        elif "format" not in path and "APIRoot" not in str(getattr(pattern.callback, "cls", "")):
            view = pattern.callback
            handler = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
            methods = getattr(view, "actions", None)
            if methods is None and handler is not view:
                methods = [name for name in handler.http_method_names if hasattr(handler, name)]
            if "WrappedAPIView" in handler.__qualname__:
                handler.__qualname__ = handler.__name__
            show([m.upper() for m in methods or []], path, handler)
walk(get_resolver().url_patterns, "/")
"""

SHOW = """
import json, sys
sys.path.insert(0, ".")
shown = []
def show(methods, pattern, handler):
    handler = getattr(handler, "__wrapped__", handler)
    name = handler.__module__ + "." + handler.__qualname__.replace(".<locals>", "")
    methods = sorted(set(methods or []) - {"HEAD", "OPTIONS"})
    shown.append({"methods": methods, "pattern": pattern, "handler": name})
"""


def recorded(app: str, lister: str) -> list[dict]:
    """What the framework of an application says."""
    program = SHOW + lister + "\nprint(json.dumps(shown))"
    environment = {**os.environ, "SECRET_KEY": "for listing routes alone"}
    run = subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=APPS / app, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        sys.exit(f"{app} does not start:\n{run.stderr}")
    return sorted(json.loads(run.stdout), key=lambda route: (route["pattern"], route["methods"]))


def main() -> None:
    """Writes or checks what is beside each application."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail when anything would")
    args = parser.parse_args()
    stale = []
    for app, lister in (("flask", FLASK), ("fastapi", FASTAPI), ("django", DJANGO)):
        path = APPS / app / "routes.json"
        old = json.loads(path.read_text()) if path.exists() else []
        guards = {(route["pattern"], *route["methods"]): route["guards"] for route in old}
        new = recorded(app, lister)
        for route in new:
            route["guards"] = guards.get((route["pattern"], *route["methods"]), ["?"])
        if new != old:
            stale.append(app)
            if not args.check:
                path.write_text(json.dumps(new, indent=1) + "\n")
    if stale:
        print("changed:" if not args.check else "not as the frameworks say:", ", ".join(stale))
        sys.exit(1 if args.check else 0)


if __name__ == "__main__":
    main()
