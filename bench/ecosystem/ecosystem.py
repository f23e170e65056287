#!/usr/bin/env python3
"""Shows what a change does to the findings in pinned PyPI releases (bench/ecosystem/releases.toml), for a person to read.

    ecosystem.py fetch [RELEASE...]                     downloads, verifies and unpacks them into bench/.cache/ecosystem
    ecosystem.py run --seriema BIN --output DIR [...]   one report a release in DIR, and what they cost in DIR/cpu.json
    ecosystem.py diff OLD NEW [RELEASE...] [--check]    Markdown: findings added, removed and changed, and a table of all
    ecosystem.py accept DIR [RELEASE...]                keeps the findings of a run in bench/ecosystem/expected

OLD and NEW are directories that `run` wrote, or `expected` for what was accepted. A RELEASE is named as on PyPI. With `--check`
the exit status is 1 when there is a difference. `run` takes `--args`, options of `seriema code`, and `--timeout` in
seconds (300): a release that takes longer is recorded as such, never as one without findings.

`cargo xtask ecosystem` does fetch, run, and diff with `expected`; with `--accept`, fetch, run and accept.

Reports say nothing of time, threads or machine: two runs of one binary are the same, byte for byte. Accepted findings are one line
each, `rule path:line severity confidence`, sorted by place; a `#` line names the release, and a `!` line says why it has no findings.
What could not be read is a finding too, of the rule `diagnostic/KIND`.
"""
import argparse
import json
import shlex
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from measure import measure  # noqa: E402
from releases import Pin, fetch  # noqa: E402

CACHE = HERE.parent / ".cache"
SOURCES = CACHE / "ecosystem"
EXPECTED = HERE / "expected"
ANALYSED = "analysed"
COMMAND = "code --format json --no-config --no-gitignore --fail-on never --incomplete warn".split()


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    severity: str
    confidence: str
    # What is accepted has none of these.
    message: str | None = None
    flow: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    def same(self, other: Self) -> bool:
        """Whether both say the same of their place, as far as both say it."""
        said = None in (self.message, other.message) or self.message == other.message
        return said and (self.severity, self.confidence) == (other.severity, other.confidence)


@dataclass(frozen=True)
class Report:
    release: str
    outcome: str = ANALYSED
    findings: list[Finding] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        value = json.loads(text)
        findings = [Finding(**{**finding, "flow": tuple(finding["flow"])}) for finding in value["findings"]]
        return cls(value["release"], value["outcome"], findings)

    def to_lines(self) -> str:
        lines = [f"# {self.release}"]
        if self.outcome != ANALYSED:
            lines.append(f"! {self.outcome}")
        lines += sorted_lines(self.findings)
        return "\n".join(lines) + "\n"

    @classmethod
    def from_lines(cls, text: str) -> Self:
        release, outcome, findings = "", ANALYSED, []
        for line in text.splitlines():
            if line.startswith("# "):
                release = line[2:]
            elif line.startswith("! "):
                outcome = line[2:]
            else:
                rule, rest = line.split(" ", 1)
                place, severity, confidence = rest.rsplit(" ", 2)
                path, number = place.rsplit(":", 1)
                findings.append(Finding(path, int(number), rule, severity, confidence))
        return cls(release, outcome, findings)


def sorted_lines(findings: Iterable[Finding]) -> list[str]:
    return [f"{f.rule} {f.place} {f.severity} {f.confidence}" for f in sorted(findings, key=in_order)]


def in_order(finding: Finding) -> tuple[Any, ...]:
    return finding.path, finding.line, finding.rule, finding.severity, finding.confidence, finding.message or "", finding.flow


def pins() -> dict[str, Pin]:
    return {pin["name"]: pin for pin in tomllib.loads((HERE / "releases.toml").read_text("utf-8"))["release"]}


def identity(pin: Pin) -> str:
    return f"{pin['name']}-{pin['version']}"


def chosen(names: Sequence[str]) -> list[Pin]:
    known = pins()
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no such release: {', '.join(unknown)}")
    return [known[name] for name in sorted(set(names) or known)]


def fetch_all(names: Sequence[str]) -> None:
    for pin in chosen(names):
        fetch(pin, CACHE, SOURCES / identity(pin))


def run(seriema: Path, output: Path, names: Sequence[str], arguments: Sequence[str], timeout: float) -> None:
    selected = chosen(names)
    if absent := [pin["name"] for pin in selected if not (SOURCES / identity(pin)).is_dir()]:
        sys.exit(f"fetch first: {', '.join(absent)}")
    output.mkdir(parents=True, exist_ok=True)
    for pin in pins().values():
        (output / f"{identity(pin)}.json").unlink(missing_ok=True)  # of another binary, maybe
    costs = {}
    for pin in selected:
        report, cpu = analyse(seriema, pin, arguments, timeout)
        print(f"{report.release}: {report.outcome}, {len(report.findings)} findings, {cpu:.1f} s of CPU", file=sys.stderr)
        (output / f"{identity(pin)}.json").write_text(report.to_json(), "utf-8")
        costs[identity(pin)] = round(cpu, 2)
        (output / "cpu.json").write_text(json.dumps(costs, indent=1) + "\n")


def analyse(seriema: Path, pin: Pin, arguments: Sequence[str], timeout: float) -> tuple[Report, float]:
    command = [seriema.resolve(), *COMMAND, *arguments, "."]
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        usage = measure(command, stdout, stderr=stderr, timeout=timeout, cwd=SOURCES / identity(pin))
        stdout.seek(0)
        stderr.seek(0)
        outcome, findings = ANALYSED, []
        if usage.timed_out:
            outcome = f"timed out after {timeout:g} s"
        elif usage.status != 0:
            said = stderr.read().decode("utf-8", "replace").strip().splitlines() or [""]
            outcome = f"failed with exit status {usage.status}: {said[-1]}"
        else:
            findings = facts(json.load(stdout))
    return Report(f"{pin['name']} {pin['version']}", outcome, findings), usage.cpu_seconds


def facts(report: dict[str, Any]) -> list[Finding]:
    """The findings and diagnostics of Seriema's JSON report, in order."""
    found = [
        Finding(
            place_of(finding["location"]),
            finding["location"]["start"]["line"],
            finding["rule"],
            finding["severity"],
            finding["confidence"],
            finding["message"],
            tuple(f"{place_of(step['location'])}:{step['location']['start']['line']}: {step['message']}" for step in finding["flow"]),
        )
        for finding in report["findings"]
    ]
    found += [
        Finding(place_of(said), said.get("line") or 0, f"diagnostic/{said['kind']}", "-", "-", said["message"])
        for said in report["diagnostics"]
    ]
    return sorted(found, key=in_order)


def place_of(location: dict[str, Any]) -> str:
    """The path, and of a notebook the cell."""
    path = (location.get("path") or "-").replace("\\", "/")
    return path if location.get("cell") is None else f"{path}#{location['cell']}"


def read(directory: Path) -> dict[str, Report]:
    """The reports of a run, or what was accepted."""
    reports = {}
    for pin in pins().values():
        written, accepted = directory / f"{identity(pin)}.json", directory / f"{identity(pin)}.txt"
        if written.exists():
            reports[pin["name"]] = Report.from_json(written.read_text("utf-8"))
        elif accepted.exists():
            reports[pin["name"]] = Report.from_lines(accepted.read_text("utf-8"))
    return reports


def costs_of(directory: Path) -> dict[str, float]:
    path = directory / "cpu.json"
    return json.loads(path.read_text()) if path.exists() else {}


@dataclass
class Difference:
    added: list[Finding] = field(default_factory=list)
    removed: list[Finding] = field(default_factory=list)
    changed: list[tuple[Finding, Finding]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare(old: Iterable[Finding], new: Iterable[Finding]) -> Difference:
    """Pairs findings of one rule on one line: of a pinned release, no line moves."""
    sides: dict[tuple[str, int, str], tuple[list[Finding], list[Finding]]] = defaultdict(lambda: ([], []))
    for side, findings in enumerate((old, new)):
        for finding in sorted(findings, key=in_order):
            sides[finding.path, finding.line, finding.rule][side].append(finding)
    difference = Difference()
    for key in sorted(sides):
        before, after = sides[key]
        for finding in list(before):
            if twin := next((other for other in after if finding.same(other)), None):
                before.remove(finding)
                after.remove(twin)
        pairs = min(len(before), len(after))
        difference.changed += zip(before[:pairs], after[:pairs])
        difference.removed += before[pairs:]
        difference.added += after[pairs:]
    return difference


class Sources:
    """Lines of unpacked releases."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, list[str]] = {}

    def line(self, finding: Finding) -> str:
        if finding.path not in self.files:
            path = self.root / finding.path
            self.files[finding.path] = path.read_text("utf-8", "replace").split("\n") if path.is_file() else []
        lines = self.files[finding.path]
        return lines[finding.line - 1].strip() if 0 < finding.line <= len(lines) else ""


def described(finding: Finding, sources: Sources) -> list[str]:
    """One finding as an item of a Markdown list: what it says, the line of code, and the way of the data."""
    message = f": {finding.message}" if finding.message else ""
    lines = [f"- `{finding.place}` **{finding.rule}** {finding.severity}/{finding.confidence}{message}"]
    if code := sources.line(finding):
        lines.append(f"  `{code.replace('`', chr(39))[:160]}`")
    lines += [f"  - {step}" for step in finding.flow]
    return lines


def compared(pin: Pin, old: Report | None, new: Report | None) -> tuple[Difference, list[str]]:
    """What differs in one release, and how that reads."""
    absent = Report("", "no report")
    before, after = old or absent, new or absent
    both = before.outcome == after.outcome == ANALYSED
    # Of what was not analysed there is nothing to compare; a first analysis is all new.
    difference = compare(before.findings, after.findings) if both or (old is None and after.outcome == ANALYSED) else Difference()
    out = []
    # Without a report there is no saying that nothing differs.
    if before.outcome != after.outcome or new is None:
        out += [f"**{after.outcome}**, before: {before.outcome}", ""]
    sources = Sources(SOURCES / identity(pin))
    for title, findings in (("Added", difference.added), ("Removed", difference.removed)):
        if findings:
            out += [f"{title}:", ""] + [line for finding in findings for line in described(finding, sources)] + [""]
    if difference.changed:
        out += ["Changed:", ""]
        for finding, now in difference.changed:
            was = [f"{finding.severity}/{finding.confidence}"] + ([finding.message] if finding.message not in (None, now.message) else [])
            out += [*described(now, sources), f"  - before: {': '.join(was)}"]
        out.append("")
    if out:
        out = [f"## {pin['name']} {pin['version']}", "", *out]
    return difference, out


def differences(old_directory: Path, new_directory: Path, names: Sequence[str]) -> tuple[bool, str]:
    """Whether anything differs, and the page that says what."""
    old, new = read(old_directory), read(new_directory)
    old_costs, new_costs = costs_of(old_directory), costs_of(new_directory)
    page: list[str] = []
    table = ["| release | before | now | added | removed | changed | CPU s before | CPU s now |", "|---|--:|--:|--:|--:|--:|--:|--:|"]
    total, cpu = [0, 0, 0, 0, 0], [0.0, 0.0]
    for pin in chosen(names):
        before, after = old.get(pin["name"]), new.get(pin["name"])
        difference, text = compared(pin, before, after)
        page += text
        counts = [len(difference.added), len(difference.removed), len(difference.changed)]
        sizes = [len(side.findings) if side and side.outcome == ANALYSED else 0 for side in (before, after)]
        total = [a + b for a, b in zip(total, sizes + counts)]
        costs = [side.get(identity(pin), 0.0) for side in (old_costs, new_costs)]
        cpu = [a + b for a, b in zip(cpu, costs)]
        cells = [standing(before), standing(after), *map(str, counts), *map(seconds, costs)]
        table.append(f"| {pin['name']} {pin['version']} | {' | '.join(cells)} |")
    table.append(f"| all | {' | '.join([*map(str, total), *map(seconds, cpu)])} |")
    differs = bool(page)
    return differs, "\n".join([*page, *([] if differs else ["There is no difference.", ""]), *table])


def standing(report: Report | None) -> str:
    if report is None:
        return "no report"
    return str(len(report.findings)) if report.outcome == ANALYSED else report.outcome


def seconds(cpu: float) -> str:
    return f"{cpu:.1f}" if cpu else ""


def accept(directory: Path, names: Sequence[str]) -> None:
    """Keeps a run. What was accepted of versions that aren't pinned any more goes."""
    reports = read(directory)
    pinned = {identity(pin) for pin in pins().values()}
    EXPECTED.mkdir(exist_ok=True)
    for path in EXPECTED.glob("*.txt"):
        if path.stem not in pinned:
            path.unlink()
    for pin in chosen(names):
        if report := reports.get(pin["name"]):
            (EXPECTED / f"{identity(pin)}.txt").write_text(report.to_lines(), "utf-8")
        elif names:
            sys.exit(f"{directory} has no report of {pin['name']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    fetcher, runner, differ, accepter = (verbs.add_parser(name) for name in ("fetch", "run", "diff", "accept"))
    runner.add_argument("--seriema", type=Path, required=True)
    runner.add_argument("--output", type=Path, required=True)
    runner.add_argument("--args", default="")
    runner.add_argument("--timeout", type=float, default=300)
    differ.add_argument("old", type=Path)
    differ.add_argument("new", type=Path)
    differ.add_argument("--check", action="store_true")
    accepter.add_argument("directory", type=Path)
    for verb in (fetcher, runner, differ, accepter):
        verb.add_argument("releases", nargs="*")
    args = parser.parse_args()
    if args.verb == "fetch":
        fetch_all(args.releases)
    elif args.verb == "run":
        run(args.seriema, args.output, args.releases, shlex.split(args.args), args.timeout)
    elif args.verb == "diff":
        old, new = (EXPECTED if str(side) == "expected" else side for side in (args.old, args.new))
        for side in (old, new):
            if not side.is_dir() and side != EXPECTED:
                sys.exit(f"{side}: no such directory")
        differs, page = differences(old, new, args.releases)
        print(page)
        sys.exit(differs and args.check)
    else:
        accept(args.directory, args.releases)


if __name__ == "__main__":
    main()
