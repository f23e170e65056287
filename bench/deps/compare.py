#!/usr/bin/env python3
"""Measures `seriema deps` against pysentry-rs, `uv audit` and pip-audit on the same pins, in one run, as ratios.

    compare.py [--seriema S] [--tools DIR] [--shared DIR] [--pins N …] [--rounds N] [--json]

All of them ask the same local stand-in for OSV's API, which DIR has (`../shared` beside this repository: `osv/serve_osv.py` and
OSV's records of PyPI, `osv/pypi-osv.zip`); `seriema deps` is measured with an index as well, which is how it is used, and so is what
it costs to make that. Without DIR it says so and ends with 2. Tools are looked for in `--tools`, then on the path; those that are not
installed are named and left out. These have them:

    python3 -m venv tools && tools/bin/pip install pysentry-rs pip-audit uv

Half of 200 pins are vulnerable. Of 5,000 all are of which there are records, one release each: the others are names that there are
no records of, as most packages are. Packages are left out that have a record which makes a tool end without a report: pip-audit
where a record lists versions and has no ranges, or a fixed version is none of PEP 440, uv where an address has no scheme. A tool
that fails all the same is named with what it said. Records that were withdrawn are not served: pysentry-rs and uv report them,
Seriema and pip-audit do not. Nothing is resolved and no registry is asked: uv asks the index of its lock for the status of every
package, and that index is the stand-in, too, which knows none.

`findings` are what each report lists; under the table there are the vulnerabilities once their names are joined (a CVE and the
PYSEC and GHSA records that name it are one) and the packages that have any, which can be compared. CPU is user + system time of a
tool and its children without that of the stand-in, the smallest of the rounds; machines are noisy, so compare ratios of one run
only. Memory is that of the largest process.
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from measure import Cost, measure_apart, rounds_of, rows_of  # noqa: E402
from online import Server  # noqa: E402

BINARY = HERE.parent.parent / "target" / "release" / ("seriema.exe" if os.name == "nt" else "seriema")
NAMES = ("seriema", "pysentry-rs", "uv", "pip-audit")
NUMBERS = re.compile(r"\d+(\.\d+)*")
# A version of PEP 440, as records write it.
VERSION = re.compile(r"v?(\d+!)?\d+(\.\d+)*([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?"
                     r"([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*")

# A package, its version.
Pin = tuple[str, str]
# A package, and all names of one of its vulnerabilities.
Found = tuple[str, frozenset[str]]


class Failed(Exception):
    """A tool ended without a report."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@dataclass
class Package:
    """What records say of a package."""

    vulnerable: str | None = None
    fixed: str | None = None
    listed: set[str] | None = None
    # Whether every record says which version is fixed.
    ends: bool = True
    # Whether every tool can read every record.
    is_plain: bool = True

    def read(self, entry: dict[str, Any], is_plain: bool) -> None:
        versions = entry.get("versions") or []
        self.listed = (self.listed or set()) | set(versions)
        self.vulnerable = next((one for one in reversed(versions) if NUMBERS.fullmatch(one)), self.vulnerable)
        self.is_plain &= is_plain
        for part in entry.get("ranges") or []:
            fixed = [event["fixed"] for event in part.get("events", []) if "fixed" in event]
            self.ends &= bool(fixed) and all(NUMBERS.fullmatch(one) for one in fixed)
            if self.ends:
                self.fixed = max([*filter(None, [self.fixed]), *fixed], key=order)

    def clean(self) -> str | None:
        """A version that no record is about: the last that is fixed."""
        is_clean = self.ends and self.fixed is not None and self.fixed not in (self.listed or set())
        return self.fixed if is_clean else None


def is_plain(record: dict[str, Any]) -> bool:
    """Whether every tool can read a record."""
    affected = record.get("affected", [])
    if not all(entry.get("ranges") for entry in affected):
        return False
    ranges = [part for entry in affected for part in entry["ranges"] if part.get("type") != "GIT"]
    versions = [version for part in ranges for event in part.get("events", []) for version in event.values()]
    return all(VERSION.fullmatch(version) for version in versions) and \
        all("://" in reference.get("url", "") for reference in record.get("references", []))


def packages(records: Iterable[dict[str, Any]]) -> dict[str, Package]:
    known: dict[str, Package] = {}
    for record in records:
        if record.get("withdrawn"):
            continue
        for entry in record.get("affected", []):
            name = (entry.get("package") or {}).get("name") or ""
            if NAME.fullmatch(name):
                known.setdefault(normal(name), Package()).read(entry, is_plain(record))
    return {name: package for name, package in known.items() if package.is_plain}


def pins(known: dict[str, Package], count: int, seed: int) -> list[Pin]:
    """Half of them vulnerable, as far as there are so many; the others clean, of names without records where these run out."""
    names = sorted(known)
    random.Random(seed).shuffle(names)
    chosen: dict[str, str] = {}
    for name in names:
        if len(chosen) < count // 2 and known[name].vulnerable:
            chosen[name] = known[name].vulnerable
    for name in names:
        if len(chosen) < count and name not in chosen and (version := known[name].clean()):
            chosen[name] = version
    for number in range(count - len(chosen)):
        chosen[f"without-records-{number:05}"] = f"1.{number % 10}"
    return sorted(chosen.items())


def write(chosen: list[Pin], folder: Path, index: str) -> None:
    """The same pins as a list of requirements and as a project with a lock of uv's. No registry is named."""
    (folder / "requirements.txt").write_text("".join(f"{name}=={version}\n" for name, version in chosen))
    own = folder / "locked"
    own.mkdir()
    asked = "".join(f'    "{name}=={version}",\n' for name, version in chosen)
    (own / "pyproject.toml").write_text(
        f'[project]\nname = "of-pins"\nversion = "0"\nrequires-python = ">=3.9"\ndependencies = [\n{asked}]\n'
    )
    needs = "".join(f'    {{ name = "{name}" }},\n' for name, _ in chosen)
    lock = f'version = 1\nrevision = 3\nrequires-python = ">=3.9"\n\n[[package]]\nname = "of-pins"\nversion = "0"\n' \
           f'source = {{ virtual = "." }}\ndependencies = [\n{needs}]\n'
    lock += "".join(
        f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{index}" }}\n' for name, version in chosen
    )
    (own / "uv.lock").write_text(lock)


def found(name: str, text: str) -> list[Found]:
    """The findings of a report. What is no report is a failure: nothing found and nothing read differ."""
    try:
        # pysentry-rs ends its report with a greeting.
        report, _ = json.JSONDecoder().raw_decode(text)
        if name == "uv":
            entries = [(one["dependency"]["name"], [one["id"], *one["aliases"]]) for one in report["vulnerabilities"]]
        elif name == "pysentry-rs":
            entries = [(one["package_name"], [one["id"], *one.get("aliases", [])]) for one in report["vulnerabilities"]]
        else:
            entries = [(package["name"], [one["id"], *one["aliases"]])
                       for package in report["dependencies"] for one in package.get("vulns", [])]
        return [(normal(package), frozenset(ids)) for package, ids in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"what it wrote is no report: {error!r}") from error


def joined(all_found: Iterable[Found]) -> list[Found]:
    """Those of one package that share a name, as one."""
    groups: dict[str, list[set[str]]] = {}
    for package, ids in all_found:
        own = groups.setdefault(package, [])
        same = [group for group in own if group & ids]
        own[:] = [group for group in own if not group & ids] + [set(ids).union(*same)]
    return [(package, frozenset(group)) for package, own in groups.items() for group in own]


def commands(paths: dict[str, Path], folder: Path, index: Path, url: str) -> Iterator[tuple[str, str, list[str | Path], Path]]:
    """What each row of the table is called, whose report it is, its command, and where that is started."""
    ours = [paths["seriema"], "deps", "--no-config", "--fail-on", "never", "--incomplete", "warn", "--format", "json"]
    yield "seriema deps", "seriema", [*ours, "--offline-db", index, "requirements.txt"], folder
    yield "seriema deps --online", "seriema", [*ours, "--online", "--osv-url", url, "requirements.txt"], folder
    if path := paths.get("pysentry-rs"):
        yield "pysentry-rs", "pysentry-rs", [
            path, "--no-cache", "--no-config", "--no-resolver", "--no-maintenance-check", "--no-ci-detect", "--sources", "osv",
            "--service-url", f"{url}/v1", "--requirements-files", "requirements.txt", "--format", "json", ".",
        ], folder
    if path := paths.get("uv"):
        yield "uv audit", "uv", [
            path, "audit", "--frozen", "--no-cache", "--no-config", "--no-progress", "--service-url", f"{url}/", "--output-format", "json",
        ], folder / "locked"
    if path := paths.get("pip-audit"):
        yield "pip-audit", "pip-audit", [
            path, "-r", "requirements.txt", "--no-deps", "--disable-pip", "-s", "osv", "--osv-url", f"{url}/v1/query", "-f", "json",
            "--progress-spinner", "off",
        ], folder


def run(name: str, command: list[str | Path], folder: Path, timeout: float) -> tuple[Cost, list[Found]]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        usage = measure_apart(command, out, stderr=errors, timeout=timeout, cwd=folder)
        if usage.timed_out:
            return Cost.of(usage, -1), []
        out.seek(0)
        errors.seek(0)
        try:
            listed = found(name, out.read().decode())
        except Failed as failure:
            said = errors.read()[-2_000:].decode(errors="replace").strip().splitlines()
            raise Failed(f"exit status {usage.status}, {failure}: {' / '.join(line.strip() for line in said[-3:])}") from None
        return Cost.of(usage, len(listed)), listed


def measured(
    paths: dict[str, Path], folder: Path, index: Path, url: str, rounds: int, timeout: float
) -> tuple[dict[str, Cost], dict[str, list[Found]], dict[str, str]]:
    failed: dict[str, str] = {}
    costs: dict[str, Cost] = {}
    listed: dict[str, list[Found]] = {}
    for title, name, command, where in commands(paths, folder, index, url):
        print(f"{title}", file=sys.stderr)

        def once(title=title, name=name, command=command, where=where) -> Cost:
            cost, listed[title] = run(name, command, where, timeout)
            return cost

        try:
            costs[title] = rounds_of(rounds, once)
        except Failed as error:
            failed[title] = str(error)
    return costs, listed, failed


def agreement(listed: dict[str, list[Found]], first: str) -> Iterator[str]:
    """What each finds once names are joined, and how many of them the first and the others have not."""
    base = joined(listed[first])
    for title, own in listed.items():
        theirs = joined(own)
        beyond, lacking = len(apart(theirs, base)), len(apart(base, theirs))
        yield f"{title:<28}{len(theirs):>7,} vulnerabilities of {len({package for package, _ in theirs}):,} packages; " \
              f"{beyond} beyond those of {first}, {lacking} of those missing"


def apart(some: list[Found], others: list[Found]) -> list[Found]:
    """Those of which the others have no name."""
    names = {(package, one) for package, ids in others for one in ids}
    return [(package, ids) for package, ids in some if not any((package, one) in names for one in ids)]


def installed(folder: Path | None, seriema: Path) -> tuple[dict[str, Path], list[str]]:
    """Where each tool is, and which are nowhere."""
    paths = {}
    for name in NAMES:
        here = seriema if name == "seriema" else folder / name if folder else None
        path = here if here and here.exists() else shutil.which(name) if name != "seriema" else None
        if path:
            paths[name] = Path(path).absolute()
    return paths, [name for name in NAMES if name not in paths]


def records(path: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            yield json.loads(archive.read(member))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seriema", type=Path, default=BINARY, help="the binary to measure")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="where the other tools are")
    parser.add_argument("--shared", type=Path, default=HERE.parents[2] / "shared", metavar="DIR")
    parser.add_argument("--pins", type=int, nargs="+", default=[200, 5_000], metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", nargs="+", choices=NAMES[1:], default=[], metavar="TOOL")
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    shared = arguments.shared.resolve()
    for path in (shared / "osv/serve_osv.py", shared / "osv/pypi-osv.zip"):
        if not path.exists():
            print(f"{path} is not there: the records and the server are not part of this repository (--shared)", file=sys.stderr)
            return 2
    paths, missing = installed(arguments.tools, arguments.seriema)
    if "seriema" not in paths:
        print(f"{arguments.seriema} is not there: build first (cargo build --release), or name it (--seriema)", file=sys.stderr)
        return 2
    for name in missing:
        print(f"not installed, left out: {name}", file=sys.stderr)
    paths = {name: path for name, path in paths.items() if name not in arguments.skip}
    archive = shared / "osv/pypi-osv.zip"
    known = packages(records(archive))
    result: dict[str, Any] = {"missing": missing}
    lines = []
    with tempfile.TemporaryDirectory() as scratch, Server(shared, [archive], ["--drop-withdrawn"]) as server:
        index = Path(scratch) / "advisories.index"
        with open(os.devnull, "wb") as out:
            made = measure_apart([paths["seriema"], "db", "import", archive, "--db", index], out, stderr=subprocess.DEVNULL)
        if made.status != 0:
            sys.exit(f"the index could not be made: {made.status}")
        lines.append(f"the index, made once: {made.cpu_seconds:.2f} s of CPU, {made.peak_mib:.0f} MiB")
        for count in arguments.pins:
            folder = Path(scratch) / str(count)
            folder.mkdir()
            chosen = pins(known, count, arguments.seed)
            write(chosen, folder, f"{server.url}/simple")
            print(f"{count:,} pins", file=sys.stderr)
            costs, listed, failed = measured(paths, folder, index, server.url, arguments.rounds, arguments.timeout)
            if "seriema deps" in failed:
                sys.exit(f"seriema deps failed, {failed['seriema deps']}")
            result[str(count)] = {title: vars(cost) for title, cost in costs.items()}
            result[str(count)] |= {title: {"failed": said} for title, said in failed.items()}
            with_records = sum(name in known for name, _ in chosen)
            lines += [f"\n{count:,} pins, {with_records:,} of packages with records; best of {arguments.rounds}\n",
                      *rows_of(costs, "seriema deps"), *(f"{title} failed, {said}" for title, said in failed.items()),
                      "", *agreement(listed, "seriema deps")]
    print(json.dumps(result, indent=1) if arguments.json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
