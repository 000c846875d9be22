"""The loaded city."""

import math

import shapely
from django.conf import settings
from django.contrib.gis.geos import GeometryCollection, GEOSGeometry, MultiPolygon, Point, Polygon

from geo.cell_index import CellIndex
from layers.models import City

METRES_PER_DEGREE = 111_320.0
"""Of latitude, within half a percent everywhere."""


def city_covers(lon: float, lat: float) -> bool:
    """Whether the point (EPSG:4326) lies inside the city's outline or on its edge."""
    return City.objects.filter(outline__covers=Point(lon, lat, srid=4326)).exists()


def city_outline() -> MultiPolygon | None:
    """The city's outline (EPSG:4326); None before it is loaded."""
    outline: MultiPolygon | None = City.objects.values_list("outline", flat=True).first()
    return outline


def outline_index() -> CellIndex:
    """The city's outline for asking about many points at once: set 0 is outside. Empty before a city is loaded."""
    outlines = City.objects.values_list("outline", flat=True)
    return CellIndex([shapely.from_wkb(bytes(outline.wkb)) for outline in outlines])


def box_around(lon: float, lat: float, radius_m: float) -> Polygon:
    """The box in degrees (EPSG:4326) that reaches `radius_m` from the point in each of the four directions."""
    down = radius_m / METRES_PER_DEGREE
    across = down / math.cos(math.radians(lat))
    return Polygon.from_bbox((lon - across, lat - down, lon + across, lat + down))


def point_in_metres(lon: float, lat: float) -> Point:
    """The point (EPSG:4326) in the city's metre SRID, as `*_m` columns hold it."""
    point = Point(lon, lat, srid=4326)
    point.transform(settings.CITY.srid)
    return point


def as_multipolygon(geometry: GEOSGeometry) -> MultiPolygon:
    """The areas in `geometry` (EPSG:4326) as one multipolygon; lines and points in it are left out."""
    if isinstance(geometry, MultiPolygon):
        return geometry
    found = geometry if isinstance(geometry, GeometryCollection) else [geometry]
    parts = [each for each in found if isinstance(each, Polygon)]
    return MultiPolygon(parts, srid=4326)
