"""Writes a pack's assets and its base map."""

from collections.abc import Iterable, Sequence

from layers.errors import PackContentInvalid
from layers.models import Asset, AssetClass, BasemapFeature, Body
from layers.pack.assets import PackAssetClass
from layers.pack.basemap import PackBasemapFeature
from layers.services.load_geography import to_geos

BATCH = 1000


def load_assets(classes: Sequence[PackAssetClass], bodies: dict[str, Body]) -> int:
    """Upsert asset classes by slug and assets by their external id; the number of assets.

    Assets that the pack no longer has stay: decisions refer to them.
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
        Asset.objects.bulk_create(
            [
                Asset(
                    asset_class=asset_class,
                    external_id=asset.external_id,
                    owner=bodies[asset.owner],
                    names=asset.names,
                    geom=to_geos(asset.geometry),
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
