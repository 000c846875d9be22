"""`manage.py route_points IN.csv OUT.csv`: who is responsible for each row of a table."""

import csv
import io
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from geo.errors import CityPinError
from geo.progress import StepByStep

BATCH = 50_000
"""Rows in memory at once: about 60 MB."""


class Command(BaseCommand):
    """Streams: memory does not grow with the file. `-` is the standard input or output."""

    help = (
        "Decide each row of a CSV with the columns lon, lat, service_code and, where they matter, accuracy_m, "
        "asset_id, side_boundary_id, at (a day). Adds outcome, body, rule, confidence and error; a row that cannot be "
        "decided says why and does not stop the others."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("input", metavar="IN.csv", help="the table, or - for the standard input")
        parser.add_argument("output", metavar="OUT.csv", help="the answers, or - for the standard output")
        parser.add_argument("--explain", action="store_true", help="add a sentence a row (5 ms each)")
        parser.add_argument(
            "--remember",
            action="store_true",
            help=(
                "ask the settled earlier answers, too, about rows without a day that the rules leave open, as a report "
                "that comes in does (10 ms each); without it the rules alone decide, and these rows stay open"
            ),
        )
        parser.add_argument("--encoding", default="utf-8-sig", help="of the input, where it is not UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, decide, write."""
        # Pandas costs 0.5 s to import, which --help must not pay.
        from issues.services.route_points import PointRouter
        from layers.importing.delimited import tables

        # The bar goes to the error output: a pipe gets the table and nothing else.
        progress = StepByStep(cast(TextIO, getattr(self.stderr, "_out", sys.stderr)))
        try:
            with progress.step("Reading the city"):
                router = PointRouter(explained=options["explain"], remembering=options["remember"])
            with (
                progress.step("Deciding"),
                self._input(options["input"], options["encoding"]) as file,
                self._output(options["output"]) as out,
            ):
                parts = tables(file, options["input"], ",", BATCH)
                for number, table in enumerate(router.routed(progress.each(parts))):
                    table.to_csv(out, index=False, header=number == 0, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
        except FileNotFoundError as error:
            raise CommandError(f"There is no file {error.filename}.") from error
        except (UnicodeDecodeError, LookupError) as error:
            raise CommandError(f"The input is not text in {options['encoding']}: name its --encoding.") from error
        except (OSError, EOFError) as error:  # a folder, or gzip that breaks off
            raise CommandError(f"{options['input']} cannot be read: {error}") from error
        except CityPinError as error:
            raise CommandError(str(error)) from error
        counts = router.counts
        self.stderr.write(f"{counts.rows:,} rows, {counts.rows - counts.refused:,} decided, {counts.refused:,} refused")

    @contextmanager
    def _input(self, name: str, encoding: str) -> Iterator[TextIO]:
        if name == "-":
            yield io.TextIOWrapper(sys.stdin.buffer, encoding=encoding, newline="")
            return
        from layers.importing.delimited import opened

        with opened(Path(name), encoding) as file:
            yield file

    @contextmanager
    def _output(self, name: str) -> Iterator[TextIO]:
        """The file appears under its name when it is whole."""
        if name == "-":
            yield cast(TextIO, self.stdout._out)
            return
        part = Path(f"{name}.part")
        with part.open("w", encoding="utf-8", newline="") as out:
            yield out
        part.replace(name)
