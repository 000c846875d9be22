"""`manage.py load_city PACK`: fills the database from `fixtures/PACK`."""

import os
import time
from argparse import ArgumentParser
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from geo.errors import CityPinError
from issues.demo import SEED_VERSION, reports_wanted
from layers.models import City
from layers.pack.files import pack_digest


class Command(BaseCommand):
    """Loads a city pack; loading again changes only what changed."""

    help = "Load a city pack (fixtures/PACK) with its demo reports. Repeatable; real reports are never touched."
    requires_system_checks: list[str] = []  # they import every page: 1 s that --check would pay at each start

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("pack", help="name of a folder in fixtures/, the same as CITY in the environment")
        parser.add_argument("--reports", type=int, help="number of demo reports instead of the pack's own")
        parser.add_argument("--until", type=date.fromisoformat, help="last day of the demo reports (default: now)")
        parser.add_argument("--without-demo", action="store_true", help="no demo reports and no demo staff")
        parser.add_argument(
            "--check", action="store_true", help="load nothing; exit 0 if this very pack is loaded, else 1"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse the wrong city, then check or load."""
        slug = options["pack"]
        if slug != settings.CITY.slug:
            raise CommandError(f"This process serves {settings.CITY.slug}: start with CITY={slug} to load {slug}.")
        pack = settings.PACKS_DIR / slug
        try:
            wanted = reports_wanted(pack) if options["reports"] is None else options["reports"]
            reports = 0 if options["without_demo"] else wanted
            digest = pack_digest(pack, SEED_VERSION, reports)
            if options["check"]:
                self._check(slug, digest)
            else:
                self._load(pack, digest, reports, options)
        except CityPinError as error:
            raise CommandError(str(error)) from error

    def _check(self, slug: str, digest: str) -> None:
        try:
            city = City.objects.defer("outline").first()
        except DatabaseError as error:
            self.stdout.write(f"{slug} is not loaded: {str(error).splitlines()[0]}")
            raise SystemExit(1) from None
        if city is None or city.slug != slug or city.pack_digest != digest:
            self.stdout.write(f"{slug} is not loaded." if city is None else f"{slug} has changed since it was loaded.")
            raise SystemExit(1)
        self.stdout.write(f"{slug} is loaded, {timezone.localtime(city.loaded_at):%Y-%m-%d %H:%M}.")

    def _load(self, pack: Path, digest: str, reports: int, options: dict[str, Any]) -> None:
        # Geopandas costs 0.7 s to import, which --check must not pay at every start.
        from issues.services.load_pack import LoadOptions, load_pack

        began = time.perf_counter()
        self.stdout.write(f"Loading {pack.name}")
        summary = load_pack(
            settings.CITY,
            pack,
            LoadOptions(
                digest=digest,
                reports=reports,
                end=_end(options["until"]),
                login_file=_login_file(),
                with_staff=settings.ENVIRONMENT.mode in ("demo", "test") and not options["without_demo"],
            ),
            cast(TextIO, self.stdout._out),  # the wrapper around it would end every move of a bar with a new line
        )
        for line in summary.lines():
            self.stdout.write(line)
        self.stdout.write(f"Loaded {pack.name} in {time.perf_counter() - began:.1f} s")


def _end(until: date | None) -> datetime:
    """The last moment of the demo: the end of that day in the city, but never in the future."""
    now = timezone.now()
    if until is None:
        return now
    midnight = datetime.combine(until + timedelta(days=1), datetime.min.time(), ZoneInfo(settings.CITY.time_zone))
    return min(now, midnight - timedelta(seconds=1))


def _login_file() -> Path | None:
    """Where the demo staff's passwords go; nowhere in tests."""
    if settings.ENVIRONMENT.mode != "demo":
        return None
    return Path(os.environ.get("CITYPIN_VAR", settings.BASE_DIR / "var")) / "run" / "demo_login"
