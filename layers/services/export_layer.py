"""Writes a layer or an asset class to a file that QGIS opens."""

import json
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj

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


def write_frames(frames: Iterable[gpd.GeoDataFrame], path: Path, table: str, geometry_type: str) -> int:
    """Write frames of the same columns, one after the other, as `write_frame` writes one; the number of rows.

    Only one of them is in memory at a time. `geometry_type` is that of all shapes, or "Unknown".

    Raises
    ------
    FormatUnknown
        The ending is none that we write.
    """
    form = format_of(path.suffix)
    path.unlink(missing_ok=True)
    if form.ending == "parquet":
        return _write_parquet(frames, path)
    if form.ending == "gpkg":
        return _write_geopackage(frames, path, table, geometry_type)
    return _write_geojson(frames, path)


def _write_geopackage(frames: Iterable[gpd.GeoDataFrame], path: Path, table: str, geometry_type: str) -> int:
    count = 0
    for frame in frames:
        pyogrio.write_dataframe(
            frame, path, layer=table, driver="GPKG", geometry_type=geometry_type, append=path.exists()
        )
        count += len(frame)
    return count


def _write_geojson(frames: Iterable[gpd.GeoDataFrame], path: Path) -> int:
    """GDAL writes each frame as lines of features; the collection around them is ours."""
    count, part = 0, path.with_suffix(".part.geojsonl")
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for frame in frames:
            if frame.empty:  # GDAL would write nothing, not even the file
                continue
            pyogrio.write_dataframe(frame, part, driver="GeoJSONSeq", COORDINATE_PRECISION=DECIMALS)
            with part.open(encoding="utf-8") as lines:
                for line in lines:
                    file.write((",\n" if count else "\n") + line.rstrip("\n"))
                    count += 1
            part.unlink()
        file.write("\n]}\n")
    return count


def _write_parquet(frames: Iterable[gpd.GeoDataFrame], path: Path) -> int:
    """GeoParquet 1.0: WKB and a note in the schema. Without `geometry_types` any are allowed."""
    count, writer = 0, None
    for frame in frames:
        words = [name for name in frame.columns if name != "geometry"]
        if writer is None:
            column = {"encoding": "WKB", "geometry_types": [], "crs": pyproj.CRS(frame.crs).to_json_dict()}
            note = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
            fields = [pa.field(name, pa.string()) for name in words] + [pa.field("geometry", pa.binary())]
            schema = pa.schema(fields, metadata={"geo": json.dumps(note)})
            writer = pq.ParquetWriter(path, schema)
        arrays = [pa.array(frame[name], pa.string(), from_pandas=True) for name in words]
        arrays.append(pa.array(frame.geometry.to_wkb(), pa.binary()))
        writer.write_table(pa.Table.from_arrays(arrays, schema=writer.schema))
        count += len(frame)
    if writer is not None:
        writer.close()
    return count
