#!/usr/bin/env python3
"""Shows that an index stays usable whatever happens to `seriema db update`.

    faults.py --seriema S [--kills 200] [--seed 1] [--records 4000]

Two exports are made up, A and B, and served by turns from this machine, so that each update has something to do. First, the
update is killed (SIGKILL) at a random moment of its run, again and again, each fourth time while the index is written; then the server fails in every way that it can.
After each, the index has to open, every block of it has to be right (`seriema db export` checks all), and it has to answer as A
or as B does, never as anything between. In the end an update that is left alone has to bring the newest. The exit status is 1
if one of this does not hold.
"""
import argparse
import http.server
import io
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path


def export(mark, records):
    """OSV's export with one record about `marked`, under an id that tells exports apart, and many others."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(records):
            name = "marked" if number == records // 2 else f"package-{number}"
            record = {
                "id": f"PYSEC-2026-{mark}{number}",
                "modified": "2026-07-01T00:00:00Z",
                "summary": " ".join(random.choices(WORDS, k=20)),
                "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": [f"1.{minor}" for minor in range(40)]}],
            }
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return buffer.getvalue()


WORDS = [f"word{number}" for number in range(500)]


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(100):
            archive.writestr(f"{number}.json", b" " * (4 << 20))
    return buffer.getvalue()


class Bucket(http.server.BaseHTTPRequestHandler):
    """Serves `file` under `tag`, with conditions and ranges, or does what `fault` says."""

    protocol_version = "HTTP/1.1"
    file, tag, fault, pause = b"", "", None, 0.0

    def log_message(self, *_):
        pass

    def do_GET(self):
        cls = type(self)
        if cls.fault:
            return cls.fault(self)
        tag, file = cls.tag, cls.file
        if self.headers.get("If-None-Match") == tag:
            return self.head(304, tag, 0)
        start, asked = 0, self.headers.get("Range")
        if asked and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(file):
                return self.head(416, tag, 0)
            self.head(206, tag, len(file) - start, f"bytes {start}-{len(file) - 1}/{len(file)}")
        else:
            self.head(200, tag, len(file))
        try:
            for at in range(start, len(file), 1 << 16):
                self.wfile.write(file[at : at + (1 << 16)])
                time.sleep(cls.pause)
        except OSError:
            self.close_connection = True

    def head(self, status, tag, length, span=None):
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(length))
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()


def says(status, body=b"", length=None, headers=()):
    """A fault: this answer, after which the connection is closed."""

    def fault(handler):
        handler.close_connection = True
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            pass

    return fault


class Check:
    def __init__(self, args, directory, url):
        self.seriema, self.directory, self.url = str(args.seriema.resolve()), directory, url
        self.index = directory / "advisories.index"
        self.requirements = directory / "requirements.txt"
        self.requirements.write_text("marked==1.3\n")
        self.broken = 0

    def start(self):
        command = [self.seriema, "db", "update", "--db", str(self.index), "--from", self.url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def update(self):
        process = self.start()
        out, err = process.communicate()
        return process.returncode, out, err

    def answer(self):
        """The mark of the export that the index answers by; none when it does not answer."""
        copy = self.directory / "copy"
        whole = subprocess.run([self.seriema, "db", "export", "--db", str(self.index), str(copy)], capture_output=True, text=True)
        command = [self.seriema, "deps", "--no-config", "--max-index-age", "9999", "--offline-db", str(self.index), "--format", "json"]
        done = subprocess.run([*command, str(self.requirements)], capture_output=True, text=True)
        try:
            found = [vuln["id"] for package in json.loads(done.stdout)["dependencies"] for vuln in package["vulns"]]
        except (ValueError, KeyError):
            found = []
        if whole.returncode != 0 or len(found) != 1:
            self.broken += 1
            print(f"BROKEN: {whole.stderr.strip()} {done.stderr.strip()} {found}")
            return None
        return found[0].removeprefix("PYSEC-2026-")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seriema", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=4000)
    args = parser.parse_args()
    random.seed(args.seed)
    exports = {mark: export(mark, args.records) for mark in "AB"}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        check = Check(args, Path(directory), f"http://127.0.0.1:{server.server_port}/PyPI/all.zip")

        def serve(mark):
            Bucket.file, Bucket.tag, Bucket.fault = exports[mark], f'"{mark}"', None

        serve("A")
        times = []
        for mark in "ABA":
            serve(mark)
            started = time.monotonic()
            status, _, err = check.update()
            times.append(time.monotonic() - started)
            if status != 0 or check.answer() != mark:
                sys.exit(f"an update that is left alone does not work: {err}")
        span = 1.1 * max(times)
        Bucket.pause = 0.3 * span / (len(exports["A"]) / (1 << 16))
        span *= 1.3
        print(f"an update takes {max(times):.2f} s; exports of {len(exports['A'])} bytes; killed within {span:.2f} s")

        now, ended, changed, parts, writing = "A", 0, 0, 0, 0
        for number in range(args.kills):
            wanted = "B" if now == "A" else "A"
            serve(wanted)
            known = set(Path(directory).glob(".advisories-*"))
            process = check.start()
            if number % 4 == 3:
                # While the index is written, which takes a moment that random ones would hardly meet.
                while process.poll() is None and not set(Path(directory).glob(".advisories-*")) - known:
                    pass
                time.sleep(random.choice([0, 0.001, 0.002, 0.005, 0.01]))
                wait = 0.0
            else:
                wait = random.uniform(0, span)
            try:
                process.communicate(timeout=wait)
                ended += 1
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
            parts += check.index.with_name("advisories.index.part").exists()
            writing += len(set(Path(directory).glob(".advisories-*")) - known)
            after = check.answer()
            changed += after != now
            now = after or now
        print(
            f"{args.kills} runs: {args.kills - ended} killed ({parts} with a part of the download left, {writing} while the index was "
            f"written), {ended} ended before; {changed} brought the new index, {check.broken} broke it"
        )

        Bucket.pause = 0.0
        good = exports["B" if now == "A" else "A"]
        middle = len(good) // 2
        corrupt = good[:middle] + bytes([good[middle] ^ 0x55]) + good[middle + 1 :]
        tag = [("ETag", '"x"')]
        faults = {
            "500": says(500),
            "503 with Retry-After": says(503, headers=[("Retry-After", "1")]),
            "429 for an hour": says(429, headers=[("Retry-After", "3600")]),
            "404": says(404),
            "a page instead": says(200, b"<html>log in</html>", headers=tag),
            "nothing": says(200, headers=tag),
            "a body cut off": says(200, good[:middle], len(good), tag),
            "a body cut off, without a tag": says(200, good[:middle], len(good)),
            "a length too small": says(200, good, middle, tag),
            "a length too large": says(200, good, len(good) + 1, tag),
            "a length of 8 GB": says(200, good, 8 << 30, tag),
            "a byte changed": says(200, corrupt, headers=tag),
            "a bomb": says(200, bomb(), headers=tag),
            "an archive of nothing": says(200, b"PK\x05\x06" + bytes(18), headers=tag),
            "a part that nobody asked for": says(206, good[middle:], headers=[*tag, ("Content-Range", f"bytes {middle}-{len(good) - 1}/{len(good)}")]),
            "a redirect without end": says(302, headers=[("Location", "/PyPI/all.zip")]),
        }
        for name, fault in faults.items():
            Bucket.fault = staticmethod(fault)
            status, _, err = check.update()
            same = check.answer() == now
            said = "as it was" in err and "try again" in err
            if status != 3 or not same or not said:
                check.broken += 1
            print(f"{name:32} exit {status}, index {'as it was' if same else 'CHANGED'}: {(err.strip().splitlines() or [''])[-3 if said else -1]}")

        for mark in ("A", "B"):
            serve(mark)
            status, _, err = check.update()
            if status != 0 or check.answer() != mark:
                check.broken += 1
                print(f"afterwards, an update does not work: {err}")
        left = sorted(path.name for path in Path(directory).iterdir() if not path.name.startswith(".advisories-"))
        print(f"beside the index: {', '.join(left)}")
    print("all holds" if check.broken == 0 else f"{check.broken} do not hold")
    return 0 if check.broken == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
