"""`manage.py simulate_boundaries FILE --layer SLUG --since DATE`: which past reports would have moved."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import CityPinError
from geo.progress import StepByStep
from layers.management.file_options import add_column_options, add_file_options, command_error, imported_file

if TYPE_CHECKING:
    from issues.services.simulate import Simulation

SHOWN = 15


class Command(BaseCommand):
    """Writes nothing to the city's tables."""

    help = (
        "Replay the reports of a period as if the areas of a file had been in force: who would have answered them, "
        "which would have been contested or nobody's, and what that does to each body's open reports."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        add_file_options(parser, stores=False)
        parser.add_argument("--layer", required=True, help="slug of the layer")
        parser.add_argument("--since", required=True, type=date.fromisoformat, metavar="DATE", help="first day")
        parser.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="last day (default: today)")
        parser.add_argument("--out", type=Path, metavar="DIR", help="for moved.csv, moved.geojson and summary.json")
        add_column_options(
            parser,
            "--code-field",
            body="slug of the body that answers for all areas",
            body_field="column of slugs; without either, areas keep their bodies",
            names=False,
        )
        parser.add_argument("--keep-missing", action="store_true", help="areas that the file lacks stay")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the draft, replay, tell."""
        # Geopandas costs 0.7 s to import, which --help must not pay.
        from issues.services.simulate import simulate
        from issues.services.simulation_files import write_simulation
        from layers.importing.features import quiet_gdal
        from layers.importing.report import diff_lines, refused_lines, suspicion_lines
        from layers.selectors.areas import layer_by_slug
        from layers.services.import_boundaries import plan_boundaries, planned_areas

        progress = StepByStep(cast(TextIO, self.stdout._out))
        source = imported_file(options, "code_field")
        try:
            layer = layer_by_slug(options["layer"])
            with quiet_gdal():
                plan = plan_boundaries(
                    source,
                    layer,
                    timezone.localdate(),
                    progress,
                    repair=options["repair"],
                    complete=not options["keep_missing"],
                )
            for line in [
                *suspicion_lines(plan.suspicions),
                *refused_lines(plan.refused, plan.rows),
                *diff_lines(plan.diff),
            ]:
                self.stdout.write(line)
            if plan.suspicions and not options["trust_coordinates"]:
                raise CommandError("Not replayed: the coordinates are suspicious (--trust-coordinates if right).")
            if plan.refused and not options["skip_refused"]:
                raise CommandError(f"Not replayed: {len(plan.refused):,} features were refused (--skip-refused).")
            found = simulate(layer, planned_areas(plan), options["since"], options["until"], progress)
        except CityPinError as error:
            raise command_error(error) from error
        self._show(found)
        if options["out"]:
            for path in write_simulation(found, options["out"]):
                self.stdout.write(f"Wrote {path}")

    def _show(self, found: "Simulation") -> None:
        self.stdout.write(
            f"{found.since} to {found.until}: {found.reports:,} reports, {len(found.moved):,} would have moved; "
            f"{found.newly_contested:,} newly contested, {found.newly_homeless:,} newly nobody's, "
            f"{found.newly_uncertain:,} newly uncertain, {found.settled:,} settled"
        )
        for before, after, count in found.table[:SHOWN]:
            self.stdout.write(f"{count:>9,}  {before} → {after}")
        changed = [load for load in found.workloads if load.all_before != load.all_after]
        if changed:
            self.stdout.write("body                                      all reports     open reports   at risk")
        for load in changed[:SHOWN]:
            self.stdout.write(
                f"{load.body:<36} {load.all_before:>8,} {load.all_after - load.all_before:>+7,}"
                f" {load.open_before:>8,} {load.open_after - load.open_before:>+7,}"
                f"   {load.risk_before:.0%} → {load.risk_after:.0%}"
            )
