#!/usr/bin/env python3
"""Measures how fast the history of a repository is read, against `git log -p | wc`, in one run, as ratios.

    history.py make DIR [--commits N]            writes a bare repository of N commits (10,000) that grew like a project
    history.py run DIR [--rounds N] [--reader BIN]   reads DIR with both N times in turn, prints CPU, wall and the ratios

The repository is the same for the same N, whatever the machine. The reader is what
`cargo build --release -p seriema_git --example history` built, and looks at every added line.
CPU is user + system time, the smallest of the rounds.
"""
import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from measure import measure

HERE = Path(__file__).resolve().parent
READER = HERE.parent / "target" / "release" / "examples" / "history"
START = 1_500_000_000
WORDS = ("account amount array batch buffer cache client config context cursor default delta engine entry error event field "
         "filter format handler header index item key label level limit line list message method model name node number "
         "offset option order owner page parent path payload query queue range record region request result row schema "
         "scope section server session size source stage state status stream table target task text time token total type "
         "user value vector version view window worker").split()


class Project:
    """A project that grows: files with lines, on a main line and on branches that are merged."""

    def __init__(self, out: IO[bytes], seed: int) -> None:
        self.out = out
        self.random = random.Random(seed)
        self.mark = 0
        self.clock = START
        self.serial = 0

    def line(self) -> str:
        pick = self.random.choice
        indent = "    " * self.random.randrange(4)
        kind = self.random.randrange(5)
        if kind == 0:
            return f"{indent}{pick(WORDS)}_{pick(WORDS)} = self.{pick(WORDS)}({pick(WORDS)}, {self.random.randrange(1000)})"
        if kind == 1:
            return f"{indent}if {pick(WORDS)}.{pick(WORDS)} is not None and {pick(WORDS)} > {self.random.randrange(100)}:"
        if kind == 2:
            return f"{indent}# The {pick(WORDS)} of a {pick(WORDS)} says which {pick(WORDS)} its {pick(WORDS)} belongs to."
        if kind == 3:
            return f"{indent}return {pick(WORDS)}_{pick(WORDS)}[\"{pick(WORDS)}-{pick(WORDS)}\"]"
        return ""

    def new_path(self) -> str:
        self.serial += 1
        pick = self.random.choice
        depth = self.random.randrange(1, 4)
        return "/".join(["src"] + [pick(WORDS[:12]) for _ in range(depth)] + [f"{pick(WORDS)}_{self.serial}.py"])

    def edit(self, lines: list[str]) -> list[str]:
        """What an edit makes of a file: a few places where lines are added, replaced or dropped."""
        lines = list(lines)
        for _ in range(self.random.choice((1, 1, 2, 3))):
            at = self.random.randrange(len(lines) + 1)
            dropped = self.random.choice((0, 0, 1, 2, 4))
            added = self.random.choice((0, 1, 2, 3, 6))
            lines[at:at + dropped] = [self.line() for _ in range(added)]
        return lines

    def write(self, branch: str, parents: list[int], changes: dict[str, list[str] | None], message: str) -> int:
        self.mark += 1
        self.clock += self.random.randrange(60, 7200)
        author = self.random.choice(("Ada", "Blaise", "Carl", "Dorothy", "Emmy"))
        who = f"{author} <{author.lower()}@example.org> {self.clock} +0100"
        text = [f"commit refs/heads/{branch}\nmark :{self.mark}\nauthor {who}\ncommitter {who}\n".encode()]
        text.append(f"data {len(message)}\n{message}\n".encode())
        text += [f"{word} :{parent}\n".encode() for word, parent in zip(("from", "merge"), parents)]
        for path, lines in changes.items():
            if lines is None:
                text.append(f"D {path}\n".encode())
                continue
            body = ("\n".join(lines) + "\n").encode()
            text += [f"M 100644 inline {path}\ndata {len(body)}\n".encode(), body, b"\n"]
        self.out.write(b"".join(text) + b"\n")
        return self.mark

    def some_changes(self, tree: dict[str, list[str]]) -> dict[str, list[str] | None]:
        paths = sorted(tree)
        changes: dict[str, list[str] | None] = {}
        chance = self.random.random()
        if not paths or chance < 0.04:
            changes[self.new_path()] = [self.line() for _ in range(self.random.randrange(20, 400))]
        elif chance < 0.05:
            old = self.random.choice(paths)
            changes[old] = None
            changes[self.new_path()] = self.edit(tree[old])
        elif chance < 0.06 and len(paths) > 50:
            changes[self.random.choice(paths)] = None
        # Some files are edited far more often than others.
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 5))):
            if paths:
                path = paths[int(len(paths) * self.random.random() ** 2)]
                changes.setdefault(path, self.edit(tree[path]))
        return changes

    def grow(self, commits: int) -> None:
        main = {self.new_path(): [self.line() for _ in range(self.random.randrange(50, 900))] for _ in range(120)}
        head = self.write("main", [], dict(main), "start")
        while self.mark < commits:
            if self.random.random() < 0.85:
                changes = self.some_changes(main)
                head = self.write("main", [head], changes, "a change")
                apply(main, changes)
                continue
            # A branch of its own files' edits, merged by a commit of two parents.
            side, tip, touched = dict(main), head, {}
            for _ in range(self.random.randrange(1, 6)):
                changes = self.some_changes(side)
                tip = self.write("topic", [tip], changes, "a change on a branch")
                apply(side, changes)
                touched |= changes
            changes = {path: lines for path, lines in self.some_changes(main).items() if path not in touched}
            head = self.write("main", [head], changes, "meanwhile")
            apply(main, changes)
            head = self.write("main", [head, tip], touched, "merge")
            apply(main, touched)
        self.out.write(f"reset refs/tags/v1\nfrom :{head}\n\n".encode())


def apply(tree: dict[str, list[str]], changes: dict[str, list[str] | None]) -> None:
    for path, lines in changes.items():
        if lines is None:
            tree.pop(path, None)
        else:
            tree[path] = lines


def make(directory: Path, commits: int) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", directory], check=True)
    process = subprocess.Popen(["git", "-C", directory, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    Project(process.stdin, seed=1).grow(commits)
    process.stdin.close()
    if process.wait() != 0:
        sys.exit("git fast-import failed")
    # As a server packs what is cloned from it.
    subprocess.run(["git", "-C", directory, "repack", "-adfq"], check=True)


def run(directory: Path, rounds: int, reader: Path) -> None:
    commands: dict[str, list[str | Path]] = {
        "git log -p | wc": ["sh", "-c", 'git -C "$0" log -p --all | wc', directory],
        "seriema_git": [reader, directory],
        "seriema_git, 1 thread": [reader, directory, "--threads", "1"],
    }
    best: dict[str, tuple[float, float, float]] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            with tempfile.TemporaryFile() as output:
                usage = measure(command, output, stderr=subprocess.DEVNULL)
            if usage.status != 0:
                sys.exit(f"{name}: status {usage.status}")
            now = (usage.cpu_seconds, usage.wall_seconds, usage.peak_mib)
            best[name] = min(best.get(name, now), now)
    base = best["git log -p | wc"]
    for name, (cpu, wall, peak) in best.items():
        print(f"{name:24} {cpu:7.2f} CPU s {wall:7.2f} s {peak:6.0f} MiB   CPU x{cpu / base[0]:.2f}  wall x{wall / base[1]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("directory", type=Path)
    making.add_argument("--commits", type=int, default=10_000)
    running = commands.add_parser("run")
    running.add_argument("directory", type=Path)
    running.add_argument("--rounds", type=int, default=3)
    running.add_argument("--reader", type=Path, default=READER)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.directory, arguments.commits)
    else:
        run(arguments.directory, arguments.rounds, arguments.reader)


if __name__ == "__main__":
    main()
