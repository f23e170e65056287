import os, subprocess as sp
from subprocess import Popen, PIPE

def run(cmd, *args, **kw):
    os.system("rm -rf %s" % cmd)  # nosec B605
    sp.run(f"ls {cmd}", shell=True, **kw)
    Popen(["ls", *args], stdout=PIPE, shell=False)
    sp.call("chown root: *", shell=True)  # noqa: S602
    os.popen("cat " + cmd + " | sh").read()
    # seriema: ignore[shell-injection] reviewed (until=2027-01-31)
    sp.check_output(" ".join(["git", cmd]), shell=True)
    os.execl("/bin/sh", "sh", "-c", cmd)
    eval(cmd); exec(compile(cmd, "<x>", "exec"))
