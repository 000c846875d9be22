"""Heat tiles from bins beside plain ST_AsMVT and PyPI's tipg, over the same table in the same run.

    BENCH_SIZE=20000000 .venv/bin/python -m benchmarks.heat_tiles

The peers answer with points, ours with counted cells: this is what a reader
waits for, not engine against engine. tipg's cap of 10,000 rows is lifted: a
capped tile is a wrong map. Tiles are those of random reports, so busy places
come often. Beside our times stands this process's own processor time, without the
database's: on a busy machine the others say little. BENCH_PEERS=0 leaves the peers out,
BENCH_ZOOMS=8,12 the other zooms: of 20 million reports a peer's tile can take minutes.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import django
import numpy as np
from django.db import DatabaseError

SIZE = int(os.environ.get("BENCH_SIZE", "100000"))
ZOOMS = [int(zoom) for zoom in os.environ.get("BENCH_ZOOMS", "8,9,10,11,12,13,14,15,16").split(",")]
WITH_PEERS = os.environ.get("BENCH_PEERS", "1") != "0"
CALLS = 40
PEER_SECONDS = 6.0
"""A peer's zoom is measured so long, but three tiles at least."""
PEER_LIMIT = "30s"
"""A tile that takes a peer longer counts as failed: no map waits so long."""
TIPG_COLUMNS = ["id", "service_id", "body_id", "state"]
MONTH = ("2025-03-01", "2025-03-31")
YEAR = ("2015-01-01", "2015-12-31")

PLAIN = """
    SELECT ST_AsMVT(points, 'reports') FROM (
        SELECT id, service_id, state,
            ST_AsMVTGeom(ST_Transform(public_point, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s)) AS geom
        FROM issues_servicerequest
        WHERE public_point && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4326)
          AND (%(service)s::int IS NULL OR service_id = %(service)s)
          AND (%(body)s::int IS NULL OR body_id = %(body)s)
          AND (%(first)s::date IS NULL OR requested_datetime BETWEEN %(first)s::date AND %(last)s::date)
    ) AS points"""


def say(text: str) -> None:
    """One line of the table, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Times:
    """p50 and p99 in ms, p50 of this process's own processor time, and how many were called."""

    p50: float
    p99: float
    own: float
    calls: int


def measured(acts: list[Callable[[], object]], seconds: float | None = None) -> Times:
    """Call each; stops after `seconds` once three are measured."""
    taken: list[float] = []
    own: list[float] = []
    began = time.perf_counter()
    for act in acts:
        start, own_start = time.perf_counter(), time.process_time()
        act()
        taken.append((time.perf_counter() - start) * 1000)
        own.append((time.process_time() - own_start) * 1000)
        if seconds and len(taken) >= 3 and time.perf_counter() - began > seconds:
            break
    taken.sort()
    p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    return Times(statistics.median(taken), p99, statistics.median(own), len(taken))


def measured_peer(acts: list[Callable[[], object]]) -> Times | None:
    """As `measured`; None where a tile takes the peer longer than its limit, or a row of over 1 GB."""
    if not WITH_PEERS:
        return None
    try:
        return measured(acts, PEER_SECONDS)
    except (DatabaseError, urllib.error.HTTPError):
        return None


def limit_peers(limit: str) -> None:
    """How long a statement may take from now on, in this connection and in those to come; "0": as long as it likes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET statement_timeout = %s', [limit])
        cursor.execute("SET statement_timeout = %s", [limit])


def tiles_of(zoom: int, count: int) -> list[object]:
    """Tiles of random reports."""
    from django.db import connection

    from geo.grid import tile_at

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM issues_servicerequest")
        first, last = cursor.fetchone()
        ids = np.random.default_rng(zoom).integers(first, last + 1, count).tolist()
        cursor.execute(
            "SELECT ST_X(public_point), ST_Y(public_point) FROM issues_servicerequest WHERE id = ANY(%s)", [ids]
        )
        places = cursor.fetchall()
    return [tile_at(*place, zoom) for place in places]


def prepare() -> None:
    """Fill the database and build the bins, unless they are there from the last run."""
    from django.db import connection

    from benchmarks import heat_data
    from tiles.selectors.versions import fresh_data_version
    from tiles.services.publish_sensitive import publish_sensitive
    from tiles.services.rebuild_bins import rebuild_bins

    heat_data.use_database_of_its_own(SIZE)
    if heat_data.reports_there_are() != SIZE:
        start = time.perf_counter()
        heat_data.fill(SIZE)
        say(f"{SIZE:,} reports written and indexed in {time.perf_counter() - start:.0f} s")
    if not fresh_data_version().bins_are_usable:  # new reports, or bins of a layout before
        start = time.perf_counter()
        built = rebuild_bins()
        say(f"bins built: {built.rows:,} rows in {time.perf_counter() - start:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE tiles_bin")
        start = time.perf_counter()
        say(f"{publish_sensitive():,} squares of the sensitive service in {time.perf_counter() - start:.0f} s")
    with connection.cursor() as cursor:
        for table in ("issues_servicerequest", "tiles_bin"):
            cursor.execute("SELECT pg_size_pretty(pg_total_relation_size(%s))", [table])
            say(f"disk of {table} with its indexes: {cursor.fetchone()[0]}")


class Tipg:
    """tipg's own application on a port of its own, its cap lifted."""

    def __init__(self) -> None:
        from benchmarks.heat_data import where_it_is

        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        at = where_it_is()
        server = f"{quote(at['host'], safe='')}:{at['port']}"
        self.server = subprocess.Popen(  # noqa: S603 (our own interpreter)
            [sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(self.port), "--log-level", "error"],
            env={
                **os.environ,
                "DATABASE_URL": f"postgresql://{at['user']}:{at['password']}@{server}/{at['dbname']}",
                "TIPG_MAX_FEATURES_PER_TILE": str(10**9),
                "TIPG_DB_TABLES": '["public.issues_servicerequest"]',
                "TIPG_TABLE_CONFIG__public_issues_servicerequest__geomcol": "public_point",
                "TIPG_TABLE_CONFIG__public_issues_servicerequest__properties": json.dumps(TIPG_COLUMNS),
            },
        )

    def tile(self, tile: object, asked: dict[str, str]) -> None:
        """One tile; raises on anything but 200."""
        query = "&".join(f"{name}={value}" for name, value in {"geom-column": "public_point", **asked}.items())
        path = f"collections/public.issues_servicerequest/tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}?{query}"
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=120) as answer:
            answer.read()

    def wait(self) -> None:
        """Until it answers."""
        for _second in range(60):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(1)
        raise RuntimeError("tipg does not answer.")


@dataclass
class Question:
    """One filter as a query for us, as parameters of `PLAIN`, and as a query for tipg."""

    name: str
    query: str
    plain: dict[str, object]
    tipg: dict[str, str]


def questions() -> list[Question]:
    """Everything, and one of each filter."""
    from issues.models import Service
    from layers.models import Body

    service = Service.objects.order_by("pk")[0]
    body = Body.objects.get(slug="bench-0")
    anything: dict[str, object] = {"service": None, "body": None, "first": None, "last": None}
    found = [
        Question("all", "", anything, {}),
        Question(
            "one service",
            f"services={service.service_code}",
            {**anything, "service": service.pk},
            {"service_id": str(service.pk)},
        ),
        Question("one body", f"body={body.slug}", {**anything, "body": body.pk}, {"body_id": str(body.pk)}),
    ]
    for name, (first, last) in (("one month", MONTH), ("one year", YEAR)):
        theirs = {"datetime": f"{first}T00:00:00Z/{last}T00:00:00Z", "datetime-column": "requested_datetime"}
        days = {**anything, "first": first, "last": last}
        found.append(Question(name, f"from={first}&to={last}", days, theirs))
    return found


def ours(query: str, tile: object) -> None:
    """One tile as the view answers it; raises on an error."""
    from django.http import QueryDict
    from django.test import RequestFactory

    from tiles import views

    request = RequestFactory().get("/", QueryDict(query).dict())
    answer = views.tile(request, "heat", str(tile.z), str(tile.x), str(tile.y))
    if answer.status_code not in (200, 204):
        raise RuntimeError(str(answer.status_code))


def plain(asked: dict[str, object], tile: object) -> None:
    """One tile by `PLAIN`."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {**asked, "z": tile.z, "x": tile.x, "y": tile.y})
        cursor.fetchone()


def row(question: Question, zoom: int, tipg: Tipg) -> str:
    """A line of the table."""
    from tiles import views
    from tiles.tile_cache import TileCache

    tiles = tiles_of(zoom, CALLS)

    def each(act: Callable[[object], None]) -> list[Callable[[], object]]:
        return [partial(act, tile) for tile in tiles]

    calls = each(partial(ours, question.query))
    views.TILES = TileCache(max_bytes=0)
    measured(calls[:3])
    bins = measured(calls)
    views.TILES = TileCache()
    measured(calls)
    kept = measured(calls)
    peers = [
        measured_peer(each(partial(plain, question.plain))),
        measured_peer(each(lambda tile: tipg.tile(tile, question.tipg))),
    ]
    times = (
        f"{peer.p50:>9.1f}/{peer.p99:<8.0f}" if peer else f"{'fails' if WITH_PEERS else '–':>9} {'':8}"
        for peer in peers
    )
    ratios = (f"{peer.p50 / bins.p50:>6.0f} ×" if peer else f"{'–':>6}  " for peer in peers)
    return (
        f"{question.name:<14}{zoom:>3} {bins.p50:>8.2f}/{bins.p99:<7.1f} {bins.own:>5.2f}"
        f" {kept.p50:>8.3f}/{kept.p99:<7.2f} {' '.join(times)} {' '.join(ratios)}"
        f"   ({', '.join(str(peer.calls) if peer else '0' for peer in peers)} tiles)"
    )


def measure() -> None:
    """Print the table."""
    limit_peers(PEER_LIMIT)
    tipg = Tipg()
    try:
        tipg.wait()
        say(f"{'':<14}{'z':>3} {'ours p50/p99 own':>23} {'kept p50/p99':>16} {'plain p50/p99':>18} {'tipg p50/p99':>18}"
            "   plain/ours tipg/ours")  # fmt: skip
        for question in questions():
            for zoom in ZOOMS:
                say(row(question, zoom, tipg))
    finally:
        limit_peers("0")
        tipg.server.terminate()
        tipg.server.wait(20)


def main() -> None:
    """Measure at BENCH_SIZE reports."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    say(f"Heat tiles, {SIZE:,} invented reports over 20 years, {os.cpu_count()} cores")
    prepare()
    measure()


if __name__ == "__main__":
    main()
