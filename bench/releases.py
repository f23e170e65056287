"""Pinned releases of PyPI: downloads them, verifies their SHA-256, and unpacks them. Nothing of them is executed.

A pin is a mapping of `name`, `version`, `file` and `sha256`; of an sdist, `only` is the folder that is unpacked. Wheels are for
any platform, or for CPython 3.13 on x86-64 Linux.
"""
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any

Pin = Mapping[str, Any]

WHEELS = "--no-deps --only-binary :all: --ignore-requires-python --python-version 3.13 --implementation cp".split()
WHEELS += "--abi cp313 --abi abi3 --abi none --platform any --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64".split()


def fetch(pin: Pin, cache: Path, target: Path) -> None:
    """Makes sure that `target` holds the release, and nothing else."""
    marker = target.with_name(target.name + ".done")
    if marker.exists() and marker.read_text() == pin["sha256"]:
        return
    print(f"fetching {pin['file']}", file=sys.stderr)
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / pin["file"]
    if not (archive.exists() and digest(archive) == pin["sha256"]):
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            arrived = Path(folder) / pin["file"]
            (download_wheel if arrived.suffix == ".whl" else download_sdist)(pin, arrived)
            if digest(arrived) != pin["sha256"]:
                sys.exit(f"{pin['file']}: SHA-256 is {digest(arrived)}, {pin['sha256']} was expected")
            arrived.replace(archive)
    shutil.rmtree(target, ignore_errors=True)
    with members(archive) as files:
        write(files, pin.get("only", ""), target)
    marker.write_text(pin["sha256"])


def digest(path: Path) -> str:
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def download_wheel(pin: Pin, archive: Path) -> None:
    requirements = archive.with_name("requirements.txt")
    requirements.write_text(f"{pin['name']}=={pin['version']} --hash=sha256:{pin['sha256']}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes", *WHEELS]
    subprocess.run([*pip, "--dest", archive.parent, "--requirement", requirements], check=True)
    if not archive.exists():
        sys.exit(f"pip downloaded {', '.join(path.name for path in archive.parent.iterdir())}, {archive.name} was expected")


def download_sdist(pin: Pin, archive: Path) -> None:
    """Straight from the index: `pip download` would run an sdist's build to learn its metadata."""
    request = urllib.request.Request(
        f"{index_url().rstrip('/')}/{pin['name']}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=180) as answer:
        files = {entry["filename"]: entry["url"] for entry in json.load(answer)["files"]}
    with urllib.request.urlopen(files[pin["file"]], timeout=180) as answer, open(archive, "wb") as out:
        shutil.copyfileobj(answer, out)


def index_url() -> str:
    """The package index that pip uses here."""
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if os.environ.get("PIP_INDEX_URL") or configured:
        return os.environ.get("PIP_INDEX_URL") or configured
    ask = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


@contextlib.contextmanager
def members(archive: Path) -> Iterator[Iterable[tuple[str, IO[bytes]]]]:
    """The regular files of an archive: links and devices are no source code."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield ((entry.filename, wheel.open(entry)) for entry in wheel.infolist() if not entry.is_dir())
    else:
        with tarfile.open(archive) as sdist:
            yield ((entry.name, sdist.extractfile(entry)) for entry in sdist if entry.isreg())


def write(files: Iterable[tuple[str, IO[bytes]]], only: str, target: Path) -> None:
    """Writes what is below `only`, without the first folder of it."""
    first = only.split("/")[0] + "/" if only else ""
    target.mkdir(parents=True)
    for name, source in files:
        with source:
            if not name.startswith(only):
                continue
            path = inside(target, name.removeprefix(first))
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as out:
                shutil.copyfileobj(source, out)


def inside(target: Path, name: str) -> Path:
    """Where a member goes. Ends the program on a name that leads out of `target`, on any system."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
        sys.exit(f"an archive holds a member outside of it: {name!r}")
    return target.joinpath(*parts)
