"""A made-up city of any size in a database of its own: overlapping layers of areas, and lamps by the million.

Needs no pack. The database is made beside the one of DATABASE_URL and dropped at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from geo.progress import Progress

LAYERS, CLASSES, BODIES, SERVICES = 5, 5, 100, 20
VERTICES_PER_SIDE = 32
"""128 vertices an area: about four pieces."""

WORLD = """
INSERT INTO layers_body (slug, names, kind, advice, color)
SELECT 'body-' || n, jsonb_build_object('en', 'Body ' || n), CASE WHEN n %% 10 = 0 THEN 'outside' ELSE 'department' END,
       '{}', '#000000'
FROM generate_series(1, %(bodies)s) AS n;
INSERT INTO layers_layer (slug, names, rank, source, licence, is_public)
SELECT 'layer-' || n, '{"en": "Layer"}', 10 * n, 'made up', 'none', true FROM generate_series(1, %(layers)s) AS n;
INSERT INTO layers_assetclass (slug, names, snap_distance_m)
SELECT 'class-' || n, '{"en": "Lamps"}', 15 FROM generate_series(1, %(classes)s) AS n;
INSERT INTO issues_servicegroup (slug, names, position, color) VALUES ('all', '{"en": "All"}', 0, '#000000');
INSERT INTO issues_service (service_code, names, group_id, descriptions, keywords, deadline_working_days, is_active,
                            exact_point_is_public)
SELECT 'service-' || n, '{"en": "Service"}', (SELECT min(id) FROM issues_servicegroup), '{}', '{}', 8, true, true
FROM generate_series(1, %(services)s) AS n;
INSERT INTO issues_service_layers (service_id, layer_id)
SELECT service.id, layer.id FROM issues_service AS service, layers_layer AS layer
WHERE (service.id + layer.id) %% 2 = 0;
INSERT INTO issues_service_asset_classes (service_id, assetclass_id)
SELECT service.id, class.id FROM issues_service AS service, layers_assetclass AS class
WHERE service.id %% %(classes)s = class.id %% %(classes)s;
"""

AREAS = """
WITH sides AS (SELECT generate_series(1, %(side)s) AS n),
     places AS (
         SELECT layer.id AS layer_id, row_number() OVER () AS n,
                %(xmin)s + (x.n - 1 + layer.id / 7.0) * %(width)s / %(side)s AS west,
                %(ymin)s + (y.n - 1 + layer.id / 9.0) * %(height)s / %(side)s AS south
         FROM layers_layer AS layer, sides AS x, sides AS y),
     jurisdictions AS (
         INSERT INTO layers_jurisdiction (layer_id, body_id, code, names)
         SELECT layer_id, (SELECT min(id) FROM layers_body) + n %% %(bodies)s, n::text, '{"en": "Area"}' FROM places
         RETURNING id, layer_id, code)
INSERT INTO layers_boundary (jurisdiction_id, geom, valid_from, recorded_at, source)
SELECT jurisdictions.id,
       ST_Multi(ST_Segmentize(ST_MakeEnvelope(west, south, west + %(width)s / %(side)s, south + %(height)s / %(side)s,
                                              4326), %(width)s / %(side)s / %(vertices)s)),
       '2000-01-01', '2000-01-01', 'made up'
FROM places JOIN jurisdictions ON jurisdictions.layer_id = places.layer_id AND jurisdictions.code = places.n::text
"""

ASSETS = """
INSERT INTO layers_asset (asset_class_id, external_id, owner_id, names, valid_from, recorded_at, source, geom)
SELECT (SELECT min(id) FROM layers_assetclass) + n %% %(classes)s, n::text,
       (SELECT min(id) FROM layers_body) + n / %(classes)s %% %(bodies)s, '{}', '2000-01-01', '2000-01-01', 'made up',
       ST_SetSRID(ST_MakePoint(%(xmin)s + random() * %(width)s, %(ymin)s + random() * %(height)s), 4326)
FROM generate_series(%(first)s, %(last)s) AS n
"""
BATCH = 250_000


@contextmanager
def big_world(areas: int, assets: int, progress: Progress) -> Iterator[None]:
    """Inside, the default connection is to a city of that size."""
    plain, name = connection.settings_dict["NAME"], f"{connection.settings_dict['NAME']}_world"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        _fill(areas, assets, progress)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = plain
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _fill(areas: int, assets: int, progress: Progress) -> None:
    xmin, ymin, xmax, ymax = settings.CITY.extent
    parameters = {
        **{"bodies": BODIES, "layers": LAYERS, "classes": CLASSES, "services": SERVICES},
        **{"xmin": xmin, "ymin": ymin, "width": xmax - xmin, "height": ymax - ymin},
        **{"side": round((areas / LAYERS) ** 0.5), "vertices": VERTICES_PER_SIDE},
    }
    with connection.cursor() as cursor:
        with progress.step(f"{areas:,} areas"):
            cursor.execute("SELECT setseed(0.5)")
            cursor.execute(WORLD, parameters)
            cursor.execute(AREAS, parameters)
        # Two spatial indexes grow five times as fast once the rows are there.
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = 'layers_asset' AND indexdef LIKE '% USING gist %'"
        )
        indexes = cursor.fetchall()
        for index, _definition in indexes:
            cursor.execute(f'DROP INDEX "{index}"')
        with progress.step(f"{assets:,} assets"):
            firsts = range(1, assets + 1, BATCH)
            for first in progress.each(firsts, total=len(firsts)):
                cursor.execute(ASSETS, {**parameters, "first": first, "last": min(first + BATCH - 1, assets)})
        with progress.step("Indexes and statistics"):
            for _index, definition in indexes:
                cursor.execute(definition)
            cursor.execute("VACUUM ANALYZE")
