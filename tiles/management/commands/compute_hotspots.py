"""`manage.py compute_hotspots`: where there is more than chance explains, as a new version of a layer."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from geo.errors import CityPinError
from tiles.hotspot_question import read_hotspot_question
from tiles.services.compute_hotspots import compute_hotspots
from tiles.services.publish_hotspots import publish_hotspots

DEFAULT_DAYS = 56


class Command(BaseCommand):
    """Computes in this process; the planner's page queues the same as a job."""

    help = "Compute hotspots (Gi*, Benjamini-Hochberg, classes over time) and store them as a new version."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument(
            "--services", default="", metavar="CODES", help="service codes, with commas; all if left out"
        )
        parser.add_argument("--group", default="", metavar="SLUGS", help="groups of services, with commas")
        parser.add_argument("--body", default="", metavar="SLUGS", help="bodies, with commas; their offices count, too")
        parser.add_argument("--state", default="", metavar="STATES", help="states, with commas; else all but refused")
        parser.add_argument("--since", metavar="DAY", help=f"first day (default: {DEFAULT_DAYS} days until the last)")
        parser.add_argument("--until", metavar="DAY", help="last day (default: yesterday)")
        parser.add_argument("--cell", default="hexagon", choices=["square", "hexagon"])
        parser.add_argument("--size-m", default="500", metavar="M", help="side of a square, width of a hexagon")
        parser.add_argument(
            "--per", default="", help="rates per resident, street_km, all_reports or asset:CLASS; counts if left out"
        )
        parser.add_argument("--periods", default="8", help="into so many the time is cut for the classes")
        parser.add_argument("--fdr", default="0.05", help="share of false discoveries allowed")
        parser.add_argument("--min-count", default="10", help="reports that a cell with its neighbours needs")
        parser.add_argument("--publish", action="store_true", help="show it to everybody at once")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, compute, say what was found."""
        try:
            question = read_hotspot_question({**options, **_days(options["since"], options["until"])})
            layer = compute_hotspots(question)
            if options["publish"]:
                publish_hotspots(layer)
        except CityPinError as refusal:
            raise CommandError(str(refusal)) from None
        found = dict(layer.cells.values_list("pattern").annotate(Count("id")).order_by("pattern"))
        self.stdout.write(
            f"Layer {layer.pk} ({layer.get_status_display().lower()}), version {layer.version} of {layer.question}:"
            f" {layer.counted:,} reports in {layer.cell_count:,} cells, {layer.outside:,} outside"
        )
        self.stdout.write(", ".join(f"{number:,} {pattern}" for pattern, number in found.items()) or "no cells")


def _days(since: str | None, until: str | None) -> dict[str, str]:
    """The days asked for; the eight weeks to yesterday where nothing is said."""
    last = until or (timezone.localdate() - timedelta(days=1)).isoformat()
    if since is None:
        try:
            since = (date.fromisoformat(last) - timedelta(days=DEFAULT_DAYS - 1)).isoformat()
        except ValueError:
            since = ""  # the question refuses the last day with a sentence
    return {"since": since, "until": last}
