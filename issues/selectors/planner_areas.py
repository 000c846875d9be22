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
from django.contrib.gis.db.models.functions import Intersection
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, FloatField, Func
from numpy.typing import NDArray

from geo import sql
from geo.binary_rows import binary_rows
from geo.cell_index import CellIndex
from issues.selectors.planner import SHOWN_STATES, PlannerFilter
from layers.errors import ResidentsUnknown
from layers.models import Boundary, Layer
from layers.selectors.boundaries import boundaries_on
from layers.selectors.city import city_outline
from layers.selectors.residents import residents

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
    """One area of a layer: the chosen reports, all reports of the same days, its size and who lives there.

    Of all of them only what lies in the filter's own area counts. `residents` is None where
    the city does not know.
    """

    boundary: Boundary
    count: int
    everything: int
    km2: float
    residents: float | None


def area_counts(wanted: PlannerFilter, layer: Layer) -> list[AreaCount]:
    """The areas of `layer` in force on the filter's last day, by code.

    A point on the border of two areas counts in both.
    """
    boundaries = list(boundaries_on(wanted.last_day, layers=[layer.slug]).annotate(m2=_size_in(wanted.area)))
    if not boundaries:
        return []
    index = _index(tuple(boundary.pk for boundary in boundaries))
    counts = np.zeros((2, len(boundaries)))
    for points in _points(wanted, boundaries):
        sets = index.locate(points["lon"], points["lat"]).sets
        for column, some in enumerate((sets[points["chosen"]], sets)):
            counts[column] += _by_polygon(index, some, None, len(boundaries))
    living = _residents_in(index, wanted.area, len(boundaries))
    return [
        AreaCount(boundary, int(chosen), int(everything), boundary.m2 / 1e6, people)
        for boundary, chosen, everything, people in zip(boundaries, *counts, living, strict=True)
    ]


def area_km2(area: GEOSGeometry | None) -> float:
    """The size of an area (EPSG:4326) in the city's metres; None: the whole city, 0 before it is loaded."""
    area = area or city_outline()
    return area.transform(settings.CITY.srid, clone=True).area / 1e6 if area is not None else 0.0


def _size_in(area: GEOSGeometry | None) -> Func:
    """The part of a boundary inside `area` in m², all of it for None."""
    shape: F | Func = F("geom_m")
    if area is not None:
        shape = Intersection("geom_m", area.transform(settings.CITY.srid, clone=True))
    return Func(shape, function="ST_Area", output_field=FloatField())


def _residents_in(index: CellIndex, area: GEOSGeometry | None, polygons: int) -> Sequence[float | None]:
    """How many people live in each polygon of the index: squares count where their people live on average."""
    try:
        known = residents()
    except ResidentsUnknown:
        return [None] * polygons
    people = known.people
    if area is not None:
        shape = shapely.from_wkb(bytes(area.wkb))
        shapely.prepare(shape)
        people = people * shapely.intersects_xy(shape, known.lon, known.lat)
    found: list[float] = _by_polygon(index, index.locate(known.lon, known.lat).sets, people, polygons).tolist()
    return found


def _by_polygon(index: CellIndex, sets: NDArray[np.int32], weights: NDArray[np.float64] | None, polygons: int) -> Any:
    """Points (or their weights) by polygon, of the number of the set of polygons that cover each point."""
    by_set = np.bincount(sets, weights=weights)
    found = np.zeros(polygons)
    for number in np.flatnonzero(by_set).tolist():
        found[list(index.sets.members(number))] += by_set[number]
    return found


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
