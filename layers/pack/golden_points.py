"""The golden points of a pack: awkward places whose answer must never change by accident.

`golden_points.csv`, one place a line: name (unique, for people), lon, lat
(EPSG:4326), service_code, accuracy_m (0 if empty), on (a day; today if empty),
outcome, bodies (slugs separated by spaces: the responsible one, or all that
claim it), why (what makes the place awkward).
"""

import csv
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from layers.errors import GoldenPointsInvalid

FILE = "golden_points.csv"
COLUMNS = ("name", "lon", "lat", "service_code", "accuracy_m", "on", "outcome", "bodies", "why")


@dataclass(frozen=True)
class GoldenPoint:
    """A place, a question and its expected answer. `lon, lat` in degrees (EPSG:4326)."""

    name: str
    lon: float
    lat: float
    service_code: str
    accuracy_m: float
    on: date | None
    outcome: str
    bodies: tuple[str, ...]
    why: str


def read_golden_points(pack: Path) -> list[GoldenPoint]:
    """The golden points of the pack in this folder, in order; none where it has no such file.

    Raises
    ------
    GoldenPointsInvalid
        A column is missing, a name comes twice, or a value is none; the message names file and line.
    """
    path = pack / FILE
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
        if missing:
            raise GoldenPointsInvalid(f"{path} lacks the columns {', '.join(missing)}.")
        points = [_point(row, f"{path}, line {reader.line_num}") for row in reader]
    names = [point.name for point in points]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GoldenPointsInvalid(f"{path} names a point twice: {', '.join(twice)}.")
    return points


def _point(row: dict[str, str | None], where: str) -> GoldenPoint:
    cell = {column: (row[column] or "").strip() for column in COLUMNS}
    try:
        point = GoldenPoint(
            name=cell["name"],
            lon=float(cell["lon"]),
            lat=float(cell["lat"]),
            service_code=cell["service_code"],
            accuracy_m=float(cell["accuracy_m"] or 0),
            on=date.fromisoformat(cell["on"]) if cell["on"] else None,
            outcome=cell["outcome"],
            bodies=tuple(sorted(cell["bodies"].split())),
            why=cell["why"],
        )
    except ValueError as error:
        raise GoldenPointsInvalid(f"{where}: {error}.") from None
    if not (abs(point.lon) <= 180 and abs(point.lat) <= 90 and math.isfinite(point.accuracy_m)):
        raise GoldenPointsInvalid(f"{where}: {cell['lon']}, {cell['lat']} is no place on Earth.")
    if not (point.name and point.service_code and point.outcome and point.why):
        raise GoldenPointsInvalid(f"{where}: name, service_code, outcome and why must not be empty.")
    return point
