"""What a process costs."""
import os
import signal
import subprocess
import threading
import time
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
