"""`manage.py import_assets FILE --class SLUG`: things with an owner, recognised by their ids."""

from argparse import ArgumentParser
from datetime import date
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from geo.errors import CityPinError
from geo.progress import StepByStep
from layers.importing.features import quiet_gdal
from layers.importing.report import refused_lines, repaired_lines, suspicion_lines
from layers.management.file_options import (
    add_column_options,
    add_explanations,
    add_file_options,
    command_error,
    explanations,
    imported_file,
)
from layers.services.import_assets import (
    AssetCounts,
    AssetOrders,
    asset_class_by_slug,
    import_assets,
    may_store,
)

MOST_VANISHED = 50


class Command(BaseCommand):
    """Dry run by default; `--commit` stores all or nothing."""

    help = "Compare the things of a file with those stored in an asset class; with --commit, store what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        add_file_options(parser)
        parser.add_argument("--class", dest="asset_class", required=True, help="slug of the asset class")
        add_column_options(
            parser,
            "--id-field",
            "--code-field",
            body="slug of the owner of all things (default: the class's own)",
            body_field="column of slugs of owners",
        )
        parser.add_argument("--remove-vanished", action="store_true", help="things that the file lacks are gone")
        add_explanations(parser)
        parser.add_argument(
            "--valid-from", type=date.fromisoformat, help="first day on which the file holds (default: today)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Show what differs; store it if asked and nothing stands against it."""
        orders = AssetOrders(
            commit=options["commit"],
            repair=options["repair"],
            skip_refused=options["skip_refused"],
            trust_coordinates=options["trust_coordinates"],
            remove_vanished=options["remove_vanished"],
            since=options["valid_from"],
            accept_changes=explanations(options["explain"]),
        )
        progress = StepByStep(cast(TextIO, self.stdout._out))
        try:
            asset_class = asset_class_by_slug(options["asset_class"])
            with quiet_gdal():
                counts = import_assets(imported_file(options, "id_field"), asset_class, orders, progress)
        except CityPinError as error:
            raise command_error(error) from error
        self._show(counts)
        if not orders.commit:
            self.stdout.write("Nothing was written: add --commit to store.")
        elif not may_store(counts, orders):
            raise CommandError(
                "Nothing was stored: mend the file, or say --skip-refused or --trust-coordinates if it is right."
            )
        else:
            self.stdout.write(f"Stored {asset_class.slug}: {counts.removed:,} vanished ones are gone.")

    def _show(self, counts: AssetCounts) -> None:
        lines = [
            *map(str, counts.notes),
            *suspicion_lines(counts.suspicions),
            *refused_lines(counts.refused, counts.rows),
        ]
        if counts.refused_count > len(counts.refused):
            lines.append(f"  … and {counts.refused_count - len(counts.refused):,} more refused")
        lines += repaired_lines(counts.repaired)
        lines.append(
            f"Of {counts.rows:,} things: {counts.added:,} added, {counts.moved:,} moved, {counts.changed:,} changed, "
            f"{counts.unchanged:,} unchanged; {counts.vanished:,} stored ones vanished"
        )
        lines += [f"  vanished  {code}" for code in counts.vanished_ids[:MOST_VANISHED]]
        if counts.vanished > MOST_VANISHED:
            lines.append(f"  … and {counts.vanished - MOST_VANISHED:,} more")
        for line in lines:
            self.stdout.write(line)
