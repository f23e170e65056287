#!/usr/bin/env python3
"""Compares Seriema with Bandit and ruff finding by finding and writes docs/parity.md.

    parity.py --seriema S --bandit B --ruff R --examples DIR --corpus DIR [--check]

Run it as `cargo xtask parity`, which fetches the tools and the corpus. Every difference needs a reason in
bench/differences.json: one without is printed, written into the page as unexplained, and makes the exit status 1.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "parity.md"
REASONS = json.loads((HERE / "differences.json").read_text())


def run(command):
    process = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    try:
        return json.loads(process.stdout)
    except ValueError:
        sys.exit(f"{command[0]} printed no JSON (exit {process.returncode}): {process.stderr[-600:]}")


def relative(name, base):
    return os.path.relpath(os.path.abspath(name), os.path.abspath(base))


def bandit_findings(command, base):
    report = run([*command, "-r", "-f", "json", "-q", "--exit-zero", base])
    unread = {relative(error["filename"], base) for error in report["errors"]}
    found = collections.Counter(
        (relative(r["filename"], base), r["line_number"], r["test_id"], r["issue_severity"], r["issue_confidence"])
        for r in report["results"]
    )
    return found, unread


def ruff_findings(ruff, base):
    command = [ruff, "check", "--isolated", "--no-cache", "--select", "S", "--preview", "--output-format", "json", "--exit-zero", base]
    return collections.Counter((relative(r["filename"], base), r["location"]["row"], r["code"]) for r in run(command) if r.get("code"))


def our_codes(seriema, base):
    """What the auditor is shown, by S code; and what comments suppress."""
    report = run([seriema, "code", "--no-cache", "--persona", "auditor", "--format", "json", "--fail-on", "never", base])
    shown, suppressed = collections.Counter(), collections.Counter()
    for side, findings in ((shown, report["findings"]), (suppressed, report["suppressed"])):
        for finding in findings:
            for code in finding["codes"]:
                if code.startswith("S"):
                    side[(relative(finding["location"]["path"], base), finding["location"]["start"]["line"], code)] += 1
    return shown, suppressed


def line_of(base, path, number):
    try:
        return (Path(base) / path).read_text("utf-8", "replace").splitlines()[number - 1].strip()
    except (OSError, IndexError):
        return ""


def reason(tool, code, path, source):
    for entry in REASONS:
        if entry["tool"] == tool and re.fullmatch(entry.get("code", ".*"), code) and re.search(entry.get("path", ""), path):
            if re.search(entry.get("source", ""), source):
                return entry["reason"]
    return None


def cell(text):
    return text.replace("|", "\\|").replace("`", "'")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("seriema", "bandit", "ruff", "examples", "corpus"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    unexplained = []
    out = [
        "# Parity with Bandit and ruff",
        "",
        "Written by `cargo xtask parity`, which runs Bandit 1.9.4 and ruff 0.17.6 (`--select S --preview`) beside Seriema on Bandit's own",
        "examples and on the benchmark's corpus (six PyPI releases, 1.32 million lines; `bench/corpus.json`).",
        "",
        "## Codes and rules",
        "",
        "| code | rule | severity |",
        "|---|---|---|",
    ]
    codes = collections.defaultdict(list)
    for rule in run([args.seriema, "rules", "--format", "json"]):
        for code in rule["aliases"]:
            codes[code].append(rule)
    for code in sorted(codes):
        rules = ", ".join(f"`{rule['slug']}`" for rule in codes[code])
        out.append(f"| {code} | {rules} | {codes[code][0]['severity']} |")
    out += ["", "## `seriema bandit` and Bandit", ""]
    out += ["Compared: file, line, test id, severity, confidence.", ""]
    out += ["| input | Bandit | Seriema | same | agreement |", "|---|---|---|---|---|"]
    differences = []
    for name, base in (("Bandit's examples", args.examples), ("corpus", args.corpus)):
        want, unread = bandit_findings([args.bandit], base)
        got, _ = bandit_findings([args.seriema, "bandit"], base)
        got = collections.Counter({key: count for key, count in got.items() if key[0] not in unread})
        both, union = sum((want & got).values()), sum((want | got).values())
        share = 100 * both / union if union else 100
        out.append(f"| {name} | {sum(want.values())} | {sum(got.values())} | {both} | {share:.2f} % |")
        for side, rest in (("only Bandit", want - got), ("only Seriema", got - want)):
            differences += [(side, base, key) for key in sorted(rest.elements())]
    out += ["", "Differences:" if differences else "There is no difference.", ""]
    for side, base, (path, number, code, severity, confidence) in differences:
        source = line_of(base, path, number)
        why = reason("bandit", code, path, source)
        if not why:
            unexplained.append(f"bandit: {side}: {path}:{number} {code} {severity}/{confidence}: {source}")
        out.append(f"- {side}: `{path}:{number}` {code} {severity}/{confidence}: {why or '**unexplained**'}")
    deliberate = [entry for entry in REASONS if entry["tool"] == "bandit" and entry.get("deliberate")]
    if deliberate:
        out += ["", "Deliberate differences outside of these files:", ""] + [f"- {entry['reason']}" for entry in deliberate]
    out += ["", "## The auditor persona and ruff", ""]
    want = ruff_findings(args.ruff, args.corpus)
    shown, suppressed = our_codes(args.seriema, args.corpus)
    missing = want - shown
    found = sum(want.values()) - sum(missing.values())
    out += [
        f"ruff reports {sum(want.values())} findings on the corpus; Seriema reports {found} of them on the same line under the same code",
        f"({100 * found / max(1, sum(want.values())):.2f} %), and {sum((shown - want).values())} under these codes that ruff does not.",
        "",
        "| code | ruff | of them ours | ours alone |",
        "|---|---|---|---|",
    ]
    for code in sorted({key[2] for key in want} | {key[2] for key in shown}):
        ruffs = sum(n for key, n in want.items() if key[2] == code)
        lost = sum(n for key, n in missing.items() if key[2] == code)
        more = sum(n for key, n in (shown - want).items() if key[2] == code)
        out.append(f"| {code} | {ruffs} | {ruffs - lost} | {more} |")
    out += ["", "What ruff reports and Seriema does not:" if missing else "Nothing that ruff reports is missing.", ""]
    for path, number, code in sorted(missing.elements()):
        source = line_of(args.corpus, path, number)
        why = reason("ruff", code, path, source)
        if not why and suppressed[(path, number, code)]:
            why = "suppressed by a comment that ruff does not read (`# nosec`), or reads on other lines"
        if not why:
            unexplained.append(f"ruff: {path}:{number} {code}: {source}")
        out.append(f"- `{path}:{number}` {code} `{cell(source)[:100]}`: {why or '**unexplained**'}")
    PAGE.write_text("\n".join(out).rstrip() + "\n")
    print(f"{PAGE}: {len(differences)} differences with Bandit, {sum(missing.values())} of ruff's findings missing")
    for line in unexplained[:40]:
        print(f"unexplained: {line}")
    sys.exit(bool(unexplained))


if __name__ == "__main__":
    main()
