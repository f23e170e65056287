#!/usr/bin/env python3
"""Real locks and requirement files of released projects: what `seriema deps` reads of them, beside what others read.

    bench/deps/real.py --seriema target/release/seriema

Source distributions are pinned by their hashes and kept in bench/.cache; nothing of them is run. Requirement files are read by
pip's own parser, with all files that they name; `uv.lock` by its tables, without the project itself. A file counts as read when
both have the same packages with the same pinned versions, and Seriema names nothing that it could not read.
"""
import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from releases import fetch  # noqa: E402

from pip._internal.network.session import PipSession  # noqa: E402
from pip._internal.req.req_file import parse_requirements  # noqa: E402
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement  # noqa: E402
from pip._vendor.packaging.utils import canonicalize_name  # noqa: E402

CACHE = Path(__file__).resolve().parents[1] / ".cache"
PINS = [
    {"name": "flask", "version": "3.1.3", "file": "flask-3.1.3.tar.gz", "sha256": "0ef0e52b8a9cd932855379197dd8f94047b359ca0a78695144304cb45f87c9eb",
     "reads": ["uv.lock", "examples/celery/requirements.txt"]},
    {"name": "werkzeug", "version": "3.1.9", "file": "werkzeug-3.1.9.tar.gz", "sha256": "55ca7c70a75689be937aa27f8ff4b018f06ff4838fc73045560bf0f5a1291060",
     "reads": ["uv.lock"]},
    {"name": "click", "version": "8.5.1", "file": "click-8.5.1.tar.gz", "sha256": "9bbfada76703fd1d784b83eea012e3e8c6a001a876543ef104fa56aaaeb072b4",
     "reads": ["uv.lock"]},
    {"name": "mcp", "version": "2.3.0", "file": "mcp-2.3.0.tar.gz", "sha256": "8b147a50441cf059dc88c684e0aeed3687f0aa0f39c6cde7b90330effd2b34d8",
     "reads": ["uv.lock"]},
    {"name": "openai", "version": "3.54.0", "file": "openai-3.54.0.tar.gz", "sha256": "2e393e63f8a38be6452806f9ef0b6534fecd6d41ab3b2165180dfce3599249cd",
     "reads": ["uv.lock"]},
    {"name": "aiohttp", "version": "3.14.5", "file": "aiohttp-3.14.5.tar.gz", "sha256": "5558a7f5a05af9ecf744af91e5baefc436f93c9333e656c27ec253f9a6bbe178",
     "reads": ["requirements/constraints.txt", "requirements/dev.txt", "requirements/base.in", "requirements/doc.txt"]},
    {"name": "celery", "version": "5.7.0", "file": "celery-5.7.0.tar.gz", "sha256": "6a5dfcf6662287204f009a02002b9e66c83d4105e47ebabdc7079108772fc6f0",
     "reads": ["requirements/default.txt", "requirements/dev.txt", "requirements/test.txt", "requirements/test-ci-default.txt"]},
    {"name": "kombu", "version": "5.7.0", "file": "kombu-5.7.0.tar.gz", "sha256": "31e62fdfd2381caa3422f8e02b84a491d9a2180ddda74507b57f4cb1e1c2c2c9",
     "reads": ["requirements/test-ci.txt", "requirements/docs.txt"]},
    {"name": "requests", "version": "2.34.2", "file": "requests-2.34.2.tar.gz", "sha256": "f288924cae4e29463698d6d60bc6a4da69c89185ad1e0bcc4104f584e960b9ed",
     "reads": ["requirements-dev.txt"]},
    {"name": "django-cms", "version": "5.1.3", "file": "django_cms-5.1.3.tar.gz", "sha256": "80c50fc44cffa2cae28f4b8d841b7f48bd5ded9c88e493096b6e2235ba94d3ca",
     "reads": ["docs/requirements.txt", "docs/requirements.in", "test_requirements/requirements_base.txt"]},
    {"name": "wagtail", "version": "8.0.1", "file": "wagtail-8.0.1.tar.gz", "sha256": "819865a10bce86b16288cfaefa4195b90ffb5e7ac494fb18659e7be099ef386f",
     "reads": ["wagtail/project_template/requirements.txt"]},
]

# What is said of a file that is no fault of the reading: the index of advisories is not part of this.
NO_INDEX = "no advisories are at hand"

Packages = set[tuple[str, str]]


def of_requirements(path: Path) -> Packages:
    found = set()
    for line in parse_requirements(str(path), session=PipSession()):
        written = line.requirement
        try:
            requirement = Requirement(written)
        except InvalidRequirement:
            # A directory or URL without a name.
            continue
        found.add((canonicalize_name(requirement.name), pinned(requirement)))
    return found


def pinned(requirement: Requirement) -> str:
    clauses = list(requirement.specifier)
    is_pin = len(clauses) == 1 and clauses[0].operator in ("==", "===") and "*" not in clauses[0].version
    return clauses[0].version if is_pin else ""


def of_uv_lock(path: Path) -> Packages:
    lock = tomllib.loads(path.read_text())
    members = {canonicalize_name(name) for name in lock.get("manifest", {}).get("members", [])}
    found = set()
    for package in lock["package"]:
        source = package.get("source", {})
        local = source.get("virtual") or source.get("editable") or source.get("directory")
        if local == "." or local and package["name"] in members:
            continue
        found.add((canonicalize_name(package["name"]), package.get("version", "")))
    return found


def of_seriema(seriema: str, path: Path, root: Path) -> tuple[Packages, list[str]]:
    run = subprocess.run(
        [seriema, "deps", "--no-config", "--fail-on", "never", "--format", "json", path.relative_to(root)],
        cwd=root, capture_output=True, text=True, check=False,
    )
    if not run.stdout:
        sys.exit(f"{path}: {run.stderr}")
    report = json.loads(run.stdout)
    found = {(one["name"], one["version"] or "") for one in report["dependencies"]}
    said = [f"{one['path']}:{one.get('line')}: {one['message']}" for one in report["diagnostics"]]
    return found, [message for message in said if NO_INDEX not in message]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seriema", required=True)
    seriema = str(Path(parser.parse_args().seriema).resolve())
    files = unexplained = 0
    for pin in PINS:
        target = CACHE / "deps" / pin["file"].removesuffix(".tar.gz")
        fetch(pin, CACHE, target)
        for name in pin["reads"]:
            path = next(found for found in (target / name, *target.glob(f"*/{name}")) if found.exists())
            root = path.parents[name.count("/")]
            theirs = of_uv_lock(path) if name.endswith("uv.lock") else of_requirements(path)
            ours, said = of_seriema(seriema, path, root)
            files += 1
            differences = [f"missing: {one}" for one in sorted(theirs - ours)]
            differences += [f"extra: {one}" for one in sorted(ours - theirs)]
            unexplained += bool(differences or said)
            print(f"{'differs' if differences or said else 'same':8} {len(ours):4} packages  {pin['name']} {name}")
            for line in differences + said:
                print(f"         {line}")
    print(f"{files} files, {unexplained} unexplained")
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
