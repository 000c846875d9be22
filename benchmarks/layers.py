"""Layers with a memory: import beside GDAL's and geopandas' plain writing, and the price of twenty versions."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.__main__ import SIZE, row
from benchmarks.topology import FOLDER, PACKAGE
from geo.progress import Silence
from issues.models import Service, ServiceGroup
from issues.selectors.evidence import Question, find_evidence
from layers.importing.areas import Area
from layers.importing.imported_file import ImportedFile
from layers.importing.reading import ReadOptions
from layers.models import Asset, AssetClass, Body, Layer
from layers.pack.files import carried_file
from layers.services.import_assets import AssetOrders, import_assets
from layers.services.import_boundaries import plan_boundaries, publish_plan
from layers.services.publish import publish_boundaries

POINTS = SIZE * 10
VERSIONS = 20
CALLS = 300
WARM = 30
AREAS = 60
FIRST = date(2026, 1, 1)


def measure() -> None:
    """Print the rows of this benchmark; nothing of it stays in the database."""
    with transaction.atomic():
        _import_areas()
        transaction.set_rollback(True)
    with transaction.atomic():
        _import_points()
        transaction.set_rollback(True)
    with transaction.atomic():
        _versions_of_areas()
        transaction.set_rollback(True)
    with transaction.atomic():
        _versions_of_things()
        transaction.set_rollback(True)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _neighbourhoods() -> gpd.GeoDataFrame:
    frame = gpd.read_file(carried_file(PACKAGE, f"{FOLDER}/neighborhood_tabulation_area.geojson")).to_crs(4326)
    shapes = [shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
              for shape in shapely.make_valid(frame.geometry.to_numpy())]  # fmt: skip
    return gpd.GeoDataFrame({"code": [f"a{number}" for number in range(len(shapes))]}, geometry=shapes, crs=4326)


def _layer() -> tuple[Layer, Body, Service]:
    """An empty layer, its body, and a service that only it decides."""
    body, _ = Body.objects.get_or_create(slug="bench", defaults={"names": {"en": "Bench"}, "kind": "department"})
    layer = Layer.objects.create(slug="bench", names={"en": "Bench"}, rank=1, source="Bench", licence="None needed")
    group, _ = ServiceGroup.objects.get_or_create(slug="bench", defaults={"names": {"en": "Bench"}})
    service = Service.objects.create(service_code="bench", group=group, names={"en": "Bench"})
    service.layers.set([layer])
    return layer, body, service


def _import_areas() -> None:
    layer, _, _ = _layer()
    frame = _neighbourhoods()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "areas.gpkg"
        frame.to_file(path)
        source = ImportedFile(path, key_field="code", body="bench")
        ours = _seconds(
            lambda: publish_plan(plan_boundaries(source, layer, FIRST, Silence()), "Bench", None, Silence())
        )
        peer = _seconds(lambda: _insert_plainly(gpd.read_file(path)))
        file = _seconds(lambda: gpd.read_file(path).to_file(Path(folder) / "copy.gpkg"))
    vertices = int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum())
    row(f"{len(frame)} areas read, checked, compared, published", f"{ours:.2f} s", f"{vertices:,} vertices")
    row("the same read and inserted as it is, with a GiST index", f"{peer:.2f} s", "as to_postgis does: COPY of EWKB")
    row("the same copied by pyogrio to a GeoPackage", f"{file:.2f} s")
    row("ours / plain insert", f"{ours / peer:.1f} ×", "ours checks, keeps metres, cuts to pieces, forbids overlap")


def _insert_plainly(frame: gpd.GeoDataFrame) -> None:
    """What geopandas.to_postgis does, without SQLAlchemy: a table, COPY of hex EWKB, a GiST index."""
    from geo.copy_rows import copy_rows

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE plain (id bigint, geom geometry(Geometry, 4326)) ON COMMIT DROP")
    shapes = shapely.to_wkb(shapely.set_srid(frame.geometry.to_numpy(), 4326), hex=True, include_srid=True)
    for start in range(0, len(shapes), 20_000):
        copy_rows("plain", ["id", "geom"], enumerate(shapes[start : start + 20_000], start))
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON plain USING gist (geom)")
        cursor.execute("DROP TABLE plain")


def _import_points() -> None:
    Body.objects.get_or_create(slug="bench", defaults={"names": {"en": "Bench"}, "kind": "department"})
    kind = AssetClass.objects.create(slug="bench", names={"en": "Bench"}, snap_distance_m=15)
    west, south, east, north = settings.CITY.extent
    random = np.random.default_rng(1)
    frame = gpd.GeoDataFrame(
        {"id": [f"p{number}" for number in range(POINTS)]},
        geometry=shapely.points(random.uniform(west, east, POINTS), random.uniform(south, north, POINTS)),
        crs=4326,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.gpkg"
        frame.to_file(path)
        source = ImportedFile(path, key_field="id", body="bench", options=ReadOptions())
        orders = AssetOrders(commit=True)
        ours = _seconds(lambda: import_assets(source, kind, orders, Silence()))
        again = _seconds(lambda: import_assets(source, kind, orders, Silence()))
        Asset.objects.filter(asset_class=kind).update(owner=Body.objects.exclude(slug="bench")[0])
        handed = _seconds(lambda: import_assets(source, kind, orders, Silence()))
        peer = _seconds(lambda: _insert_plainly(gpd.read_file(path)))
        file = _seconds(lambda: gpd.read_file(path).to_file(Path(folder) / "copy.gpkg"))
    row(f"{POINTS:,} points imported", f"{ours:.1f} s", f"{POINTS / ours:,.0f} /s")
    row("the same file again: nothing differs", f"{again:.1f} s")
    row("the same file, every owner another: history for each", f"{handed:.1f} s")
    row("the same read and inserted as it is, with a GiST index", f"{peer:.1f} s", "geopandas, COPY of EWKB")
    row("the same copied by pyogrio to a GeoPackage", f"{file:.1f} s")
    row("ours / plain insert", f"{ours / peer:.1f} ×", "ours checks each, keeps metres, refuses doubles")


def _versions_of_areas() -> None:
    """The same areas twice, a degree apart: once with one version, once with twenty. Asked in turn."""
    layer, _, service = _layer()
    frame = _neighbourhoods().iloc[:AREAS]
    shapes = frame.geometry.to_numpy()
    today = timezone.localdate()
    for number in range(VERSIONS):
        # Each version moves every border by 1 m, so that every area changes.
        moved = shapely.transform(shapes, lambda xy, by=number: xy + by * 1e-5)
        apart = shapely.transform(shapes, lambda xy: xy + np.array([1.0, 0.0])) if number == 0 else []
        codes = [*frame["code"], *(f"one-{code}" for code in frame["code"][: len(apart)])]
        areas = [Area(code, {"en": code}, "bench", shape) for code, shape in zip(codes, [*moved, *apart], strict=True)]
        day = today - timedelta(days=VERSIONS - number)
        publish_boundaries(layer, areas, day, source="Bench", complete=False)
    _analyze()
    many = [Question(service.pk, spot.x, spot.y, valid_on=today) for spot in shapely.point_on_surface(shapes)]
    one = [replace(question, lon=question.lon + 1.0) for question in many]
    past = [replace(question, valid_on=today - timedelta(days=VERSIONS // 2)) for question in many]
    _tell(f"{len(frame)} areas", *_in_turn(one, many, past))


def _versions_of_things() -> None:
    """The same lamps twice, as for areas."""
    layer, body, service = _layer()
    kind = AssetClass.objects.create(slug="bench", names={"en": "Bench"}, snap_distance_m=15)
    service.asset_classes.set([kind])
    everywhere = shapely.MultiPolygon([shapely.box(*settings.CITY.extent)])
    publish_boundaries(layer, [Area("all", {"en": "All"}, "bench", everywhere)], FIRST, source="Bench")
    other = Body.objects.exclude(slug="bench")[0]
    lon, lat = settings.CITY.center
    today = timezone.localdate()
    lamps = Asset.objects.bulk_create(
        Asset(
            asset_class=kind,
            external_id=f"{apart} {number}",
            owner=body,
            geom=Point(lon + apart + number % 50 * 0.0002, lat + number // 50 * 0.0002, srid=4326),
        )
        for number in range(1000)
        for apart in (0.0, 0.1)
    )
    for number in range(VERSIONS - 1):
        owner = other if number % 2 == 0 else body
        since = today - timedelta(days=VERSIONS - number)
        changing = Asset.objects.filter(asset_class=kind, external_id__startswith="0.0")
        changing.update(owner=owner, valid_from=since, recorded_at=timezone.now())
    _analyze()
    many = [Question(service.pk, lamp.geom.x, lamp.geom.y, valid_on=today) for lamp in lamps[: CALLS * 2 : 2]]
    one = [replace(question, lon=question.lon + 0.1) for question in many]
    past = [replace(question, valid_on=today - timedelta(days=VERSIONS // 2)) for question in many]
    _tell("1,000 lamps", *_in_turn(one, many, past))


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_boundary, layers_boundarypiece, layers_asset, layers_assetversion")


def _in_turn(*sets: list[Question]) -> list[list[float]]:
    """Milliseconds of the evidence for the questions of each set, asked in turn, so that load hits all alike."""
    taken: list[list[float]] = [[] for _ in sets]
    count = len(sets[0])
    for number in range(CALLS + WARM):
        for times, questions in zip(taken, sets, strict=True):
            start = time.perf_counter()
            find_evidence([questions[number % count]])
            times.append((time.perf_counter() - start) * 1000)
    return [times[WARM:] for times in taken]


def _tell(what: str, one: list[float], many: list[float], past: list[float]) -> None:
    before, after, long_ago = (statistics.median(times) for times in (one, many, past))
    row(f"point in time, {what}, 1 version, p50", f"{before:.2f} ms")
    row(f"the same, {VERSIONS} versions, today / a past day, p50", f"{after:.2f} / {long_ago:.2f} ms")
    row(f"{VERSIONS} versions / 1 version", f"{after / before:.2f} / {long_ago / before:.2f} ×", "goal ≤ 1.2")
