#!/usr/bin/env python3
"""Real locks and requirement files of released projects: what `seriema deps` reads of them, beside what others read.

    bench/deps/real.py --seriema target/release/seriema

Source distributions are pinned by their hashes and kept in bench/.cache; nothing of them is run. All files are those of released
projects: most are what these are developed with, some (of pdm, Poetry and repo2docker) what they are tested with. Requirement files
are read by pip's own parser, with all files that they name; locks by Python's readers of TOML and JSON, `uv.lock` without the project
itself; what is written in YAML by its lines, which is enough for how these are written. A file counts as read when both have the
same packages with the same pinned versions, and Seriema names nothing that it could not read. Packages of conda whose names no
package of Python may have (`_libgcc_mutex`) are left out by both.
"""
import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from releases import fetch  # noqa: E402

from pip._internal.network.session import PipSession  # noqa: E402
from pip._internal.req.req_file import parse_requirements  # noqa: E402
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement  # noqa: E402
from pip._vendor.packaging.utils import canonicalize_name  # noqa: E402
from pip._vendor.packaging.version import InvalidVersion, Version  # noqa: E402

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
    {"name": "copier", "version": "9.19.1", "file": "copier-9.19.1.tar.gz", "sha256": "3fe48c38a290c90dfa67cfc7811bc3f576c03f59d3a1e6a09a8d46c2f0403988",
     "reads": ["uv.lock"]},
    {"name": "dagster", "version": "1.13.29", "file": "dagster-1.13.29.tar.gz", "sha256": "28db008ba360a785cd7f4677c1e0964577f14aa5762f117b978a8485cd11c9f4",
     "reads": ["uv.lock"]},
    {"name": "ckan", "version": "2.12.0", "file": "ckan-2.12.0.tar.gz", "sha256": "108765eb4396dfc2506b0b9ce6d09c2f356c87e4116dcab3fa076bfd96f2b876",
     "reads": ["requirements.txt", "dev-requirements.txt"]},
    {"name": "aider-chat", "version": "0.86.2", "file": "aider_chat-0.86.2.tar.gz", "sha256": "f38a9d322f5609f0c13af82d50c6a11170185b3fdf26956e4a7e89ba19819159",
     "reads": ["requirements.txt", "requirements/requirements-help.txt"]},
    {"name": "esphome", "version": "2026.6.5", "file": "esphome-2026.6.5.tar.gz", "sha256": "a83efdc1f65a09057159ceeffbd4daab6aa11c639fb0f0f3f254c1174b1a8538",
     "reads": ["requirements.txt", "requirements_test.txt"]},
    {"name": "xarray", "version": "2026.9.0", "file": "xarray-2026.9.0.tar.gz", "sha256": "6abc69694c22fa1f0fb2f357ff4e41d88beb4477ed71091f944b7dbf67ed54fe",
     "reads": ["ci/requirements/environment.yml", "ci/requirements/environment-benchmark.yml", ".binder/environment.yml"]},
    {"name": "conda-lock", "version": "4.0.3", "file": "conda_lock-4.0.3.tar.gz", "sha256": "455efdfddb8e03cb44f2c4b7921e0ddc9d30e949c90611569dbe5aa652eb3079",
     "reads": ["environments/conda-lock-python-3.10.yaml", "environments/conda-lock-python-3.14.yaml",
               "example/pangeo/conda-lock.yml", "example/pangeo/environment.yml", "example/zlib/conda-lock.yml"]},
    {"name": "jupyter-repo2docker", "version": "2026.4.0", "file": "jupyter_repo2docker-2026.4.0.tar.gz", "sha256": "ad0d25dfcdde50117efae500281a84285a8c4baff8ac755872ef96139350684a",
     "reads": ["repo2docker/buildpacks/conda/environment.yml", "repo2docker/buildpacks/conda/environment.py-2.7.yml",
               "repo2docker/buildpacks/conda/environment.py-3.14.yml", "tests/conda/downgrade/environment.yml",
               "tests/pipfile/py36/Pipfile.lock", "tests/pipfile/pipfile-lock/Pipfile.lock",
               "tests/pipfile/py2-with-server-and-kernel-req/Pipfile.lock"]},
    {"name": "pdm", "version": "2.29.4", "file": "pdm-2.29.4.tar.gz", "sha256": "48d013ba869b85538fea268107cd7a2c18fd91a6abf785fa4d7ed5951808582d",
     "reads": ["tests/fixtures/projects/demo/pdm.lock", "tests/fixtures/projects/demo/pylock.toml",
               "tests/fixtures/projects/demo-package/pdm.lock", "tests/fixtures/projects/demo-package-has-dep-with-extras/pdm.lock"]},
    {"name": "poetry", "version": "2.5.1", "file": "poetry-2.5.1.tar.gz", "sha256": "19fbd566efced512be58989a756aa1333cdc9b6aabb4fc84fd1ec9d29ee74874",
     "reads": ["tests/fixtures/up_to_date_lock/poetry.lock", "tests/fixtures/up_to_date_lock_non_package/poetry.lock",
               "tests/fixtures/old_lock/poetry.lock", "tests/fixtures/outdated_lock/poetry.lock",
               "tests/fixtures/with_path_dependency/poetry.lock"]},
]

# What is said of a file that is no fault of the reading: the index of advisories is not part of this, and what conda names for itself
# is left out.
NO_FAULT = re.compile(r"no advisories are at hand|built-in advisories|names? (that|of) no.* package.* left out|names that none of Python has")

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


def of_tables(path: Path) -> Packages:
    lock = tomllib.loads(path.read_text())
    return {(canonicalize_name(one["name"]), one.get("version", "")) for one in lock.get("package", lock.get("packages", []))}


def of_pipfile_lock(path: Path) -> Packages:
    lock = json.loads(path.read_text())
    entries = [entry for section, packages in lock.items() if section != "_meta" for entry in packages.items()]
    return {(canonicalize_name(name), entry.get("version", "").removeprefix("==")) for name, entry in entries}


def of_conda_lock(path: Path) -> Packages:
    """Packages begin with `- ` at the start of a line under `package:`, and have their keys one below the other."""
    packages: list[dict[str, str]] = []
    for line in path.read_text().partition("\npackage:\n")[2].splitlines():
        if line.startswith("- "):
            packages.append({})
        if found := re.fullmatch(r"(?:- |  )(\w+): (.+)", line):
            packages[-1][found[1]] = found[2].strip("'\"")
    return {(canonicalize_name(one["name"]), one["version"]) for one in packages if not one["name"].startswith("_")}


def of_environment(path: Path) -> Packages:
    found = set()
    pip = -1
    for line in path.read_text().partition("dependencies:\n")[2].splitlines():
        code = re.sub(r"(^|\s)#.*", "", line).rstrip()
        depth = len(code) - len(code.lstrip())
        entry = code.strip().removeprefix("- ").strip("'\"")
        if not code.lstrip().startswith("- "):
            if code and depth == 0:
                break
            continue
        if entry == "pip:":
            pip = depth
        elif depth > pip >= 0:
            requirement = Requirement(entry)
            found.add((canonicalize_name(requirement.name), pinned(requirement)))
        elif not entry.startswith("_"):
            name, specifier = re.fullmatch(r"(?:.*::)?([\w.-]+)\s*(.*)", entry).groups()
            exact = re.fullmatch(r"==([^*,=]+)|=([^*,=]+)=.+", specifier)
            found.add((canonicalize_name(name), exact[1] or exact[2] if exact else ""))
    return found


def reader(name: str) -> Callable[[Path], Packages]:
    file = name.rsplit("/", 1)[-1]
    if file.startswith("conda-lock"):
        return of_conda_lock
    if file.startswith("environment"):
        return of_environment
    locks = {"uv.lock": of_uv_lock, "poetry.lock": of_tables, "pdm.lock": of_tables, "pylock.toml": of_tables, "Pipfile.lock": of_pipfile_lock}
    return locks.get(file, of_requirements)


def alike(packages: Packages) -> Packages:
    """Versions as they are compared; those of conda need not be versions of Python."""
    found = set()
    for name, version in packages:
        try:
            found.add((name, str(Version(version))))
        except InvalidVersion:
            found.add((name, ""))
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
    return found, [message for message in said if not NO_FAULT.search(message)]


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
            theirs = alike(reader(name)(path))
            ours, said = of_seriema(seriema, path, root)
            ours = alike(ours)
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
