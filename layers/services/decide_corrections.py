"""Accepting and refusing what somebody said of a thing.

Accepting through `issues.services.asset_corrections` decides the open reports
nearby anew; this module knows no reports.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from layers.errors import CorrectionDecided, CorrectionInvalid, CorrectionUnknown
from layers.models import AssetClass, AssetCorrection
from layers.services.asset_corrections import correction_text
from layers.services.change_asset import change_asset, let_asset_vanish
from layers.services.publication_checks import Change, conclude

Kind, State = AssetCorrection.Kind, AssetCorrection.State


@transaction.atomic
def accept_asset_corrections(
    correction_ids: Collection[int],
    *,
    user: AbstractBaseUser,
    since: date | None = None,
    reason: str = "",
    accept_changes: Mapping[str, str] | None = None,
    source: str = "",
) -> list[AssetCorrection]:
    """Accept waiting corrections and apply them through the things' histories, from `since` on (today); all or none.

    "Broken" is a fact for whoever repairs: nothing changes in whose it is or where.
    What changes is published as an import of things is: golden points are replayed
    once for all of them.

    Parameters
    ----------
    accept_changes
        Reasons by name of the golden points whose answer may change.
    source
        Who says so, for the publication; "Correction 7" and the like if not given.

    Raises
    ------
    CorrectionUnknown, CorrectionDecided
        There is none, or somebody was quicker.
    CorrectionInvalid
        The thing has vanished meanwhile: refuse the correction.
    AssetChangeRefused
        `since` is a day to come.
    GoldenPointsMoved
        A golden point would get another answer, and nobody explained it.
    """
    recorded_at = timezone.now()  # before the first change: what was known earlier is what was before all of them
    accepted, changed = [], Counter[AssetClass]()
    for correction in _waiting(correction_ids):
        if _apply(correction, since):
            changed[correction.asset.asset_class] += 1
        accepted.append(_decide(correction, State.ACCEPTED, user, reason))
    source = source or ", ".join(f"Correction {correction.pk}" for correction in accepted)
    for asset_class, count in changed.items():
        change = Change(
            since or timezone.localdate(),
            None,
            recorded_at,
            source,
            asset_class=asset_class,
            accepted=accept_changes or {},
        )
        conclude(change, added=0, superseded=count, user=user)
    return accepted


@transaction.atomic
def refuse_asset_corrections(
    correction_ids: Collection[int], *, user: AbstractBaseUser, reason: str
) -> list[AssetCorrection]:
    """Refuse waiting corrections; CorrectionInvalid without a reason, else raises as accepting does."""
    if not reason.strip():
        raise CorrectionInvalid(_("Write the reason why you refuse it."))
    return [_decide(correction, State.REFUSED, user, reason) for correction in _waiting(correction_ids)]


def _waiting(correction_ids: Collection[int]) -> list[AssetCorrection]:
    """The corrections, their rows locked in the order of their ids."""
    wanted = sorted(set(correction_ids))
    found = list(
        AssetCorrection.objects.select_for_update(of=["self"])
        .select_related("asset__asset_class", "body")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if missing := set(wanted) - {correction.pk for correction in found}:
        raise CorrectionUnknown(_("There is no correction %(id)s.") % {"id": min(missing)})
    if any(correction.state != State.PROPOSED for correction in found):
        raise CorrectionDecided(_("That correction has been decided already. Reload the page."))
    return found


def _apply(correction: AssetCorrection, since: date | None) -> bool:
    """Change the thing as it is said; whether anything changed."""
    asset, source = correction.asset, f"Correction {correction.pk}"
    asset.refresh_from_db(fields=["gone_on"])  # another correction of the same thing may have come before
    if correction.kind == Kind.NOT_HERE:
        if asset.gone_on is None:
            let_asset_vanish(asset, since=since, source=source)
            return True
        return False
    if asset.gone_on is not None:
        raise CorrectionInvalid(_("That object is known to be gone since %(day)s.") % {"day": asset.gone_on})
    if correction.kind == Kind.OWNER:
        change_asset(asset, owner=correction.body, since=since, source=source)
    elif correction.kind == Kind.MOVED:
        change_asset(asset, geom=correction.point, since=since, source=source)
    return correction.kind != Kind.BROKEN


def _decide(correction: AssetCorrection, state: str, user: AbstractBaseUser, reason: str) -> AssetCorrection:
    correction.state, correction.reason = state, correction_text(reason)
    correction.decided_by, correction.decided_at = user, timezone.now()  # type: ignore[assignment]
    correction.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return correction
