# seriema: ignore-file[weak-hash] generated
# ruff: noqa: S101
# flake8: noqa
import os  # nosec B404, B403  # noqa: F401,S404
os.system(x)  # nosec: because #123 # noqa
os.system(x)  # seriema: ignore[shell-injektion] typo
os.system(x)  # seriema: ignore[B605, CWE-78] (until=2020-01-01)
os.system(  # nosec hashlib
    x)  # NOQA:S605
