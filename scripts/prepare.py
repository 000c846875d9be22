"""Brings the demo's database and static files up to date, in one Django start.

    .venv/bin/python -m scripts.prepare new_york

Every `manage.py` costs a second or two before it does anything; migrate, the look
whether the city is loaded, and collectstatic share one.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pathlib
import sys
from datetime import timedelta

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from scripts.steps import RUN, is_stamped, step


def main(city: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with step("Django", "started"):
            django.setup()
        migrate()
        load_city(city)
        build_bins()
        collect_static()
    except KeyboardInterrupt:
        return 130
    except CommandError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return problem.returncode
    except ImproperlyConfigured as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except OperationalError as problem:
        print(f"\nThe database does not answer: {problem}", file=sys.stderr)
        return 2
    return 0


def migrate() -> None:
    with step("database tables") as now:
        out = io.StringIO()
        call_command("migrate", interactive=False, verbosity=1, stdout=out)
        applied = out.getvalue().count("... OK") + out.getvalue().count("…OK")
        now.result = f"{applied} migrations applied" if applied else "up to date"


def is_loaded(city: str) -> bool:
    """Does the database hold this pack's present content? `--check` answers by its exit code."""
    try:
        call_command("load_city", city, "--check", stdout=io.StringIO(), stderr=io.StringIO())
    except (CommandError, SystemExit) as answer:
        code = answer.returncode if isinstance(answer, CommandError) else answer.code
        return code in (0, None)
    return True


def load_city(city: str) -> None:
    with step(f"city {city}", "already loaded") as now:
        if not is_loaded(city):
            now.begins("loading")
            call_command("load_city", city)
            queue_first_work()


def queue_first_work() -> None:
    """What takes minutes and no page has to wait for: the worker does it beside the first visitors."""
    from jobs.errors import AlreadyRunning
    from jobs.services import start_job

    with contextlib.suppress(AlreadyRunning):
        start_job("check_topology", {"url": "/desk/topology/"}, key="all")
    until = timezone.localdate()
    half_a_year = {"since": str(until - timedelta(days=182)), "until": str(until), "size_m": "1000"}
    with contextlib.suppress(AlreadyRunning):
        start_job("compute_hotspots", {**half_a_year, "publish": True}, key="first")


def build_bins() -> None:
    from tiles.selectors.versions import fresh_data_version

    with step("bins of the heat map", "already built") as now:
        if not fresh_data_version().bins_are_usable:
            now.begins("counting")
            call_command("rebuild_bins", stdout=io.StringIO())


def collect_static() -> None:
    with step("static files", "already collected") as now:
        stamp = RUN / "static.stamp"
        wanted = static_fingerprint()
        root = pathlib.Path(settings.STATIC_ROOT)
        if not root.exists() or not is_stamped(stamp, wanted):
            now.begins("collecting")
            stamp.unlink(missing_ok=True)
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(wanted)


def static_fingerprint() -> str:
    """Hashing and compressing takes seconds, looking at sizes and times a tenth of one."""
    from django.contrib.staticfiles.finders import get_finders

    total = hashlib.sha256(repr((settings.STORAGES, django.VERSION)).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = pathlib.Path(storage.path(path)).stat()
            total.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
