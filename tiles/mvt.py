"""Renders each layer's tiles: chooses the statement under `sql/` and its numbers.

`EXTENT` units lie across a tile. A layer of points or shapes is searched and
drawn a little beyond the tile's edge, so that a symbol on the edge is whole in
the picture of two tiles side by side.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo import grid, sql

SQL = Path(__file__).parent / "sql"
EXTENT = 4096
MAX_BYTES = 500_000
"""More in one tile makes a phone wait; then things are merged into clusters."""

HEAT_CELLS = 64
CLUSTER_CELLS = 16
CLUSTER_MAX_ZOOM = 14
POINT_BUFFER = EXTENT // CLUSTER_CELLS
"""16 px of a 256 px tile, and one cluster cell, so that clusters are whole in both tiles."""
POINT_CAP = 4000
"""4,000 report points are at most 240 kB before compression."""

ASSET_MIN_ZOOM = 14
ASSET_CAP = 4000
SHAPE_BUFFER = 64
"""4 px of a 256 px tile: more than half of the widest line."""

HOTSPOT_CAP = 5000
"""5,000 cells with their numbers are at most 450 kB before compression."""
HOTSPOT_LEAST_PX = 6.0
"""Smaller cells without significance are drawn as one area."""

Parameters = Mapping[str, Any]


def heat(tile: grid.Tile, asked: Parameters) -> bytes:
    """Counts in 64 × 64 cells, one point at the centre of each cell that has reports."""
    numbers = {
        "cells": 2**tile.z * HEAT_CELLS,
        "first_column": tile.x * HEAT_CELLS,
        "first_row": tile.y * HEAT_CELLS,
        "tile_cells": HEAT_CELLS,
        "cell_units": EXTENT // HEAT_CELLS,
        "extent": EXTENT,
    }
    return _tile("heat.sql", _box(tile, margin=1 / HEAT_CELLS), numbers, asked) or b""


def reports(tile: grid.Tile, asked: Parameters) -> bytes:
    """Clusters up to zoom 14; then every report, or clusters where a tile holds too many."""
    # A thousandth more than the buffer: the edge of the search must not cut what rounds into it.
    numbers = {**_grid_numbers(tile), "buffer": POINT_BUFFER, "cap": POINT_CAP}
    box = _box(tile, margin=POINT_BUFFER / EXTENT + 0.001)
    if tile.z > CLUSTER_MAX_ZOOM:
        points = _tile("report_points.sql", box, numbers, asked)
        if points is not None and len(points) <= MAX_BYTES:
            return points
    return _tile("report_clusters.sql", box, numbers, asked) or b""


def boundaries(tile: grid.Tile, asked: Parameters) -> bytes:
    """The polygons of public layers, lowest rank first."""
    return _tile("boundaries.sql", *_shape_numbers(tile), asked) or b""


def assets(tile: grid.Tile, asked: Parameters) -> bytes:
    """Every asset from zoom 14, or clusters by class where a tile holds too many; nothing below."""
    if tile.z < ASSET_MIN_ZOOM:
        return b""
    single = _tile("assets.sql", *_shape_numbers(tile), {"cap": ASSET_CAP}, asked)
    if single is not None and len(single) <= MAX_BYTES:
        return single
    box = _box(tile, margin=1 / CLUSTER_CELLS + 0.001)
    return _tile("asset_clusters.sql", box, _grid_numbers(tile), asked) or b""


def basemap(tile: grid.Tile, asked: Parameters) -> bytes:
    """The pack's own base map, an MVT layer for each kind of shape."""
    return _tile("basemap.sql", *_shape_numbers(tile), asked) or b""


def hotspots(tile: grid.Tile, asked: Parameters) -> bytes:
    """The cells of one computed layer; below the zoom where a cell can be seen, those that matter and one area."""
    if asked["layer_id"] is None:
        return b""
    box, numbers = _shape_numbers(tile)
    middle = math.radians((box["south"] + box["north"]) / 2)
    pixel_m = 2 * grid.HALF_WORLD_M * math.cos(middle) / 2**tile.z / 256
    chosen = {"single": asked["size_m"] / pixel_m >= HOTSPOT_LEAST_PX, "cap": HOTSPOT_CAP}
    cells = _tile("hotspots.sql", box, numbers, chosen, asked)
    if cells is not None and len(cells) <= MAX_BYTES:
        return cells
    return _tile("hotspot_patterns.sql", box, numbers, asked) or b""


def _tile(file: str, *parameters: Parameters) -> bytes | None:
    """The bytes that a statement returns; None when it says that there are too many."""
    named = {name: value for part in parameters for name, value in part.items()}
    [(found,)] = sql.rows(SQL / file, named)
    return None if found is None else bytes(found)


def _box(tile: grid.Tile, margin: float) -> dict[str, float]:
    west, south, east, north = grid.tile_extent(tile, margin)
    return {"west": west, "south": south, "east": east, "north": north}


def _grid_numbers(tile: grid.Tile) -> dict[str, int]:
    return {"tiles": 2**tile.z, "x": tile.x, "y": tile.y, "tile_cells": CLUSTER_CELLS, "extent": EXTENT}


def _shape_numbers(tile: grid.Tile) -> tuple[dict[str, float], dict[str, float]]:
    """The box to search and cut, and the numbers for `ST_AsMVTGeom`."""
    box = _box(tile, margin=SHAPE_BUFFER / EXTENT)
    # A degree of latitude is the longer one on the map: thinned by one unit there, by less across.
    longer = 1 / math.cos(math.radians(max(abs(box["south"]), abs(box["north"]))))
    tolerance = 360 / 2**tile.z / EXTENT / longer
    return box, {
        "z": tile.z,
        "x": tile.x,
        "y": tile.y,
        "extent": EXTENT,
        "buffer": SHAPE_BUFFER,
        "tolerance": tolerance,
    }
