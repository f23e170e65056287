#!/usr/bin/env python3
"""Holds the built-in advisories (`crates/seriema_deps/advisories/*.toml`) against public records and the packages themselves.

    check_builtin.py ranges  [--osv ZIP] [PACKAGE …]
    check_builtin.py symbols [--osv ZIP] [--cache DIR] [PACKAGE …]

ranges    for each advisory, the records of the zip that have its id or an alias of it: all of their ids are its own; of all
          versions that any record lists of the package, the same are affected; the day is that of the first record; the
          vector is one of theirs, where they have one.
symbols   for each symbol, a release that is affected has something of that name. Releases are fetched through pip's own
          index client, into DIR, and read as text: nothing of them is built or run. What is compiled is looked for in the
          sources of the extension; what cannot be told by reading is named in `UNREADABLE` with the reason.

The zip is OSV's or one like it, https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip. Ends with 1 if anything is wrong.
"""
import argparse
import collections
import functools
import json
import re
import sys
import tomllib
import zipfile
from pathlib import Path

from pip._vendor.packaging.version import InvalidVersion, Version

import symbols as reader

ROOT = Path(__file__).resolve().parents[2]
ADVISORIES = ROOT / "crates" / "seriema_deps" / "advisories"
DEFAULT = ROOT.parent / "shared" / "osv" / "pypi-osv.zip"

# Beginnings of symbols that cannot be checked by reading a release, some with their package before them.
UNREADABLE = {
    "lxml-html-clean lxml.": "lxml hands this on when the package is there",
    "litellm *": "these releases were taken back",
    "cv2.": "all of it is made by a generator from C++",
    "torch.": "releases are too large to be fetched for a check",
    "tensorflow.": "releases are too large to be fetched for a check",
    "ray.": "releases are too large to be fetched for a check",
    "pyarrow.": "releases are too large to be fetched for a check",
}
# Symbols that go through an object: what it is an instance of.
INSTANCES = {
    "flask.request": "flask.wrappers.Request",
    "aiohttp.web.Application.router": "aiohttp.web.UrlDispatcher",
    "bottle.request": "bottle.BaseRequest",
    "authlib.jose.jwt": "authlib.jose.JsonWebToken",
}
# Versions tried for a symbol, newest first.
MAX_VERSIONS = 6


@functools.cache
def version(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def records(path):
    """By package: the records of it that are not withdrawn, each with what it says is affected."""
    by_package = collections.defaultdict(list)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            record = json.loads(archive.read(name))
            if record.get("withdrawn"):
                continue
            for affected in record.get("affected", []):
                if affected["package"]["ecosystem"] == "PyPI":
                    by_package[normal(affected["package"]["name"])].append((record, affected))
    return by_package


def in_range(one, events):
    """OSV's evaluation: events in the order of their versions."""
    is_affected = False
    at = [(kind, written) for event in events for kind, written in event.items()]
    order = {"introduced": 1, "fixed": 0, "last_affected": 2, "limit": 0}
    key = lambda event: (version("0.dev0") if event[1] == "0" else version(event[1]) or version("99999!0"), order[event[0]])
    for kind, written in sorted(at, key=key):
        here = version("0.dev0") if written == "0" else version(written)
        if here is None:
            continue
        if kind == "introduced" and one >= here:
            is_affected = True
        elif kind == "fixed" and one >= here:
            is_affected = False
        elif kind == "last_affected" and one > here:
            is_affected = False
    return is_affected


def is_recorded(one, written, rows):
    for _, affected in rows:
        if any(version(listed) == one for listed in affected.get("versions", [])):
            return True
        for events in (r["events"] for r in affected.get("ranges", []) if r["type"] != "GIT"):
            if in_range(one, events):
                return True
    return False


def is_built_in(one, specifiers):
    def holds(specifier):
        sign, other = re.fullmatch(r"(>=|<=|==|<|>)(.+)", specifier.strip()).groups()
        other = Version(other)
        return {">=": one >= other, "<=": one <= other, "==": one == other, "<": one < other, ">": one > other}[sign]

    return any(all(holds(part) for part in whole.split(",")) for whole in specifiers)


def rows_of(advisory, known):
    ids = {advisory["id"], *advisory.get("aliases", [])}
    return ids, [(r, a) for r, a in known if ids & {r["id"], *r.get("aliases", [])}]


def versions_of(known):
    listed = {written for _, affected in known for written in affected.get("versions", [])}
    return sorted((one, written) for written in listed if (one := version(written)) is not None)


def check_ranges(files, by_package):
    problems, checked = [], 0
    for file in files:
        known = by_package.get(file["package"], [])
        versions = versions_of(known)
        for advisory in file["advisory"]:
            say = lambda what: problems.append(f"{file['package']} {advisory['id']}: {what}")
            ids, rows = rows_of(advisory, known)
            if not rows:
                say("no record has its id")
                continue
            theirs = {i for r, _ in rows for i in (r["id"], *r.get("aliases", [])) if re.match("(CVE|GHSA|PYSEC)-", i)}
            if theirs != ids:
                say(f"ids differ: {sorted(theirs ^ ids)}")
            days = min(r["published"][:10] for r, _ in rows)
            if advisory["published"] != days:
                say(f"published {advisory['published']}, the record says {days}")
            vectors = {s["score"] for r, a in rows for s in (r.get("severity") or []) + (a.get("severity") or [])}
            if vectors and advisory.get("cvss") not in vectors:
                say(f"vector {advisory.get('cvss')}, the records have {sorted(vectors)}")
            if not vectors and "cvss" in advisory:
                say("a vector that no record has")
            for one, written in versions:
                checked += 1
                recorded, built_in = is_recorded(one, written, rows), is_built_in(one, advisory["affected"])
                if recorded != built_in:
                    say(f"{written} is {'' if recorded else 'not '}affected by the records")
    print(f"{sum(len(f['advisory']) for f in files)} advisories, {checked} versions compared, {len(problems)} problems")
    return problems


def check_symbols(files, by_package, cache):
    releases = reader.Releases(cache)
    problems, checked, unreadable = [], 0, collections.Counter()
    for file in files:
        imports = file.get("imports") or [file["package"].replace("-", "_")]
        known = by_package.get(file["package"], [])
        versions = versions_of(known)
        # Of each advisory: the symbols that are left, the releases that are affected, those that were tried.
        open_ones = []
        for advisory in file["advisory"]:
            left = []
            for symbol in advisory.get("symbols", []):
                reason = next((r for start, r in UNREADABLE.items() if f"{file['package']} {symbol}".startswith(start) or symbol.startswith(start)), None)
                if reason:
                    unreadable[reason] += 1
                else:
                    left.append(symbol)
            if left:
                checked += len(left)
                _, rows = rows_of(advisory, known)
                affected = {written for one, written in versions if is_recorded(one, written, rows)}
                open_ones.append([advisory["id"], left, affected, []])
        newest_first = [written for _, written in reversed(versions)]
        fetched = []
        while waiting := [one for one in open_ones if one[1] and len(one[3]) < MAX_VERSIONS and one[2]]:
            first = max(waiting, key=lambda one: len(one[2]))
            of_first = [written for written in newest_first if written in first[2]]
            # First the release that tells most, then the newest, the oldest, and those between.
            places = [0, 0, -1, len(of_first) // 2, len(of_first) // 4, len(of_first) * 3 // 4]
            written = of_first[places[len(first[3])]]
            if not first[3]:
                written = max(of_first, key=lambda v: sum(v in one[2] for one in waiting))
            sources = releases.sources(file["package"], written, imports)
            for one in open_ones:
                if written in one[2]:
                    one[2].discard(written)
                    if sources and one[1]:
                        one[3].append(written)
                        one[1] = [symbol for symbol in one[1] if not sources.has(symbol, imports, INSTANCES)]
            if sources:
                fetched.append(written)
        for id, left, _, tried in open_ones:
            for symbol in left:
                problems.append(f"{file['package']} {id}: {symbol} is in none of {', '.join(tried) or 'no release that was found'}")
        print(f"  {file['package']}: {fetched}", file=sys.stderr, flush=True)
    print(f"{checked} symbols looked for, {len(problems)} not found; {sum(unreadable.values())} not checked:")
    for reason, count in unreadable.most_common():
        print(f"  {count}: {reason}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["ranges", "symbols"])
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--osv", type=Path, default=DEFAULT)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "seriema-bench" / "releases")
    args = parser.parse_args()
    if not args.osv.exists():
        sys.exit(f"{args.osv} is not there: name a zip of OSV's records with --osv")
    files = [tomllib.loads(path.read_text()) for path in sorted(ADVISORIES.glob("*.toml"))]
    files = [file for file in files if not args.packages or file["package"] in args.packages]
    by_package = records(args.osv)
    problems = check_ranges(files, by_package) if args.part == "ranges" else check_symbols(files, by_package, args.cache)
    print("\n".join(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
