"""Options that every import command has, and what they mean for reading."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from geo.errors import CityPinError
from layers.errors import FileRefused
from layers.importing.imported_file import ImportedFile
from layers.importing.reading import ReadOptions


def add_file_options(parser: ArgumentParser, stores: bool = True) -> None:
    """The file and how to read it; `stores` False for commands that never write."""
    parser.add_argument("file", type=Path, help="GeoJSON, GeoPackage, Shapefile (zip), CSV, OSM PBF, …; .gz too")
    parser.add_argument("--source-crs", metavar="EPSG:N", help="coordinate reference system of a file that names none")
    parser.add_argument("--axes", choices=["lonlat", "latlon"], default="lonlat", help="order of the two numbers")
    parser.add_argument("--file-layer", metavar="NAME", help="layer inside the file, where it has several")
    parser.add_argument("--encoding", help="of text, where it is not UTF-8, for example gb18030")
    parser.add_argument("--geometry-fields", nargs="+", default=[], metavar="COLUMN", help="of a CSV: WKT, or LON LAT")
    parser.add_argument("--only", action="append", default=[], metavar="COLUMN=VALUE", help="leave out other rows")
    parser.add_argument("--repair", action="store_true", help="make invalid geometries valid and report the change")
    parser.add_argument("--trust-coordinates", action="store_true", help="store in spite of suspicious coordinates")
    parser.add_argument("--skip-refused", action="store_true", help="store the rest in spite of refused features")
    if stores:
        parser.add_argument("--commit", action="store_true", help="store it; without this nothing is written")


def add_column_options(parser: ArgumentParser, *key: str, body: str, body_field: str, names: bool = True) -> None:
    """What the columns mean. `key` are the names of the option for the source's own key; the others are helps."""
    parser.add_argument(*key, required=True, help="column of the source's own key: code or id")
    if names:
        parser.add_argument("--name-field", help="column of the English (or only) name")
        parser.add_argument("--name-field-zh", help="column of the Chinese name")
    owner = parser.add_mutually_exclusive_group()
    owner.add_argument("--body", help=body)
    owner.add_argument("--body-field", help=body_field)


def imported_file(options: dict[str, Any], key: str) -> ImportedFile:
    """The file that the options of `add_file_options` and `add_column_options` name; `key` is that of its own key."""
    names = {"en": options.get("name_field"), "zh-hans": options.get("name_field_zh")}
    columns = {language: column for language, column in names.items() if column}
    return ImportedFile(
        path=options["file"],
        key_field=options[key],
        name_fields=columns,
        body=options["body"],
        body_field=options["body_field"],
        options=read_options(options, [options[key], options["body_field"], *columns.values()]),
    )


def read_options(options: dict[str, Any], wanted: Sequence[str | None]) -> ReadOptions:
    """What the options say; `wanted` are the columns that will be asked for."""
    only: dict[str, set[str]] = {}
    for pair in options["only"]:
        column, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"--only {pair}: write COLUMN=VALUE.")
        only.setdefault(column, set()).add(value)
    if len(options["geometry_fields"]) > 2:
        raise CommandError("--geometry-fields takes one column of WKT, or two of numbers: longitude, latitude.")
    return ReadOptions(
        source_crs=options["source_crs"],
        axes=options["axes"],
        file_layer=options["file_layer"],
        encoding=options["encoding"],
        geometry_fields=tuple(options["geometry_fields"]),
        only=only,
        tags=tuple({column for column in [*wanted, *only] if column}),
    )


OPTIONS = {
    "source_crs": "Add --source-crs, for example --source-crs EPSG:4326 for degrees of GPS.",
    "file_layer": "Add --file-layer NAME.",
    "encoding": "Name its encoding with --encoding, for example --encoding gb18030.",
    "geometry_fields": "Add --geometry-fields WKT_COLUMN, or --geometry-fields LON_COLUMN LAT_COLUMN.",
}
"""What more must be said of a file (`layers.errors.FileRefused.needs`), as the commands call it."""


def command_error(error: CityPinError) -> CommandError:
    """A refusal for the terminal, with the option that helps."""
    hint = OPTIONS.get(error.needs, "") if isinstance(error, FileRefused) else ""
    return CommandError(f"{error} {hint}".rstrip())


def add_explanations(parser: ArgumentParser) -> None:
    """`--explain`, for changes that the publication's checks would refuse."""
    parser.add_argument(
        "--explain",
        action="append",
        default=[],
        metavar="NAME=REASON",
        help="let the golden point of that name change its answer, and store why; may be repeated",
    )


def explanations(given: Sequence[str]) -> dict[str, str]:
    """Reasons by name; CommandError where one is missing."""
    pairs = [text.partition("=") for text in given]
    if missing := [name for name, _, reason in pairs if not (name.strip() and reason.strip())]:
        raise CommandError(f"Write --explain 'NAME=REASON', not {missing[0]!r}.")
    return {name.strip(): reason.strip()[:500] for name, _, reason in pairs}
