"""What a process costs."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Usage:
    cpu_seconds: float
    wall_seconds: float
    # At least that of the Python that started it, some 25 MiB: Linux counts a process from its fork.
    peak_mib: float
    # The exit status; negative for a signal.
    status: int
    timed_out: bool


def measure(
    command: list[str | Path], stdout: IO[bytes], *, stderr: IO[bytes] | int, timeout: float | None = None, cwd: Path | None = None
) -> Usage:
    """Runs a command, and ends it after `timeout` seconds."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=cwd)
    late = threading.Event()

    def end() -> None:
        late.set()
        # Not `process.kill()`, which may reap the process, and with it what it used.
        os.kill(process.pid, signal.SIGKILL)

    timer = threading.Timer(timeout, end) if timeout is not None else None
    if timer:
        timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        if timer:
            timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        wall_seconds=time.monotonic() - start,
        peak_mib=usage.ru_maxrss / 1024,
        status=process.returncode,
        timed_out=late.is_set(),
    )


def measure_apart(
    command: list[str | Path], stdout: IO[bytes], *, stderr: IO[bytes] | int, timeout: float | None = None, cwd: Path | None = None
) -> Usage:
    """The same, started by a Python of its own: what this one has read counts as memory of what it starts."""
    with tempfile.NamedTemporaryFile() as report:
        own = [sys.executable, Path(__file__).resolve(), report.name, str(timeout or 0), *command]
        subprocess.run(own, stdout=stdout, stderr=stderr, cwd=cwd, check=True)
        return Usage(**json.load(report))


@dataclass(frozen=True)
class Cost:
    """What a tool costs, and how much it finds; -1 findings where they are not counted."""

    cpu: float
    wall: float
    peak: float
    findings: int
    late: bool = False

    @classmethod
    def of(cls, usage: Usage, findings: int) -> "Cost":
        return cls(usage.cpu_seconds, usage.wall_seconds, usage.peak_mib, findings, usage.timed_out)

    def best(self, other: "Cost") -> "Cost":
        late = self.late or other.late
        return Cost(min(self.cpu, other.cpu), min(self.wall, other.wall), min(self.peak, other.peak), other.findings, late)


def rounds_of(rounds: int, run: Callable[[], Cost]) -> Cost:
    best = run()
    for _ in range(rounds - 1):
        if best.late or best.cpu > 60:
            break  # once is enough
        best = best.best(run())
    return best


def ratio(a: float, b: float) -> str:
    return f"{a / b:.2f}" if b > 0 else "-"


def rows_of(costs: dict[str, Cost], first: str, unit: float = 1.0, called: str = "s") -> Iterator[str]:
    """A table of costs, and how many times that of `first` each is."""
    yield f"{'':<28}{'CPU ' + called:>10}{'wall ' + called:>10}{'peak MiB':>10}{'findings':>10}   times the CPU, wall, memory of {first}"
    base = costs[first]
    for name, cost in costs.items():
        more = ">" if cost.late else ""
        found = "" if cost.findings < 0 else f"{cost.findings:,}"
        times = "  ".join(more + ratio(a, b) for a, b in ((cost.cpu, base.cpu), (cost.wall, base.wall), (cost.peak, base.peak)))
        columns = f"{more}{cost.cpu * unit:.2f}", f"{more}{cost.wall * unit:.2f}", f"{more}{cost.peak:.0f}"
        yield f"{name:<28}{columns[0]:>10}{columns[1]:>10}{columns[2]:>10}{found:>10}   {times}"


if __name__ == "__main__":
    USAGE = measure(sys.argv[3:], sys.stdout.buffer, stderr=sys.stderr.buffer, timeout=float(sys.argv[2]) or None)
    Path(sys.argv[1]).write_text(json.dumps(vars(USAGE)))
