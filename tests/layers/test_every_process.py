"""A publication holds in every process at once: no worker of the server keeps the old polygons."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.live import ROOT, LiveCity, environment, loaded_city, serving

PLACE = (-73.9857, 40.7484)  # Midtown
PUBLISH = """
import django; django.setup()
from datetime import date
import shapely
from layers.importing.areas import Area
from layers.models import Layer
from layers.services.publish import publish_boundaries
from layers.selectors.boundaries import boundaries_on
from layers.selectors.areas import as_area
from layers.selectors.golden_points import golden_points
layer = Layer.objects.get(slug=LAYER)
spot = shapely.Point(*PLACE)
areas = [as_area(found) for found in boundaries_on(date.today(), layers=[LAYER])]
[here] = [area for area in areas if area.geometry.covers(spot)]
publish_boundaries(
    layer, [Area(here.code, here.names, BODY, here.geometry)], date.today(), source="Test", complete=False,
    accept_changes={point.name: "Test" for point in golden_points()},
)
"""


@pytest.fixture(scope="module")
def two_processes() -> Iterator[tuple[LiveCity, LiveCity]]:
    """A city of its own, served by two gunicorns of one worker each: which process answers is known."""
    database_url = loaded_city("new_york", "citypin_tests_every_process", reports=0)
    with ExitStack() as stack:
        yield tuple(  # type: ignore[misc]
            stack.enter_context(serving("new_york", database_url, CITYPIN_BASEMAP_URL="")) for _ in range(2)
        )


def answer(city: LiveCity, service: str) -> dict[str, str]:
    url = f"{city.url}/api/v1/responsibility?lon={PLACE[0]}&lat={PLACE[1]}&service_code={service}"
    with urllib.request.urlopen(url, timeout=30) as response:
        return json.load(response)["body"]


def test_a_changed_boundary_is_effective_in_every_process_at_once(two_processes: tuple[LiveCity, LiveCity]) -> None:
    first, second = two_processes
    service = "dirty_street"
    before = answer(first, service)
    for _warm in range(5):
        assert answer(first, service) == answer(second, service) == before
    new = "parks-manhattan"
    assert before["slug"] != new
    done = subprocess.run(
        [sys.executable, "-c", f"LAYER, PLACE, BODY = 'sanitation_districts', {PLACE!r}, {new!r}\n{PUBLISH}"],
        cwd=ROOT,
        env=environment("new_york", first.database_url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [answer(city, service)["slug"] for city in (first, second, first, second)] == [new] * 4
