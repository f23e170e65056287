#!/usr/bin/env python3
"""`seriema pip-audit` against pip-audit: the same sets of pins, the same records, JSON beside JSON.

    bench/deps/pip_audit.py --seriema target/release/seriema --pip-audit VENV/bin/pip-audit \
        --parity ../shared/tools/deps_parity.py --zip ../shared/osv/pypi-osv.zip --n 100

Needs Python's `packaging` (pip-audit's own environment has it), a maker of sets (`deps_parity.py`), a stand-in for the OSV API that it starts, and a zip of OSV records; none of them
is part of this repository. Without them it says so and ends with 2.

Vulnerabilities are compared by package and by all their ids. Packages, versions, keys and exit codes have to be equal. What
differs on purpose is counted apart:

    fix below        a fixed version of pip-audit's is not above the version that is audited: it fixes nothing
    fix of others    pip-audit keeps the fixed versions of the last entry of a record and the first of merged records
    twice            pip-audit has one vulnerability twice, since the records that join its names came later
    pip-audit crashed    on records that list versions and have no ranges (KeyError), or a fixed version that is none (InvalidVersion)
    withdrawn        a record that was withdrawn counts for neither

Exit 0 where nothing is missing and nothing extra.
"""
import argparse
import concurrent.futures
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time


def load(path):
    spec = importlib.util.spec_from_file_location("deps_parity", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(command, directory):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300, check=False)
    try:
        return json.loads(done.stdout), done.returncode, done.stderr
    except ValueError:
        return None, done.returncode, done.stderr


def names(one):
    return {one["id"], *one["aliases"]}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seriema", required=True)
    options.add_argument("--pip-audit", required=True)
    options.add_argument("--parity", required=True)
    options.add_argument("--zip", required=True)
    options.add_argument("--n", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, default=10)
    options = options.parse_args()
    for path in (options.parity, options.zip):
        if not os.path.exists(path):
            print(f"{path} is not there: this comparison needs it", file=sys.stderr)
            sys.exit(2)
    parity = load(options.parity)
    known = parity.Own([options.zip])
    packages = sorted(known.by)
    chance = random.Random(options.seed)
    root = tempfile.mkdtemp(prefix="pip_audit_")
    sets = []
    for number in range(options.n):
        pins = parity.make_set(chance, known, packages, chance.randint(3, 15))
        directory = os.path.join(root, f"s{number:04d}")
        parity.write_set(directory, pins, number % 4 == 3, chance)
        sets.append((directory, pins))
    index = os.path.join(root, "advisories.index")
    subprocess.run([options.seriema, "db", "import", options.zip, "--db", index], check=True, capture_output=True)
    port = os.path.join(root, "port")
    server = subprocess.Popen([sys.executable, parity.SERVE, "--port-file", port, options.zip], stderr=subprocess.DEVNULL)
    counts = dict.fromkeys(("equal", "missing", "extra", "exit", "packages", "fix below", "fix of others", "twice", "pip-audit crashed", "failed"), 0)
    shown = []

    def both(item):
        directory, _ = item
        common = ["-r", "requirements.txt", "--no-deps", "--disable-pip", "-s", "osv", "-f", "json", "--progress-spinner", "off"]
        theirs = call([options.pip_audit, *common, "--osv-url", url], directory)
        ours = call([options.seriema, "pip-audit", *common, "--offline-db", index], directory)
        return theirs, ours

    try:
        while not os.path.exists(port):
            if server.poll() is not None:
                sys.exit("the stand-in for the OSV API did not start")
            time.sleep(0.1)
        with open(port, encoding="ascii") as file:
            url = f"http://127.0.0.1:{file.read()}/v1/query"
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(both, sets))
    finally:
        server.terminate()
    for (directory, _), ((theirs, their_code, their_error), (ours, our_code, our_error)) in zip(sets, results):
        is_crash = "KeyError: 'ranges'" in their_error or "InvalidVersion: " in their_error
        if theirs is None and ours is not None and is_crash:
            counts["pip-audit crashed"] += 1
            continue
        if theirs is None or ours is None:
            counts["failed"] += (theirs is None) != (ours is None)
            shown.append(("failed", directory, their_error[-200:], our_error[-200:]))
            continue
        counts["exit"] += their_code != our_code
        listed = [[(one["name"], one.get("version")) for one in report["dependencies"]] for report in (theirs, ours)]
        if listed[0] != listed[1]:
            counts["packages"] += 1
            shown.append(("packages", directory, *[set(listed[0]) ^ set(listed[1])]))
        mine = {one["name"]: one for one in ours["dependencies"]}
        is_equal = True
        for package in theirs["dependencies"]:
            got = mine.get(package["name"], {}).get("vulns", [])
            hits = [0] * len(got)
            for one in package["vulns"]:
                at = [number for number, other in enumerate(got) if names(one) & names(other)]
                if not at:
                    counts["missing"] += 1
                    is_equal = False
                    shown.append(("missing", directory, package["name"], package["version"], one["id"]))
                    continue
                hits[at[0]] += 1
                if hits[at[0]] > 1:
                    counts["twice"] += 1
                    continue
                if list(one) != list(got[at[0]]):
                    counts["failed"] += 1
                    shown.append(("keys", directory, list(one), list(got[at[0]])))
                version = parity.ver(package["version"])
                above = [fix for fix in one["fix_versions"] if parity.ver(fix) > version]
                if one["fix_versions"] != got[at[0]]["fix_versions"]:
                    kind = "fix below" if above == got[at[0]]["fix_versions"] else "fix of others"
                    counts[kind] += 1
            for number, hit in enumerate(hits):
                if not hit:
                    counts["extra"] += 1
                    is_equal = False
                    shown.append(("extra", directory, package["name"], package["version"], got[number]["id"]))
        counts["equal"] += is_equal
    print(f"{len(sets)} sets in {root}: " + ", ".join(f"{what} {count}" for what, count in counts.items()))
    for one in shown[: options.show]:
        print("  ", *one)
    sys.exit(1 if any(counts[what] for what in ("missing", "extra", "exit", "packages", "failed")) else 0)


if __name__ == "__main__":
    main()
