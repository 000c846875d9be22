"""`manage.py rebuild_bins`: recounts all reports and proves the bins equal to that, or mends them."""

import sys
import time
from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand

from geo.progress import StepByStep
from tiles.services.publish_sensitive import publish_sensitive
from tiles.services.rebuild_bins import Recount, rebuild_bins


class Command(BaseCommand):
    """Recount, compare, mend."""

    help = "Recount the bins of the heat map, report where they had drifted, and mend them."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("--check", action="store_true", help="only compare; exit code 1 if anything differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Recount with progress and say what was found."""
        began = time.perf_counter()
        found = rebuild_bins(StepByStep(cast(TextIO, self.stdout._out)), mend=not options["check"])
        for line in _lines(found, mended=not options["check"]):
            self.stdout.write(line)
        self.stdout.write(f"{time.perf_counter() - began:.1f} s")
        if options["check"]:
            if found.drift or not found.was_comparable:
                sys.exit(1)
        else:
            self.stdout.write(f"Sensitive services: {publish_sensitive()} squares newly published")


def _lines(found: Recount, *, mended: bool) -> list[str]:
    if not found.was_comparable:
        return [f"{found.reports:,} reports: " + (f"{found.rows:,} rows of bins built" if mended else "no bins yet")]
    if not found.drift:
        return [f"{found.reports:,} reports, {found.rows:,} rows of bins: equal to the recount"]
    done = "mended" if mended else "wrong"
    return [f"DRIFT: {found.drift:,} of {found.rows:,} rows of bins {done} ({found.reports:,} reports)"]
