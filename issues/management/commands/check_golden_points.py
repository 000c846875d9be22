"""`manage.py check_golden_points`: exit 1 if an awkward place of the pack got another answer."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from geo.errors import CityPinError
from issues.services.check_golden_points import check_golden_points
from layers.pack.golden_points import read_golden_points
from layers.selectors.golden_points import golden_points


class Command(BaseCommand):
    """Prints the differences."""

    help = "Replay the golden points of the loaded city; exit 1 if one gets another answer than is expected of it."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument(
            "--on",
            type=date.fromisoformat,
            metavar="DATE",
            help="for points without a day of their own (default: today)",
        )

        parser.add_argument(
            "--pack",
            action="store_true",
            help="those of fixtures/CITY/golden_points.csv instead, as they would be loaded from there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and compare."""
        try:
            folder = settings.PACKS_DIR / settings.CITY.slug
            points = read_golden_points(folder) if options["pack"] else golden_points()
        except CityPinError as error:
            raise CommandError(str(error)) from error
        differences = check_golden_points(points, day=options["on"])
        for difference in differences:
            self.stdout.write(f"✗ {difference}")
        self.stdout.write(f"{len(points) - len(differences):,} of {len(points):,} golden points as expected")
        if differences:
            raise SystemExit(1)
