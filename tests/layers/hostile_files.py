"""Parquet files and shapes made to break the import."""

import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

SQUARE = shapely.to_wkb(shapely.box(-74, 40.7, -73.99, 40.71))


def wkb(kind: int, *content: bytes) -> bytes:
    return struct.pack("<BI", 1, kind) + b"".join(content)


def parts(kind: int, *inside: bytes) -> bytes:
    return wkb(kind, struct.pack("<I", len(inside)), *inside)


ARC = wkb(8, struct.pack("<I6d", 3, -74, 40.7, -73.99, 40.71, -74, 40.7))
TRIANGLE = parts(17, struct.pack("<I8d", 4, 0, 0, 1, 0, 1, 1, 0, 0))
UNREADABLE = {
    "arc": (ARC, "is a curve"),
    "area of curves": (parts(10, ARC), "is a curve"),
    "triangle": (TRIANGLE, "is of a kind that is not read"),
    "net of triangles": (parts(16, TRIANGLE), "is of a kind that is not read"),
    "surface": (parts(15, wkb(3, struct.pack("<I", 0))), "is of a kind that is not read"),
    "no kind": (wkb(99), "is of a kind that is not read"),
    "no WKB": (b"garbage", "Unexpected EOF"),
    "nothing": (b"", "Unexpected EOF"),
    "cut off": (SQUARE[:-9], "smaller than"),
    "more rings than bytes": (wkb(3, struct.pack("<I", 2**31 - 1)), "smaller than"),
    "an open ring": (wkb(3, struct.pack("<2I6d", 1, 3, 0, 0, 1, 0, 1, 1)), "closed"),
}


def described(**column: Any) -> dict[str, Any]:
    columns = {"geometry": {"encoding": "WKB", "geometry_types": [], **column}}
    return {"version": "1.0.0", "primary_column": "geometry", "columns": columns}


def parquet(path: Path, shapes: list[Any], geo: object, kind: pa.DataType | None = None) -> Path:
    table = pa.table({"code": [str(row) for row in range(len(shapes))], "geometry": pa.array(shapes, kind)})
    text = geo if isinstance(geo, bytes) else json.dumps(geo).encode()
    pq.write_table(table.replace_schema_metadata({b"geo": text} if geo is not None else None), path)
    return path
