"""A draft becomes a statement of the city; a statement can be withdrawn, never edited."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tiles.errors import PublishingRefused
from tiles.models import HotspotLayer


@transaction.atomic
def publish_hotspots(layer: HotspotLayer, *, user: User | None = None) -> None:
    """Show a draft to everybody; PublishingRefused if it is no draft, or counts sensitive services.

    The public knows of those in published squares only (tiles.privacy). A hotspot cell lies
    across squares and quarters, and squares less cell would be fewer than five reports.
    """
    found = HotspotLayer.objects.select_for_update().get(pk=layer.pk)
    if found.status != HotspotLayer.Status.DRAFT:
        raise PublishingRefused(_("Only a draft can be published; this layer was published before."))
    if found.sensitive_codes:
        raise PublishingRefused(
            _(
                "Places of %(services)s are not public, so this layer stays a draft for planners. "
                "Leave these services out to publish."
            )
            % {"services": ", ".join(sorted(found.sensitive_codes))}
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
