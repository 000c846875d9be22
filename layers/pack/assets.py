"""Things with an owner: a pack's `assets.toml`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import PackContentInvalid
from layers.pack.files import need, read_toml
from layers.pack.geography import Names, features_of
from layers.pack.sources import Feature, Source


@dataclass(frozen=True)
class PackAsset:
    """One thing: `owner` is a body's slug."""

    external_id: str
    owner: str
    names: Names
    geometry: BaseGeometry


@dataclass(frozen=True)
class PackAssetClass:
    """One kind of thing with all its things."""

    slug: str
    names: Names
    snap_distance_m: float
    default_owner: str
    assets: tuple[PackAsset, ...]


def read_asset_classes(pack: Path, sources: dict[str, Source]) -> list[PackAssetClass]:
    """The asset classes of the pack; none without an assets.toml."""
    content = read_toml(pack, "assets.toml", optional=True)
    where = str(pack / "assets.toml")
    return [_asset_class(table, sources, where) for table in content.get("asset_class", [])]


def _asset_class(table: dict[str, Any], sources: dict[str, Source], where: str) -> PackAssetClass:
    slug = need(table, "slug", where)
    where = f"{where}, {slug}"
    rules = [_owner_rule(rule, sources, where) for rule in table.get("owner_rule", [])]
    assets = {}
    for feature in features_of(table, sources, where):
        asset = PackAsset(
            external_id=feature.fill(need(table, "external_id", where)),
            owner=next((owner for fits, owner in rules if fits(feature)), need(table, "owner", where)),
            names=feature.names(table.get("asset_name", {})),
            geometry=feature.geometry,
        )
        assets[asset.external_id] = asset
    return PackAssetClass(
        slug=slug,
        names=need(table, "name", where),
        snap_distance_m=float(need(table, "snap_distance_m", where)),
        default_owner=table["owner"],
        assets=tuple(assets.values()),
    )


def _owner_rule(rule: dict[str, Any], sources: dict[str, Source], where: str) -> tuple[Any, str]:
    """A test on features and the owner of those that fit: by a column's text, or by standing in an area."""
    owner = need(rule, "owner", where)
    if "column" in rule:
        return (lambda feature: str(feature.row.get(rule["column"])) in rule["values"]), owner
    if "inside" in rule:
        area = shapely.union_all([found.geometry for found in _areas(rule, sources, where)])
        shapely.prepare(area)
        return (lambda feature: area.covers(feature.geometry)), owner
    raise PackContentInvalid(f"{where}: an owner_rule needs `column` and `values`, or `inside` and `codes`.")


def _areas(rule: dict[str, Any], sources: dict[str, Source], where: str) -> Iterator[Feature]:
    for feature in features_of({"source": rule["inside"]}, sources, where):
        if feature.fill(sources[rule["inside"]].table["code"]) in need(rule, "codes", where):
            yield feature
