"""Writes a layer or an asset class to a file that QGIS opens."""

from pathlib import Path

import geopandas as gpd

from geo.geojson import DECIMALS
from layers.services.formats import format_of


def write_frame(frame: gpd.GeoDataFrame, path: Path, table: str) -> None:
    """Write `frame` (EPSG:4326) to `path`, in the format of its ending.

    GeoJSON follows RFC 7946: 7 decimals (1 cm), outer rings anticlockwise.
    GeoPackage (one table, named `table`) and GeoParquet (1.0, WKB) keep every
    digit.

    Raises
    ------
    FormatUnknown
        The ending is none that we write.
    """
    form = format_of(path.suffix)
    if form.ending == "parquet":
        frame.to_parquet(path, index=False, schema_version="1.0.0", write_covering_bbox=False)
    elif form.ending == "gpkg":
        path.unlink(missing_ok=True)  # else a second table is added to it
        frame.to_file(path, driver="GPKG", layer=table, engine="pyogrio")
    else:
        frame.to_file(
            path,
            driver="GeoJSON",
            engine="pyogrio",
            RFC7946="YES",
            COORDINATE_PRECISION=DECIMALS,
            WRITE_NAME="NO",
        )
