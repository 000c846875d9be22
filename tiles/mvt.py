"""Renders each layer's tiles: chooses the statement under `sql/` and its numbers.

`EXTENT` units lie across a tile. A layer of points or shapes is searched and
drawn a little beyond the tile's edge, so that a symbol on the edge is whole in
the picture of two tiles side by side.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from geo import grid
from tiles.binning import CELLS, DAYS_OF_CLASS, median_days
from tiles.encode import Column, Parts, point_layer
from tiles.selectors.bins import bins_answer, cells_around_tile, cells_of_tile
from tiles.selectors.sensitive import squares_of_tile
from tiles.statements import statement

EXTENT = 4096
MAX_BYTES = 500_000
"""More in one tile makes a phone wait; then things are merged into clusters."""

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
    """Counts in 64 × 64 cells, one point at the centre of each cell that has reports; squares of sensitive services."""
    cells = cells_of_tile(tile, asked)
    unit = EXTENT // CELLS
    x = (cells.columns - tile.x * CELLS) * unit + unit // 2
    y = (cells.rows - tile.y * CELLS) * unit + unit // 2
    open_, closed = cells.counts[:, 0], cells.counts[:, 1:]
    count = cells.counts.sum(axis=1)
    said = {
        "count": count,
        "open": open_,
        "resolved": Parts(np.round(100 - 100 * open_ / np.maximum(count, 1)).astype(np.int64), 100),
        "median_days": _tenths_of_days(closed),
    }
    squares = squares_of_tile(tile, asked)
    return point_layer("heat", EXTENT, x, y, said) + point_layer(
        "sensitive",
        EXTENT,
        np.floor((squares.right * 2**tile.z - tile.x) * EXTENT).astype(np.int64),
        np.floor((squares.down * 2**tile.z - tile.y) * EXTENT).astype(np.int64),
        {"count": squares.count, "zoom": squares.zoom},
    )


def reports(tile: grid.Tile, asked: Parameters) -> bytes:
    """Clusters up to zoom 14; then every report, or clusters where a tile holds too many."""
    # A thousandth more than the buffer: the edge of the search must not cut what rounds into it.
    numbers = {**_grid_numbers(tile), "buffer": POINT_BUFFER, "cap": POINT_CAP}
    box = _box(tile, margin=POINT_BUFFER / EXTENT + 0.001)
    if tile.z > CLUSTER_MAX_ZOOM:
        points = _tile("report_points.sql", box, numbers, asked)
        if points is not None and len(points) <= MAX_BYTES:
            return points
    if bins_answer(tile, asked):
        return _clusters(tile, asked)
    return _tile("report_clusters.sql", box, numbers, {"most_days": DAYS_OF_CLASS[-1]}, asked) or b""


def _clusters(tile: grid.Tile, asked: Parameters) -> bytes:
    """Clusters from bins: each at the mean of its cells' centres, which is off by 4 px of a 256 px tile at most."""
    cells = cells_around_tile(tile, asked, ring=1 / CLUSTER_CELLS)
    across = 2 ** (cells.level - tile.z)
    to_cluster = across // CLUSTER_CELLS
    count, open_ = cells.counts.sum(axis=1), cells.counts[:, 0]
    wide = CLUSTER_CELLS + 2
    column, row = cells.columns - tile.x * across, cells.rows - tile.y * across
    place = (row // to_cluster + 1) * wide + column // to_cluster + 1
    sums = [
        np.bincount(place, weights=weights, minlength=wide * wide)
        for weights in (count, open_, (column + 0.5) * count, (row + 0.5) * count)
    ]
    found = np.flatnonzero(sums[0])
    counts, opened, right, down = (part[found] for part in sums)
    x, y = (np.round(part / counts / across * EXTENT).astype(np.int64) for part in (right, down))
    closed = np.zeros((wide * wide, cells.counts.shape[1] - 1), dtype=np.int64)
    np.add.at(closed, place, cells.counts[:, 1:])
    said: dict[str, Column] = {
        "cluster": np.ones(len(found), dtype=bool),
        "count": counts.astype(int),
        "open": opened.astype(int),
        "median_days": _tenths_of_days(closed[found]),
    }
    return point_layer("reports", EXTENT, x, y, said)


def _tenths_of_days(closed: NDArray[np.int64]) -> Parts:
    """Medians of counts by class as a property, left out where nothing is closed."""
    return Parts(np.round(np.nan_to_num(median_days(closed), nan=-1) * 10).astype(np.int64), 10)


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
    with connection.cursor() as cursor:
        cursor.execute(statement(file), named)
        [(found,)] = cursor.fetchall()
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
