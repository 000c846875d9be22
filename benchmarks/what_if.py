"""What if: a draft of moved borders replayed on past reports, as the page's job and the command do.

`python -m benchmarks.what_if` needs a migrated database with New York loaded
(DATABASE_URL). BENCH_SIZE is the number of reports (100,000 unless set): made up around
the demo's, within a year, and taken back at the end.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import django
import shapely

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.__main__ import row
from issues.selectors import routing_index
from issues.services.simulate import Simulation, simulate
from layers.importing.areas import Area
from layers.models import Layer
from layers.selectors.areas import as_area, boundaries_in_force, layer_by_slug

REPORTS = int(os.environ.get("BENCH_SIZE", "100000"))
LAYER = "sanitation_districts"
GROWS_BY_DEG = 0.004
"""The smallest district, where the city is dense, takes a strip of 400 m from its neighbours."""
YEAR = timedelta(days=365)

MADE_UP = """
INSERT INTO issues_servicerequest (
    service_id, point, public_point, accuracy_m, description, place, state, requested_datetime, updated_datetime,
    due_date, body_id, outcome, is_demo, content_digest)
SELECT service_id, place.point, place.point, accuracy_m, '', '{}', state, place.at, place.at,
       place.at::date + (due_date - requested_datetime::date), body_id, outcome, true, ''
FROM generate_series(1, %(count)s) AS made (n)
JOIN demo ON demo.number = made.n %% %(known)s
CROSS JOIN LATERAL (
    SELECT ST_Translate(demo.point, 0.01 * (random() - 0.5), 0.01 * (random() - 0.5)) AS point,
           now() - interval '364 days' * random() AS at
) AS place
"""


@contextmanager
def made_up_reports(count: int) -> Iterator[None]:
    """Inside, the city has so many more reports of the last year, each within 500 m of one of the demo's."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT setseed(0.5); CREATE TEMP TABLE demo ON COMMIT DROP AS"
            " SELECT row_number() OVER (ORDER BY id) - 1 AS number, * FROM issues_servicerequest WHERE is_demo;"
            " SELECT count(*) FROM demo"
        )
        [known] = cursor.fetchone()
        cursor.execute(MADE_UP, {"count": count, "known": known})
        cursor.execute("ANALYZE issues_servicerequest")
        yield
        transaction.set_rollback(True)


def drafted(layer: Layer) -> list[Area]:
    """The layer with its smallest area grown; neighbours give way."""
    areas = [as_area(boundary) for boundary in boundaries_in_force(layer, timezone.localdate())]
    smallest = min(areas, key=lambda area: area.geometry.area)
    grown = shapely.buffer(smallest.geometry, GROWS_BY_DEG)
    return [_with(area, grown) if area is smallest else _without(area, grown) for area in areas]


def _with(area: Area, shape: shapely.Geometry) -> Area:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return replace(area, geometry=shapely.multipolygons(parts))


def _without(area: Area, shape: shapely.Geometry) -> Area:
    if not shapely.intersects(area.geometry, shape):
        return area
    return _with(area, shapely.difference(area.geometry, shape))


def timed(layer: Layer, areas: Sequence[Area], since: date) -> tuple[Simulation, str]:
    """The simulation, and its seconds by the clock and of a processor (PostgreSQL's own not counted)."""
    wall, processor = time.perf_counter(), time.process_time()
    found = simulate(layer, areas, since)
    return found, f"{time.perf_counter() - wall:.2f} / {time.process_time() - processor:.2f} s"


def measure(count: int) -> None:
    """Print the rows: the demo's year and `count` reports, each with a new index and with the one that is kept."""
    layer, since = layer_by_slug(LAYER), timezone.localdate() - YEAR
    areas = drafted(layer)
    row("", "", f"What if, {LAYER}: {len(areas)} areas, the smallest grown by 400 m; wall / one processor")

    def both(goal: str) -> None:
        routing_index._current = None
        for state in ("new", "kept"):
            found, seconds = timed(layer, areas, since)
            row(f"{found.reports:,} reports, {state} index", seconds, f"{len(found.moved):,} moved; {goal}")

    both("goal 5 s, issue 3")
    with made_up_reports(count):
        both("goal 60 s for 1,000,000, issue 3")


if __name__ == "__main__":
    measure(REPORTS)
