"""Fast matching: pairs beside geopandas, dask-geopandas and PostGIS, whole decisions beside the statement.

`python -m benchmarks.routing` needs a migrated database with a city loaded
(DATABASE_URL, CITY; Helsinki's services know lamps and trees). BENCH_SIZE is the number of points (100,000 unless set).
`BENCH_WORLD=50000,5000000` adds one question in a made-up city of so many areas
and assets (3 GB of disk for a while).
"""

import os
import sys
import time
from collections.abc import Callable

import dask_geopandas
import django
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.__main__ import milliseconds, row
from benchmarks.topology import FILES, PACKAGE, _path
from geo.cell_index import CellIndex
from geo.copy_rows import copy_rows
from geo.progress import StepByStep
from issues.bulk.world import Questions
from issues.selectors.evidence import Question, find_responsibility
from issues.selectors.routing_check import awkward_questions, disagreements
from issues.selectors.routing_index import RoutingIndex
from layers.pack.sources import as_multipolygon

POINTS = int(os.environ.get("BENCH_SIZE", "100000"))
SLOW_POINTS = min(POINTS, 20_000)
"""For peers that take minutes otherwise; their rate hardly depends on the number."""
RUNS = 3
PIECE_VERTICES = 64

Pairs = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]


def city_points(polygons: npt.NDArray[np.object_], count: int) -> Points:
    """A pattern, no real data: 60 % along 3,000 streets, 25 % in crowds, 15 % anywhere; all inside some polygon."""
    rng = np.random.default_rng(20261121)
    low, high = np.array(shapely.total_bounds(polygons)).reshape(2, 2)
    inside = CellIndex(polygons)
    found = np.empty((0, 2))
    ends = rng.uniform(low, high, (3000, 2))
    streets = np.stack([ends, ends + rng.normal(0, 0.01, (3000, 2))], axis=1)
    crowds = rng.uniform(low, high, (40, 2))
    while len(found) < count:
        street = streets[np.minimum(rng.zipf(1.3, count) - 1, 2999)]
        along = street[:, 0] + rng.uniform(size=(count, 1)) * (street[:, 1] - street[:, 0])
        crowd = crowds[rng.integers(0, 40, count)] + rng.normal(0, 0.008, (count, 2))
        kind = rng.uniform(size=(count, 1))
        drawn = np.where(kind < 0.6, along, np.where(kind < 0.85, crowd, rng.uniform(low, high, (count, 2))))
        found = np.concatenate([found, drawn[inside.locate(drawn[:, 0], drawn[:, 1]).sets > 0]])
    return found[:count]


def best_of(act: Callable[[], Pairs], runs: int = RUNS) -> tuple[float, Pairs]:
    """The shortest time of some runs, and what came out."""
    taken = []
    for _run in range(runs):
        start = time.perf_counter()
        found = act()
        taken.append(time.perf_counter() - start)
    return min(taken), found


def in_order(points: npt.NDArray[np.int64], polygons: npt.NDArray[np.int64]) -> Pairs:
    """Different (point, polygon) pairs, sorted; shape (n, 2). Every peer's work ends with this form."""
    keys = np.unique(points.astype(np.int64) << 32 | polygons)
    return np.column_stack((keys >> 32, keys & 0xFFFFFFFF))


def measure_pairs(count: int) -> None:
    """All polygons that cover each point: ours and the peers', each with whole and with cut polygons."""
    shapes = [as_multipolygon(each) for name in FILES for each in gpd.read_file(_path(name)).geometry.make_valid()]
    polygons = np.array(shapes, dtype=object)
    vertices = int(shapely.get_num_coordinates(polygons).sum())
    points = city_points(polygons, count)
    row("", "", f"{PACKAGE}: {len(polygons):,} polygons in 8 layers, {vertices:,} vertices; {count:,} points")
    start = time.perf_counter()
    index = CellIndex(polygons)
    row("cell index, built", f"{time.perf_counter() - start:.1f} s", f"{index.grid.size:,} cells")
    ours = {}
    for threads in (1, 2):
        taken, pairs = best_of(lambda threads=threads: np.column_stack(index.pairs(*points.T, threads=threads)))
        ours[threads] = count / taken
        row(f"cell index, pairs, threads: {threads}", f"{ours[threads]:,.0f} /s", f"{len(pairs):,} pairs")
    with connection.cursor() as cursor:
        pieces, owners = _store(cursor, polygons, points)
        for name, act, number in _peers(cursor, polygons, pieces, owners, points):
            taken, found = best_of(act, RUNS if number == count else 1)
            same = np.array_equal(found, pairs[: np.searchsorted(pairs[:, 0], number)])
            note = f"cell index {max(ours.values()) * taken / number:,.0f} ×{'' if same else '; OTHER PAIRS'}"
            row(f"{name}, {number:,} points", f"{number / taken:,.0f} /s", note)


def _store(cursor: object, polygons: npt.NDArray[np.object_], points: Points) -> tuple[npt.NDArray, npt.NDArray]:
    """The same data in PostGIS; returns the pieces that it cuts the polygons into, and whose they are."""
    cursor.execute(  # type: ignore[attr-defined]
        "CREATE TEMP TABLE bench_polygon (id int PRIMARY KEY, geom geometry(MultiPolygon, 4326));"
        "CREATE TEMP TABLE bench_point (id int, geom geometry(Point, 4326))"
    )
    wkb = shapely.to_wkb(shapely.set_srid(polygons, 4326), hex=True, include_srid=True)
    copy_rows("bench_polygon", ("id", "geom"), enumerate(wkb))
    wkb = shapely.to_wkb(shapely.set_srid(shapely.points(points), 4326), hex=True, include_srid=True)
    copy_rows("bench_point", ("id", "geom"), enumerate(wkb))
    cursor.execute(  # type: ignore[attr-defined]
        f"CREATE TEMP TABLE bench_piece AS SELECT id, ST_Subdivide(geom, {PIECE_VERTICES}) AS geom FROM bench_polygon;"  # noqa: S608
        "CREATE INDEX ON bench_polygon USING gist (geom); CREATE INDEX ON bench_piece USING gist (geom);"
        "CREATE INDEX ON bench_point USING gist (geom); CREATE INDEX ON bench_point (id);"
        "ANALYZE bench_polygon; ANALYZE bench_piece; ANALYZE bench_point; SELECT id, ST_AsBinary(geom) FROM bench_piece"
    )
    owners, shapes = zip(*cursor.fetchall(), strict=True)  # type: ignore[attr-defined]
    return shapely.from_wkb([bytes(shape) for shape in shapes]), np.array(owners, dtype=np.int64)


def _peers(
    cursor: object,
    polygons: npt.NDArray[np.object_],
    pieces: npt.NDArray[np.object_],
    owners: npt.NDArray[np.int64],
    points: Points,
) -> list[tuple[str, Callable[[], Pairs], int]]:
    """(name, what it does, how many points it gets). Frames and tables are ready before the clock starts."""

    def postgis(table: str, number: int) -> Pairs:
        cursor.execute(  # type: ignore[attr-defined]
            f"DROP TABLE IF EXISTS bench_pair; CREATE TEMP TABLE bench_pair AS"  # noqa: S608
            f" SELECT DISTINCT point.id AS point, area.id AS area FROM bench_point AS point JOIN {table} AS area"
            f" ON ST_Covers(area.geom, point.geom) WHERE point.id < {number}"
        )
        return np.empty((0, 2), dtype=np.int64)

    whole = gpd.GeoDataFrame({"owner": np.arange(len(polygons))}, geometry=polygons, crs=4326)
    cut = gpd.GeoDataFrame({"owner": owners}, geometry=pieces, crs=4326)
    frame = gpd.GeoDataFrame(geometry=shapely.points(points), crs=4326)
    some = min(SLOW_POINTS, len(points))

    def checked(table: str, number: int) -> Callable[[], Pairs]:
        postgis(table, min(number, 100))  # warm
        return lambda: _fetched(cursor, lambda: postgis(table, number))

    return [
        ("geopandas.sjoin, whole polygons", lambda: _joined(frame, whole), len(points)),
        ("geopandas.sjoin, cut polygons", lambda: _joined(frame, cut), len(points)),
        ("dask-geopandas, whole polygons", lambda: _dask_joined(frame, whole), len(points)),
        ("dask-geopandas, cut polygons", lambda: _dask_joined(frame, cut), len(points)),
        ("PostGIS join, whole polygons", checked("bench_polygon", some), some),
        ("PostGIS join, ST_Subdivide 64", checked("bench_piece", len(points)), len(points)),
    ]


def _joined(frame: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Pairs:
    # "contains" from the areas' side uses prepared polygons: a hundred times as fast as "intersects" from the points'.
    found = gpd.sjoin(areas, frame, predicate="contains")
    return in_order(found["index_right"].to_numpy(), found["owner"].to_numpy())


def _dask_joined(frame: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Pairs:
    parts = dask_geopandas.from_geopandas(frame, npartitions=4)
    found = dask_geopandas.sjoin(parts, areas, predicate="within").compute(scheduler="threads")
    return in_order(found.index.to_numpy(), found["owner"].to_numpy())


def _fetched(cursor: object, act: Callable[[], Pairs]) -> Pairs:
    """Run the join into a table (that is what is timed, mostly) and read the pairs to compare them."""
    act()
    cursor.execute("SELECT array_agg(point ORDER BY point, area), array_agg(area ORDER BY point, area) FROM bench_pair")  # type: ignore[attr-defined]
    first, second = cursor.fetchone()  # type: ignore[attr-defined]
    return np.column_stack((np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)))


def measure_decisions(count: int) -> None:
    """Whole decisions for the loaded city, and whether they are PostGIS's."""
    index = RoutingIndex()
    router = index.router(timezone.localdate())
    vertices = int(shapely.get_num_coordinates(router.boundaries.geometries).sum())
    row(
        "",
        "",
        f"{settings.CITY.names['en']} as loaded: {len(router.boundaries):,} deciding boundaries, {vertices:,} vertices",
    )
    points = city_points(router.boundaries.geometries, count)
    rng = np.random.default_rng(3)
    deciding = np.array([service for service, layers in router.world.layers_of.items() if layers])
    asked = Questions(rng.choice(deciding, count), points[:, 0], points[:, 1])
    phones = Questions(asked.services, asked.lon, asked.lat, np.clip(rng.lognormal(2.8, 0.7, count), 5, 65))
    for name, questions in (("exact places", asked), ("phones, accuracy 5 … 65 m", phones)):
        index.decide(questions)
        taken, _numbers = best_of(lambda questions=questions: index.decide(questions, threads=2))
        row(f"{count:,} decisions in bulk, {name}", f"{count / taken:,.0f} /s", "goal 300,000 /s, issue 4")
    compare(index, awkward_questions(index, count, seed=7))


def compare(index: RoutingIndex, asked: Questions) -> None:
    """Every answer beside PostGIS's."""
    start = time.perf_counter()
    differing = sum(1 for _found in disagreements(index, asked, threads=2))
    rate = len(asked) / (time.perf_counter() - start)
    row(
        f"{len(asked):,} answers beside PostGIS's",
        f"{differing} differ",
        f"anywhere, vertices, edges, phones; {rate:,.0f} /s",
    )


def measure_world(areas: int, assets: int) -> None:
    """One question in a big made-up city, and the plan that PostgreSQL keeps."""
    from benchmarks.big_world import big_world

    with big_world(areas, assets, StepByStep()):
        single(areas, assets)


def single(areas: int, assets: int) -> None:
    """p50 and p99 of one question at random places, and EXPLAIN of the last."""
    from issues.models import Service

    rng = np.random.default_rng(1)
    xmin, ymin, xmax, ymax = settings.CITY.extent
    services = list(Service.objects.values_list("pk", flat=True))
    questions = iter(
        Question(int(rng.choice(services)), *rng.uniform((xmin + 0.1, ymin + 0.1), (xmax, ymax)).tolist())
        for _number in range(10_000)
    )
    for _warm in range(1000):
        find_responsibility(next(questions))
    p50, p99 = milliseconds(lambda: find_responsibility(next(questions)), 4000)
    row(f"one question, {areas:,} areas, {assets:,} assets", f"{p50:.2f} / {p99:.2f} ms", "p50 / p99, goal p50 1 ms")
    with connection.cursor() as cursor:
        cursor.execute(
            "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;"
            "SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on; SET auto_explain.log_timing = off;"
            "SET client_min_messages = log"
        )
    find_responsibility(next(questions))
    plans = [notice for notice in connection.connection.notices if "pieces_near" in notice]
    sys.stdout.write("".join(plans[-1:]))


def main() -> None:
    """Print the table."""
    measure_pairs(POINTS)
    measure_decisions(POINTS)
    if os.environ.get("BENCH_WORLD"):
        measure_world(*map(int, os.environ["BENCH_WORLD"].split(",")))


if __name__ == "__main__":
    main()
