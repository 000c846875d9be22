"""Reads what decides, boundaries of a day, rulings and assets, into plain arrays for `issues.bulk`."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import shapely
from django.conf import settings
from django.db import connection

from geo import sql
from issues.bulk.world import FOR_EVER, Assets, Boundaries, Floats, Objects, Said, ToMetres, World, ZoneRuling
from issues.models import Service
from issues.routing.evidence import HandBackEvidence, RulingEvidence
from issues.routing.outcomes import Scope
from issues.selectors.evidence import ACCURACY_LIMIT_M, CHOSEN_ASSET_LIMIT_M
from layers.models import AssetClass

SQL = Path(__file__).parent.parent / "sql"
BATCH = 50_000


def load_boundaries(day: date, known_at: datetime | None) -> Boundaries:
    """The boundaries on that day; `known_at` None is what the records say now."""
    rows = sql.rows(SQL / "routing_boundaries.sql", {"day": day, "known_at": known_at})
    ids, bodies, is_city_body, layers, ranks, shapes = zip(*rows, strict=True) if rows else ((),) * 6
    return Boundaries(
        ids=np.array(ids, dtype=np.int64),
        bodies=np.array(bodies, dtype=np.int64),
        is_city_body=np.array(is_city_body, dtype=bool),
        layers=np.array(layers, dtype=np.int64),
        ranks=np.array(ranks, dtype=np.int64),
        geometries=np.array([shapely.from_wkb(bytes(shape)) for shape in shapes], dtype=object),
    )


def load_world(boundaries: Boundaries, known_at: datetime | None) -> World:
    """These boundaries with the services, inactive ones too, and the rulings and assets known at that moment."""
    layers_of: dict[int, set[int]] = {pk: set() for pk in Service.objects.order_by().values_list("pk", flat=True)}
    classes_of: dict[int, set[int]] = defaultdict(set)
    for service, layer in Service.layers.through.objects.values_list("service_id", "layer_id"):
        layers_of[service].add(layer)
    for service, asset_class in Service.asset_classes.through.objects.values_list("service_id", "assetclass_id"):
        classes_of[service].add(asset_class)
    rulings, zones, said_of = load_rulings(known_at)
    return World(
        boundaries=boundaries,
        rulings=rulings,
        zones=zones,
        said_of=said_of,
        layers_of={service: frozenset(layers) for service, layers in layers_of.items()},
        asset_classes_of={service: frozenset(classes) for service, classes in classes_of.items()},
        assets_of=lambda asset_class: load_assets(asset_class, known_at),
        to_metres=to_metres(settings.CITY.srid),
        chosen_limit_m=CHOSEN_ASSET_LIMIT_M,
        accuracy_limit_m=ACCURACY_LIMIT_M,
    )


def load_rulings(known_at: datetime | None) -> tuple[tuple[ZoneRuling, ...], Objects, dict[int, tuple[Said, ...]]]:
    """Rulings of zones, their zones, and what was ruled or said about single reports."""
    rulings, zones, said_of = [], [], defaultdict(list)
    for pk, body, is_city_body, scope, at, service, asset_class, first, end, zone, report, lon, lat in sql.rows(
        SQL / "routing_rulings.sql", {"known_at": known_at}
    ):
        days = np.datetime64(first or date.min, "D"), np.datetime64(end, "D") if end else FOR_EVER
        if zone is not None:
            evidence = RulingEvidence(pk, body, is_city_body, Scope(scope), at)
            rulings.append(ZoneRuling(evidence, service or 0, asset_class or 0, *days))
            zones.append(shapely.from_wkb(bytes(zone)))
        else:
            ruling = None if pk is None else RulingEvidence(pk, body, is_city_body, Scope(scope), at)
            said_of[report].append(Said(ruling or HandBackEvidence(body, at), service, lon, lat, *days))
    shapes = np.array([*zones, None], dtype=object)[:-1]
    return tuple(rulings), shapes, {report: tuple(said) for report, said in said_of.items()}


def load_assets(asset_class: int, known_at: datetime | None) -> Assets:
    """All assets of a class and what they were, as points if all are points; five million points take 500 MB."""
    snap_distance_m = AssetClass.objects.values_list("snap_distance_m", flat=True).get(pk=asset_class)
    plain, shapes = [np.empty((0, 7))], []
    with connection.cursor() as cursor:
        parameters = {"asset_class": asset_class, "known_at": known_at}
        cursor.execute(sql.statement(SQL / "routing_assets.sql"), parameters)
        while rows := cursor.fetchmany(BATCH):
            plain.append(np.array([row[:7] for row in rows], dtype=np.float64))
            shapes += [row[7] for row in rows if row[7] is not None]
    columns = np.concatenate(plain)
    is_point = ~np.isnan(columns[:, 5])
    places, geometries = columns[:, 5:7], None
    if not is_point.all():
        geometries = np.empty(len(columns), dtype=object)
        geometries[is_point] = shapely.points(places[is_point])
        geometries[~is_point] = [shapely.from_wkb(bytes(shape)) for shape in shapes]
    ends = np.where(np.isnan(columns[:, 4]), FOR_EVER.astype(np.int64), columns[:, 4])
    return Assets(
        ids=columns[:, 0].astype(np.int64),
        owners=columns[:, 1].astype(np.int64),
        is_city_body=columns[:, 2].astype(bool),
        valid_from=columns[:, 3].astype(np.int64).astype("datetime64[D]"),
        valid_to=ends.astype(np.int64).astype("datetime64[D]"),
        snap_distance_m=snap_distance_m,
        places_m=places if geometries is None else None,
        geometries_m=geometries,
    )


@cache
def to_metres(srid: int) -> ToMetres:
    """lon, lat to metres in this process, checked once against the database's own projection."""
    transformer = pyproj.Transformer.from_crs(4326, srid, always_xy=True)
    lon, lat = np.meshgrid(np.linspace(*settings.CITY.extent[::2], 5), np.linspace(*settings.CITY.extent[1::2], 5))
    project: Callable[[Floats, Floats], tuple[Floats, Floats]] = transformer.transform
    if np.abs(np.column_stack(project(lon.ravel(), lat.ravel())) - _by_database(lon, lat, srid)).max() < 0.0001:
        return project
    return lambda lon, lat: tuple(_by_database(lon, lat, srid).T)


def _by_database(lon: Floats, lat: Floats, srid: int) -> Floats:
    """The points in metres by PostGIS, for a PROJ here that chooses another datum shift; shape (n, 2)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT ST_X(point_m), ST_Y(point_m)
               FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS asked (lon, lat, number),
                    ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), %s) AS point_m
               ORDER BY number""",
            [lon.ravel().tolist(), lat.ravel().tolist(), srid],
        )
        return np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 2)
