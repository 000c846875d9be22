"""Accepts a correction of a thing and decides the open reports around it anew."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.measure import D
from django.db import transaction
from django.db.models import F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Least

from issues.models import ServiceRequest
from issues.selectors.evidence import ACCURACY_LIMIT_M, CHOSEN_ASSET_LIMIT_M
from issues.selectors.service_requests import OPEN_STATES
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import decide_again
from layers.models import Asset, AssetCorrection
from layers.services.asset_corrections import accept_asset_correction


@dataclass(frozen=True)
class Accepted:
    """The accepted correction; how many open reports were asked again, and which got another decision."""

    correction: AssetCorrection
    asked: int
    decided_anew: tuple[int, ...]


@transaction.atomic
def accept_and_decide_anew(
    correction_id: int, *, user: AbstractBaseUser, since: date | None = None, reason: str = ""
) -> Accepted:
    """Accept, apply, and decide the open reports near its old and new place anew; one transaction.

    Raises as `layers.services.asset_corrections.accept_asset_correction`.
    """
    wait_for_rulings()
    before = list(Asset.objects.filter(corrections=correction_id))
    correction = accept_asset_correction(correction_id, user=user, since=since, reason=reason)
    after = Asset.objects.get(pk=correction.asset_id)
    near = {pk for place in (*before, after) for pk in open_reports_near(place).values_list("pk", flat=True)}
    changed = decide_again(sorted(near), user=cast(User, user))
    return Accepted(correction, len(near), tuple(decision.service_request_id for decision in changed))


def open_reports_near(asset: Asset) -> QuerySet[ServiceRequest]:
    """The open reports for which the thing, where `asset` says that it stands, is evidence."""
    snap_m = asset.asset_class.snap_distance_m
    thing = Value(asset.geom_m, output_field=GeometryField(srid=settings.CITY.srid))
    distance_m: Any = Func(F("point_m"), thing, function="ST_Distance", output_field=FloatField())
    reach_m = Value(snap_m) + Least(F("accuracy_m"), Value(ACCURACY_LIMIT_M))
    return (
        ServiceRequest.objects.filter(
            state__in=OPEN_STATES,
            service__asset_classes=asset.asset_class,
            # By the index first: no report's disc is larger.
            point_m__dwithin=(asset.geom_m, D(m=snap_m + max(ACCURACY_LIMIT_M, CHOSEN_ASSET_LIMIT_M))),
        )
        .alias(distance_m=distance_m, reach_m=reach_m)
        .filter(Q(distance_m__lte=F("reach_m")) | Q(asset=asset))
    )
