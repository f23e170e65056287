#!/usr/bin/env python3
"""Shows that a project can go from detect-secrets to Seriema and back with one `.secrets.baseline`.

    roundtrip.py --seriema S [--tools VENV]

detect-secrets 1.5.0 and pre-commit are needed, in a virtual environment (`--tools`) or on the path:

    python3 -m venv tools && tools/bin/pip install detect-secrets==1.5.0 pre-commit

A small project is made, with secrets that are made up on the spot. detect-secrets writes a baseline for it; then both tools
do the same to copies of the project, and have to agree on exit codes and on every byte of the baseline but the time.
detect-secrets is told not to ask providers (`-n`). One line is printed for each comparison; the exit status is 1 if one does not hold, and 2 if a tool is missing.
"""
import argparse
import json
import os
import pty
import random
import re
import select
import shutil
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAME = ".secrets.baseline"
BASE32 = string.ascii_uppercase + "234567"
ALNUM = string.ascii_letters + string.digits
RANDOM = random.Random(20_231)


def made(letters, count):
    return "".join(RANDOM.choice(letters) for _ in range(count))


def aws():
    return "AK" + "IA" + made(BASE32, 16)


SECRETS = {
    "password": made(ALNUM, 18),
    "url": made(ALNUM, 14),
    "github": "gh" + "p_" + made(ALNUM, 36),
    "first": aws(),
    "second": aws(),
    "third": aws(),
}
SETTINGS = """DEBUG = True
DB_PASSWORD = "{password}"
URL = "postgres://app:{url}@db.internal/app"
FIRST = "{first}"
SECOND = "{second}"
""".format(**SECRETS)
CLIENT = 'GITHUB = "{github}"\n'.format(**SECRETS)
NEW = 'THIRD = "{third}"\n'.format(**SECRETS)


def missing(message):
    print(message, file=sys.stderr)
    sys.exit(2)


class Tools:
    def __init__(self, args):
        self.seriema = [str(Path(args.seriema).resolve()), "secrets"]
        found = {}
        for name in ("detect-secrets", "detect-secrets-hook", "pre-commit"):
            beside = Path(args.tools).resolve() / "bin" / name if args.tools else None
            found[name] = str(beside) if beside and beside.exists() else shutil.which(name)
        absent = [name for name, path in found.items() if not path]
        if absent:
            missing(f"{', '.join(absent)} not found; see --help")
        version = subprocess.run([found["detect-secrets"], "--version"], capture_output=True, text=True, check=False)
        if version.stdout.strip() != "1.5.0":
            missing(f"detect-secrets is {version.stdout.strip() or 'broken'}, not 1.5.0")
        self.scan, self.hook, self.pre_commit = found["detect-secrets"], found["detect-secrets-hook"], found["pre-commit"]


class Project:
    """A repository whose files are all added."""

    space = tempfile.TemporaryDirectory(prefix="roundtrip-")

    def __init__(self, origin=None):
        self.root = Path(tempfile.mkdtemp(dir=self.space.name)) / "project"
        if origin:
            shutil.copytree(origin.root, self.root)
            return
        self.root.mkdir()
        self.run("git", "init", "-q")
        self.run("git", "config", "user.email", "nobody@localhost")
        self.run("git", "config", "user.name", "nobody")
        self.write("app/settings.py", SETTINGS)
        self.write("app/client.py", CLIENT)
        self.write("app/clean.py", "x = 1\n")
        self.add()

    def run(self, *command, stdin=""):
        env = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        return subprocess.run(
            [str(part) for part in command], cwd=self.root, input=stdin, capture_output=True, text=True, env=env, check=False
        )

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def add(self):
        self.run("git", "add", "-A")

    def files(self):
        return [line for line in self.run("git", "ls-files").stdout.splitlines() if line != NAME]

    def baseline(self):
        """The baseline without the time."""
        return re.sub(r'"generated_at": "[^"]*"', '"generated_at": ""', (self.root / NAME).read_text())


class Both:
    """The same project, for one tool each."""

    def __init__(self, tools, origin, check):
        self.tools, self.check = tools, check
        self.theirs, self.ours = Project(origin), Project(origin)

    def change(self, path, text):
        for project in (self.theirs, self.ours):
            project.write(path, text)
            project.add()

    def add(self):
        self.theirs.add()
        self.ours.add()

    def hooks(self, what, expected, files=None, baseline=NAME):
        before = {p: (p.root / NAME).read_bytes() for p in (self.theirs, self.ours)}
        option = ["--baseline", baseline] if baseline else []
        files = files or self.theirs.files()
        theirs = self.theirs.run(self.tools.hook, "-n", *option, *files)
        ours = self.ours.run(*self.tools.seriema, "hook", *option, *files)
        codes = (theirs.returncode, ours.returncode)
        self.check(f"hook: {what}", codes == (expected, expected), f"exit {codes}, expected {expected}: {ours.stderr[-300:]}")
        leaks = [name for name, value in SECRETS.items() if value in ours.stdout + ours.stderr]
        self.check(f"hook: {what}: no value is printed", not leaks, f"{leaks}")
        if expected == 3:
            self.same(f"hook: {what}: the baselines are the same")
        else:
            kept = all((p.root / NAME).read_bytes() == text for p, text in before.items())
            self.check(f"hook: {what}: the baseline is not touched", kept, "it was written")

    def same(self, what):
        theirs, ours = self.theirs.baseline().splitlines(), self.ours.baseline().splitlines()
        differ = [(a, b) for a, b in zip(theirs, ours) if a != b][:3] or [f"{len(theirs)} and {len(ours)} lines"]
        self.check(what, theirs == ours, f"{differ}")


def labels(project):
    results = json.loads((project.root / NAME).read_text())["results"]
    return [(path, e["type"], e["hashed_secret"], e.get("is_secret")) for path, all in results.items() for e in all]


def press(project, command, keys, patience=20):
    """Runs a command in a terminal and presses a key, and Enter, whenever it has asked something."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(project.root)
        os.environ["TERM"] = "dumb"
        os.execvp(command[0], command)
    shown, until = b"", time.time() + patience
    for key in [*keys, None]:
        # It waits for a key when nothing comes any more.
        while time.time() < until:
            ready, _, _ = select.select([terminal], [], [], 0.7)
            if not ready:
                break
            try:
                shown += os.read(terminal, 65536)
            except OSError:
                break
        if key is not None:
            try:
                os.write(terminal, f"{key}\n".encode())
            except OSError:
                break
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")


def hooks(tools, origin, check):
    both = Both(tools, origin, check)
    both.hooks("nothing new", 0)
    both.hooks("one clean file", 0, ["app/clean.py"])
    both.hooks("no baseline, a clean file", 0, ["app/clean.py"], baseline=None)
    both.hooks("no baseline, a secret", 1, ["app/settings.py"], baseline=None)
    both.change("app/settings.py", "# moved\n" + SETTINGS)
    both.hooks("lines moved", 3)
    both.hooks("the baseline is not added yet", 1)
    both.add()
    both.hooks("the baseline is added", 0)
    both.change("app/new.py", NEW)
    both.hooks("a new secret", 1)
    both.change("app/new.py", "x = 2\n")
    both.change("app/settings.py", "# moved\n" + "".join(SETTINGS.splitlines(keepends=True)[:-1]))
    both.hooks("a secret went", 3)
    both.add()
    both.hooks("no such baseline", 2, baseline="nowhere.baseline")
    for text, what in (("{", "no JSON"), ("{}", "no baseline")):
        both.change("broken.baseline", text)
        both.hooks(f"{what} in the baseline", 1, ["app/clean.py"], baseline="broken.baseline")
        check(f"hook: {what}: it is not overwritten", (both.ours.root / "broken.baseline").read_text() == text, "it was")


def rescan(tools, origin, check):
    both = Both(tools, origin, check)
    both.change("app/settings.py", "# moved\n" + SETTINGS.replace(SECRETS["second"], "none"))
    both.change("app/new.py", NEW)
    theirs = both.theirs.run(tools.scan, "scan", "-n", "--baseline", NAME)
    ours = both.ours.run(*tools.seriema, "scan", "--baseline", NAME)
    check("scan --baseline: exit codes", (theirs.returncode, ours.returncode) == (0, 0), f"{theirs.returncode}, {ours.returncode}: {ours.stderr[-300:]}")
    both.same("scan --baseline: the baselines are the same")
    both.add()
    ours, theirs = both.ours, Project(both.ours)
    check("detect-secrets has nothing to add to ours", theirs.run(tools.hook, "-n", "--baseline", NAME, *theirs.files()).returncode == 0, "it has")
    theirs.run(tools.scan, "scan", "-n", "--baseline", NAME)
    check("detect-secrets writes ours again as it is", theirs.baseline() == ours.baseline(), "it does not")
    return ours


def audits(tools, project, check):
    theirs = project.run(tools.scan, "audit", "--stats", "--json", NAME)
    ours = project.run(*tools.seriema, "audit", "--stats", "--json", NAME)
    check("audit --stats: the same JSON", theirs.returncode == 0 and theirs.stdout == ours.stdout, f"{ours.stdout[:200]} {ours.stderr[-200:]}")
    theirs = project.run(tools.scan, "audit", "--report", NAME)
    ours = project.run(*tools.seriema, "audit", "--report", NAME)
    try:
        told = [{(r["filename"], r["category"], tuple(r["types"]), tuple(r["lines"])) for r in json.loads(side.stdout)["results"]} for side in (theirs, ours)]
    except (ValueError, KeyError) as error:
        told = [set(), {str(error)}]
    # detect-secrets shows a piece of a secret (`ghp`) as one of its own, on each line that has it.
    check("audit --report: the same secrets", {t[:2] for t in told[0]} == {t[:2] for t in told[1]}, f"{told[0] ^ told[1]}")
    leaks = [name for name, value in SECRETS.items() if value in ours.stdout]
    check("audit --report: masked", not leaks, f"{leaks}")

    before = labels(project)
    open_ones = sum(1 for label in before if label[3] is None)
    code, shown = press(project, [*tools.seriema, "audit", NAME], "y" * (open_ones - 1) + "bsyq"[: 4 if open_ones > 1 else 0])
    after = labels(project)
    done = sum(1 for label in after if label[3] is not None) - (len(before) - open_ones)
    check("audit: labels what is asked", code == 0 and done >= 1 and [a[:3] for a in after] == [b[:3] for b in before], f"exit {code}, {done} labelled: {shown[-300:]}")
    leaks = [name for name, value in SECRETS.items() if value in shown]
    check("audit: masked", not leaks, f"{leaks}")
    stats = json.loads(project.run(tools.scan, "audit", "--stats", "--json", NAME).stdout)
    real = sum(kind["stats"]["raw"]["true-positives"] for kind in stats.values())
    check("audit: detect-secrets counts the labels", real == sum(1 for label in after if label[3]), f"{real}")
    project.add()
    code = project.run(tools.hook, "-n", "--baseline", NAME, *project.files()).returncode
    check("audit: detect-secrets-hook still knows all of it", code == 0, f"exit {code}")


def pre_commit(tools, origin, check):
    project = Project(origin)
    entry = " ".join([*tools.seriema, "hook", "--baseline", NAME])
    hook = {"id": "secrets", "name": "secrets", "language": "system", "entry": entry, "exclude": re.escape(NAME)}
    project.write(".pre-commit-config.yaml", json.dumps({"repos": [{"repo": "local", "hooks": [hook]}]}))
    project.add()

    def run():
        return project.run(tools.pre_commit, "run", "--all-files")

    done = run()
    check("pre-commit: passes", done.returncode == 0 and "Passed" in done.stdout, done.stdout[-300:])
    project.write("app/settings.py", "# moved\n" + SETTINGS)
    project.add()
    done = run()
    check("pre-commit: lines moved: fails with exit code 3, and updates", done.returncode == 1 and "exit code: 3" in done.stdout and "files were modified by this hook" in done.stdout, done.stdout[-300:])
    project.add()
    check("pre-commit: passes when the baseline is added", run().returncode == 0, "it fails")
    project.write("app/new.py", NEW)
    project.add()
    done = run()
    check("pre-commit: a new secret: fails with exit code 1", done.returncode == 1 and "exit code: 1" in done.stdout, done.stdout[-300:])
    check("pre-commit: names file and line", "app/new.py:1" in done.stdout and SECRETS["third"] not in done.stdout, done.stdout[-300:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seriema", required=True, help="the binary")
    parser.add_argument("--tools", help="a virtual environment with detect-secrets and pre-commit")
    tools = Tools(parser.parse_args())
    failed = []

    def check(what, holds, why):
        print(f"{'ok  ' if holds else 'FAIL'} {what}" + ("" if holds else f"\n     {why}"), flush=True)
        if not holds:
            failed.append(what)

    origin = Project()
    origin.write(NAME, origin.run(tools.scan, "scan", "-n").stdout)
    origin.run(tools.scan, "audit", NAME, stdin="n\ny\nq\n")
    origin.add()
    # The first run of a hook names the baseline in it.
    origin.run(tools.scan, "scan", "-n", "--baseline", NAME)
    origin.add()
    origin.run("git", "commit", "-qm", "a project with a baseline")
    check("detect-secrets wrote and labelled a baseline", [label[3] for label in labels(origin)].count(None) < len(labels(origin)) - 1, f"{labels(origin)}")

    hooks(tools, origin, check)
    project = rescan(tools, origin, check)
    audits(tools, project, check)
    pre_commit(tools, origin, check)
    print(f"{len(failed)} of the comparisons do not hold" if failed else "all comparisons hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
