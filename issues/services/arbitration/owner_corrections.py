"""Makes the stored owners learn from a ruling about a kind of object: one staged correction for each that differs.

The boundary sibling is `draft_boundaries`. Nothing changes until staff accept the
corrections (`issues.services.asset_corrections`); accepted, the ruling is superfluous
for those objects and stays as the record of why.
"""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import DraftRefused
from issues.models import Ruling, RulingCorrection
from issues.selectors.cases import check_arbitrator
from issues.services.arbitration.acts import lock_case, record
from issues.services.arbitration.reverse import ANY_STATE
from layers.errors import TooManyCorrections
from layers.models import Asset, AssetCorrection
from layers.services.asset_corrections import Proposal, propose_asset_correction

MOST_STAGED = 1_000
"""More is an import of a file: `import_assets`."""


@dataclass(frozen=True)
class Staged:
    """How many corrections were staged, and how many objects were left out because too many wait for them."""

    count: int
    left_out: int


@transaction.atomic
def stage_owner_corrections(ruling_id: int, *, user: User) -> Staged:
    """Stage "belongs to the winner" for each object of the ruling's class that lies wholly in its zone.

    A second call stages only what came since. An equal correction that waits
    already, a citizen's for example, becomes one of the ruling's.

    Raises
    ------
    NotAllowed
        No arbitrator.
    DraftRefused
        No such ruling in force, it is not about a kind of object, all there belongs to the
        winner or waits already, or more than `MOST_STAGED` differ.
    """
    check_arbitrator(user)
    ruling = _in_force(ruling_id)
    # Two clicks at once: the second waits here, and then finds what the first has staged. Things before
    # the case: whoever accepts a correction holds its thing when a report joins or leaves the case.
    things = Asset.objects.select_for_update(no_key=True).filter(pk__in=_to_correct(ruling)).order_by("pk")
    list(things.values_list("pk", flat=True))
    found = _to_correct(ruling)
    if not found:
        raise DraftRefused(_("Every object of this kind in the zone belongs to the winner, or waits to be accepted."))
    if len(found) > MOST_STAGED:
        raise DraftRefused(
            _("More than %(limit)s objects would change their owner: import them as a file instead.")
            % {"limit": MOST_STAGED}
        )
    staged = left_out = 0
    for asset_id in found:
        try:
            proposed = propose_asset_correction(
                Proposal(asset_id, AssetCorrection.Kind.OWNER, body=ruling.body.slug), user=user
            )
        except TooManyCorrections:
            left_out += 1
            continue
        RulingCorrection.objects.create(correction=proposed.correction, ruling=ruling)
        staged += 1
    case = lock_case(ruling.case_id, states=ANY_STATE)
    record(case, "corrections_staged", user=user, data={"ruling": ruling.pk, "count": staged})
    return Staged(staged, left_out)


def _in_force(ruling_id: int) -> Ruling:
    found = (
        Ruling.objects.select_related("body")
        .filter(Q(expires_at=None) | Q(expires_at__gt=timezone.localdate()))
        .filter(pk=ruling_id, reversed_at=None, asset_class__isnull=False)
        .first()
    )
    if found is None:
        raise DraftRefused(_("Only a ruling in force about a kind of object can correct owners."))
    return found


def _to_correct(ruling: Ruling) -> list[int]:
    """The objects, one more than may be staged at most; those that wait with a ruling's correction are left out."""
    waiting = AssetCorrection.objects.filter(
        state=AssetCorrection.State.PROPOSED, body=ruling.body, by_ruling__isnull=False
    )
    inside = Asset.objects.filter(asset_class=ruling.asset_class, gone_on=None, geom__coveredby=ruling.zone)
    differing = inside.exclude(owner=ruling.body).exclude(pk__in=waiting.values("asset"))
    return list(differing.order_by("pk").values_list("pk", flat=True)[: MOST_STAGED + 1])
