#!/usr/bin/env python3
"""Shows that `seriema deps --online` finds what OSV's evaluation rule says, neither more nor less, over a network that is slow,
fails, and knows withdrawn records.

    online.py --seriema S [--shared DIR] [--n 300] [--seed 1]

DIR (`../shared` beside this repository) holds OSV's records of PyPI (`osv/pypi-osv.zip`, `osv/pypi-osv-twins.zip`), a local
stand-in for OSV's API (`osv/serve_osv.py`) and a generator of pinned dependency sets with an oracle of its own
(`tools/deps_parity.py`), which needs `packaging`. One line is printed for each comparison; the exit status is 1 if something
is missing or extra, and 2 if DIR is not there. Last, what an audit of 200 pins costs at a latency of 50 ms.
"""
import argparse
import json
import random
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = [
    ("plain", []),
    ("latency 50 ms", ["--latency-ms", "50"]),
    ("every 5th fails", ["--fail-every", "5"]),
    ("withdrawn left out", ["--drop-withdrawn"]),
    ("all at once", ["--latency-ms", "50", "--fail-every", "5", "--drop-withdrawn"]),
]


# Python's servers let five connections wait and drop others, which are tried again a second later: OSV's do not.
SERVE = "import runpy, socketserver, sys; socketserver.TCPServer.request_queue_size = 512; sys.argv = sys.argv[1:]; " \
        "runpy.run_path(sys.argv[0], run_name='__main__')"


class Server:
    """A stand-in for OSV's API."""

    def __init__(self, shared, zips, options):
        self.directory = tempfile.TemporaryDirectory()
        port = Path(self.directory.name) / "port"
        command = [sys.executable, "-c", SERVE, shared / "osv/serve_osv.py", "--port-file", port, *options, *zips]
        self.process = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL)
        while not port.exists():
            if self.process.poll() is not None:
                sys.exit("serve_osv.py did not start")
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{port.read_text()}"

    def stats(self):
        return json.load(urllib.request.urlopen(f"{self.url}/_stats"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.directory.cleanup()


def compare(args, zips, name, options):
    """One run of the parity tool; whether all of it is equal."""
    shared = args.shared
    with Server(shared, zips, options) as server:
        tool = f"{shlex.quote(str(args.seriema))} deps --online --osv-url {server.url} --no-config --format json {{req}}"
        command = [sys.executable, str(shared / "tools/deps_parity.py"), "--n", str(args.n), "--seed", str(args.seed), "--tool", tool]
        for path in zips:
            command += ["--zip", str(path)]
        command += ["--drop-withdrawn"] if "--drop-withdrawn" in options else []
        done = subprocess.run(command, capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if line.startswith(("tool", "   "))]
        print(f"{name:20} {len(zips)} zip(s)  {lines[0] if lines else done.stderr.strip()[-300:]}", flush=True)
        for line in lines[1:]:
            print(line)
        return done.returncode == 0


def cost(args, zips):
    """What 200 pins cost at 50 ms, against as many requests one after the other."""
    with zipfile.ZipFile(zips[0]) as archive:
        names = archive.namelist()
        pins = {}
        for member in random.Random(args.seed).sample(names, len(names)):
            for affected in json.loads(archive.read(member)).get("affected", []):
                name, versions = affected.get("package", {}).get("name"), affected.get("versions")
                if versions and all(c.isalnum() or c in "-_." for c in name):
                    pins.setdefault(name, versions[-1])
            if len(pins) >= 200:
                break
    with Server(args.shared, zips[:1], ["--latency-ms", "50"]) as server, tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "requirements.txt"
        file.write_text("".join(f"{name}=={version}\n" for name, version in list(pins.items())[:200]))
        started = time.monotonic()
        command = [str(args.seriema), "deps", "--online", "--osv-url", server.url, "--no-config", "--format", "json", str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
        took = time.monotonic() - started
        stats = server.stats()
        batches, records = stats.get("POST /v1/querybatch", 0), stats.get("GET /v1/vulns/*", 0)
        print(f"200 pins at 50 ms: {took:.2f} s, {batches} batch(es), {records} records; one by one {(batches + records) * 0.05:.2f} s")
        return done.returncode in (0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seriema", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=HERE.parents[2] / "shared")
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.seriema, args.shared = args.seriema.resolve(), args.shared.resolve()
    zips = [args.shared / "osv/pypi-osv.zip", args.shared / "osv/pypi-osv-twins.zip"]
    missing = [path for path in (*zips, args.shared / "osv/serve_osv.py", args.shared / "tools/deps_parity.py") if not path.exists()]
    if missing:
        print(f"{missing[0]} is not there: the records and the server are not part of this repository (--shared)", file=sys.stderr)
        return 2
    holds = [compare(args, zips[:1], name, options) for name, options in RUNS]
    holds.append(compare(args, zips, "with twins", []))
    holds.append(cost(args, zips))
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
