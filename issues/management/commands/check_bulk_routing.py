"""`manage.py check_bulk_routing`: the bulk index beside PostGIS; exit 1 if any answer differs."""

import sys
from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand

from geo.progress import StepByStep

SHOWN = 10


class Command(BaseCommand):
    """An audit of the loaded city, as large as one likes."""

    help = (
        "Ask the in-process index (route_points, simulations) and PostGIS the same questions: places anywhere in the "
        "city, vertices, middles of edges, phones. Exit 1 if an outcome, body or rule differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("--points", type=int, default=10_000, help="how many questions")
        parser.add_argument("--threads", type=int, default=2, help="connections that ask at the same time")
        parser.add_argument("--seed", type=int, default=1, help="other places for another number")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask and compare."""
        from issues.selectors.routing_check import awkward_questions, disagreements
        from issues.selectors.routing_index import RoutingIndex

        progress = StepByStep(cast(TextIO, getattr(self.stderr, "_out", sys.stderr)))
        with progress.step("Reading the city"):
            index = RoutingIndex()
            asked = awkward_questions(index, options["points"], options["seed"])
        differing = 0
        with progress.step(f"Asking {len(asked):,} questions twice"):
            for each in disagreements(index, asked, progress, options["threads"]):
                differing += 1
                if differing <= SHOWN:
                    self.stdout.write(f"✗ {each.question}: {each.bulk} in bulk, {each.single} in PostGIS")
        self.stdout.write(f"{len(asked):,} questions, {differing:,} answers differ")
        if differing:
            raise SystemExit(1)
