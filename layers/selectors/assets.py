"""Things as they were on a day, as known at a moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from layers.errors import AssetUnknown
from layers.models import Asset, AssetCorrection, AssetVersion, Body


@dataclass(frozen=True)
class AssetState:
    """What a thing was: `geom` in EPSG:4326, `valid_from <= day < valid_to` (None: no end is known)."""

    asset: Asset
    owner: Body
    geom: Any
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    source: str


def asset_by_id(asset_id: int) -> Asset:
    """The thing, gone or not; AssetUnknown otherwise."""
    asset = Asset.objects.select_related("asset_class", "owner").defer("geom_m").filter(pk=asset_id).first()
    if asset is None:
        raise AssetUnknown(_("There is no asset %(id)s.") % {"id": asset_id})
    return asset


def assets_on(
    day: date,
    known_at: datetime | None = None,
    *,
    classes: Collection[str] | None = None,
    ids: Collection[int] | None = None,
) -> list[AssetState]:
    """The things that stood there on `day`, by class and id at the source; each once.

    Parameters
    ----------
    known_at
        As the records stood at that moment; None: as they stand now.
    classes
        Slugs; None means all.
    ids
        Only these assets; None means all.
    """
    wanted = Q()
    if classes is not None:
        wanted &= Q(asset_class__slug__in=classes)
    if ids is not None:
        wanted &= Q(pk__in=ids)
    current = Asset.objects.filter(wanted, gone_on=None, valid_from__lte=day)
    before = AssetVersion.objects.filter(valid_from__lte=day).exclude(valid_to__lte=day)
    if wanted:
        before = before.filter(asset__in=Asset.objects.filter(wanted).order_by())
    if known_at is None:
        before = before.filter(superseded_at=None)
    else:
        current = current.filter(recorded_at__lte=known_at)
        before = before.filter(recorded_at__lte=known_at).exclude(superseded_at__lte=known_at)
    found = [
        AssetState(asset, asset.owner, asset.geom, asset.valid_from, None, asset.recorded_at, asset.source)
        for asset in current.select_related("asset_class", "owner").defer("geom_m")
    ]
    versions = before.select_related("asset__asset_class", "owner").defer("geom_m", "asset__geom", "asset__geom_m")
    found += [
        AssetState(
            version.asset,
            version.owner,
            version.geom,
            version.valid_from,
            version.valid_to,
            version.recorded_at,
            version.source,
        )
        for version in versions
    ]
    return sorted(found, key=lambda state: (state.asset.asset_class.slug, state.asset.external_id))


def asset_on(asset_id: int, day: date, known_at: datetime | None = None) -> AssetState | None:
    """What one thing was on `day`; None where it was not there, or not known, that day.

    "Who owned this lamp on 3 May, as known on 10 May" is
    `asset_on(lamp, date(2026, 5, 3), datetime(2026, 5, 10, …)).owner`.
    """
    return next(iter(assets_on(day, known_at, ids=[asset_id])), None)


def waiting_corrections() -> QuerySet[AssetCorrection]:
    """The corrections that staff have not judged yet, oldest first, with thing, class, owner and body joined."""
    return (
        AssetCorrection.objects.filter(state=AssetCorrection.State.PROPOSED)
        .select_related("asset__asset_class", "asset__owner", "body", "proposed_by")
        .defer("asset__geom_m")
        .order_by("id")
    )
