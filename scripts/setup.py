"""The commands behind the Makefile; where there is no make: python3 -m scripts.setup run

    run     install what is missing, start the demo city and serve it
    test    the same for the tests: checks, then pytest on a cluster of its own
    check   lint, types, import rules, migrations
    stop    stop the servers and the demo's PostgreSQL
    clean   stop, and delete everything that the other commands made
    lock    write requirements/*.txt and package-lock.json anew (UPGRADE=1: newest versions)
    bench   the benchmarks, on a cluster of their own

Environment: PORT (8000), CITY (new_york), DETACH=1, DATABASE_URL (use that PostGIS and
start none), ARGS (more arguments for pytest or the benchmarks).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

from config import private_postgres
from scripts import checks, front_end, python_env, server, system
from scripts.postgres import cluster
from scripts.steps import PYTHON, ROOT, RUN, VAR, Stop, environment, one_at_a_time, step

DEFAULT_CITY = "new_york"


def main(arguments: list[str]) -> int:
    commands = {
        "run": command_run,
        "test": command_test,
        "check": command_check,
        "stop": command_stop,
        "clean": command_clean,
        "lock": command_lock,
        "bench": command_bench,
    }
    if len(arguments) != 1 or arguments[0] not in commands:
        print(__doc__)
        return 2
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without ✓
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return commands[arguments[0]]()
    except Stop as problem:
        print(f"\n{problem}", file=sys.stderr)
        return problem.code
    except private_postgres.PostgresError as problem:
        print(f"\nPrivate PostgreSQL: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


# ---- Parts ----


def own_database() -> bool:
    return not os.environ.get("DATABASE_URL")


def install(kind: str) -> None:
    """Everything that comes from outside: `run`, or `dev` for tests and checks."""
    system.ensure(for_tests=kind == "dev")
    python_env.ensure(kind)
    front_end.ensure()
    python_env.compile_messages()


def start_cluster(name: str, *databases: str) -> None:
    with step("PostgreSQL", "runs"):
        cluster.up(name, *databases)


def chosen_city() -> str:
    city = os.environ.get("CITY") or DEFAULT_CITY
    packs = sorted(file.parent.name for file in (ROOT / "fixtures").glob("*/city.toml"))
    if not re.fullmatch(r"[a-z][a-z0-9_]*", city) or city not in packs:
        raise Stop(f"CITY={city}: there is no such city pack in fixtures/ (there are: {', '.join(packs) or 'none'}).")
    return city


def chosen_port() -> int:
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Stop(f"PORT={port} is no port: a number like 8000.")
    return int(port)


def program(*command: str, env: dict[str, str]) -> int:
    """Run something in .venv whose words are for the screen."""
    return subprocess.run([PYTHON, *command], cwd=ROOT, env=environment(env), check=False).returncode


# ---- Commands ----


def command_run() -> int:
    began = time.monotonic()
    city, port, detach = chosen_city(), chosen_port(), os.environ.get("DETACH", "0") not in ("", "0")
    if already_serves(port):
        return 0
    try:
        with server.using_the_cluster() as users:
            env = server.demo_environment(city)
            with one_at_a_time("setup"):  # until the port is taken, so that two starts do not share it
                if already_serves(port):
                    return 0
                install("run")
                if own_database():
                    start_cluster("demo", f"citypin_{city}")
                if code := program("-m", "scripts.prepare", city, env=env):
                    return code
                process = server.start(port, env, users, detach)
                worker = server.start_worker(port, env, users, detach)
            announce(port, city, time.monotonic() - began, detach)
            return 0 if detach else serve_until_ended(process, worker, port)
    finally:
        if own_database():
            server.stop_cluster_if_unused()


def already_serves(port: int) -> bool:
    if not server.check_port(port):
        return False
    print(f"CityPin already serves {server.address(port)} (`make stop` ends it).")
    return True


def announce(port: int, city: str, seconds: float, detach: bool) -> None:
    print(f"\nCityPin ({city}) is at {server.address(port)} after {seconds:.1f} s")
    login = RUN / "demo_login"
    if login.exists():
        logins = ", ".join(login.read_text().strip().splitlines())
        print(f"Staff log in at {server.address(port)}desk/ as: {logins}")
    print("`make stop` ends it." if detach else "Ctrl-C ends it.", flush=True)


def serve_until_ended(process: subprocess.Popen[bytes], worker: subprocess.Popen[bytes], port: int) -> int:
    try:
        process.wait()
        print(f"The web server ended with code {process.returncode}.")
        return 1 if process.returncode else 0
    except KeyboardInterrupt:
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        with step("stopping", "stopped"):
            for child, file in ((worker, server.worker_pid_file(port)), (process, server.pid_file(port))):
                server.stop_process(child.pid)
                child.wait()
                file.unlink(missing_ok=True)


def test_environment() -> dict[str, str]:
    return {"CITYPIN_ENV": "test", "CITY": DEFAULT_CITY}


def command_check() -> int:
    with one_at_a_time("setup"):
        install("dev")
    failed = checks.run(test_environment())
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def command_test() -> int:
    """Checks, then all tests; exits with the first failure's code. pytest has the last word."""
    with one_at_a_time("setup"):
        install("dev")
    with one_at_a_time("test"):
        try:
            if own_database():
                cluster.wipe("test")  # what a killed run left
                start_cluster("test")
            failed = checks.run(test_environment())
            if failed:
                print(f"\nChecks failed: {', '.join(failed)}. The tests run all the same.\n", flush=True)
            code = program("-m", "pytest", *shlex.split(os.environ.get("ARGS", "")), env=test_environment())
            if failed:
                print(f"Checks failed before the tests: {', '.join(failed)}")
            return 1 if failed else code
        finally:
            if own_database():
                cluster.wipe("test")


def command_bench() -> int:
    city = chosen_city()
    with one_at_a_time("setup"):
        install("bench")
    env = server.demo_environment(city)
    with one_at_a_time("bench"):
        if own_database():
            start_cluster("bench", f"citypin_{city}")
            env["DATABASE_URL"] = private_postgres.database_url("bench", f"citypin_{city}")
        try:
            return program("-m", "benchmarks", *shlex.split(os.environ.get("ARGS", "")), env=env)
        finally:
            if own_database():
                cluster.down("bench")


def command_stop() -> int:
    with step("stopping") as now:
        count = server.stop_all()
        cluster.down("demo")
        now.result = f"{count} processes and the demo's PostgreSQL stopped"
    return 0


def command_clean() -> int:
    command_stop()
    with step("cleaning", "as if freshly cloned"):
        for name in private_postgres.NAMES:
            cluster.wipe(name)
        front_end.remove()
        python_env.remove()
        shutil.rmtree(VAR, ignore_errors=True)
    return 0


def command_lock() -> int:
    with one_at_a_time("setup"):
        install("run")
        python_env.lock(upgrade=os.environ.get("UPGRADE", "0") not in ("", "0"))
        front_end.lock()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
