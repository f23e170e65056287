#!/usr/bin/env python3
"""Measures `seriema secrets` against gitleaks, kingfisher and detect-secrets, in one run, as ratios.

    compare.py [--tools DIR] [--rounds N] [--only PART …] [--worst-of TOOL …] [--json]

Parts, all of them when none is named:

    corpus    the pinned releases that `bench.py fetch` downloads: CPU, wall, memory and findings of every tool
    worst     texts that are hard on scanners: CPU a byte, as a ratio to the same tool's CPU a byte of the corpus
    staged    a small change in a commit hook
    history   a repository of 10,000 commits (`bench/history.py`), against `git log -p | wc`

Tools are looked for in `--tools`, then on the path; those that are not installed are named and left out. These have them:

    python3 -m venv tools && tools/bin/pip install detect-secrets==1.5.0 kingfisher-bin==2.14.0
    go install github.com/zricethezav/gitleaks/v8@latest

No tool asks a provider whether a secret works. CPU is user + system time of a tool and its children, the smallest of the
rounds; machines are noisy, so compare ratios of one run only. A tool that takes longer than `--timeout` is ended; `>` is
before what it had cost by then. Memory is that of the largest process, and at least
that of this one, some 30 MiB.
"""
import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import string
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import history  # noqa: E402
from measure import Cost, Usage, measure, rounds_of, rows_of  # noqa: E402

CORPUS = HERE.parent / ".cache" / "corpus"
HISTORY = HERE.parent / ".cache" / "history.git"
BINARY = HERE.parent.parent / "target" / "release" / ("seriema.exe" if os.name == "nt" else "seriema")
NAMES = ("seriema", "kingfisher", "gitleaks", "detect-secrets")
PARTS = ("corpus", "worst", "staged", "history")
# Bytes at the beginning of a file that tell whether it is text.
HEAD = 8_000
ALNUM = string.ascii_letters + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# What the 20 MB line needs.
SETTINGS = 'max-file-size = "64 MiB"\n'


@dataclass(frozen=True)
class Tools:
    """Where the tools are, and a folder for what they need."""

    paths: dict[str, Path]
    scratch: Path

    def seriema(self, *arguments: str | Path) -> list[str | Path]:
        config = self.scratch / "seriema.toml"
        config.write_text(SETTINGS)
        return [self.paths["seriema"], "secrets", *arguments, "--config", config, "--no-baseline", "--format", "json",
                "--fail-on", "never", "--incomplete", "warn"]

    def command(self, name: str, folder: Path, report: Path) -> list[str | Path]:
        """Reads a folder and writes JSON, to `report` or to standard output."""
        tool = self.paths[name]
        if name == "seriema":
            return self.seriema(folder)
        if name == "gitleaks":
            return [tool, "dir", folder, "--no-banner", "--log-level", "error", "--exit-code", "0",
                    "--report-format", "json", "--report-path", report]
        if name == "kingfisher":
            return [tool, "scan", folder, "--no-validate", "--no-update-check", "--git-history", "none", "--quiet",
                    "--format", "json", "--output", report]
        # It finds nothing in folders outside of the one that it is started in.
        return [tool, "scan", "--all-files", "--no-verify", "."]

    def run(self, name: str, folder: Path, timeout: float) -> Cost:
        report = self.scratch / "report.json"
        report.unlink(missing_ok=True)
        with tempfile.TemporaryFile() as out:
            usage = checked(self.command(name, folder, report), out, timeout, folder)
            out.seek(0)
            text = report.read_bytes() if report.exists() else out.read()
        return Cost.of(usage, -1 if usage.timed_out else count(name, text))


def sighted(tools: Tools, timeout: float) -> None:
    """Ends the program when a tool does not see a secret that all of them know: it would be measured reading nothing."""
    for name in tools.paths:
        with tempfile.TemporaryDirectory(dir=tools.scratch) as folder:
            source = random.Random(2)
            token = "gh" + "p_" + "".join(source.choice(ALNUM) for _ in range(30))
            (Path(folder) / "settings.py").write_text(f'TOKEN = "{token}{checksum(token[4:])}"\n')
            if tools.run(name, Path(folder), timeout).findings == 0:
                sys.exit(f"{tools.paths[name]} finds no token of GitHub in a file that holds nothing else")


def checksum(token: str) -> str:
    """What GitHub puts at the end of a token: some tools look whether it is right."""
    rest, digits = zlib.crc32(token.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return digits


def checked(command: list[str | Path], out, timeout: float | None = None, cwd: Path | None = None) -> Usage:
    """What a command costs; ends the program when it fails. 200 is kingfisher's word for findings."""
    with tempfile.TemporaryFile() as errors:
        usage = measure(command, out, stderr=errors, timeout=timeout, cwd=cwd)
        if not usage.timed_out and usage.status not in (0, 1, 200):
            errors.seek(0)
            said = errors.read()[-2_000:].decode(errors="replace")
            sys.exit(f"{' '.join(map(str, command))} exited with {usage.status}: {said}")
    return usage


def count(name: str, text: bytes) -> int:
    """How many findings a report holds. What is no report ends the program: nothing found and nothing read differ."""
    try:
        report = json.loads(text or b"null")
        if name == "detect-secrets":
            return sum(len(found) for found in report["results"].values())
        if name == "gitleaks":
            return len(report)
        return len(report["findings"])
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{name} wrote something that is no report: {error!r}")


def installed(folder: Path | None, seriema: Path) -> tuple[dict[str, Path], list[str]]:
    """Where each tool is, and which are nowhere."""
    found = {}
    for name in NAMES:
        here = seriema if name == "seriema" else folder / name if folder else None
        path = here if here and here.exists() else shutil.which(name) if name != "seriema" else None
        if path:
            found[name] = Path(path).absolute()
    return found, [name for name in NAMES if name not in found]


def is_text(head: bytes) -> bool:
    return b"\0" not in head[:HEAD]


def text_bytes(folder: Path) -> int:
    """Bytes of a folder's text files: what is binary is passed by, and would flatter."""
    total = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if is_text(file.read(HEAD)):
                    total += path.stat().st_size
    return total


def repeated(line: bytes, size: int) -> bytes:
    return (line * (size // len(line) + 1))[:size]


def letters(source: random.Random, size: int) -> bytes:
    return base64.b64encode(source.randbytes(size * 3 // 4 + 3))[:size]


def base64_lines(source: random.Random, size: int) -> bytes:
    text = letters(source, size)
    return b"".join(text[at:at + 76] + b"\n" for at in range(0, size, 76))


def assignments(source: random.Random, size: int) -> bytes:
    names = ("password", "api_key", "SECRET_TOKEN", "client_secret", "aws_access_key", "db_passwd")
    lines, total = [], 0
    while total < size:
        value = letters(source, source.randrange(8, 48)).decode()
        lines.append(f'{source.choice(names)}_{source.randrange(10_000)} = "{value}"\n'.encode())
        total += len(lines[-1])
    return b"".join(lines)


# What each is, the file's name, its bytes out of a size in bytes.
WORST: list[tuple[str, str, Callable[[random.Random, int], bytes]]] = [
    ("random base64, lines of 76", "a.txt", base64_lines),
    ("random base64, one line", "b.txt", letters),
    ("one keyword again and again", "c.txt", lambda _, size: repeated(b"password ", size)),
    ("keywords of many detectors", "d.txt", lambda _, size: repeated(b"aws stripe_key gitlab token twilio slack azure ", size)),
    ("prefixes of keys", "e.txt", lambda _, size: repeated(b"gh" + b"p_ sk_li" + b"ve_ xo" + b"xb- AK" + b"IA AI" + b"za eyJ ", size)),
    ("assignments of random values", "f.py", assignments),
    ("`password=\"` that nothing closes", "g.py", lambda _, size: repeated(b'password="', size)),
    ("`a://b:` on one line", "h.txt", lambda _, size: repeated(b"ab://cd:", size)),
    ("heads of PEM blocks", "i.txt", lambda _, size: repeated(b"-----BEGIN RSA PRIVATE " + b"KEY-----\n", size)),
]


def per_byte(cost: Cost, start: Cost, size: int) -> float:
    """CPU seconds a byte, without what it costs to start."""
    return max(cost.cpu - start.cpu, 0.0) / size


def corpus(tools: Tools, folder: Path, rounds: int, timeout: float) -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    for name in tools.paths:
        print(f"corpus: {name}", file=sys.stderr)
        costs[name] = rounds_of(rounds, lambda name=name: tools.run(name, folder, timeout))
    return costs


def worst(
    tools: Tools, names: list[str], costs: dict[str, Cost], corpus_size: int, size: int, line: int, rounds: int, timeout: float
) -> dict[str, dict[str, tuple[Cost, float]]]:
    """By tool and text: what it costs, and CPU a byte as a multiple of that of the corpus."""
    table: dict[str, dict[str, tuple[Cost, float]]] = {}
    for name in names:
        with tempfile.TemporaryDirectory(dir=tools.scratch) as empty:
            (Path(empty) / "a.txt").write_text("nothing\n")
            start = rounds_of(rounds, lambda: tools.run(name, Path(empty), timeout))
        usual = per_byte(costs[name], start, corpus_size)
        for title, file, make in WORST:
            print(f"worst: {name}, {title}", file=sys.stderr)
            text = make(random.Random(1), line if "one line" in title else size)
            with tempfile.TemporaryDirectory(dir=tools.scratch) as folder:
                (Path(folder) / file).write_bytes(text)
                cost = rounds_of(rounds, lambda: tools.run(name, Path(folder), timeout))
            table.setdefault(name, {})[title] = cost, per_byte(cost, start, len(text)) / usual
    return table


def staged(tools: Tools, corpus_folder: Path, rounds: int) -> dict[str, Cost]:
    """A change of three lines in a repository of one of the corpus' packages."""
    repository = tools.scratch / "staged"
    shutil.copytree(corpus_folder / "celery", repository)
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "start"]):
        subprocess.run([*git, *arguments], check=True)
    changed = sorted(repository.rglob("*.py"), key=lambda path: path.stat().st_size)[-1]
    with changed.open("a") as file:
        file.write("\n\ndef later(session):\n    return session.headers\n")
    subprocess.run([*git, "add", "-A"], check=True)
    relative = changed.relative_to(repository)
    commands = {
        "seriema secrets --staged": tools.seriema("--staged"),
        "seriema secrets hook": [tools.paths["seriema"], "secrets", "hook", relative],
    }
    if "kingfisher" in tools.paths:
        commands["kingfisher scan --staged"] = [
            tools.paths["kingfisher"], "scan", ".", "--staged", "--no-validate", "--no-update-check", "--quiet",
        ]
    if "gitleaks" in tools.paths:
        commands["gitleaks git --staged"] = [tools.paths["gitleaks"], "git", "--staged", "--no-banner"]
    if "detect-secrets" in tools.paths:
        # Its command line takes the hook as a module of its own; the script stands beside it.
        hook = tools.paths["detect-secrets"].resolve().parent / "detect-secrets-hook"
        commands["detect-secrets-hook"] = [hook, "--no-verify", relative]
    costs: dict[str, Cost] = {}
    for name, command in commands.items():
        print(f"staged: {name}", file=sys.stderr)
        costs[name] = rounds_of(max(rounds, 5), lambda command=command: silent(command, cwd=repository))
    return costs


def silent(command: list[str | Path], cwd: Path | None = None, timeout: float | None = None) -> Cost:
    with tempfile.TemporaryFile() as out:
        return Cost.of(checked(command, out, timeout, cwd), -1)


def through_history(tools: Tools, repository: Path, rounds: int, timeout: float, others: list[str]) -> dict[str, Cost]:
    if not repository.exists():
        print(f"making {repository}", file=sys.stderr)
        history.make(repository, 10_000)
    commands: dict[str, list[str | Path]] = {
        "git log -p | wc": ["sh", "-c", "git log -p --all | wc"],
        "seriema secrets --history": tools.seriema("--history"),
    }
    if "gitleaks" in tools.paths and "gitleaks" in others:
        commands["gitleaks git"] = [tools.paths["gitleaks"], "git", "--no-banner", "--log-opts", "--all"]
    costs: dict[str, Cost] = {}
    for name, command in commands.items():
        print(f"history: {name}", file=sys.stderr)
        costs[name] = rounds_of(rounds, lambda command=command: silent(command, repository, timeout))
    return costs


def worst_rows(table: dict[str, dict[str, tuple[Cost, float]]]) -> Iterator[str]:
    yield f"{'':<34}" + "".join(f"{name:>24}" for name in table)
    for title, _, _ in WORST:
        cells = []
        for row in table.values():
            cost, times = row[title]
            more = ">" if cost.late else ""
            cells.append(f"{more}{cost.cpu:.2f} s  {more}x{times:.2f}")
        yield f"{title:<34}" + "".join(f"{cell:>24}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seriema", type=Path, default=BINARY, help="the binary to measure")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="where the other tools are")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--history", type=Path, default=HISTORY, metavar="DIR", help="made when it is not there")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--skip", nargs="+", choices=NAMES[1:], default=[], metavar="TOOL")
    parser.add_argument("--worst-of", nargs="+", choices=NAMES[1:], default=[], metavar="TOOL",
                        help="the worst cases and the history of these, too; some take minutes for each")
    parser.add_argument("--size", type=int, default=8_000_000, help="bytes of a worst case")
    parser.add_argument("--line", type=int, default=20_000_000, help="bytes of the one line")
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    paths, missing = installed(arguments.tools, arguments.seriema)
    if "seriema" not in paths:
        sys.exit("build first: cargo build --release")
    if not arguments.corpus.is_dir():
        sys.exit("fetch first: bench.py fetch")
    for name in missing:
        print(f"not installed, left out: {name}", file=sys.stderr)
    paths = {name: path for name, path in paths.items() if name not in arguments.skip}
    rounds, timeout = arguments.rounds, arguments.timeout
    size = text_bytes(arguments.corpus)
    result: dict[str, object] = {"bytes": size, "missing": missing}
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        tools = Tools(paths, Path(scratch))
        sighted(tools, timeout)
        also = [name for name in arguments.worst_of if name in paths]
        if {"corpus", "worst"} & set(arguments.only):
            needed = Tools({name: path for name, path in paths.items() if "corpus" in arguments.only or name in ("seriema", *also)},
                           Path(scratch))
            costs = corpus(needed, arguments.corpus, rounds, timeout)
            result["corpus"] = {name: vars(cost) for name, cost in costs.items()}
            lines += [f"{size:,} bytes of text, best of {rounds}\n", *rows_of(costs, "seriema")]
        if "staged" in arguments.only:
            hooks = staged(tools, arguments.corpus, rounds)
            result["staged"] = {name: vars(cost) for name, cost in hooks.items()}
            lines += ["\na small change in a commit hook (to reach: under 30 ms of CPU)\n",
                      *rows_of(hooks, "seriema secrets --staged", 1000, "ms")]
        if "history" in arguments.only:
            commits = through_history(tools, arguments.history, rounds, timeout, also)
            result["history"] = {name: vars(cost) for name, cost in commits.items()}
            lines += ["\n10,000 commits (to reach: at most 4 times the time of git)\n", *rows_of(commits, "git log -p | wc")]
        # Last: what the texts take of this process counts as memory of those that it starts.
        if "worst" in arguments.only:
            table = worst(tools, ["seriema", *also], costs, size, arguments.size, arguments.line, rounds, timeout)
            result["worst"] = {name: {title: {**vars(cost), "times": times} for title, (cost, times) in row.items()}
                               for name, row in table.items()}
            lines += ["\nworst cases: CPU, and CPU a byte as a multiple of that of the corpus (to reach: at most 4)\n",
                      *worst_rows(table)]
    print(json.dumps(result, indent=1) if arguments.json else "\n".join(lines))


if __name__ == "__main__":
    main()
