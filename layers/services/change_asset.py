"""Changes one thing from a day on; what it was stays askable (migration 0004 writes the history)."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from layers.errors import AssetChangeRefused
from layers.models import Asset, Body


def change_asset(
    asset: Asset,
    *,
    source: str,
    owner: Body | None = None,
    geom: Any = None,
    since: date | None = None,
) -> Asset:
    """Give the thing another owner or another place (EPSG:4326) from `since` on (today); a gone one comes back.

    Raises
    ------
    AssetChangeRefused
        The day lies in the future: things change when they change.
    """
    changes: dict[str, Any] = {"gone_on": None, "valid_from": since or timezone.localdate()}
    if owner is not None:
        changes["owner"] = owner
    if geom is not None:
        changes["geom"] = geom
    return _change(asset, changes, source)


def let_asset_vanish(asset: Asset, *, source: str, since: date | None = None) -> Asset:
    """From `since` on (today) the thing is not there; raises as `change_asset`."""
    return _change(asset, {"gone_on": since or timezone.localdate()}, source)


def _change(asset: Asset, changes: dict[str, Any], source: str) -> Asset:
    day = changes.get("gone_on") or changes["valid_from"]
    if day > timezone.localdate():
        raise AssetChangeRefused(
            _("%(day)s is a day to come: an asset changes from today on, or from a day before.") % {"day": day}
        )
    try:
        with transaction.atomic():
            Asset.objects.filter(pk=asset.pk).update(**changes, source=source[:300], recorded_at=timezone.now())
    except IntegrityError as error:
        raise AssetChangeRefused(str(error).splitlines()[0]) from error
    asset.refresh_from_db()
    return asset
