"""`manage.py check_topology`: what is wrong with the boundaries, most harm first."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from geo.progress import StepByStep
from layers.models import Layer

if TYPE_CHECKING:
    from issues.selectors.topology_findings import Finding

FAILURES = {
    "overlaps": ("overlap",),
    "gaps": ("gap",),
    "invalid": ("invalid_ring",),
    "slivers": ("overlap_slivers", "gap_slivers"),
    "vertices": ("unmatched_vertices",),
}


class Command(BaseCommand):
    """Prints the findings; exits 1 where --fail-on says so."""

    help = "Check the boundaries for overlaps, gaps, slivers, invalid rings and torn edges, sorted by the harm they do."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("--layer", action="append", metavar="SLUG", help="only what this layer takes part in")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="the day (default: today)")
        parser.add_argument("--format", choices=["text", "json", "geojson"], default="text")
        parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to the screen")
        parser.add_argument("--limit", type=int, default=40, help="findings that the text lists (0: all)")
        parser.add_argument(
            "--fail-on", default="", metavar="KINDS", help=f"exit 1 if there are any: {', '.join(FAILURES)}"
        )

        parser.add_argument(
            "--store",
            action="store_true",
            help="check all layers today and store what is found, as publications do for what they touch",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Find, write, and judge."""
        failing = [name.strip() for name in options["fail_on"].split(",") if name.strip()]
        if unknown := set(failing) - FAILURES.keys():
            raise CommandError(f"--fail-on knows {', '.join(FAILURES)}, not {', '.join(sorted(unknown))}.")
        self._check_layers(options["layer"])
        if options["store"]:
            if options["layer"] or options["on"]:
                raise CommandError("--store checks all layers today: leave out --layer and --on.")
            from issues.services.record_topology import record_topology

            recorded = record_topology(progress=StepByStep(cast(TextIO, getattr(self.stderr, "_out", sys.stderr))))
            self.stdout.write(
                f"{recorded.new:,} new findings, {recorded.seen_again:,} seen again, {recorded.resolved:,} resolved"
            )
            return
        # Geopandas costs 0.7 s to import, which --help must not pay.
        from issues.selectors.topology import find_topology

        # The bar goes to the error output: a pipe gets the findings and nothing else.
        progress = StepByStep(cast(TextIO, getattr(self.stderr, "_out", sys.stderr)))
        found = find_topology(options["layer"], options["on"], progress=progress)
        text = {"text": lambda: as_text(found, options["limit"]), "json": lambda: as_json(found)}.get(
            options["format"], lambda: as_geojson(found)
        )()
        if options["output"]:
            options["output"].write_text(text + "\n", encoding="utf-8")
            self.stdout.write(f"{len(found):,} findings in {options['output']}")
        else:
            self.stdout.write(text)
        kinds = {kind for name in failing for kind in FAILURES[name]}
        if any(finding.kind in kinds for finding in found):
            raise SystemExit(1)

    def _check_layers(self, slugs: list[str] | None) -> None:
        known = set(Layer.objects.values_list("slug", flat=True))
        if unknown := set(slugs or ()) - known:
            raise CommandError(
                f"There is no layer {', '.join(sorted(unknown))}; there are {', '.join(sorted(known)) or 'none'}."
            )


def as_text(found: Sequence["Finding"], limit: int) -> str:
    """A table, most harm first, and a count by kind; `limit` 0 lists all."""
    shown = found[:limit] if limit else found
    lines = ["disturbed  open services        area m²  parts  kind                where and between whom"]
    for finding in shown:
        place = finding.geometry.representative_point()
        who = " / ".join(_short(finding.bodies or finding.layers))
        lines.append(
            f"{finding.disturbed_decisions:>9,} {finding.open_reports:>5,} {len(finding.services):>8}"
            f" {finding.area_m2:>14,.1f} {finding.parts:>6,}  {finding.kind:<19}"
            f" {place.y:.5f}, {place.x:.5f} {who}{f' ({finding.detail})' if finding.detail else ''}"
        )
    if len(shown) < len(found):
        lines.append(f"… and {len(found) - len(shown):,} more; --limit 0 lists all")
    counts = Counter(finding.kind for finding in found)
    lines.append(", ".join(f"{count:,} {kind}" for kind, count in counts.most_common()) or "Nothing is wrong.")
    return "\n".join(lines)


def as_json(found: Sequence["Finding"]) -> str:
    """A list of findings without their geometry."""
    from issues.selectors.topology_findings import finding_properties

    return json.dumps([finding_properties(finding) for finding in found], ensure_ascii=False, indent=1)


def as_geojson(found: Sequence["Finding"]) -> str:
    """A FeatureCollection (RFC 7946)."""
    from geo.geojson import geojson_geometry
    from issues.selectors.topology_findings import finding_properties

    features = [
        {"type": "Feature", "geometry": geojson_geometry(finding.geometry), "properties": finding_properties(finding)}
        for finding in found
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _short(names: Sequence[str], most: int = 4) -> list[str]:
    return [*names[:most], f"{len(names) - most} more"] if len(names) > most else list(names)
