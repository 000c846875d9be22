"""All layers and asset classes at a glance, for the staff's list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q

from layers.models import AssetClass, Boundary, Layer, Publication

PUBLICATIONS = 3
"""So many of a layer's last publications are listed."""


@dataclass(frozen=True)
class LayerOverview:
    """A layer with how many areas are in force on a day, the days since which they are, and what was published last."""

    layer: Layer
    areas: int
    bodies: int
    since: date | None
    newest: date | None
    publications: list[Publication] = field(default_factory=list)


@dataclass(frozen=True)
class AssetClassOverview:
    """An asset class with its number of things and owners."""

    asset_class: AssetClass
    things: int
    owners: int


def layers_at_a_glance(day: date) -> list[LayerOverview]:
    """Every layer, highest rank first; four queries however many there are."""
    in_force = Q(superseded_at=None, valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))
    counted = (
        Boundary.objects.filter(in_force)
        .order_by()
        .values("jurisdiction__layer_id")
        .annotate(
            areas=Count("id"),
            bodies=Count("jurisdiction__body", distinct=True),
            since=Min("valid_from"),
            newest=Max("valid_from"),
        )
    )
    of_layer: dict[int, Mapping[str, Any]] = {row["jurisdiction__layer_id"]: row for row in counted}
    came: dict[int, list[Publication]] = {}
    for publication in Publication.objects.filter(layer__isnull=False).select_related("published_by"):
        seen = came.setdefault(publication.layer_id or 0, [])
        if len(seen) < PUBLICATIONS:
            seen.append(publication)
    return [_overview(layer, of_layer.get(layer.pk), came.get(layer.pk, [])) for layer in Layer.objects.all()]


def _overview(layer: Layer, counted: Mapping[str, Any] | None, publications: list[Publication]) -> LayerOverview:
    if counted is None:
        return LayerOverview(layer, 0, 0, None, None, publications)
    return LayerOverview(layer, counted["areas"], counted["bodies"], counted["since"], counted["newest"], publications)


def asset_classes_at_a_glance() -> list[AssetClassOverview]:
    """Every asset class by slug."""
    here = Q(assets__gone_on=None)
    counted = AssetClass.objects.select_related("default_owner").annotate(
        things=Count("assets", filter=here), owners=Count("assets__owner", filter=here, distinct=True)
    )
    return [AssetClassOverview(each, each.things, each.owners) for each in counted]
