"""A database of its own with any number of invented reports over twenty years: streets, blobs, and some anywhere.

Seeded, so that two runs measure the same. It is a pattern, not real data: 60 %
lie on 3,000 street-like segments, few of them with most reports; 25 % in blobs;
15 % anywhere in New York's extent. 30 services, one of them sensitive; bodies by
service and place; 93 % closed.
"""

import io
import os
from datetime import UTC, datetime

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from issues.models import Service, ServiceGroup
from layers.models import Body

SERVICES = 30
BODIES = 40
CHUNK = 500_000
DAYS = 7305
UNNEEDED = """
    SELECT indexname FROM pg_indexes
    WHERE tablename = 'issues_servicerequest' AND indexname NOT LIKE '%%pkey' AND indexname NOT LIKE '%%point_id'
"""
STAGED = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in [
            ("lon", ">f8"), ("lat", ">f8"), ("service", ">i4"), ("body", ">i4"),
            ("state", ">i4"), ("minute", ">i4"), ("minutes_open", ">i4"),
        ]
        for part in ((f"{name}_length", ">i4"), (name, kind))
    ]
)  # fmt: skip
COPY_BEGIN = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
STORE = """
    INSERT INTO issues_servicerequest (
        service_id, body_id, outcome, state, point, public_point, requested_datetime, updated_datetime,
        accuracy_m, description, place, due_date, is_demo, content_digest
    )
    SELECT
        service, body, 'assigned', (ARRAY['submitted', 'published', 'accepted', 'fixed'])[state],
        place, CASE WHEN service = %(sensitive)s THEN ST_SnapToGrid(place, 0.003) ELSE place END,
        made, made + minutes_open * interval '1 minute', 0, '', '{}', made::date, false, ''
    FROM staged
    CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326), %(begin)s + minute * interval '1 minute')
        AS made_there (place, made)
"""
BEGIN = datetime(2006, 1, 2, tzinfo=UTC)


def use_database_of_its_own(size: int) -> None:
    """Make the database of that size beside the one configured, and let Django work in it."""
    database = f"citypin_bench_heat_{size}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{database}"')
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
    os.environ["PGDATABASE"] = database
    call_command("migrate", verbosity=0)


def reports_there_are() -> int:
    """How many reports the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM issues_servicerequest")
        return int(cursor.fetchone()[0])


def fill(size: int) -> None:
    """Replace all reports by `size` invented ones, without the indexes and triggers that no tile uses."""
    rng = np.random.default_rng(20_261_121)
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE issues_servicerequest, tiles_bin, tiles_binchange, tiles_facet, tiles_binstate CASCADE"
        )
        cursor.execute("ALTER TABLE issues_servicerequest DISABLE TRIGGER ALL")
        # With it goes the view of what the memory reads, and here nobody remembers.
        cursor.execute("DROP TRIGGER IF EXISTS changes_settle ON issues_servicerequest")
        cursor.execute("ALTER TABLE issues_servicerequest DROP COLUMN IF EXISTS point_m CASCADE")
        cursor.execute(UNNEEDED)
        for (index,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE issues_servicerequest DROP CONSTRAINT IF EXISTS "{index}"')
            cursor.execute(f'DROP INDEX IF EXISTS "{index}"')
        cursor.execute("DROP INDEX IF EXISTS bench_public_point")
        services, bodies = services_and_bodies()
        streets = _streets(rng)
        for start in range(0, size, CHUNK):
            cursor.execute("CREATE UNLOGGED TABLE staged (lon float8, lat float8, service int, body int,"
                           " state int, minute int, minutes_open int)")  # fmt: skip
            rows = _invented(rng, min(CHUNK, size - start), services, bodies, streets)
            cursor.copy_expert("COPY staged FROM STDIN (FORMAT binary)", io.BytesIO(COPY_BEGIN + rows + b"\xff\xff"))
            cursor.execute(STORE, {"sensitive": services[-1], "begin": BEGIN})
            cursor.execute("DROP TABLE staged")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("CREATE INDEX bench_public_point ON issues_servicerequest USING gist (public_point)")
        cursor.execute("ALTER TABLE issues_servicerequest ENABLE TRIGGER ALL")
        cursor.execute("VACUUM ANALYZE issues_servicerequest")


def services_and_bodies() -> tuple[list[int], list[int]]:
    """Ids of services, the last of them sensitive, and of bodies."""
    group, _new = ServiceGroup.objects.get_or_create(slug="bench", defaults={"names": {"en": "Bench"}})
    services = [
        Service.objects.get_or_create(
            service_code=f"bench-{number}",
            defaults={"names": {"en": "Bench"}, "group": group, "exact_point_is_public": number < SERVICES - 1},
        )[0].pk
        for number in range(SERVICES)
    ]
    bodies = [
        Body.objects.get_or_create(slug=f"bench-{number}", defaults={"names": {"en": "Bench"}, "kind": "department"})[
            0
        ].pk
        for number in range(BODIES)
    ]
    return services, bodies


def _streets(rng: np.random.Generator) -> np.ndarray:
    """Ends of segments in degrees, shape (3000, 4), up to 2 km long, in two main directions."""
    west, south, east, north = settings.CITY.extent
    x, y = rng.uniform(west, east, 3000), rng.uniform(south, north, 3000)
    angle, length = np.radians(29 + 90 * rng.integers(0, 2, 3000)), rng.uniform(0.003, 0.02, 3000)
    return np.stack([x, y, x + np.cos(angle) * length, y + np.sin(angle) * length], axis=1)


def _invented(
    rng: np.random.Generator, size: int, services: list[int], bodies: list[int], streets: np.ndarray
) -> bytes:
    west, south, east, north = settings.CITY.extent
    lon, lat = rng.uniform(west, east, size), rng.uniform(south, north, size)
    kind = rng.random(size)
    street = streets[np.minimum(rng.zipf(1.3, size) - 1, len(streets) - 1)]
    along = rng.random(size)
    on_street, in_blob = kind < 0.6, (kind >= 0.6) & (kind < 0.85)
    blob = rng.integers(0, 60, size)
    middle = np.random.default_rng(1).uniform([west, south], [east, north], (60, 2))[blob]
    spread = rng.normal(0, 0.008, (size, 2))
    lon = np.where(on_street, street[:, 0] + along * (street[:, 2] - street[:, 0]), lon)
    lat = np.where(on_street, street[:, 1] + along * (street[:, 3] - street[:, 1]), lat)
    lon, lat = np.where(in_blob, middle[:, 0] + spread[:, 0], lon), np.where(in_blob, middle[:, 1] + spread[:, 1], lat)
    rows = np.zeros(size, dtype=STAGED)
    rows["fields"] = 7
    for name in STAGED.names:
        if name.endswith("_length"):
            rows[name] = STAGED.fields[name.removesuffix("_length")][0].itemsize
    service = rng.integers(0, SERVICES, size)
    quarter = (lon > (west + east) / 2) * 2 + (lat > (south + north) / 2)
    rows["lon"], rows["lat"] = np.clip(lon, west, east), np.clip(lat, south, north)
    rows["service"], rows["body"] = np.array(services)[service], np.array(bodies)[(service * 4 + quarter) % BODIES]
    rows["state"] = np.where(rng.random(size) < 0.93, 4, rng.integers(1, 4, size))
    rows["minute"] = rng.integers(0, DAYS * 1440, size)
    rows["minutes_open"] = np.minimum(rng.lognormal(8.5, 1.5, size), 500_000).astype(int)
    return rows.tobytes()


def where_it_is() -> dict[str, str]:
    """`user`, `password`, `host`, `port` and `dbname` as libpq has them; the host may be a folder with a socket."""
    from django.db import connection

    connection.ensure_connection()
    info = connection.connection.info
    return {
        "user": info.user,
        "password": info.password or "",
        "host": info.host,
        "port": str(info.port),
        "dbname": info.dbname,
    }
