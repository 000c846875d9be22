"""What a visitor of the map sees first, and that what lies round the map never makes it lie."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor

pytestmark = pytest.mark.journey

OUTLINE = {"west": -74.256, "south": 40.496, "east": -73.700, "north": 40.915}
"""New York's land, degrees."""
SHARE_IN_VIEW = """({west, south, east, north}) => {
    const map = window.leafletmapmap;
    const [low, high] = [map.latLngToContainerPoint([south, west]), map.latLngToContainerPoint([north, east])];
    const box = map.getContainer();
    const shown = (from, to, room) => Math.max(Math.min(to, room) - Math.max(from, 0), 0) / (to - from);
    return shown(low.x, high.x, box.clientWidth) * shown(high.y, low.y, box.clientHeight);
}"""
STATEN_ISLAND = [40.58, -74.15]
COVERED = """([lat, lng]) => {
    const map = window.leafletmapmap;
    const {left, top} = map.getContainer().getBoundingClientRect();
    const {x, y} = map.latLngToContainerPoint([lat, lng]);
    return document.elementFromPoint(left + x, top + y)?.closest("[data-legend]") !== null;
}"""
OFF_MIDDLE_PX = """() => {
    const map = window.leafletmapmap;
    const box = map.getContainer();
    const {x, y} = map.latLngToContainerPoint(map.getCenter());
    return Math.hypot(x - box.clientWidth / 2, y - box.clientHeight / 2);
}"""

HIGHEST_CELL = """() => {
    const map = window.leafletmapmap;
    const cells = Object.values(map._layers).find((layer) => layer.cellAt);
    for (let y = 70; y < 400; y += 4) {
        for (let x = 20; x < 300; x += 4) {
            const found = cells.cellAt(map.containerPointToLatLng([x, y]));
            if (found && !found.properties.is_coarse) return {x, y};
        }
    }
}"""
POPUP_IS_FREE = """() => {
    const box = document.querySelector(".leaflet-popup-content").getBoundingClientRect();
    return [".switch", "[data-caption]", ".demo-label"].every((tool) => {
        const {left, right, top, bottom} = document.querySelector(tool)?.getBoundingClientRect() ?? {};
        return !(left < box.right && right > box.left && top < box.bottom && bottom > box.top);
    });
}"""


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "wide"])
def test_the_first_view_shows_the_city_and_no_legend_covers_it(
    visit: Callable[..., Visitor], viewport: dict[str, int]
) -> None:
    visitor = visit(viewport, "en")
    visitor.open("/")
    visitor.wait_for_map()
    visitor.look("map-first")
    assert visitor.page.evaluate(SHARE_IN_VIEW, OUTLINE) > 0.85
    assert not visitor.page.evaluate(COVERED, STATEN_ISLAND)
    if viewport == DESK:
        area, legend = (visitor.page.locator(part).bounding_box() for part in ("#map", "[data-legend]"))
        assert legend["y"] >= area["y"] + area["height"]
    assert visitor.complaints == []


def test_the_legend_moves_into_the_map_when_the_window_gets_narrow(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    visitor.open("/")
    visitor.wait_for_map()
    visitor.page.set_viewport_size(PHONE)
    expect(visitor.page.locator("#map [data-legend]")).to_be_visible()
    visitor.page.set_viewport_size(DESK)
    expect(visitor.page.locator("[data-map-foot] > [data-legend]")).to_be_visible()


def test_the_cross_of_the_keyboard_lies_where_the_map_reads(visit: Callable[..., Visitor]) -> None:
    """The weeks below the map come and go with the filter; the map must know how large it is."""
    visitor = visit(PHONE, "en")
    visitor.open("/#map=12/40.7500/-73.9800")
    visitor.wait_for_map()
    assert visitor.page.evaluate(OFF_MIDDLE_PX) < 2
    height = visitor.page.locator("#map").bounding_box()["height"]
    visitor.page.evaluate("() => { document.querySelector('[data-time]').hidden = true; }")
    visitor.page.wait_for_function("height => document.querySelector('#map').clientHeight > height", arg=height)
    visitor.page.wait_for_function(f"() => ({OFF_MIDDLE_PX})() < 2")


@pytest.mark.parametrize("layer", ["basemap", "heat"])
def test_a_pan_away_from_tiles_on_their_way_is_no_failure(visit: Callable[..., Visitor], layer: str) -> None:
    visitor = visit(PHONE, "en")
    page = visitor.page
    tiles = re.compile(rf"/tiles/{layer}/.*\.mvt")
    page.route(tiles, lambda _never_answered: None)
    with page.expect_request(tiles):
        visitor.open("/?view=heat#map=14/40.7000/-73.9500")
    page.unroute_all()
    page.evaluate("() => { location.hash = '#map=14/40.8500/-73.8800'; }")
    visitor.wait_for_map()
    expect(page.locator("[data-toast]")).to_be_empty()


def test_a_popup_comes_out_from_under_the_tools(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en")
    page = visitor.page
    visitor.open("/?view=cells&period=all#map=15/40.7580/-73.9855")
    visitor.wait_for_map()
    top = page.evaluate(HIGHEST_CELL)
    page.locator("#map").click(position=top)
    expect(page.locator(".popup__name")).to_be_visible()
    expect(page.locator("[data-caption]")).to_be_visible()
    visitor.wait_for_map()
    page.wait_for_function(POPUP_IS_FREE)
