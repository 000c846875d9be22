"""Writes a pack's assets and its base map."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from django.utils import timezone

from layers.errors import PackContentInvalid
from layers.models import ALWAYS, Asset, AssetClass, BasemapFeature, Body
from layers.pack.assets import PackAssetClass
from layers.pack.basemap import PackBasemapFeature
from layers.services.load_geography import to_geos

BATCH = 1000
_SINCE_ALWAYS = datetime.combine(ALWAYS, time(), UTC)


def load_assets(classes: Sequence[PackAssetClass], bodies: dict[str, Body]) -> int:
    """Upsert asset classes by slug and assets by their external id; the number of assets.

    Assets that the pack no longer has stay: an import says which are gone. The
    first assets of a class count as known since always, like the first
    boundaries of a layer; what changes later holds from today on.
    """
    owners = {asset.owner for kind in classes for asset in kind.assets} | {kind.default_owner for kind in classes}
    if unknown := owners - bodies.keys():
        raise PackContentInvalid(f"assets.toml names owners that no file defines: {', '.join(sorted(unknown))}.")
    for kind in classes:
        asset_class, _ = AssetClass.objects.update_or_create(
            slug=kind.slug,
            defaults={
                "names": kind.names,
                "snap_distance_m": kind.snap_distance_m,
                "default_owner": bodies[kind.default_owner],
            },
        )
        is_first_load = not asset_class.assets.exists()
        Asset.objects.bulk_create(
            [
                Asset(
                    asset_class=asset_class,
                    external_id=asset.external_id,
                    owner=bodies[asset.owner],
                    names=asset.names,
                    geom=to_geos(asset.geometry),
                    valid_from=ALWAYS if is_first_load else timezone.localdate(),
                    recorded_at=_SINCE_ALWAYS if is_first_load else timezone.now(),
                    source="City pack",
                )
                for asset in kind.assets
            ],
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["asset_class", "external_id"],
            update_fields=["owner", "names", "geom"],
        )
    return sum(len(kind.assets) for kind in classes)


def load_basemap(features: Iterable[PackBasemapFeature]) -> int:
    """Replace the base map; the number of its shapes. Nothing refers to them."""
    BasemapFeature.objects.all().delete()
    made = BasemapFeature.objects.bulk_create(
        [
            BasemapFeature(
                kind=feature.kind,
                rank=feature.rank,
                min_zoom=feature.min_zoom,
                names=feature.names,
                address=feature.address,
                geom=to_geos(feature.geometry),
            )
            for feature in features
        ],
        batch_size=BATCH,
    )
    return len(made)
