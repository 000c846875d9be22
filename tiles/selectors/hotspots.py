"""Computed hotspot layers and their cells, for the planner."""

from django.contrib.gis.geos import Point
from django.db.models import Case, IntegerField, QuerySet, Value, When

from geo.statistics import Pattern
from tiles.models import HotspotCell, HotspotLayer

ORDER = (Pattern.NEW, Pattern.INTENSIFYING, Pattern.PERSISTENT, Pattern.SPORADIC, Pattern.DIMINISHING)
"""What a planner wants to see first."""

NOT_HOT = (Pattern.NOT_SIGNIFICANT.value, Pattern.NO_DATA.value)


def hotspot_layers(limit: int = 30) -> list[HotspotLayer]:
    """The newest layers, drafts and withdrawn ones included, without their area."""
    return list(HotspotLayer.objects.defer("area").order_by("-id")[:limit])


def hotspot_layer(pk: int | None) -> HotspotLayer | None:
    """The layer of that number; for None the newest published one, else the newest at all."""
    found = HotspotLayer.objects.defer("area")
    if pk is not None:
        return found.filter(pk=pk).first()
    published = found.filter(status=HotspotLayer.Status.PUBLISHED).order_by("-published_at", "-id").first()
    return published or found.order_by("-id").first()


def hot_cells(layer: HotspotLayer) -> QuerySet[HotspotCell]:
    """The significant cells: by class, then the least likely to be an accident first."""
    place = Case(
        *(When(pattern=pattern.value, then=Value(index)) for index, pattern in enumerate(ORDER)),
        default=Value(len(ORDER)),
        output_field=IntegerField(),
    )
    return layer.cells.exclude(pattern__in=NOT_HOT).annotate(place=place).order_by("place", "q", "-z", "id")


def cell_at(layer: HotspotLayer, lon: float, lat: float) -> HotspotCell | None:
    """The cell that covers a place (EPSG:4326); None beyond the cells."""
    return layer.cells.filter(geom__intersects=Point(lon, lat, srid=4326)).first()
