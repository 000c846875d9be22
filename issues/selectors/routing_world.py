"""Reads what decides, boundaries of a day and assets, into plain arrays for `issues.bulk`."""

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
from issues.bulk.world import Assets, Boundaries, Floats, ToMetres, World
from issues.models import Service
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


def load_world(boundaries: Boundaries) -> World:
    """These boundaries with the services, inactive ones too, and the assets as they are now."""
    layers_of: dict[int, set[int]] = {pk: set() for pk in Service.objects.order_by().values_list("pk", flat=True)}
    classes_of: dict[int, set[int]] = defaultdict(set)
    for service, layer in Service.layers.through.objects.values_list("service_id", "layer_id"):
        layers_of[service].add(layer)
    for service, asset_class in Service.asset_classes.through.objects.values_list("service_id", "assetclass_id"):
        classes_of[service].add(asset_class)
    return World(
        boundaries=boundaries,
        layers_of={service: frozenset(layers) for service, layers in layers_of.items()},
        asset_classes_of={service: frozenset(classes) for service, classes in classes_of.items()},
        assets_of=load_assets,
        to_metres=to_metres(settings.CITY.srid),
        chosen_limit_m=CHOSEN_ASSET_LIMIT_M,
        accuracy_limit_m=ACCURACY_LIMIT_M,
    )


def load_assets(asset_class: int) -> Assets:
    """All assets of a class, as points if all are points; read in batches, 5 million fit in 400 MB."""
    snap_distance_m = AssetClass.objects.values_list("snap_distance_m", flat=True).get(pk=asset_class)
    plain, shapes = [np.empty((0, 5))], []
    with connection.cursor() as cursor:
        cursor.execute(sql.statement(SQL / "routing_assets.sql"), {"asset_class": asset_class})
        while rows := cursor.fetchmany(BATCH):
            plain.append(np.array([row[:5] for row in rows], dtype=np.float64))
            shapes += [row[5] for row in rows if row[5] is not None]
    columns = np.concatenate(plain)
    is_point = ~np.isnan(columns[:, 3])
    places, geometries = columns[:, 3:5], None
    if not is_point.all():
        geometries = np.empty(len(columns), dtype=object)
        geometries[is_point] = shapely.points(places[is_point])
        geometries[~is_point] = [shapely.from_wkb(bytes(shape)) for shape in shapes]
    return Assets(
        ids=columns[:, 0].astype(np.int64),
        owners=columns[:, 1].astype(np.int64),
        is_city_body=columns[:, 2].astype(bool),
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
