"""How the set-up speaks, runs programs, and remembers what it has done."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from config.private_postgres import ROOT, var_directory

VAR = var_directory()
RUN = VAR / "run"  # pids, locks, the demo's secret key
LOG = VAR / "log"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


class Stop(Exception):
    """Ends the set-up with one clear line. Code 2: the person has to do something; 1: it failed."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


class Step:
    """A line on the screen: what was done and how long it took."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.result = "done"
        self.began = time.monotonic()

    def begins(self, what: str) -> None:
        """Announce something that takes a while."""
        self.result = what
        print(f"→ {self.title}: {what} …", flush=True)

    def seconds(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"


@contextmanager
def step(title: str, result: str = "done") -> Iterator[Step]:
    """Time a step; its last `result` is what the line says."""
    current = Step(title)
    current.result = result
    try:
        yield current
    except BaseException:
        print(f"✗ {title}: not finished ({current.seconds()})", flush=True)
        raise
    print(f"✓ {title}: {current.result} ({current.seconds()})", flush=True)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of our children. PYTHONDONTWRITEBYTECODE goes: with it every
    start would compile the whole project again (`manage.py check`: 3.5 s instead of 1.1 s).
    DJANGO_SETTINGS_MODULE goes: manage.py and pytest know theirs, another project's would win over both."""
    gone = ("PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "MAKEFLAGS")
    return {k: v for k, v in os.environ.items() if k not in gone} | dict(extra or {})


def call(
    command: Sequence[str | pathlib.Path],
    *,
    log: str,
    env: Mapping[str, str] | None = None,
    cwd: pathlib.Path = ROOT,
) -> None:
    """Run a program quietly; its words go to var/log and are shown only when it fails."""
    LOG.mkdir(parents=True, exist_ok=True)
    file = LOG / f"{log}.log"
    with file.open("ab") as out:
        begin = out.tell()
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        said = file.read_bytes()[begin:].decode(errors="replace").strip().splitlines()[-25:]
        name = pathlib.Path(command[0]).name
        raise Stop("\n".join([*said, f"{name} failed with code {done.returncode}; all it said: {file}"]), code=1)


def digest(*files: pathlib.Path, also: str = "") -> str:
    """One number for the content of some files."""
    total = hashlib.sha256(also.encode())
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_stamped(stamp: pathlib.Path, value: str) -> bool:
    """Was that step already done for exactly this content?"""
    return stamp.exists() and stamp.read_text() == value


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Two set-ups at once would install over each other. The kernel frees the lock of a killed one."""
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"… waiting for another `make` in {ROOT} ({name})", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
