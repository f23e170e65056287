#!/usr/bin/env python3
"""Measures Seriema against Bandit and ruff on pinned PyPI releases (1.32 million lines), in one run, as ratios.

    bench.py fetch                      downloads what bench/corpus.json pins, and both tools, into bench/.cache
    bench.py run [--rounds N] [--json]  runs every tool N times in turn, prints CPU, wall and memory, and the ratios
    bench.py paths                      prints where corpus and tools are, for other commands

Wants Python 3.11 to run and Python 3.12 or newer for Bandit (older ones can't parse new f-strings; Bandit then leaves the
file out and says so only in its report). Nothing downloaded is executed but the two tools themselves.

CPU is user + system time of the process, the smallest of the rounds; machines are noisy, so compare ratios of one run only.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
CORPUS = CACHE / "corpus"
PINS = json.loads((HERE / "corpus.json").read_text())
BINARY = HERE.parent / "target" / "release" / ("seriema.exe" if os.name == "nt" else "seriema")


def index_url():
    """The package index that pip uses here."""
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if os.environ.get("PIP_INDEX_URL") or configured:
        return os.environ.get("PIP_INDEX_URL") or configured
    ask = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def download(release, archive):
    """Straight from the index: `pip download` would build an sdist to learn its metadata."""
    request = urllib.request.Request(
        f"{index_url().rstrip('/')}/{release['name']}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=180) as answer:
        files = {entry["filename"]: entry["url"] for entry in json.load(answer)["files"]}
    with urllib.request.urlopen(files[release["file"]], timeout=180) as answer:
        data = answer.read()
    digest = hashlib.sha256(data).hexdigest()
    if digest != release["sha256"]:
        sys.exit(f"{release['file']}: SHA-256 is {digest}, {release['sha256']} was expected")
    archive.write_bytes(data)


def unpack(release, archive, target):
    only = release.get("only", "")
    strip = len(only.split("/")[0]) + 1 if only else 0
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            members = [(entry.filename, wheel.open(entry)) for entry in wheel.infolist() if not entry.is_dir()]
            write(members, only, strip, target)
    else:
        with tarfile.open(archive) as sdist:
            members = [(entry.name, sdist.extractfile(entry)) for entry in sdist if entry.isfile()]
            write(members, only, strip, target)


def write(members, only, strip, target):
    for name, source in members:
        if not name.startswith(only) or ".." in name.split("/") or name.startswith("/"):
            continue
        path = target / name[strip:]
        path.parent.mkdir(parents=True, exist_ok=True)
        with source, open(path, "wb") as out:
            shutil.copyfileobj(source, out)


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


def fetch():
    CACHE.mkdir(exist_ok=True)
    for release in PINS["releases"]:
        # Fixtures are for the comparisons, not for the measurements.
        target = (CACHE / "fixtures" if release.get("fixture") else CORPUS) / release["name"].replace("-", "_")
        target.parent.mkdir(parents=True, exist_ok=True)
        marker = target.with_suffix(".done")
        if marker.exists() and marker.read_text() == release["sha256"]:
            continue
        print(f"fetching {release['file']}", file=sys.stderr)
        archive = CACHE / release["file"]
        if not (archive.exists() and hashlib.sha256(archive.read_bytes()).hexdigest() == release["sha256"]):
            download(release, archive)
        shutil.rmtree(target, ignore_errors=True)
        unpack(release, archive, target)
        marker.write_text(release["sha256"])
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


def measure(command):
    """(CPU seconds, wall seconds, peak memory in MiB) of one run. The exit status says whether there were findings."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode < 0:
            sys.exit(f"{command[0]} was ended by signal {-process.returncode}")
        written = out.tell()
    if process.returncode not in (0, 1, 3) or not written:
        sys.exit(f"{' '.join(map(str, command))} exited with {process.returncode} and wrote {written} bytes")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def commands():
    ruff = [tool("ruff"), "check", "--select", "S", "--no-cache", "--isolated", "--output-format", "json", "--exit-zero"]
    one = CORPUS / "django" / "django" / "shortcuts.py"
    return {
        # All personas' rules are computed whoever reads; the auditor's report is three times as long as ruff's.
        "seriema audit": [BINARY, "code", "--format", "json", CORPUS],
        "seriema audit --persona auditor": [BINARY, "code", "--persona", "auditor", "--format", "json", CORPUS],
        "ruff check --select S": [*ruff, CORPUS],
        "seriema bandit": [BINARY, "bandit", "-r", "-f", "json", "-q", CORPUS],
        "bandit": [tool("bandit"), "-r", "-f", "json", "-q", "--exit-zero", CORPUS],
        "seriema, one small file": [BINARY, "code", "--format", "json", one],
        "ruff, one small file": [*ruff, one],
    }


def run(rounds, as_json, skip_bandit):
    if not BINARY.exists():
        sys.exit("build first: cargo build --release")
    if not (CACHE / "venv" / "pins").exists():
        sys.exit("fetch first: bench.py fetch")
    lines = sum(path.read_bytes().count(b"\n") for path in CORPUS.rglob("*.py"))
    results = {}
    chosen = {name: command for name, command in commands().items() if not (skip_bandit and name == "bandit")}
    for turn in range(rounds):
        for name, command in chosen.items():
            if name == "bandit" and turn > 0:
                continue  # a minute each: once is enough
            print(f"round {turn + 1}: {name}", file=sys.stderr)
            results.setdefault(name, []).append(measure(command))
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

    ours = "seriema audit"
    print(f"\nCPU of seriema audit / ruff        {ratio(ours, 'ruff check --select S'):.2f}   (to reach: at most 1.0)")
    print(f"  with the auditor's report        {ratio('seriema audit --persona auditor', 'ruff check --select S'):.2f}")
    print(f"CPU of bandit / seriema audit      {ratio('bandit', ours):.0f}   (to reach: at least 70)")
    print(f"CPU of bandit / seriema bandit     {ratio('bandit', 'seriema bandit'):.0f}")
    print(f"peak memory of seriema audit, MiB  {best[ours][2]:.0f}   (to reach: at most 150)")
    print(f"CPU of one small file, ms          {1000 * best['seriema, one small file'][0]:.1f}   (to reach: under 15)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("fetch")
    verbs.add_parser("paths")
    runner = verbs.add_parser("run")
    runner.add_argument("--rounds", type=int, default=5)
    runner.add_argument("--json", action="store_true")
    runner.add_argument("--skip-bandit", action="store_true")
    args = parser.parse_args()
    if args.verb == "fetch":
        fetch()
    elif args.verb == "paths":
        paths = {"corpus": CORPUS, "bandit": tool("bandit"), "ruff": tool("ruff"), "python": tool("python")}
        paths["bandit_sdist"] = CACHE / "fixtures" / "bandit"
        print(json.dumps({name: str(path) for name, path in paths.items()}))
    else:
        run(args.rounds, args.json, args.skip_bandit)


if __name__ == "__main__":
    main()
