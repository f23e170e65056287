"""Runs external programs for the other modules."""

import subprocess as sp  # audit: B404,S404 (import of subprocess)


def run(command, shell=False):
    process = sp.Popen(command, stdout=sp.PIPE, shell=shell)  # audit: B602,S603 (a shell if the caller wants one)
    return process.communicate()[0].decode()


def thumbnail(source, target):
    sp.run(["/usr/bin/convert", source, "-resize", "200x200", target], check=True)  # audit: B603,S603 (program without a shell)


def revision():
    return sp.check_output(["git", "rev-parse", "HEAD"]).decode().strip()  # audit: B603,B607,S607 (program found by PATH)
