"""`manage.py import_boundaries FILE --layer SLUG`: areas from a file, shown as a difference, then published."""

from argparse import ArgumentParser
from datetime import date
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import CityPinError
from geo.progress import StepByStep
from layers.importing.features import quiet_gdal
from layers.importing.report import diff_lines, refused_lines, repaired_lines, suspicion_lines
from layers.management.file_options import (
    add_column_options,
    add_explanations,
    add_file_options,
    command_error,
    explanations,
    imported_file,
)
from layers.selectors.areas import layer_by_slug
from layers.services.import_boundaries import BoundaryPlan, plan_boundaries, publish_plan


class Command(BaseCommand):
    """Dry run by default; `--commit` publishes all or nothing."""

    help = "Compare the areas of a file with those in force in a layer; with --commit, publish them from a day on."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        add_file_options(parser)
        parser.add_argument("--layer", required=True, help="slug of the layer")
        add_column_options(
            parser,
            "--code-field",
            body="slug of the body that answers for all areas",
            body_field="column of slugs; without either, areas keep their bodies",
        )
        parser.add_argument("--valid-from", type=date.fromisoformat, help="first day (default: today)")
        parser.add_argument("--valid-to", type=date.fromisoformat, help="day on which what was before holds again")
        parser.add_argument("--keep-missing", action="store_true", help="areas that the file lacks stay in force")
        parser.add_argument("--source", help="where the areas come from, in a few words (default: the file's name)")
        add_explanations(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Show the plan; publish it if asked and nothing stands against it."""
        progress = StepByStep(cast(TextIO, self.stdout._out))
        source = imported_file(options, "code_field")
        try:
            layer = layer_by_slug(options["layer"])
            valid_from = options["valid_from"] or timezone.localdate()
            with quiet_gdal():
                plan = plan_boundaries(
                    source, layer, valid_from, progress, repair=options["repair"], complete=not options["keep_missing"]
                )
            self._show(plan)
            if not options["commit"]:
                self.stdout.write("Nothing was written: add --commit to publish.")
                return
            self._refuse(plan, options)
            name = options["source"] or options["file"].name
            published = publish_plan(
                plan, name, options["valid_to"], progress, accept_changes=explanations(options["explain"])
            )
        except CityPinError as error:
            raise command_error(error) from error
        self.stdout.write(
            f"Published {layer.slug} from {valid_from}: {published.added:,} records added, "
            f"{published.superseded:,} superseded."
        )

    def _show(self, plan: BoundaryPlan) -> None:
        for note in plan.notes:
            self.stdout.write(str(note))
        for line in [
            *suspicion_lines(plan.suspicions),
            *refused_lines(plan.refused, plan.rows),
            *repaired_lines(plan.repaired),
            *diff_lines(plan.diff),
        ]:
            self.stdout.write(line)

    def _refuse(self, plan: BoundaryPlan, options: dict[str, Any]) -> None:
        if plan.suspicions and not options["trust_coordinates"]:
            raise CommandError("Nothing was published: the coordinates are suspicious (--trust-coordinates if right).")
        if plan.refused and not options["skip_refused"]:
            raise CommandError(
                f"Nothing was published: {len(plan.refused):,} features were refused. "
                "Mend the file, or publish the rest with --skip-refused; areas in force of refused rows then stay."
            )
