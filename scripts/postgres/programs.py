"""PostgreSQL's programs, and the account that runs them.

Environment: PG_BIN (folder of initdb and pg_ctl), CITYPIN_PG_USER (account for the server
when root starts it: PostgreSQL refuses to run as root, so it drops to `postgres`).
"""

from __future__ import annotations

import os
import pathlib
import pwd
import subprocess

from config.private_postgres import PostgresError


def _major(folder: pathlib.Path) -> int:
    number = folder.parent.name
    return int(number) if number.isdigit() else 0


def _has_postgis(folder: pathlib.Path) -> bool:
    if not (folder / "initdb").exists() or not (folder / "pg_ctl").exists():
        return False
    share = pathlib.Path("/usr/share/postgresql") / folder.parent.name  # Debian's layout
    if not share.exists() and not (folder / "pg_config").exists():
        return False
    if not share.exists():
        asked = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
        share = pathlib.Path(asked.stdout.strip() or "/nonexistent")
    return (share / "extension" / "postgis.control").exists()


def find_programs(major: int | None = None) -> pathlib.Path | None:
    """The bin folder of the newest PostgreSQL here that has PostGIS (or of one major version)."""
    if chosen := os.environ.get("PG_BIN"):
        return pathlib.Path(chosen)
    debian = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    others = [] if major else [pathlib.Path("/opt/homebrew/bin"), pathlib.Path("/usr/local/bin")]
    for folder in [*debian, *others]:
        if (major is None or _major(folder) == major) and _has_postgis(folder):
            return folder
    return None


def programs_for(data: pathlib.Path) -> pathlib.Path:
    """The programs that fit an existing data folder: another major version cannot open it."""
    marker = data / "PG_VERSION"
    major = int(marker.read_text()) if marker.exists() else None
    if programs := find_programs(major):
        return programs
    if major and find_programs():
        raise PostgresError(
            f"{data} was made by PostgreSQL {major}, which is gone: "
            "`make clean` starts afresh, or install that version again"
        )
    raise PostgresError("PostgreSQL with PostGIS is not installed: set PG_BIN or DATABASE_URL")


def server_account() -> pwd.struct_passwd | None:
    """Who runs the server when root starts it; None when it is simply the caller."""
    if os.geteuid() != 0:
        return None
    for account in (os.environ.get("CITYPIN_PG_USER"), "postgres", "nobody"):
        try:
            if account:
                return pwd.getpwnam(account)
        except KeyError:
            continue
    raise PostgresError("root needs an unprivileged account for PostgreSQL: set CITYPIN_PG_USER")


def _environment() -> dict[str, str]:
    """Without PG*, which would lead the programs elsewhere, and without the wheels'
    PROJ_/GDAL_ paths: the server's own PostGIS would read another version's data."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PROJ_", "GDAL_"))}
    return kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}


def run(*command: object) -> subprocess.CompletedProcess[str]:
    account = server_account()
    dropped = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    return subprocess.run(
        [str(part) for part in command],
        cwd="/",  # the caller's folder may be closed to the server's account
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **dropped,  # type: ignore[call-overload]
    )
