"""`manage.py backtest_routing FILE --truth COLUMN --out DIR`: a city tries CityPin on its own past."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from geo.errors import CityPinError

BAR = 30
"""Letters of the bar of progress."""


class Command(BaseCommand):
    """Replays past reports in order of time, each decided with what was known before it."""

    help = (
        "Replay past reports (CSV, CSV.gz or Parquet with lon, lat and time) and write DIR/backtest.json and "
        "DIR/backtest.html. Nothing is stored in the database."
    )
    requires_system_checks: list[str] = []  # they import every page, and some ask the database

    def add_arguments(self, parser: ArgumentParser) -> None:  # noqa: D102
        parser.add_argument("file", type=Path)
        parser.add_argument("--truth", required=True, metavar="COLUMN", help="the body that really answered")
        parser.add_argument(
            "--service",
            action="append",
            default=[],
            metavar="COLUMN",
            help="the kind of problem; several, from coarse to fine, by commas or by repeating the option",
        )
        parser.add_argument("--time", metavar="COLUMN", help="when it was reported (default: the usual names)")
        parser.add_argument("--lon", metavar="COLUMN", help="longitude in degrees (default: the usual names)")
        parser.add_argument("--lat", metavar="COLUMN", help="latitude in degrees (default: the usual names)")
        parser.add_argument(
            "--point",
            metavar="COLUMN",
            help="one column of points (WKT, EWKT, WKB, GeoParquet) instead of --lon, --lat",
        )
        parser.add_argument(
            "--srid", type=int, default=4326, metavar="EPSG", help="system of the coordinates (default 4326: degrees)"
        )
        parser.add_argument(
            "--train-until", metavar="DATE", help="only learn from reports before this day; the figures are of the rest"
        )
        parser.add_argument(
            "--blank", action="store_true", help="on an empty city made from the file, not the loaded one"
        )
        parser.add_argument(
            "--target", type=float, default=0.97, help="wanted precision of automatic decisions (default 0.97)"
        )
        parser.add_argument("--encoding", help="of a CSV file that is not UTF-8, for example gb18030")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and say the figures in a few lines."""
        # Pandas and SciPy cost a second to import, which --help must not pay.
        from issues.backtest.reading import Wanted
        from issues.services.backtest import BacktestOptions, run_backtest

        wanted = Wanted(
            options["truth"],
            tuple(name for text in options["service"] for name in _names(text)),
            options["time"],
            options["lon"],
            options["lat"],
            options["encoding"],
            options["point"],
            options["srid"],
        )
        chosen = BacktestOptions(wanted, _moment(options["train_until"]), options["blank"], options["target"])
        try:
            result = run_backtest(options["file"], options["out"], chosen, self._say)
        except CityPinError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                f"The loaded city cannot be read ({str(error).splitlines()[0]}): start its database, or use --blank."
            ) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['out']}: {error.strerror or error}.") from error
        for line in _lines(result):
            self.stdout.write(line)
        self.stdout.write(f"{options['out'] / 'backtest.html'}")

    def _say(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = round(BAR * done / max(1, total))
            bar = "#" * filled + "-" * (BAR - filled)
            self.stderr.write(f"\r{what:<10} [{bar}] {done:,} of {total:,}  ", ending="" if done < total else "\n")


def _names(text: str) -> list[str]:
    """Column names between commas. A column whose name holds a comma cannot be named."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _moment(text: str | None) -> np.datetime64 | None:
    if text is None:
        return None
    try:
        moment = np.datetime64(text.strip().replace("/", "-"))
    except ValueError:
        moment = np.datetime64("NaT")
    if np.isnat(moment):
        raise CommandError(f"--train-until {text!r} is no day: write it like 2012-01-31.")
    return moment.astype("datetime64[us]")


def _lines(result: dict[str, Any]) -> list[str]:
    excluded = sum(result["excluded"].values())
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in result["excluded"].items() if count) or "none"
    coverage = ", ".join(
        f"{found:.1%} at {float(wanted):.0%}" for wanted, found in result["coverage_at_precision"].items()
    )
    return [
        f"{result['reports']:,} reports measured, {result['reports_learned_before']:,} only learned from, "
        f"{excluded:,} rows left out ({reasons})",
        *result["notes"],
        f"right {result['accuracy']:.1%}, usual body of the kind {result['baseline_accuracy']:.1%}",
        f"automatic {result['automatic_share']:.1%}, of these right {result['automatic_precision']:.1%}",
        f"coverage: {coverage}",
        f"{result['seconds']:.1f} s, {result['peak_mb']:,.0f} MB",
    ]
