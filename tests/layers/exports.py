"""Exported files opened again, and what they are compared with."""

from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import shapely

from layers.selectors.boundaries import boundaries_on
from tests.toytown import MOVED_ON

BEFORE = MOVED_ON - timedelta(days=1)


def opened(path: Path) -> gpd.GeoDataFrame:
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    return gpd.read_file(path, engine="pyogrio")


def iso_day(value: object) -> str:
    """GDAL takes a GeoJSON text that looks like a day for one."""
    return str(value)[:10]


def stored(slug: str, day: date) -> dict[str, shapely.Geometry]:
    return {
        boundary.jurisdiction.code: shapely.from_wkb(bytes(boundary.geom.wkb))
        for boundary in boundaries_on(day, layers=[slug])
    }


def assert_same(frame: gpd.GeoDataFrame, wanted: dict[str, shapely.Geometry], ending: str) -> None:
    assert frame.crs.to_epsg() == 4326
    found = dict(zip(frame["code"], frame.geometry, strict=True))
    assert found.keys() == wanted.keys()
    for code, geometry in wanted.items():
        if ending == "geojson":  # 7 decimals
            assert found[code].hausdorff_distance(geometry) < 1e-7
        else:
            assert shapely.equals_exact(found[code], geometry, 0)
