"""The public map: complete offline, with a raster map where one can be reached, and as a list."""

import io
import re
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.live import LiveCity, serving

pytestmark = pytest.mark.journey

RASTER_HOST = "https://tile.openstreetmap.org"
VIEWS = {
    **{str(zoom): f"/#map={zoom}/40.7580/-73.9855" for zoom in (11, 14, 16)},
    "cells": "/?view=cells&period=365#map=12/40.7400/-73.9600",
}


@pytest.fixture(scope="module")
def with_raster(new_york_database: str) -> Iterator[LiveCity]:
    """The same city with the raster base map that its pack names."""
    with serving("new_york", new_york_database) as city:
        yield city


def colours_on_the_map(visitor: Visitor) -> int:
    """How many different colours the middle of the map shows; an empty map has one."""
    picture = visitor.page.locator("#map").screenshot()
    return len(Image.open(io.BytesIO(picture)).convert("RGB").resize((200, 200)).getcolors(40_000))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "wide"])
def test_the_map_shows_heat_clusters_pins_and_cells(
    visit: Callable[..., Visitor], viewport: dict[str, int], language: str, dark: bool
) -> None:
    visitor = visit(viewport, language, dark=dark)
    for name, address in VIEWS.items():
        visitor.open(address)
        visitor.page.reload()
        visitor.wait_for_map()
        visitor.look(f"map-{name}")
        assert colours_on_the_map(visitor) > 8
    assert visitor.complaints == []
    assert visitor.hosts == {visitor.city.url}


def test_a_filter_narrows_list_and_address_and_survives_a_reload(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    visitor.open("/")
    visitor.wait_for_map()
    visitor.page.locator("input[name=group]").first.check(force=True)
    visitor.page.wait_for_url(re.compile(r"group="))
    visitor.wait_for_map()
    chosen = visitor.page.url
    visitor.page.reload()
    visitor.wait_for_map()
    assert visitor.page.url == chosen
    expect(visitor.page.locator("input[name=group]").first).to_be_checked()
    assert visitor.complaints == []


def test_without_script_the_list_says_what_the_map_would(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en", javascript=False)
    visitor.open("/?status=open")
    links = visitor.page.locator("a[href*='/reports/']")
    assert links.count() >= 10
    visitor.look("map-without-script")
    links.first.click()
    expect(visitor.page.locator("h1")).to_be_visible()


def test_a_blocked_raster_map_leaves_the_map_complete(visit: Callable[..., Visitor], with_raster: LiveCity) -> None:
    visitor = visit(DESK, "en", city=with_raster)
    visitor.context.route(f"{RASTER_HOST}/**", lambda route: route.abort())
    visitor.open("/")
    visitor.wait_for_map()
    assert colours_on_the_map(visitor) > 8
    assert not visitor.page.locator(f"img[src^='{RASTER_HOST}']").count()
    # The browser itself notes the one probe that failed; nothing else may be said.
    assert [words for words in visitor.complaints if "net::ERR_FAILED" not in words] == []
    assert len(visitor.complaints) <= 1


def test_a_raster_map_that_answers_is_drawn_with_its_attribution(
    visit: Callable[..., Visitor], with_raster: LiveCity
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (256, 256), "#abcdef").save(out, "PNG")
    visitor = visit(DESK, "en", city=with_raster)
    visitor.context.route(
        f"{RASTER_HOST}/**", lambda route: route.fulfill(body=out.getvalue(), content_type="image/png")
    )
    visitor.open("/")
    visitor.wait_for_map()
    expect(visitor.page.locator(f"img[src^='{RASTER_HOST}']").first).to_be_attached()
    expect(visitor.page.locator(".leaflet-control-attribution")).to_contain_text("OpenStreetMap")
    assert visitor.complaints == []
    assert visitor.hosts == {with_raster.url, RASTER_HOST}
