"""Reads the tiles under a picture as arrays: the same bytes that the page's map gets."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from frontend.map_question import PictureQuestion
from geo.grid import HALF_WORLD_M, Tile
from tiles.registry import LAYERS

Points = tuple[Any, Any, dict[str, Any]]
"""x, y (EPSG:3857 metres) and the fields by name, arrays of one length."""


def counted_cells(question: PictureQuestion, cell_px: int, reach_px: int) -> Iterator[tuple[Any, Any, Any]]:
    """Column, row and count of the heat tiles' cells (int64, int64, float32), tile by tile."""
    heat = LAYERS["heat"]
    asked = {**question.reports.parameters(), **(heat.version().parameters() if heat.version else {})}
    cell_m = 2 * HALF_WORLD_M / (256 * 2**question.zoom / cell_px)
    window = (
        range((question.left - reach_px) // cell_px, (question.left + question.width + reach_px) // cell_px + 1),
        range((question.top - reach_px) // cell_px, (question.top + question.height + reach_px) // cell_px + 1),
    )
    for tile in _tiles(question, reach_px):
        body = heat.render(tile, asked)
        names = {str(name) for name, _ in pyogrio.list_layers(body)} if body else set()
        if "heat" in names:
            x, y, fields = _points(body, "heat", tile)
            column, row = np.floor((x + HALF_WORLD_M) / cell_m), np.floor((HALF_WORLD_M - y) / cell_m)
            yield column.astype(np.int64), row.astype(np.int64), fields["count"].astype(np.float32)
        if "sensitive" in names:
            yield from _spread(_points(body, "sensitive", tile), cell_m, window)


def _spread(points: Points, cell_m: float, window: tuple[range, range]) -> Iterator[tuple[Any, Any, Any]]:
    """The larger squares of services whose places stay private, evenly over the cells in them and in the window."""
    for x, y, count, zoom in zip(points[0], points[1], points[2]["count"], points[2]["zoom"], strict=True):
        side_m = 2 * HALF_WORLD_M / 2 ** int(zoom)
        span = max(round(side_m / cell_m), 1)
        first = (int((x + HALF_WORLD_M) // side_m) * span, int((HALF_WORLD_M - y) // side_m) * span)
        columns, rows = (
            np.arange(max(start, seen.start), min(start + span, seen.stop))
            for start, seen in zip(first, window, strict=True)
        )
        inside = np.meshgrid(columns, rows)
        yield inside[0].ravel(), inside[1].ravel(), np.full(inside[0].size, count / span**2, dtype=np.float32)


def _points(body: bytes, layer: str, tile: Tile) -> Points:
    """X and y in EPSG:3857, and the fields by name."""
    meta, _, geometry, fields = pyogrio.raw.read(body, layer=layer, X=tile.x, Y=tile.y, Z=tile.z, CLIP="NO")
    x, y = shapely.get_coordinates(shapely.from_wkb(geometry)).T
    return x, y, dict(zip(meta["fields"], fields, strict=True))


def shapes(question: PictureQuestion, kinds: Iterable[str]) -> dict[str, list[Any]]:
    """Simple shapes by kind, in px of the picture."""
    found: dict[str, list[Any]] = {kind: [] for kind in kinds}
    for tile in _tiles(question, 0):
        body = LAYERS["basemap"].render(tile, {})
        layers = {str(name) for name, _ in pyogrio.list_layers(body)} if body else set()
        for name in layers & set(found):
            geometry = pyogrio.raw.read(body, layer=name, X=tile.x, Y=tile.y, Z=tile.z, CLIP="NO", columns=[])[2]
            parts = shapely.get_parts(shapely.from_wkb(geometry))
            found[name] += list(shapely.transform(parts, lambda places: _pixels(question, places)))
    return found


def places(question: PictureQuestion, key: str) -> Iterator[tuple[int, str, tuple[float, float]]]:
    """Rank, name and px of the places that the page's map names."""
    for tile in _tiles(question, 0):
        body = LAYERS["basemap"].render(tile, {})
        if not body or "place" not in {str(name) for name, _ in pyogrio.list_layers(body)}:
            continue
        x, y, column = _points(body, "place", tile)
        names = column[key if key in column else "name"]
        spots = _pixels(question, np.column_stack([x, y]))
        for index, spot in enumerate(spots):
            if name := names[index] or column["name"][index]:
                yield int(column["rank"][index]), str(name), (float(spot[0]), float(spot[1]))


def _tiles(question: PictureQuestion, reach_px: int) -> list[Tile]:
    last = 2**question.zoom - 1

    def across(start: int, length: int) -> range:
        first, end = (start - reach_px) // 256, (start + length + reach_px - 1) // 256
        return range(max(first, 0), min(end, last) + 1)

    columns, rows = across(question.left, question.width), across(question.top, question.height)
    return [Tile(question.zoom, x, y) for y in rows for x in columns]


def _pixels(question: PictureQuestion, places: Any) -> Any:
    """EPSG:3857 metres as px of the picture."""
    unit = 256 * 2**question.zoom / (2 * HALF_WORLD_M)
    x = (places[:, 0] + HALF_WORLD_M) * unit - question.left
    y = (HALF_WORLD_M - places[:, 1]) * unit - question.top
    return np.column_stack([x, y])
