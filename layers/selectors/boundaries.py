"""Boundaries as they were on a day, as known at a moment."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Q, QuerySet

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
