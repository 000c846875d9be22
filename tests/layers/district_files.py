"""Toytown's districts with changes in them, as a file of every format that is read."""

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import shapely

Writer = Callable[[gpd.GeoDataFrame, Path], Path]


def districts() -> gpd.GeoDataFrame:
    """West grows by a cell that East loses; North is new."""
    return gpd.GeoDataFrame(
        {
            "code": ["west", "east", "north"],
            "title": ["West", "East End", "North"],
            "owner": ["sanitation-west", "sanitation-east", "parks"],
        },
        geometry=[
            shapely.box(-74.0, 40.7, -73.989, 40.72),
            shapely.box(-73.989, 40.7, -73.985, 40.72),
            shapely.box(-74.0, 40.72, -73.985, 40.73),
        ],
        crs=4326,
    )


def to_geojson(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    frame.to_file(folder / "areas.geojson")
    return folder / "areas.geojson"


def to_parquet(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    frame.to_crs(2263).to_parquet(folder / "areas.parquet")
    return folder / "areas.parquet"


def to_geojson_gz(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    path = folder / "areas.geojson.gz"
    path.write_bytes(gzip.compress(to_geojson(frame, folder).read_bytes()))
    return path


def to_geopackage(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    frame.to_crs(2263).to_file(folder / "areas.gpkg")
    return folder / "areas.gpkg"


def to_shapefile(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    frame.to_crs(32118).to_file(folder / "areas.shp")
    return folder / "areas.shp"


def to_zipped_shapefile(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    to_shapefile(frame, folder)
    path = folder / "areas.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.glob("areas.*"):
            if part != path:
                archive.write(part, part.name)
    return path


def to_csv(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    frame.to_wkt().to_csv(folder / "areas.csv", index=False)
    return folder / "areas.csv"


def to_flatgeobuf(frame: gpd.GeoDataFrame, folder: Path) -> Path:
    frame.to_file(folder / "areas.fgb", SPATIAL_INDEX="NO")
    return folder / "areas.fgb"
