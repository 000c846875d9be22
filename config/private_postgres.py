#!/usr/bin/env python3
"""A PostGIS cluster of our own: no port, no password, nothing to administer.

    python3 config/private_postgres.py up demo citypin_new_york   start it, create the database
    python3 config/private_postgres.py down|status|wipe demo      stop it, look, stop and delete

Each cluster has a name (`demo`, `test`, `bench`), its own data folder under var/
and its own Unix socket, which only this account can reach. Under root the server
drops to the `postgres` account, because PostgreSQL refuses to run as root.

Standard library only: the set-up runs it before any package is installed. The
Django settings import it for `connection_settings`, which only computes.

Environment: CITYPIN_VAR (folder instead of var/), PG_BIN (folder of initdb and
pg_ctl), CITYPIN_PG_USER (account for the server when root starts it).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("demo", "test", "bench")
ROLE = "citypin"
PORT = 5432  # no TCP port: PostgreSQL only puts it into the socket's file name
START_SECONDS = 60

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
}
# What is lost with the machine may be lost: the tests make their data anew.
TEST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresError(Exception):
    """Something the person at the keyboard has to know; the message says it whole."""


# ---- Where things are: pure computation, the same in the CLI and in Django ----


def var_directory() -> pathlib.Path:
    """The folder for everything that is made at run time."""
    return (ROOT / os.environ.get("CITYPIN_VAR", "var")).resolve()


def _key(name: str) -> str:
    if name not in NAMES:
        raise PostgresError(f"no cluster is called {name!r}: {', '.join(NAMES)}")
    return hashlib.sha256(f"{var_directory()}:{name}".encode()).hexdigest()[:12]


def socket_directory(name: str) -> pathlib.Path:
    """Where the cluster's socket is. In /tmp, as a socket's path may hold 107 bytes
    only; not in XDG_RUNTIME_DIR, which a cron job or a sudo shell does not have."""
    return pathlib.Path("/tmp") / f"citypin-{os.geteuid()}-{_key(name)}"


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
    """The same as a DATABASE_URL. The folder goes into the query, because
    django-environ does not decode an encoded path in the place of the host."""
    folder = quote(str(socket_directory(name)), safe="")
    return f"postgis://{ROLE}@/{database}?host={folder}&port={PORT}"


def data_directory(name: str) -> pathlib.Path:
    """var/postgres-NAME; elsewhere when root's server account cannot get there
    (a checkout below /root: every parent has to be searchable by `postgres`)."""
    var = var_directory()
    if os.geteuid() == 0:
        for folder in (var, *var.parents):
            if folder.exists() and not folder.stat().st_mode & stat.S_IXOTH:
                return pathlib.Path("/var/lib") / f"citypin-{_key(name)}"
    return var / f"postgres-{name}"


# ---- Programs and accounts ----


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


def _programs_for(data: pathlib.Path) -> pathlib.Path:
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


def _server_account() -> pwd.struct_passwd | None:
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


def _run(*command: object) -> subprocess.CompletedProcess[str]:
    account = _server_account()
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


# ---- Folders ----


def _make_folder(folder: pathlib.Path) -> None:
    """A folder that only the server's account (and root) can enter."""
    account = _server_account()
    folder.mkdir(parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)


def _claim_socket_directory(name: str) -> None:
    """Make the socket's folder, or refuse it. /tmp belongs to everybody: whoever made
    a folder or a link under our name first could serve us a database of his own."""
    folder = socket_directory(name)
    account = _server_account()
    owner = account.pw_uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)  # fails on anything that is there, a dangling link too
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        return
    except FileExistsError:
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PostgresError(f"{folder} is a link or a file, not our folder: remove it")
    if found.st_uid == 0 and os.geteuid() == 0:  # killed between mkdir and chown
        os.chown(folder, owner, -1)
    elif found.st_uid != owner:
        raise PostgresError(f"{folder} belongs to somebody else (uid {found.st_uid}): remove it")
    folder.chmod(0o700)


def _delete(data: pathlib.Path) -> None:
    for folder in (data, *data.parent.glob(f"{data.name}.new-*")):
        shutil.rmtree(folder, ignore_errors=True)


def _new_cluster(programs: pathlib.Path, data: pathlib.Path) -> None:
    """initdb beside the place, then rename: killed half-way it leaves nothing that looks made."""
    # Its own name each time: the initdb of a killed start may still be writing to the last one.
    beside = data.with_name(f"{data.name}.new-{os.getpid()}")
    _delete(data)
    _make_folder(beside)
    made = _run(
        programs / "initdb", "-D", beside, "--auth=trust", f"--username={ROLE}",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(beside, ignore_errors=True)
        raise PostgresError(f"initdb failed: {made.stderr.strip()}")
    beside.rename(data)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One start or stop at a time; the kernel lets go of the lock when its holder dies."""
    var = var_directory()
    if not var.exists():
        var.mkdir(parents=True, exist_ok=True)
        var.chmod(0o755)  # whatever the umask: data_directory() asks who may pass
    with (var / f".postgres-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---- The server's process ----


def _accepts(programs: pathlib.Path, name: str) -> bool:
    if not (data_directory(name) / "postmaster.pid").exists():
        return False  # what may still answer serves a folder that was deleted
    asked = _run(programs / "pg_isready", "-q", "-h", socket_directory(name), "-p", PORT)
    return asked.returncode == 0


def _is_our_server(pid: int, data: pathlib.Path) -> bool:
    """Is that process a postmaster on this very folder? A number alone proves nothing:
    after kill -9 or a reboot it may belong to another program."""
    try:
        arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return len(arguments) > 2 and str(data).encode() in arguments


def _server_pid(name: str) -> int | None:
    """The running postmaster. The socket's lock file also names one whose data
    folder was deleted under it (a fresh clone in the place of an old one)."""
    data = data_directory(name)
    for file in (data / "postmaster.pid", socket_directory(name) / f".s.PGSQL.{PORT}.lock"):
        try:
            pid = int(file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue
        if _is_our_server(pid, data):
            return pid
    return None


def _survivors(name: str) -> set[int]:
    """The postmaster and every process that works in its data folder: its children too."""
    data = data_directory(name)
    here = (str(data), f"{data} (deleted)")
    pid = _server_pid(name)
    found = {pid} if pid else set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()) in here:
                found.add(int(process.name))
        except OSError:  # gone meanwhile, a zombie, or somebody else's
            continue
    return found


def _gone(seconds: float, name: str) -> bool:
    deadline = time.monotonic() + seconds
    while _survivors(name):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _stop(name: str) -> None:
    """Fast shutdown. Without a data folder there is nothing to save; without a
    postmaster (kill -9) a busy child would write on beside the next server: both end at once."""
    data = data_directory(name)
    pid = _server_pid(name)
    if pid and (data / "postmaster.pid").exists():
        os.kill(pid, signal.SIGINT)
        if _gone(START_SECONDS, name):
            return
    for last_word in (signal.SIGQUIT, signal.SIGKILL):
        for process in _survivors(name):
            with suppress(ProcessLookupError):
                os.kill(process, last_word)
        if _gone(10, name):
            break
    # PostgreSQL would trust the numbers in these files, even a zombie's or a recycled one.
    (data / "postmaster.pid").unlink(missing_ok=True)
    (socket_directory(name) / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def _start(programs: pathlib.Path, name: str) -> None:
    data = data_directory(name)
    log = data / "server.log"
    settings = SETTINGS | {"unix_socket_directories": str(socket_directory(name))}
    settings |= TEST_SETTINGS if name == "test" else {}
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    begin = log.stat().st_size if log.exists() else 0
    started = _run(
        programs / "pg_ctl", "-D", data, "-w", "-t", START_SECONDS, "-s",
        "-l", log, "-o", f"{options} -p {PORT}", "start",
    )  # fmt: skip
    if started.returncode:
        said = log.read_text(errors="replace")[begin:] if log.exists() else started.stderr
        raise PostgresError(f"PostgreSQL did not start:\n{said.strip()[-2000:]}")


def _wait_for_recovery(programs: pathlib.Path, name: str) -> bool:
    """A server that runs but does not answer: give crash recovery its time."""
    socket = socket_directory(name) / f".s.PGSQL.{PORT}"
    deadline = time.monotonic() + START_SECONDS
    lives = (socket, data_directory(name) / "postmaster.pid")
    while all(p.exists() for p in lives) and _server_pid(name) and time.monotonic() < deadline:
        if _accepts(programs, name):
            return True
        time.sleep(0.1)
    return False  # its socket is lost (somebody emptied /tmp), or it died


def _create_databases(programs: pathlib.Path, name: str, databases: list[str]) -> None:
    for database in databases:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", database):
            raise PostgresError(f"{database!r} is no name for a database")
        query = [
            programs / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1",
            "-h", socket_directory(name), "-p", PORT, "-U", ROLE, "-d", "postgres", "-c",
        ]  # fmt: skip
        found = _run(*query, f"SELECT 1 FROM pg_database WHERE datname = '{database}'")
        if found.returncode == 0 and not found.stdout.strip():
            found = _run(*query, f"CREATE DATABASE {database}")
        if found.returncode and "already exists" not in found.stderr:
            raise PostgresError(f"could not create {database}: {found.stderr.strip()}")


# ---- Commands ----


def up(name: str, *databases: str) -> None:
    """Start the cluster (make it first) and create the databases that it lacks."""
    with _alone(name):
        data = data_directory(name)
        programs = _programs_for(data)
        account = _server_account()
        if data.exists() and data.stat().st_uid != (account.pw_uid if account else os.geteuid()):
            raise PostgresError(f"{data} belongs to another account: run as that one, or delete it")
        _claim_socket_directory(name)  # before anything talks to what listens there
        if not _accepts(programs, name) and not _wait_for_recovery(programs, name):
            _stop(name)
            if not (data / "PG_VERSION").exists():
                _new_cluster(programs, data)
            _start(programs, name)
        _create_databases(programs, name, list(databases))


def down(name: str) -> None:
    """Stop the cluster; nothing happens when it does not run."""
    with _alone(name):
        _stop(name)
        folder = socket_directory(name)
        if not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def wipe(name: str) -> None:
    """Stop the cluster and delete its data."""
    down(name)
    _delete(data_directory(name))


def status(name: str) -> bool:
    """Does it answer?"""
    programs = find_programs()
    return bool(programs and _accepts(programs, name))


def main(arguments: list[str]) -> int:
    commands = ("up", "down", "status", "wipe")
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    command, name, databases = arguments[0], (arguments[1:2] or ["demo"])[0], arguments[2:]
    try:
        if command == "up":
            up(name, *databases)
            print(f"PGHOST={socket_directory(name)} PGPORT={PORT} PGUSER={ROLE}")
        elif command == "status":
            running = status(name)
            print("running" if running else "stopped")
            return 0 if running else 3
        else:
            {"down": down, "wipe": wipe}[command](name)
    except PostgresError as problem:
        print(f"private PostgreSQL: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
