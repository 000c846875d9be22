"""Areas cut from a grid of squares, for tests of publications."""

from datetime import UTC, date, datetime

import shapely

from geo.city import Names
from layers.importing.areas import Area
from layers.models import Body, Layer

WEST, SOUTH, STEP = -74.0, 40.70, 0.005
"""Cells of about 420 m × 555 m inside Toytown and New York."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FIRST_DAY = date(2020, 1, 1)


def cells(*columns: int, row: int = 0) -> shapely.MultiPolygon:
    """The cells of these columns in one row as one area."""
    boxes = [
        shapely.box(WEST + STEP * column, SOUTH + STEP * row, WEST + STEP * (column + 1), SOUTH + STEP * (row + 1))
        for column in columns
    ]
    whole = shapely.union_all(boxes)
    return shapely.MultiPolygon(list(shapely.get_parts(whole)))


def middle(column: int, row: int = 0) -> tuple[float, float]:
    """`lon, lat` of the middle of a cell."""
    return WEST + STEP * (column + 0.5), SOUTH + STEP * (row + 0.5)


def area(code: str, *columns: int, body: str = "roads", names: Names | None = None) -> Area:
    """An area made of cells in the first row."""
    return Area(code, names or {"en": code.capitalize()}, body, cells(*columns))


def new_layer(slug: str = "grid") -> Layer:
    """An empty layer of the highest rank."""
    return Layer.objects.create(slug=slug, names={"en": slug}, rank=90, source="Test", licence="None needed")


def new_bodies(*slugs: str) -> None:
    """Departments by slug."""
    for slug in slugs:
        Body.objects.create(slug=slug, names={"en": slug.capitalize()}, kind=Body.Kind.DEPARTMENT)
