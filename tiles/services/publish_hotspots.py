"""A draft becomes a statement of the city; a statement can be withdrawn, never edited."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tiles.errors import PublishingRefused
from tiles.models import HotspotLayer


@transaction.atomic
def publish_hotspots(layer: HotspotLayer, *, user: User | None = None) -> None:
    """Show a draft to everybody; PublishingRefused if it is no draft, or tells too much beside what is public.

    A sensitive service may be published once for a place and day: from two layers with
    other cells or days, one could subtract and find fewer than k reports. Withdrawn
    layers count, because somebody may have kept them.
    """
    found = HotspotLayer.objects.select_for_update().get(pk=layer.pk)
    if found.status != HotspotLayer.Status.DRAFT:
        raise PublishingRefused(_("Only a draft can be published; this layer was published before."))
    if found.sensitive_codes:
        # The table lock makes two publishers one after the other; a few a day at most.
        ever = HotspotLayer.objects.select_for_update().exclude(status=HotspotLayer.Status.DRAFT)
        for other in ever.filter(since__lte=found.until, until__gte=found.since):
            if set(other.sensitive_codes) & set(found.sensitive_codes):
                raise PublishingRefused(
                    _(
                        "Days of this time were published before for %(services)s, whose places are not public. "
                        "Two maps of the same days could be subtracted. Choose other days, or leave these services out."
                    )
                    % {"services": ", ".join(sorted(set(other.sensitive_codes) & set(found.sensitive_codes)))}
                )
    found.status, found.published_at, found.published_by = HotspotLayer.Status.PUBLISHED, timezone.now(), user
    found.save(update_fields=["status", "published_at", "published_by"])
    layer.refresh_from_db()


@transaction.atomic
def withdraw_hotspots(layer: HotspotLayer) -> None:
    """Show a published layer no longer; PublishingRefused if it is not published."""
    found = HotspotLayer.objects.select_for_update().get(pk=layer.pk)
    if found.status != HotspotLayer.Status.PUBLISHED:
        raise PublishingRefused(_("Only a published layer can be withdrawn."))
    found.status, found.withdrawn_at = HotspotLayer.Status.WITHDRAWN, timezone.now()
    found.save(update_fields=["status", "withdrawn_at"])
    layer.refresh_from_db()
