#!/usr/bin/env python3
"""Measures Seriema against Bandit and ruff on pinned PyPI releases (1.32 million lines), in one run, as ratios.

    bench.py fetch                      downloads what bench/corpus.json pins, and both tools, into bench/.cache
    bench.py run [--rounds N] [--json]  runs every tool N times in turn, prints CPU, wall and memory, and the ratios
    bench.py run --curve                how Seriema's cost grows with the project: five sizes, with --no-flow and without
    bench.py paths                      prints where corpus and tools are, for other commands

Wants Python 3.11 to run and Python 3.12 or newer for Bandit (older ones can't parse new f-strings; Bandit then leaves the
file out and says so only in its report). Nothing downloaded is executed but the two tools themselves.

CPU is user + system time of the process, the smallest of the rounds; machines are noisy, so compare ratios of one run only.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import releases
from measure import Usage, measure

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
CORPUS = CACHE / "corpus"
PINS = json.loads((HERE / "corpus.json").read_text())
BINARY = HERE.parent / "target" / "release" / ("seriema.exe" if os.name == "nt" else "seriema")


def new_python():
    """A Python that Bandit can parse today's code with."""
    major, minor = map(int, PINS["python"].split("."))
    names = [f"python3.{n}" for n in range(minor + 2, minor - 1, -1)] + ["python3"]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(pyenv.glob("3.*/bin/python3"), key=lambda p: [int(n) for n in p.parts[-3].split(".") if n.isdigit()], reverse=True)
    for candidate in [str(path) for path in found] + names:
        check = f"import sys; sys.exit(sys.version_info < ({major}, {minor}))"
        try:
            if subprocess.run([candidate, "-c", check], check=False, capture_output=True).returncode == 0:
                return candidate
        except OSError:
            continue
    sys.exit(f"no Python {PINS['python']} or newer was found: Bandit needs one")


def unpacked(release):
    """Where a release is. Fixtures are for the comparisons, the curve's for the curve: the measurements read neither."""
    folder = "fixtures" if release.get("fixture") else "curve" if release.get("curve") else "corpus"
    return CACHE / folder / release["name"].replace("-", "_")


def fetch(curve):
    for release in PINS["releases"]:
        if curve or not release.get("curve"):
            releases.fetch(release, CACHE, unpacked(release))
    venv = CACHE / "venv"
    stamp = venv / "pins"
    pins = " ".join(f"{name}=={version}" for name, version in PINS["tools"].items())
    if not (stamp.exists() and stamp.read_text() == pins):
        print(f"installing {pins}", file=sys.stderr)
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([new_python(), "-m", "venv", venv], check=True)
        packages = [f"bandit[sarif,toml]=={PINS['tools']['bandit']}", f"ruff=={PINS['tools']['ruff']}"]
        subprocess.run([tool("pip"), "install", "--quiet", *packages], check=True)
        stamp.write_text(pins)


def tool(name):
    folder = "Scripts" if os.name == "nt" else "bin"
    return str(CACHE / "venv" / folder / name)


def cost(command, timeout=None):
    """What one run costs, and whether it took too long. The exit status says whether there were findings."""
    with tempfile.TemporaryFile() as out:
        usage = measure(command, out, stderr=subprocess.DEVNULL, timeout=timeout)
        written = out.tell()
    if usage.timed_out:
        return usage
    if usage.status < 0:
        sys.exit(f"{command[0]} was ended by signal {-usage.status}")
    if usage.status not in (0, 1, 3) or not written:
        sys.exit(f"{' '.join(map(str, command))} exited with {usage.status} and wrote {written} bytes")
    return usage


def commands(binary):
    ruff = [tool("ruff"), "check", "--select", "S", "--no-cache", "--isolated", "--output-format", "json", "--exit-zero"]
    one = CORPUS / "django" / "django" / "shortcuts.py"
    return {
        # All personas' rules are computed whoever reads; the auditor's report is three times as long as ruff's.
        "seriema audit --no-flow": [binary, "code", "--no-cache", "--no-flow", "--format", "json", CORPUS],
        "seriema audit --no-flow --persona auditor": [
            binary, "code", "--no-cache", "--no-flow", "--persona", "auditor", "--format", "json", CORPUS,
        ],
        "seriema audit": [binary, "code", "--no-cache", "--format", "json", CORPUS],
        "ruff check --select S": [*ruff, CORPUS],
        "seriema bandit": [binary, "bandit", "-r", "-f", "json", "-q", CORPUS],
        "bandit": [tool("bandit"), "-r", "-f", "json", "-q", "--exit-zero", CORPUS],
        "seriema, one small file": [binary, "code", "--no-cache", "--format", "json", one],
        "ruff, one small file": [*ruff, one],
    }


def lines_of(folder):
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.py"))


def run(binary, rounds, as_json, skip_bandit):
    if not binary.exists():
        sys.exit("build first: cargo build --release")
    if not (CACHE / "venv" / "pins").exists():
        sys.exit("fetch first: bench.py fetch")
    lines = lines_of(CORPUS)
    results = {}
    chosen = {name: command for name, command in commands(binary).items() if not (skip_bandit and name == "bandit")}
    for turn in range(rounds):
        for name, command in chosen.items():
            if name == "bandit" and turn > 0:
                continue  # a minute each: once is enough
            print(f"round {turn + 1}: {name}", file=sys.stderr)
            usage = cost(command)
            results.setdefault(name, []).append((usage.cpu_seconds, usage.wall_seconds, usage.peak_mib))
    best = {name: [min(column) for column in zip(*runs)] for name, runs in results.items()}
    if as_json:
        keys = ("cpu_seconds", "wall_seconds", "peak_mib")
        print(json.dumps({"lines": lines, "best": {name: dict(zip(keys, row)) for name, row in best.items()}}, indent=1))
        return
    print(f"{lines:,} lines of Python, best of {rounds}\n")
    print(f"{'':<38}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}")
    for name, (cpu, wall, peak) in best.items():
        print(f"{name:<38}{cpu:>9.3f}{wall:>9.3f}{peak:>10.1f}")

    def ratio(a, b, column=0):
        return best[a][column] / best[b][column] if a in best and b in best else float("nan")

    ours = "seriema audit --no-flow"
    print(f"\nCPU of --no-flow / ruff            {ratio(ours, 'ruff check --select S'):.2f}   (to reach: at most 1.0)")
    print(f"  with the auditor's report        {ratio(f'{ours} --persona auditor', 'ruff check --select S'):.2f}")
    print(f"CPU of seriema audit, with flow    {best['seriema audit'][0]:.2f}   (to reach: at most 6)")
    print(f"CPU of bandit / --no-flow          {ratio('bandit', ours):.0f}   (to reach: at least 70)")
    print(f"CPU of bandit / seriema bandit     {ratio('bandit', 'seriema bandit'):.0f}")
    print(f"peak memory of seriema audit, MiB  {best[ours][2]:.0f}   (to reach: at most 150)")
    print(f"CPU of one small file, ms          {1000 * best['seriema, one small file'][0]:.1f}   (to reach: under 15)")


def projects():
    """(lines of Python, folders) of each project of the curve: each is the one before it, and more packages."""
    pinned = {release["name"]: release for release in PINS["releases"]}
    lines, folders = 0, []
    for packages in PINS["curve"]:
        added = [unpacked(pinned[name]) for name in packages]
        if absent := [str(folder) for folder in added if not folder.is_dir()]:
            sys.exit(f"fetch first, with --curve: {', '.join(absent)}")
        folders = folders + added
        lines += sum(map(lines_of, added))
        yield lines, folders


def curve(binary, rounds, as_json, up_to, timeout):
    if not binary.exists():
        sys.exit("build first: cargo build --release")
    points = []
    for lines, folders in projects():
        if up_to and lines > up_to:
            break
        for flow in (False, True):
            command = [binary, "code", "--no-cache", *([] if flow else ["--no-flow"]), "--format", "json", *folders]
            print(f"{lines:,} lines{'' if flow else ', --no-flow'}", file=sys.stderr)
            usages = [cost(command, timeout)]
            while len(usages) < rounds and not usages[-1].timed_out:
                usages.append(cost(command, timeout))
            points.append(point(lines, flow, usages))
    if as_json:
        print(json.dumps(points, indent=1))
    else:
        print(curve_table(points))


def point(lines: int, flow: bool, usages: list[Usage]):
    best = min(usages, key=lambda usage: usage.cpu_seconds)
    return {
        "lines": lines,
        "flow": flow,
        "timed_out": any(usage.timed_out for usage in usages),
        "cpu_seconds": best.cpu_seconds,
        "peak_mib": min(usage.peak_mib for usage in usages),
        "cpu_seconds_per_100k_lines": best.cpu_seconds / lines * 100_000,
    }


def curve_table(points):
    """`>` is before what had to be ended: it would have taken more."""
    rows = [f"{'lines':>11}  {'':<10}{'CPU s':>10}{'peak MiB':>10}{'CPU s / 100k lines':>21}"]
    for at in points:
        more = ">" if at["timed_out"] else ""
        costs = f"{more}{at['cpu_seconds']:.2f}", f"{more}{at['peak_mib']:.1f}", f"{more}{at['cpu_seconds_per_100k_lines']:.3f}"
        rows.append(f"{at['lines']:>11,}  {'' if at['flow'] else '--no-flow':<10}{costs[0]:>10}{costs[1]:>10}{costs[2]:>21}")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    fetcher = verbs.add_parser("fetch")
    fetcher.add_argument("--curve", action="store_true", help="also what only the curve reads")
    verbs.add_parser("paths")
    runner = verbs.add_parser("run")
    runner.add_argument("--binary", type=Path, default=BINARY, help="what is measured; what cargo builds when not given")
    runner.add_argument("--rounds", type=int, help="5, and 1 for the curve, when not given")
    runner.add_argument("--json", action="store_true")
    runner.add_argument("--skip-bandit", action="store_true")
    runner.add_argument("--curve", action="store_true")
    runner.add_argument("--up-to", type=int, metavar="LINES", help="of the curve: no larger projects")
    runner.add_argument("--timeout", type=float, default=600, metavar="SECONDS", help="of the curve: ends what takes longer")
    args = parser.parse_args()
    if args.verb == "fetch":
        fetch(args.curve)
    elif args.verb == "paths":
        paths = {"corpus": CORPUS, "bandit": tool("bandit"), "ruff": tool("ruff"), "python": tool("python")}
        paths["bandit_sdist"] = CACHE / "fixtures" / "bandit"
        print(json.dumps({name: str(path) for name, path in paths.items()}))
    elif args.curve:
        curve(args.binary, args.rounds or 1, args.json, args.up_to, args.timeout)
    else:
        run(args.binary, args.rounds or 5, args.json, args.skip_bandit)


if __name__ == "__main__":
    main()
