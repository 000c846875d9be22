"""The server's process: find the one that is really ours, start it, stop it."""

from __future__ import annotations

import os
import pathlib
import signal
import time
from contextlib import suppress

from config.private_postgres import PORT, PostgresError, data_directory, socket_directory
from scripts.postgres.programs import run

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


def accepts(programs: pathlib.Path, name: str) -> bool:
    if not (data_directory(name) / "postmaster.pid").exists():
        return False  # what may still answer serves a folder that was deleted
    asked = run(programs / "pg_isready", "-q", "-h", socket_directory(name), "-p", PORT)
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


def stop(name: str) -> None:
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


def start(programs: pathlib.Path, name: str) -> None:
    data = data_directory(name)
    log = data / "server.log"
    settings = SETTINGS | {"unix_socket_directories": str(socket_directory(name))}
    settings |= TEST_SETTINGS if name == "test" else {}
    options = " ".join(f"-c {key}={value}" for key, value in settings.items())
    begin = log.stat().st_size if log.exists() else 0
    started = run(
        programs / "pg_ctl", "-D", data, "-w", "-t", START_SECONDS, "-s",
        "-l", log, "-o", f"{options} -p {PORT}", "start",
    )  # fmt: skip
    if started.returncode:
        said = log.read_text(errors="replace")[begin:] if log.exists() else started.stderr
        raise PostgresError(f"PostgreSQL did not start:\n{said.strip()[-2000:]}")


def recovers(programs: pathlib.Path, name: str) -> bool:
    """A server that runs but does not answer: give crash recovery its time."""
    socket = socket_directory(name) / f".s.PGSQL.{PORT}"
    deadline = time.monotonic() + START_SECONDS
    lives = (socket, data_directory(name) / "postmaster.pid")
    while all(p.exists() for p in lives) and _server_pid(name) and time.monotonic() < deadline:
        if accepts(programs, name):
            return True
        time.sleep(0.1)
    return False  # its socket is lost (somebody emptied /tmp), or it died
