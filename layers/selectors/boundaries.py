"""Boundaries as they were on a day, as known at a moment."""

from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache

import shapely
from django.contrib.gis.geos import GEOSGeometry, Point
from django.db.models import Max, Min, Q, QuerySet

from layers.models import Boundary


def boundaries_on(
    day: date, known_at: datetime | None = None, layers: Collection[str] | None = None
) -> QuerySet[Boundary]:
    """The boundaries in force on `day`, by layer and code, with jurisdiction, layer and body joined.

    Parameters
    ----------
    day
        `valid_from <= day < valid_to`.
    known_at
        As the records stood at that moment; None: as they stand now.
    layers
        Slugs; None means all.
    """
    in_force = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    if known_at is None:
        known = Q(superseded_at=None)
    else:
        known = Q(recorded_at__lte=known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=known_at))
    found = Boundary.objects.filter(in_force & known)
    if layers is not None:
        found = found.filter(jurisdiction__layer__slug__in=layers)
    return (
        found.select_related("jurisdiction__layer", "jurisdiction__body")
        .defer("geom_m")
        .order_by("jurisdiction__layer__slug", "jurisdiction__code")
    )


def areas_of_bodies(day: date) -> dict[str, GEOSGeometry]:
    """By slug of the body all that it answers for on `day`, of all layers together (EPSG:4326); others have no area."""
    found: dict[str, list[int]] = {}
    for slug, boundary in boundaries_on(day).values_list("jurisdiction__body__slug", "pk"):
        found.setdefault(slug, []).append(boundary)
    return {slug: _together(tuple(boundaries)) for slug, boundaries in found.items()}


@lru_cache(maxsize=512)
def _together(boundaries: tuple[int, ...]) -> GEOSGeometry:
    """The union of boundaries (ids), whose shapes never change (trigger): seconds where layers cover a whole city."""
    shapes = Boundary.objects.filter(pk__in=boundaries).values_list("geom", flat=True)
    union = shapely.union_all(shapely.from_wkb([bytes(shape.wkb) for shape in shapes]))
    return GEOSGeometry(memoryview(shapely.to_wkb(union)), srid=4326)


def versions_at(lon: float, lat: float, layers: Collection[int]) -> QuerySet[Boundary]:
    """Every record, also superseded ones, of these layers (ids) that covers the point (EPSG:4326).

    Highest rank first, of each layer the newest day and then the newest record first.
    """
    here = Point(lon, lat, srid=4326)
    return (
        Boundary.objects.filter(jurisdiction__layer__in=layers, geom__covers=here)
        .select_related("jurisdiction__layer", "jurisdiction__body")
        .defer("geom", "geom_m")
        .order_by("-jurisdiction__layer__rank", "jurisdiction__layer__slug", "-valid_from", "-recorded_at")
    )


def days_of_change(layers: Collection[int]) -> list[date]:
    """The days on which a boundary of these layers (ids) starts, as known now, in order."""
    current = Boundary.objects.filter(jurisdiction__layer__in=layers, superseded_at=None)
    return list(current.order_by("valid_from").values_list("valid_from", flat=True).distinct())


def first_and_last_record(layers: Collection[int]) -> tuple[datetime | None, datetime | None]:
    """When the first and the newest boundary of these layers (ids) was recorded."""
    found = Boundary.objects.filter(jurisdiction__layer__in=layers).aggregate(
        first=Min("recorded_at"), last=Max("recorded_at")
    )
    return found["first"], found["last"]
