#!/usr/bin/env python3
"""Draws docs/images/terminal.svg: what `seriema examples/vulnerable-shop` prints on a terminal, cut to a few findings.

    cargo build --release -p seriema && docs/images/terminal.py

Nothing is drawn that was not printed, but for the line of dots where findings are left out, and `~/seriema` in place of the
directory in which the command ran. Wants Python 3.11, nothing else.
"""
import html
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target" / "release" / "seriema"
OUT = Path(__file__).with_name("terminal.svg")
COMMAND = ["examples/vulnerable-shop"]

# The findings to keep: file and rule; the first of each.
KEEP = [("shop/admin.py", "shell-injection"), ("shop/feeds.py", "unsafe-yaml-load")]

COLUMNS = 100
CELL, LINE, SIZE, PAD, BAR = 8.4, 19, 14, 20, 38
# The terminal's sixteen colours, normal and bright.
COLORS = ["#2e3440", "#f0616d", "#8cc265", "#e5c07b", "#61afef", "#c678dd", "#4fc1cc", "#d7dae0"]
BRIGHT = ["#6b7489", "#ff7a85", "#a5e075", "#f0d197", "#7cc0ff", "#de98f2", "#6fe0ea", "#ffffff"]
PAPER, INK, FRAME, FAINT = "#1f2430", "#cfd3dc", "#151922", 0.62

SGR = re.compile(r"\x1b\[([0-9;]*)m")


def plain(line):
    return SGR.sub("", line)


def printed():
    if len(sys.argv) > 1:
        binary = sys.argv[1]
    else:
        binary = str(BINARY)
    run = subprocess.run(
        [binary, *COMMAND, "--color", "always"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    return run.stdout.replace(str(ROOT), "~/seriema").splitlines()


def sections(lines):
    """The report's parts, each with its heading: files, then the summary."""
    parts = []
    for line in lines:
        if re.search(r" ─{3,} ", plain(line)) and not plain(line).startswith(" "):
            parts.append([])
        if parts:
            parts[-1].append(line)
    return parts


def findings(section):
    """The findings of a file's section, without its heading."""
    found = []
    for line in section[2:]:
        # A badge is the only thing that stands at the left edge.
        if re.match(r" (CRITICAL|HIGH|MEDIUM|LOW|INFO) ", plain(line)):
            found.append([])
        if found:
            found[-1].append(line)
    return found


def cut(lines):
    parts = sections(lines)
    shown = []
    for file, rule in KEEP:
        part = next((part for part in parts if f"/{file} " in plain(part[0])), None)
        finding = part and next((f for f in findings(part) if any(rule in plain(line) for line in f[:2])), None)
        if not finding:
            sys.exit(f"{rule} is not found in {file}")
        while not plain(finding[-1]).strip():
            finding.pop()
        shown += [part[0], "", *finding, "", "\x1b[2m  ⋮\x1b[0m", ""]
    return shown + parts[-1]


def runs(line):
    """Pieces of one style: column, text, style."""
    style = {"fg": None, "bg": None, "bold": False, "dim": False}
    column, at = 0, 0
    for match in [*SGR.finditer(line), None]:
        text = line[at : match.start()] if match else line[at:]
        if text:
            yield column, text, dict(style)
            column += len(text)
        if match is None:
            return
        at = match.end()
        for code in (int(code or 0) for code in match[1].split(";")):
            if code == 0:
                style = {"fg": None, "bg": None, "bold": False, "dim": False}
            elif code == 1:
                style["bold"] = True
            elif code == 2:
                style["dim"] = True
            elif 30 <= code <= 37:
                style["fg"] = COLORS[code - 30]
            elif 90 <= code <= 97:
                style["fg"] = BRIGHT[code - 90]
            elif 40 <= code <= 47:
                style["bg"] = COLORS[code - 40]
            elif 100 <= code <= 107:
                style["bg"] = BRIGHT[code - 100]
            else:
                sys.exit(f"what does SGR {code} look like?")


def draw(lines):
    width = COLUMNS * CELL + 2 * PAD
    height = BAR + len(lines) * LINE + 2 * PAD - 6
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="The report of seriema on a terminal">',
        f'<rect width="100%" height="100%" rx="10" fill="{PAPER}"/>',
        f'<path d="M0 10a10 10 0 0 1 10-10h{width - 20:.0f}a10 10 0 0 1 10 10v{BAR - 10}H0z" fill="{FRAME}"/>',
    ]
    for index, color in enumerate(["#f0616d", "#e5c07b", "#8cc265"]):
        out.append(f'<circle cx="{PAD + 4 + index * 20}" cy="{BAR / 2:.0f}" r="6" fill="{color}"/>')
    out.append(
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
        f'font-size="{SIZE}" fill="{INK}">'
    )
    for row, line in enumerate(lines):
        base = BAR + PAD + row * LINE + 10
        for column, text, style in runs(line):
            x, length = PAD + column * CELL, len(text) * CELL
            if style["bg"]:
                out.append(
                    f'<rect x="{x:.1f}" y="{base - 14:.0f}" width="{length:.1f}" height="{LINE - 1}" rx="2" fill="{style["bg"]}"/>'
                )
            if not text.strip():
                continue
            lead = len(text) - len(text.lstrip())
            text = text.strip().replace(" ", "\xa0")
            # Widths are given, so that the columns stand whatever font there is.
            attributes = [f'x="{x + lead * CELL:.1f}"', f'y="{base}"', f'textLength="{len(text) * CELL:.1f}"']
            ink = style["fg"] or (BRIGHT[7] if style["bold"] else None)
            if ink:
                attributes.append(f'fill="{ink}"')
            if style["bold"]:
                attributes.append('font-weight="bold"')
            if style["dim"]:
                attributes.append(f'opacity="{FAINT}"')
            out.append(f"<text {' '.join(attributes)}>{html.escape(text)}</text>")
    out.append("</g>\n</svg>\n")
    return "\n".join(out)


def main():
    prompt = f"\x1b[32m~/seriema\x1b[0m \x1b[1m$ seriema {' '.join(COMMAND)}\x1b[0m"
    lines = [prompt, "", *cut(printed())]
    while not plain(lines[-1]).strip():
        lines.pop()
    OUT.write_text(draw(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
