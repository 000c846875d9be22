"""Planners, publishers, and a spring of reports for them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils.translation import override

from tests.signing_in import staff
from tests.tiles.conftest import make_report
from tests.toytown import IN_EAST, IN_WEST, Toytown
from tiles.hotspot_question import read_hotspot_question
from tiles.models import HotspotLayer
from tiles.services.compute_hotspots import compute_hotspots


def client_with(codename: str) -> Client:
    return staff(codename or "nobody", codename)


@pytest.fixture
def planner_client(db: None) -> Client:
    return client_with("plan")


@pytest.fixture
def publisher(toytown: Toytown) -> Client:
    return staff("publisher", "publish")


@pytest.fixture
def english_again_afterwards() -> Iterator[None]:
    """A request in Chinese would leave its language to the next test."""
    with override("en"):
        yield


@pytest.fixture
def spring_reports(toytown: Toytown) -> Toytown:
    """Twelve in the west (ten of litter), four in the east, over eight weeks; five of them closed."""
    for number in range(16):
        west = number < 12
        lon, lat = IN_WEST if west else IN_EAST
        make_report(
            toytown,
            "litter" if number < 10 or not west else "pothole",
            lon + number * 1e-5,
            lat,
            body="sanitation-west" if west else "sanitation-east",
            requested_datetime=datetime(2026, 4, 6, 16, tzinfo=UTC) + timedelta(days=3 * number),
            updated_datetime=datetime(2026, 4, 8, 16, tzinfo=UTC) + timedelta(days=3 * number),
            due_date=date(2026, 4, 7 if number % 2 else 30) + timedelta(days=3 * number),
            state="fixed" if number < 5 else "published",
        )
    make_report(toytown, "litter", *IN_WEST, state="refused")
    return toytown


def hot_layer(town: Toytown) -> HotspotLayer:
    for number in range(14):
        at = datetime(2026, 4, 6, 16, tzinfo=UTC) + timedelta(days=4 * number)
        make_report(town, "litter", -73.9965 + number * 1e-6, 40.7125, requested_datetime=at)
    asked = {"since": "2026-04-06", "until": "2026-05-31", "services": "litter", "cell": "square", "size_m": "100"}
    return compute_hotspots(read_hotspot_question(asked))
