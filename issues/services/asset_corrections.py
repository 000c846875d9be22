"""Accepts corrections of things and decides the open reports around them anew."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.utils.translation import gettext as _

from issues.models import RulingCorrection, ServiceRequest
from issues.selectors.asset_corrections import open_reports_near
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import decide_again
from layers.errors import CorrectionInvalid
from layers.models import Asset, AssetCorrection
from layers.services.decide_corrections import accept_asset_corrections


@dataclass(frozen=True)
class Accepted:
    """The accepted corrections; how many open reports were asked again, and which got another decision.

    `moved` of those went to another body, or to or from none.
    """

    corrections: tuple[AssetCorrection, ...]
    asked: int
    decided_anew: tuple[int, ...]
    moved: tuple[int, ...]


@transaction.atomic
def accept_and_decide_anew(
    *correction_ids: int,
    user: AbstractBaseUser,
    since: date | None = None,
    reason: str = "",
    accept_changes: Mapping[str, str] | None = None,
    source: str = "",
) -> Accepted:
    """Accept, apply, and decide the open reports near the old and new places anew; one transaction.

    Raises as `layers.services.decide_corrections.accept_asset_corrections`; CorrectionInvalid
    also where a ruling asked for it that was reversed meanwhile.
    """
    wait_for_rulings()
    if RulingCorrection.objects.filter(correction__in=correction_ids, ruling__reversed_at__isnull=False).exists():
        raise CorrectionInvalid(_("The ruling that asked for it was taken back: refuse it."))
    things = Asset.objects.select_related("asset_class").filter(
        pk__in=AssetCorrection.objects.filter(pk__in=correction_ids).values("asset")
    )
    before = list(things)
    corrections = accept_asset_corrections(
        correction_ids, user=user, since=since, reason=reason, accept_changes=accept_changes, source=source
    )
    near = {pk for thing in (*before, *things.all()) for pk in open_reports_near(thing).values_list("pk", flat=True)}
    standing = _standing(near)
    changed = decide_again(sorted(near), user=cast(User, user))
    now = _standing(near)
    return Accepted(
        tuple(corrections),
        len(near),
        tuple(decision.service_request_id for decision in changed),
        tuple(sorted(pk for pk in near if standing[pk] != now[pk])),
    )


def _standing(reports: Collection[int]) -> dict[int, tuple[str, int | None]]:
    """Outcome and body by report."""
    found = ServiceRequest.objects.filter(pk__in=reports).values_list("pk", "outcome", "body")
    return {pk: (outcome, body) for pk, outcome, body in found}
