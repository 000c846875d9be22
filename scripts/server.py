"""The web server and the worker beside it: start, wait until it serves, stop. Pids on file, never by name."""

from __future__ import annotations

import fcntl
import http.client
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TextIO

from scripts.postgres import cluster
from scripts.steps import LOG, PYTHON, ROOT, RUN, VENV, Stop, environment, step

HEALTHY_SECONDS = 60
GUNICORN = (
    "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning",
    "--no-control-socket",  # gunicorn 27 would share one in ~/.gunicorn between all instances
)  # fmt: skip


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}/"


def pid_file(port: int) -> pathlib.Path:
    return RUN / f"web-{port}.pid"


def worker_pid_file(port: int) -> pathlib.Path:
    return RUN / f"work-{port}.pid"


def demo_environment(city: str) -> dict[str, str]:
    """What the demo's processes get beside the caller's environment."""
    return {
        "CITYPIN_ENV": "demo",
        "CITY": city,
        "CITYPIN_SECRET_KEY": os.environ.get("CITYPIN_SECRET_KEY") or _secret(),
    }


def _secret() -> str:
    """Random, kept, so that sessions live through a restart; readable by the owner only."""
    file = RUN / "secret_key"
    RUN.mkdir(parents=True, exist_ok=True)
    if not file.exists() or len(file.read_text()) < 50:
        beside = file.with_name(f"secret_key.{os.getpid()}")
        beside.touch(mode=0o600)
        beside.write_text(secrets.token_urlsafe(48))
        beside.rename(file)
    return file.read_text()


# ---- Who uses the private cluster: a lock that every server holds and the kernel frees ----


@contextmanager
def using_the_cluster() -> Iterator[TextIO]:
    """Keeps the demo's cluster from being stopped by another run's end.
    The servers inherit the file, so a detached one goes on holding it."""
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield users


def stop_cluster_if_unused() -> None:
    with (RUN / "users.lock").open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        cluster.down("demo")


# ---- Starting ----


def check_port(port: int) -> bool:
    """True when our own server already answers there; stops with one line when somebody else's does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Stop(f"Port {port} is not ours to use: choose one above 1023, like `make run PORT=8080`.") from None
        except OSError:
            if _our_pid(pid_file(port)) and _is_healthy(port):
                return True
            raise Stop(f"Port {port} is in use: choose another, like `make run PORT={port + 80}`.") from None
    return False


def start(port: int, env: dict[str, str], users: TextIO, detach: bool) -> subprocess.Popen[bytes]:
    """Start gunicorn and wait until it serves."""
    with step("web server", f"serves port {port}"):
        log = LOG / "web.log"
        begin = log.stat().st_size if log.exists() else 0
        gunicorn = (VENV / "bin" / "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", *GUNICORN)
        process = _spawn(gunicorn, env, users, log if detach else None)
        pid_file(port).write_text(str(process.pid))
        try:
            _wait_until_healthy(port, process)
        except BaseException:
            stop_process(process.pid)
            process.wait()
            pid_file(port).unlink(missing_ok=True)
            if detach:
                print(log.read_bytes()[begin:].decode(errors="replace")[-4000:])
            raise
    return process


def start_worker(port: int, env: dict[str, str], users: TextIO, detach: bool) -> subprocess.Popen[bytes]:
    """Start `manage.py work`, which does what pages have queued."""
    with step("worker", "runs"):
        log = LOG / "work.log" if detach else None
        process = _spawn([PYTHON, ROOT / "manage.py", "work"], env, users, log)
        worker_pid_file(port).write_text(str(process.pid))
    return process


def _spawn(
    command: Sequence[str | pathlib.Path], env: dict[str, str], users: TextIO, log: pathlib.Path | None
) -> subprocess.Popen[bytes]:
    """A child that holds `users`; its words go to the file `log`, or else to the screen."""
    LOG.mkdir(parents=True, exist_ok=True)
    with log.open("ab") if log else nullcontext() as out:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C reaches us, and we end it in order
            pass_fds=(users.fileno(),),
        )


def _is_healthy(port: int) -> bool:
    """Not urllib: it would ask the machine's proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not _is_healthy(port):
        if process.poll() is not None:
            raise Stop(f"The web server ended with code {process.returncode} while starting.", code=1)
        if time.monotonic() > deadline:
            raise Stop(f"{address(port)}healthz does not answer 200 after {HEALTHY_SECONDS} s.", code=1)
        time.sleep(0.1)


# ---- Stopping ----


def _our_pid(file: pathlib.Path) -> int | None:
    """The gunicorn or worker of this checkout; a recycled number is somebody else's."""
    try:
        pid = int(file.read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    ours = {str(VENV / "bin" / "gunicorn").encode(), str(ROOT / "manage.py").encode()}
    return pid if ours & set(command) else None


def stop_process(pid: int) -> None:
    """Ask, wait, insist."""
    for last_word, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + seconds
        try:
            os.kill(pid, last_word)
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                if _has_ended(pid):
                    return
                time.sleep(0.05)
        except ProcessLookupError:
            return


def _has_ended(pid: int) -> bool:
    """A dead process that nobody has collected still has its number."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def stop_all() -> int:
    """Stop every web server and worker of this checkout. Returns how many there were."""
    count = 0
    for file in sorted((*RUN.glob("web-*.pid"), *RUN.glob("work-*.pid"))):
        if pid := _our_pid(file):
            stop_process(pid)
            count += 1
        file.unlink(missing_ok=True)
    return count
