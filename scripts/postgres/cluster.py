"""Start, stop and delete a cluster by its name."""

from __future__ import annotations

import fcntl
import os
import pathlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from config.private_postgres import PORT, ROLE, PostgresError, data_directory, socket_directory, var_directory
from scripts.postgres import folders, server
from scripts.postgres.programs import find_programs, programs_for, run, server_account


def up(name: str, *databases: str) -> None:
    """Start the cluster (make it first) and create the databases that it lacks."""
    with _alone(name):
        data = data_directory(name)
        programs = programs_for(data)
        account = server_account()
        if data.exists() and data.stat().st_uid != (account.pw_uid if account else os.geteuid()):
            raise PostgresError(f"{data} belongs to another account: run as that one, or delete it")
        folders.claim_socket(name)  # before anything talks to what listens there
        if not server.accepts(programs, name) and not server.recovers(programs, name):
            server.stop(name)
            if not (data / "PG_VERSION").exists():
                folders.new_data(programs, data)
            server.start(programs, name)
        _create_databases(programs, name, list(databases))


def down(name: str) -> None:
    """Stop the cluster; nothing happens when it does not run."""
    with _alone(name):
        server.stop(name)
        folder = socket_directory(name)
        if not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def wipe(name: str) -> None:
    """Stop the cluster and delete its data."""
    down(name)
    folders.delete(data_directory(name))


def status(name: str) -> bool:
    """Does it answer?"""
    programs = find_programs()
    return bool(programs and server.accepts(programs, name))


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


def _create_databases(programs: pathlib.Path, name: str, databases: list[str]) -> None:
    for database in databases:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", database):
            raise PostgresError(f"{database!r} is no name for a database")
        query = [
            programs / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1",
            "-h", socket_directory(name), "-p", PORT, "-U", ROLE, "-d", "postgres", "-c",
        ]  # fmt: skip
        found = run(*query, f"SELECT 1 FROM pg_database WHERE datname = '{database}'")
        if found.returncode == 0 and not found.stdout.strip():
            found = run(*query, f"CREATE DATABASE {database}")
        if found.returncode and "already exists" not in found.stderr:
            raise PostgresError(f"could not create {database}: {found.stderr.strip()}")
