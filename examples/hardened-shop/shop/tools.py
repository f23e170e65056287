"""Runs external programs for the other modules: by full path, without a shell, for a limited time."""

import subprocess as sp


def run(command):
    return sp.run(command, capture_output=True, check=True, text=True, timeout=30).stdout


def thumbnail(source, size, target):
    sp.run(["/usr/bin/convert", source, "-resize", size, target], check=True, timeout=30)


def revision():
    return sp.check_output(["/usr/bin/git", "rev-parse", "HEAD"], timeout=5).decode().strip()
