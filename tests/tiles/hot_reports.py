"""Reports of eight weeks, evenly scattered but for a corner that is hot."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import QueryDict

from tests.tiles.conftest import make_report
from tests.toytown import Toytown
from tiles.hotspot_filter import hotspot_layer_question
from tiles.hotspot_question import HotspotQuestion, read_hotspot_question
from tiles.models import HotspotCell, HotspotLayer
from tiles.services.compute_hotspots import compute_hotspots
from tiles.services.publish_hotspots import publish_hotspots

SINCE, UNTIL = date(2026, 4, 6), date(2026, 5, 31)
HOT = (-73.9965, 40.7125)


def question(**parts: Any) -> HotspotQuestion:
    """Eight weeks of Toytown in 100 m squares."""
    texts = {"since": SINCE.isoformat(), "until": UNTIL.isoformat(), "cell": "square", "size_m": "100", "group": ""}
    return read_hotspot_question({**texts, "services": "litter", **parts})


def scatter(town: Toytown, service: str, number: int, seed: int, **fields: Any) -> None:
    """Reports anywhere in town, at any time of the eight weeks."""
    chance = random.Random(seed)
    for _report in range(number):
        at = datetime(2026, 4, 6, 12, tzinfo=UTC) + timedelta(days=chance.randrange(56))
        place = chance.uniform(-73.9999, -73.9801), chance.uniform(40.7001, 40.7199)
        make_report(town, service, *place, requested_datetime=at, **fields)


def gather(town: Toytown, service: str, number: int, days: range, at: tuple[float, float] = HOT) -> None:
    """Reports at one place, within 20 m, on these days of the eight weeks."""
    chance = random.Random(number)
    for report in range(number):
        moment = datetime(2026, 4, 6, 12, tzinfo=UTC) + timedelta(days=days[report * len(days) // number])
        place = at[0] + chance.uniform(-2e-4, 2e-4), at[1] + chance.uniform(-2e-4, 2e-4)
        make_report(town, service, *place, requested_datetime=moment)


def cell_at(layer: HotspotLayer, place: tuple[float, float]) -> HotspotCell:
    return layer.cells.get(geom__contains=f"SRID=4326;POINT({place[0]} {place[1]})")


def published(**parts: Any) -> HotspotLayer:
    layer = compute_hotspots(question(**parts))
    publish_hotspots(layer)
    return layer


def asked_for(query: str) -> int | None:
    return hotspot_layer_question(QueryDict(query)).parameters()["layer_id"]
