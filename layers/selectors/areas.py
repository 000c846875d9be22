"""The areas of a layer as the city knows them now."""

from datetime import date

import shapely
from django.db.models import Q, QuerySet

from layers.errors import LayerUnknown
from layers.importing.areas import Area
from layers.models import Boundary, Layer


def layer_by_slug(slug: str) -> Layer:
    """The layer; LayerUnknown, with the slugs there are, otherwise."""
    layer = Layer.objects.filter(slug=slug).first()
    if layer is None:
        known = ", ".join(Layer.objects.order_by("slug").values_list("slug", flat=True))
        raise LayerUnknown(f"There is no layer {slug!r}. Layers: {known or 'none'}.")
    return layer


def current_boundaries(layer: Layer) -> QuerySet[Boundary]:
    """All records of the layer that no later one supersedes, on whatever days they are valid."""
    return Boundary.objects.filter(jurisdiction__layer=layer, superseded_at=None).defer("geom_m")


def boundaries_in_force(layer: Layer, day: date) -> list[Boundary]:
    """The records in force on `day` as known now, with jurisdiction and body, ordered by code."""
    on_that_day = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    found = current_boundaries(layer).filter(on_that_day).select_related("jurisdiction__body")
    return list(found.order_by("jurisdiction__code"))


def as_area(boundary: Boundary) -> Area:
    """A stored boundary as the plain word that files have, too."""
    jurisdiction = boundary.jurisdiction
    geometry = shapely.from_wkb(bytes(boundary.geom.wkb))
    return Area(jurisdiction.code, jurisdiction.names, jurisdiction.body.slug, geometry)
