"""Corrections of things that wait for staff, and which reports they are about."""

from typing import Any

from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.measure import D
from django.db.models import Count, F, FloatField, Func, Min, Q, QuerySet, Value
from django.db.models.functions import Least

from issues.models import Ruling, ServiceRequest
from issues.selectors.evidence import ACCURACY_LIMIT_M, CHOSEN_ASSET_LIMIT_M
from issues.selectors.service_requests import OPEN_STATES
from layers.models import Asset, AssetCorrection
from layers.selectors.assets import waiting_corrections


def open_reports_near(asset: Asset, place_m: Any = None) -> QuerySet[ServiceRequest]:
    """The open reports for which the thing is evidence, where `asset` says that it stands, or if it stood elsewhere.

    `place_m`, if given, is that other place in the city's metre SRID.
    """
    place_m = asset.geom_m if place_m is None else place_m
    snap_m = asset.asset_class.snap_distance_m
    thing = Value(place_m, output_field=GeometryField(srid=settings.CITY.srid))
    distance_m: Any = Func(F("point_m"), thing, function="ST_Distance", output_field=FloatField())
    reach_m = Value(snap_m) + Least(F("accuracy_m"), Value(ACCURACY_LIMIT_M))
    return (
        ServiceRequest.objects.filter(
            state__in=OPEN_STATES,
            service__asset_classes=asset.asset_class,
            # By the index first: no report's disc is larger.
            point_m__dwithin=(place_m, D(m=snap_m + max(ACCURACY_LIMIT_M, CHOSEN_ASSET_LIMIT_M))),
        )
        .alias(distance_m=distance_m, reach_m=reach_m)
        .filter(Q(distance_m__lte=F("reach_m")) | Q(asset=asset))
    )


def reports_to_ask_again(correction: AssetCorrection) -> int:
    """How many open reports accepting it would decide again: those at the thing, and where it is said to stand."""
    asset = correction.asset
    found = set(open_reports_near(asset).values_list("pk", flat=True))
    if correction.point is not None:
        place_m = correction.point.transform(settings.CITY.srid, clone=True)
        found |= set(open_reports_near(asset, place_m).values_list("pk", flat=True))
    return len(found)


def single_corrections(kind: str = "", asset_class: str = "") -> QuerySet[AssetCorrection]:
    """Those that wait and that no ruling asked for, oldest first; of one kind and class (slug), if given."""
    found = waiting_corrections().filter(by_ruling=None)
    if kind:
        found = found.filter(kind=kind)
    return found.filter(asset__asset_class__slug=asset_class) if asset_class else found


def corrections_of_ruling(ruling_id: int) -> QuerySet[AssetCorrection]:
    """Those that a ruling asked for and that wait, oldest first."""
    return waiting_corrections().filter(by_ruling__ruling=ruling_id)


def rulings_with_corrections(asset_class: str = "") -> QuerySet[Ruling]:
    """The rulings with corrections that wait, oldest first, with `waiting`, their number, and `since`, their day."""
    is_waiting = Q(corrections__correction__state=AssetCorrection.State.PROPOSED)
    found = (
        Ruling.objects.select_related("body", "asset_class")
        .defer("zone", "zone_m")
        .annotate(
            waiting=Count("corrections", filter=is_waiting),
            since=Min("corrections__correction__proposed_at", filter=is_waiting),
        )
        .filter(waiting__gt=0)
        .order_by("pk")
    )
    return found.filter(asset_class__slug=asset_class) if asset_class else found
