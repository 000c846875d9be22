"""A city of its own for tests that need the whole product: database, data and a real server."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from django.db import connection

ROOT = Path(__file__).parent.parent
START_SECONDS = 60


@dataclass(frozen=True)
class LiveCity:
    """A running site and the database behind it."""

    url: str
    database_url: str


def fresh_database(name: str) -> str:
    """Create an empty database beside the tests' own, replacing an older one; returns its DATABASE_URL.

    Needs no open test database: only the connection settings are used.
    """
    with closing(connect(address_of("postgres"))) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
    return address_of(name)


def address_of(name: str) -> str:
    """The DATABASE_URL of a database beside the tests' own."""
    given = connection.settings_dict
    login = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else str(given["USER"])
    # As a parameter the host may be a socket's folder, too.
    return f"postgis://{login}@/{name}?host={quote(str(given['HOST']), safe='')}&port={given['PORT'] or 5432}"


def connect(database_url: str) -> "psycopg2.extensions.connection":
    """A connection of its own to that database."""
    return psycopg2.connect(database_url.replace("postgis://", "postgresql://", 1))


def environment(city: str, database_url: str) -> dict[str, str]:
    """The environment of a child process that works on that city and database."""
    return {
        **os.environ,
        "CITY": city,
        "DATABASE_URL": database_url,
        "CITYPIN_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CITYPIN_ALLOWED_HOSTS": "127.0.0.1,localhost",
    }


def manage(city: str, database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a management command as an operator does."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(city, database_url),
        capture_output=True,
        text=True,
        check=False,
    )


def loaded_city(city: str, database: str, reports: int) -> str:
    """Migrate a fresh database and load a city pack with so many demo reports; returns its DATABASE_URL.

    By hand, `CITYPIN_TEST_REUSE=1` takes the database of the last run as it is.
    """
    if os.environ.get("CITYPIN_TEST_REUSE"):
        return address_of(database)
    database_url = fresh_database(database)
    for arguments in (["migrate", "--verbosity=0"], ["load_city", city, f"--reports={reports}"]):
        done = manage(city, database_url, *arguments)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return database_url


@contextmanager
def serving(city: str, database_url: str, **variables: str) -> Iterator[LiveCity]:
    """Serve the site with gunicorn as `make run` does, hashed static files included."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    collected = manage(city, database_url, "collectstatic", "--noinput", "--verbosity=0")
    if collected.returncode:
        raise RuntimeError(collected.stderr[-4000:])
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "6", "--worker-class", "gthread"),
            *("--no-control-socket", "--log-level", "warning"),
        ],
        cwd=ROOT,
        env={**environment(city, database_url), **variables},
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/readyz", server)
        yield LiveCity(url, database_url)
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} did not answer within {START_SECONDS} s (exit code {server.poll()}).")
