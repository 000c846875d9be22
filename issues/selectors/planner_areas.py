"""Reports by area, for planners: a layer's areas beside each other, and how large an area is.

The reports are read once and located here, by the exact index of `geo.cell_index`:
asking PostGIS for each of them took 20 times as long where other layers overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, FloatField, Func

from geo import sql
from geo.binary_rows import binary_rows
from geo.cell_index import CellIndex
from issues.selectors.planner import SHOWN_STATES, PlannerFilter
from layers.models import Boundary, City, Layer
from layers.selectors.boundaries import boundaries_on

SQL = Path(__file__).parent.parent / "sql"
POINT = np.dtype([("lon", ">f8"), ("lat", ">f8"), ("chosen", "?")])
"""As `sql/planner_points.sql` sends it."""

APART = 1e-6
"""Degrees that are left around a box, so that what touches becomes one."""
MOST_BOXES = 8

MOST_INDEXES = 4
MOST_INDEX_CELLS = 1_000_000
"""Finer answers twice as fast and is built three times as long."""


@dataclass(frozen=True)
class AreaCount:
    """One area of a layer: the chosen reports, all reports of the same days, its size."""

    boundary: Boundary
    count: int
    everything: int
    km2: float


def area_counts(wanted: PlannerFilter, layer: Layer) -> list[AreaCount]:
    """The areas of `layer` in force on the filter's last day, by code.

    A point on the border of two areas counts in both.
    """
    size = Func(F("geom_m"), function="ST_Area", output_field=FloatField())
    boundaries = list(boundaries_on(wanted.last_day, layers=[layer.slug]).annotate(m2=size))
    if not boundaries:
        return []
    index = _index(tuple(boundary.pk for boundary in boundaries))
    counts = np.zeros((len(boundaries), 2), dtype=np.int64)
    for points in _points(wanted, boundaries):
        sets = index.locate(points["lon"], points["lat"]).sets
        for column, some in enumerate((sets[points["chosen"]], sets)):
            by_set = np.bincount(some)
            for number in np.flatnonzero(by_set).tolist():
                counts[list(index.sets.members(number)), column] += by_set[number]
    return [
        AreaCount(boundary, int(chosen), int(everything), boundary.m2 / 1e6)
        for boundary, (chosen, everything) in zip(boundaries, counts, strict=True)
    ]


def area_km2(area: GEOSGeometry | None) -> float:
    """The size of an area (EPSG:4326) in the city's metres; None: the whole city, 0 before it is loaded."""
    if area is None:
        area = City.objects.values_list("outline", flat=True).first()
    return area.transform(settings.CITY.srid, clone=True).area / 1e6 if area is not None else 0.0


def _points(wanted: PlannerFilter, boundaries: Sequence[Boundary]) -> Iterator[np.ndarray[Any, Any]]:
    """The reports of the filter's days around the boundaries, as `POINT`, each in one part."""
    asked = {**wanted.parameters(), "all_states": sorted({*SHOWN_STATES, *wanted.asked_states})}
    for west, south, east, north in _boxes_around(boundaries):
        box = {"west": west, "south": south, "east": east, "north": north}
        for [packed] in binary_rows(sql.statement(SQL / "planner_points.sql"), {**asked, **box}):
            yield np.frombuffer(packed or b"", dtype=POINT)


def _boxes_around(boundaries: Sequence[Boundary]) -> list[list[float]]:
    """Few boxes apart from each other (degrees) that hold the boundaries: airports are far apart, districts are not."""
    boxes = shapely.box(*np.array([boundary.geom.extent for boundary in boundaries]).T)
    while True:
        merged = shapely.envelope(shapely.get_parts(shapely.union_all(shapely.envelope(shapely.buffer(boxes, APART)))))
        if len(merged) == len(boxes):
            break
        boxes = merged
    if len(boxes) > MOST_BOXES:
        boxes = np.array([shapely.envelope(shapely.union_all(boxes))])
    found: list[list[float]] = shapely.bounds(boxes).tolist()
    return found


@lru_cache(maxsize=MOST_INDEXES)
def _index(boundaries: tuple[int, ...]) -> CellIndex:
    """Which of these boundaries (ids, in order) cover a point; a boundary's shape never changes (trigger)."""
    shapes = dict(Boundary.objects.filter(pk__in=boundaries).values_list("pk", "geom"))
    polygons = shapely.from_wkb([bytes(shapes[pk].wkb) for pk in boundaries])
    return CellIndex(polygons, MOST_INDEX_CELLS)
