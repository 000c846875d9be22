"""Where a PostGIS cluster of our own is: its data, its socket, its address. Only computes.

Each cluster has a name (`demo`, `test`, `bench`), its own data folder under var/ and its
own Unix socket, which only this account can reach: no port, no password, nothing to
administer. `scripts.postgres` starts and stops it; the settings and the set-up ask here.

Standard library only: the set-up runs it before any package is installed.
Environment: CITYPIN_VAR, the folder instead of var/.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import stat
from urllib.parse import quote

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("demo", "test", "bench")
ROLE = "citypin"
PORT = 5432  # no TCP port: PostgreSQL only puts it into the socket's file name


class PostgresError(Exception):
    """Something the person at the keyboard has to know; the message says it whole."""


def var_directory() -> pathlib.Path:
    """The folder for everything that is made at run time."""
    return (ROOT / os.environ.get("CITYPIN_VAR", "var")).resolve()


def _key(name: str) -> str:
    if name not in NAMES:
        raise PostgresError(f"no cluster is called {name!r}: {', '.join(NAMES)}")
    return hashlib.sha256(f"{var_directory()}:{name}".encode()).hexdigest()[:12]


def socket_directory(name: str) -> pathlib.Path:
    """Where the cluster's socket is.

    In /tmp, as a socket's path may hold 107 bytes only; not in XDG_RUNTIME_DIR,
    which a cron job or a sudo shell does not have.
    """
    return pathlib.Path("/tmp") / f"citypin-{os.geteuid()}-{_key(name)}"  # noqa: S108 - `claim_socket` refuses a planted one


def connection_settings(name: str, database: str) -> dict[str, object]:
    """An entry for Django's DATABASES."""
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": database,
        "USER": ROLE,
        "PASSWORD": "",
        "HOST": str(socket_directory(name)),
        "PORT": str(PORT),
    }


def database_url(name: str, database: str) -> str:
    """The same as a DATABASE_URL.

    The folder goes into the query, because django-environ does not decode an
    encoded path in the place of the host.
    """
    folder = quote(str(socket_directory(name)), safe="")
    return f"postgis://{ROLE}@/{database}?host={folder}&port={PORT}"


def data_directory(name: str) -> pathlib.Path:
    """var/postgres-NAME; elsewhere when root's server account cannot get there.

    A checkout below /root is such a case: every parent has to be searchable by `postgres`.
    """
    var = var_directory()
    if os.geteuid() == 0:
        for folder in (var, *var.parents):
            if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
                return pathlib.Path("/var/lib") / f"citypin-{_key(name)}"
    return var / f"postgres-{name}"
