#!/usr/bin/env python3
"""Makes the baselines beside this file with detect-secrets itself.

    make.py --current VENV --v0 VENV --v1 VENV      (detect-secrets 1.5.0, 0.14.3, 1.0.3)

The secrets of the projects (before.txt, after.txt, new.txt) are placeholders, `<alnum:18:1>`: 18 characters of a class, made
from the seed 1. The tests make the same ones, so that the baselines, which have nothing but hashes, are all that is kept.
"""
import argparse
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLASSES = {
    "alnum": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "base32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "hex": "0123456789abcdef",
}

# What is read is written again: no scan.
UPGRADE = """
import json, sys
from detect_secrets.core import baseline
read = baseline.load(baseline.load_from_file(sys.argv[1]), sys.argv[1])
print(json.dumps(baseline.format_for_output(read), indent=2))
"""


def made(match):
    letters, count, state = CLASSES[match[1]], int(match[2]), int(match[3])
    out = ""
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        out += letters[(state >> 16) % len(letters)]
    return out


def write(root, name):
    text = re.sub(r"<(\w+):(\d+):(\d+)>", made, (HERE / name).read_text())
    for part in re.split(r"^== ", text, flags=re.M)[1:]:
        path, content = part.split("\n", 1)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


class Project:
    def __init__(self, *parts):
        self.root = Path(tempfile.mkdtemp())
        self.run("git", "init", "-q")
        self.fill(*parts)

    def fill(self, *parts):
        for path in self.root.iterdir():
            if path.is_dir() and path.name != ".git":
                shutil.rmtree(path)
            elif path.suffix == ".py":
                path.unlink()
        for part in parts:
            write(self.root, part)
        self.run("git", "add", "-A")

    def run(self, *command, stdin="", expect=0):
        env = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, cwd=self.root, input=stdin, capture_output=True, text=True, env=env, check=False)
        assert done.returncode == expect, (command, done.returncode, done.stdout[-400:], done.stderr[-400:])
        return done.stdout

    def keep(self, baseline, name):
        shutil.copy(self.root / baseline, HERE / name)
        self.run("git", "add", "-A")

    def files(self):
        return [str(p.relative_to(self.root)) for p in sorted(self.root.rglob("*")) if p.is_file() and ".git" not in p.parts]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("current", "v0", "v1"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    scan, hook = f"{args.current}/bin/detect-secrets", f"{args.current}/bin/detect-secrets-hook"
    name = ".secrets.baseline"

    project = Project("before.txt")
    slim = project.run(scan, "scan", "-n", "--all-files", "--slim")
    (HERE / "slim.baseline").write_text(slim)
    (project.root / name).write_text(project.run(scan, "scan", "-n", "--all-files"))
    project.keep(name, "first.baseline")
    project.run(scan, "audit", name, stdin="n\ny\ns\nn\ny\nn\nq\n")
    project.keep(name, "labelled.baseline")

    # Lines move and secrets go: the hook.
    project.fill("after.txt")
    project.run(hook, "-n", "--baseline", name, *[f for f in project.files() if f != name], expect=3)
    project.keep(name, "hooked.baseline")

    # The same, and new secrets come: another scan.
    shutil.copy(HERE / "labelled.baseline", project.root / name)
    project.fill("after.txt", "new.txt")
    project.run(scan, "scan", "-n", "--all-files", "--baseline", name)
    project.keep(name, "rescanned.baseline")
    (HERE / "stats.json").write_text(project.run(scan, "audit", "--stats", "--json", name))

    # Options.
    project = Project("before.txt")
    options = ["-n", "--all-files", "--exclude-lines", "DIGEST|OLD", "--exclude-files", "^deploy/", "--exclude-files", r"\.pem$"]
    options += ["--exclude-secrets", "^AKIA[A-M]", "--base64-limit", "4.25", "--hex-limit", "2", "--disable-plugin", "NpmDetector"]
    (project.root / name).write_text(project.run(scan, "scan", *options))
    project.keep(name, "options.baseline")

    # No options, nothing that would be verified.
    project = Project()
    (project.root / "a.py").write_text("")
    (project.root / name).write_text(project.run(scan, "scan", "--all-files"))
    project.keep(name, "empty.baseline")

    # Older versions, and what the current one makes of them.
    for venv, version, extra in (
        (args.v0, "0.14.3", ["--exclude-files", "^docs/", "--exclude-lines", "never"]),
        (args.v1, "1.0.3", ["--exclude-files", "^docs/"]),
    ):
        project = Project("before.txt")
        old = f"{venv}/bin/detect-secrets"
        (project.root / name).write_text(project.run(old, "scan", "-n", "--all-files", *extra))
        project.keep(name, f"{version}.baseline")
        (HERE / f"{version}-upgraded.baseline").write_text(project.run(f"{args.current}/bin/python", "-c", UPGRADE, name))


if __name__ == "__main__":
    main()
