#!/usr/bin/env python3
"""Compares findings of high and critical severity with what people said of them.

    verdicts.py run --seriema BIN [--output DIR] [RELEASE...]   fetches and analyses the releases, then compares
    verdicts.py compare DIR [RELEASE...]                        compares a run of ecosystem.py that is there
    verdicts.py template DIR [RELEASE...]                       prints what has no verdict as TOML to fill in

The releases are those with `verdicts = true` in bench/ecosystem/releases.toml. Printed are the share of useful findings, the findings
that have no verdict, and the verdicts whose finding is gone. With `--check` the exit status is 1 when there are such, or when a
release could not be analysed. `cargo xtask verdicts` is `run`; bench/verdicts/README.md says how verdicts are written.
"""
import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from ecosystem.ecosystem import ANALYSED, SOURCES, Finding, Report, Sources, described, fetch_all, identity, pins, read, run
from releases import Pin

VERDICTS = Path(__file__).resolve().parent / "verdicts"
OUTPUT = Path(__file__).resolve().parent.parent / "target" / "verdicts"
SEVERE = ("high", "critical")
KINDS = ("useful", "noise", "unclear")


class Key(NamedTuple):
    """What a verdict is about: all findings of one rule on one line."""

    path: str
    line: int
    rule: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(finding.path, finding.line, finding.rule)

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.rule}"


@dataclass(frozen=True)
class Verdict:
    kind: str
    reason: str


class Malformed(Exception):
    """A verdict that isn't one, with file and place."""


def parsed(text: str, release: str, name: str) -> dict[Key, Verdict]:
    """The verdicts of one file, which has to be about `release`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"{name}: {error}") from error
    if not document:
        return {}
    if document.get("release") != release:
        raise Malformed(f'{name}: is about `{document.get("release", "no release")}`, `{release}` is pinned: read its findings again')
    verdicts: dict[Key, Verdict] = {}
    for number, entry in enumerate(document.get("verdict", []), 1):
        if said := wrong(entry):
            raise Malformed(f"{name}: verdict {number}: {said}")
        key = Key(entry["file"], entry["line"], entry["rule"])
        if key in verdicts:
            raise Malformed(f"{name}: verdict {number}: {key} has one already")
        verdicts[key] = Verdict(entry["verdict"], entry["reason"])
    return verdicts


def wrong(entry: dict[str, Any]) -> str | None:
    """What is wrong with an entry."""
    kinds = {"file": str, "line": int, "rule": str, "verdict": str, "reason": str}
    if entry.keys() != kinds.keys():
        return f"has {', '.join(entry) or 'nothing'}; {', '.join(kinds)} are wanted"
    for name, kind in kinds.items():
        if type(entry[name]) is not kind:
            return f"`{name}` is no {'number' if kind is int else 'text'}"
    if entry["verdict"] not in KINDS:
        return f"`{entry['verdict']}` is none of {', '.join(KINDS)}"
    return None if entry["reason"].strip() else "`reason` is empty"


@dataclass
class Score:
    """Findings by verdict; the findings without one; the verdicts without a finding."""

    counts: Counter[str] = field(default_factory=Counter)
    unread: list[Finding] = field(default_factory=list)
    gone: list[tuple[Key, Verdict]] = field(default_factory=list)

    def cells(self) -> list[str]:
        return [*(str(self.counts[kind]) for kind in KINDS), str(len(self.unread)), str(len(self.gone)), share(self.counts)]


def share(counts: Counter[str]) -> str:
    """Useful findings among those that are either."""
    decided = counts["useful"] + counts["noise"]
    return f"{100 * counts['useful'] / decided:.0f} %" if decided else "-"


def scored(findings: Iterable[Finding], verdicts: dict[Key, Verdict]) -> Score:
    """Findings of one rule on one line count once: a reader judges them once."""
    severe: dict[Key, Finding] = {}
    for finding in findings:
        if finding.severity in SEVERE:
            severe.setdefault(Key.of(finding), finding)
    score = Score()
    for key, finding in severe.items():
        if verdict := verdicts.get(key):
            score.counts[verdict.kind] += 1
        else:
            score.unread.append(finding)
    score.gone = [(key, verdict) for key, verdict in sorted(verdicts.items()) if key not in severe]
    return score


def by_rule(findings: Iterable[Finding], verdicts: dict[Key, Verdict]) -> dict[str, Counter[str]]:
    rules: dict[str, Counter[str]] = {}
    for key in {Key.of(finding) for finding in findings if finding.severity in SEVERE}:
        if verdict := verdicts.get(key):
            rules.setdefault(key.rule, Counter())[verdict.kind] += 1
    return rules


def kept(pin: Pin) -> dict[Key, Verdict]:
    path = VERDICTS / f"{pin['name']}.toml"
    return parsed(path.read_text("utf-8"), f"{pin['name']} {pin['version']}", path.name) if path.exists() else {}


def judged(names: Sequence[str]) -> list[Pin]:
    """The releases that have verdicts, or of them those that are named."""
    having = {name: pin for name, pin in pins().items() if pin.get("verdicts")}
    if unknown := [name for name in names if name not in having]:
        sys.exit(f"no `verdicts = true` in releases.toml: {', '.join(unknown)}")
    return [having[name] for name in sorted(set(names) or having)]


def compare(directory: Path, names: Sequence[str]) -> bool:
    """Prints the comparison, and says whether nothing is left to do."""
    reports = read(directory)
    table = ["| release | useful | noise | unclear | no verdict | gone | share useful |", "|---|--:|--:|--:|--:|--:|--:|"]
    rules: dict[str, Counter[str]] = {}
    total, done = Score(), True
    for pin in judged(names):
        release = f"{pin['name']} {pin['version']}"
        verdicts = kept(pin)
        report = reports.get(pin["name"]) or Report(release, "no report")
        if report.outcome != ANALYSED:
            table.append(f"| {release} | **{report.outcome}** | | | | | |")
            done = False
            continue
        score = scored(report.findings, verdicts)
        sources = Sources(SOURCES / identity(pin))
        listed("have no verdict", release, (line for finding in score.unread for line in described(finding, sources)))
        listed("are gone", release, (f"- {key}: was {verdict.kind}: {verdict.reason}" for key, verdict in score.gone))
        table.append(f"| {release} | {' | '.join(score.cells())} |")
        total.counts += score.counts
        total.unread += score.unread
        total.gone += score.gone
        for rule, counts in by_rule(report.findings, verdicts).items():
            rules.setdefault(rule, Counter()).update(counts)
    table.append(f"| all | {' | '.join(total.cells())} |")
    print("\n".join(table))
    if rules:
        print("\n| rule | useful | noise | unclear | share useful |\n|---|--:|--:|--:|--:|")
        for rule, counts in sorted(rules.items()):
            print(f"| {rule} | {' | '.join(str(counts[kind]) for kind in KINDS)} | {share(counts)} |")
    return done and not total.unread and not total.gone


def listed(title: str, release: str, lines: Iterable[str]) -> None:
    if text := "\n".join(lines):
        print(f"## {release}: these {title}\n\n{text}\n")


def template(directory: Path, names: Sequence[str]) -> None:
    reports = read(directory)
    for pin in judged(names):
        report = reports.get(pin["name"])
        if not report or report.outcome != ANALYSED:
            print(f"{pin['name']}: {report.outcome if report else 'no report'}", file=sys.stderr)
            continue
        sources = Sources(SOURCES / identity(pin))
        verdicts = kept(pin)
        unread = scored(report.findings, verdicts).unread
        if unread and not verdicts:
            print(f'# {pin["name"]}.toml\nrelease = "{pin["name"]} {pin["version"]}"\n')
        for finding in unread:
            print("\n".join(blank(finding, sources.line(finding))) + "\n")


def blank(finding: Finding, code: str) -> list[str]:
    """A verdict without kind and reason: TOML's basic strings are written as JSON's are."""
    comments = [f"{finding.severity}/{finding.confidence}: {finding.message}", code, *(f"  {step}" for step in finding.flow)]
    return [
        # Comments of TOML hold no control characters.
        *("# " + "".join(char if char.isprintable() else " " for char in comment) for comment in comments),
        "[[verdict]]",
        f"file = {json.dumps(finding.path, ensure_ascii=False)}",
        f"line = {finding.line}",
        f'rule = "{finding.rule}"',
        'verdict = ""',
        'reason = ""',
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    runner, comparer, maker = (verbs.add_parser(name) for name in ("run", "compare", "template"))
    runner.add_argument("--seriema", type=Path, required=True)
    runner.add_argument("--output", dest="directory", type=Path, default=OUTPUT)
    runner.add_argument("--timeout", type=float, default=300)
    for verb in (comparer, maker):
        verb.add_argument("directory", type=Path)
    for verb in (runner, comparer):
        verb.add_argument("--check", action="store_true")
    for verb in (runner, comparer, maker):
        verb.add_argument("releases", nargs="*")
    args = parser.parse_args()
    try:
        if args.verb == "template":
            template(args.directory, args.releases)
            return
        if args.verb == "run":
            names = [pin["name"] for pin in judged(args.releases)]
            fetch_all(names)
            run(args.seriema, args.directory, names, [], args.timeout)
        done = compare(args.directory, args.releases)
    except Malformed as error:
        sys.exit(str(error))
    sys.exit(args.check and not done)


if __name__ == "__main__":
    main()
