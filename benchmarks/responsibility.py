"""Who is responsible: our one statement and rules beside geopandas.sjoin on whole polygons."""

import time
from itertools import cycle

import geopandas as gpd
import shapely
from django.conf import settings

from benchmarks.__main__ import milliseconds, row
from issues.models import Service, ServiceRequest
from issues.routing.rules import decide
from issues.selectors.evidence import Question, find_evidence, find_responsibility
from layers.models import Boundary

BULK = 1000


def questions(count: int) -> list[Question]:
    """Places of demo reports, asked for the service that the most layers decide."""
    service = max(Service.objects.prefetch_related("layers"), key=lambda each: each.layers.count())
    places = ServiceRequest.objects.order_by("id").values_list("point", flat=True)[:count]
    repeated = cycle(list(places))
    return [Question(service.pk, point.x, point.y) for point, _number in zip(repeated, range(count), strict=False)]


def peer_seconds(asked: list[Question]) -> float:
    """geopandas.sjoin of the same points with the same layers' polygons; building the frames does not count."""
    layers = Service.objects.get(pk=asked[0].service_id).layers.all()
    found = Boundary.objects.filter(jurisdiction__layer__in=layers, valid_to=None, superseded_at=None)
    polygons = gpd.GeoDataFrame(
        {"boundary": [boundary.pk for boundary in found]},
        geometry=[shapely.from_wkb(bytes(boundary.geom.wkb)) for boundary in found],
        crs=4326,
    )
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([each.lon for each in asked], [each.lat for each in asked]), crs=4326
    )
    start = time.perf_counter()
    gpd.sjoin(points, polygons, predicate="within")
    return time.perf_counter() - start


def measure(count: int, single_calls: int) -> None:
    """Print the rows of this benchmark."""
    asked = questions(count)
    one = cycle(asked)
    p50, p99 = milliseconds(lambda: find_responsibility(next(one)), single_calls)
    row("one decision, statement and rules, p50 / p99", f"{p50:.2f} / {p99:.2f} ms", "goal 1 ms, issue 4")
    start = time.perf_counter()
    for first in range(0, count, BULK):
        for evidence in find_evidence(asked[first : first + BULK]):
            decide(evidence, settings.CITY.routing)
    ours = time.perf_counter() - start
    row(f"{count:,} decisions in bulk", f"{count / ours:,.0f} /s")
    peer = peer_seconds(asked)
    row(f"{count:,} points joined by geopandas.sjoin (pairs only)", f"{count / peer:,.0f} /s")
    row("ours / geopandas.sjoin", f"{peer / ours:.4f} ×", "ours decides and explains; the peer only joins")
