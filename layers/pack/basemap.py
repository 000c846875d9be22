"""The pack's own offline base map: `basemap.toml`, simplified for the screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import PackContentInvalid
from layers.pack.files import need, read_toml
from layers.pack.geography import Names, features_of
from layers.pack.sources import Feature, Source


@dataclass(frozen=True)
class PackBasemapFeature:
    """One shape to draw, in EPSG:4326."""

    kind: str
    rank: int
    min_zoom: int
    names: Names
    address: str
    geometry: BaseGeometry


def read_basemap(pack: Path, sources: dict[str, Source], srid: int) -> Iterator[PackBasemapFeature]:
    """The shapes of the base map; `srid` is the metre system in which to simplify."""
    content = read_toml(pack, "basemap.toml", optional=True)
    where = str(pack / "basemap.toml")
    for table in content.get("feature", []):
        features = list(features_of(table, sources, where))
        shapes = _simplified([feature.geometry for feature in features], table.get("simplify_m"), srid)
        shape = table.get("shape", "as_is")
        if table.get("once_per_address"):
            features, shapes = _first_of_each_address(table, features, shapes)
        if shape == "lines":
            yield from (_feature(table, None, line, where) for line in _border_lines(shapes))
        elif shape == "point":
            points = (polygon.representative_point() for polygon in shapes)
            yield from (_feature(table, feature, point, where) for feature, point in zip(features, points, strict=True))
        elif shape == "as_is":
            yield from (_feature(table, feature, found, where) for feature, found in zip(features, shapes, strict=True))
        else:
            raise PackContentInvalid(f"{where}: shape is {shape!r}, not as_is, lines or point.")


def outline(
    pack: Path, sources: dict[str, Source], srid: int, margin_m: float, content: dict[str, Any]
) -> shapely.MultiPolygon:
    """The city's outline in EPSG:4326: land plus `margin_m` of water, smaller holes filled.

    `content` is the `[outline]` table of city.toml: a `source`, or an `extent` in degrees.
    """
    if "extent" in content:
        land = gpd.GeoSeries([shapely.box(*content["extent"])], crs=4326).to_crs(srid)
    else:
        features = features_of(content, sources, str(pack / "city.toml"))
        # 10 m is far below the margin and makes the buffer ten times faster.
        land = gpd.GeoSeries([feature.geometry for feature in features], crs=4326).to_crs(srid).simplify(10)
    grown = shapely.union_all(land.buffer(margin_m).to_numpy()).simplify(margin_m / 20)
    smallest_hole = content.get("fill_holes_below_km2", 0) * 1e6
    filled = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area > smallest_hole])
        for part in shapely.get_parts(grown)
    ]
    whole = gpd.GeoSeries([shapely.union_all(filled)], crs=srid).to_crs(4326).iloc[0]
    return shapely.MultiPolygon(list(shapely.get_parts(whole)))


def _simplified(shapes: Sequence[BaseGeometry], tolerance_m: float | None, srid: int) -> Sequence[BaseGeometry]:
    """Neighbours simplified together, so that a shared border stays one line."""
    if not tolerance_m or not shapes:
        return shapes
    in_metres = gpd.GeoSeries(shapes, crs=4326).to_crs(srid)
    simple = shapely.make_valid(shapely.coverage_simplify(in_metres.to_numpy(), tolerance_m))
    return list(gpd.GeoSeries(simple, crs=srid).to_crs(4326))


def _first_of_each_address(
    table: dict[str, Any], features: Sequence[Feature], shapes: Sequence[BaseGeometry]
) -> tuple[list[Feature], list[BaseGeometry]]:
    """Ten shops of one house carry one address: keep the first."""
    first = {feature.fill(table["address"]): number for number, feature in reversed(list(enumerate(features)))}
    kept = sorted(first.values())
    return [features[number] for number in kept], [shapes[number] for number in kept]


def _border_lines(shapes: Sequence[BaseGeometry]) -> Sequence[BaseGeometry]:
    """Borders of the polygons, each shared one once, as single lines."""
    lines = shapely.line_merge(shapely.union_all(shapely.boundary(np.asarray(shapes))))
    return list(shapely.get_parts(lines))


def _feature(table: dict[str, Any], feature: Feature | None, geometry: BaseGeometry, where: str) -> PackBasemapFeature:
    return PackBasemapFeature(
        kind=need(table, "kind", where),
        rank=table.get("rank", 0),
        min_zoom=table.get("min_zoom", 0),
        names=feature.names(table.get("name", {})) if feature else {},
        address=feature.fill(table["address"]).strip() if feature and "address" in table else "",
        geometry=geometry,
    )
