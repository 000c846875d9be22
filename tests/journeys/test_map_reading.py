"""Reading the public map: cells, weeks, keys, and what happens when the network is bad."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, Visitor, note
from tests.journeys.test_map import colours_on_the_map

pytestmark = pytest.mark.journey

MIDTOWN = "#map=12/40.7500/-73.9800"
SENTENCE = re.compile(r"\d+ reports? here(, \d+\s% resolved)?")
REDRAW = """async () => {
    const {HeatLayer} = await import("citypin/heat-layer");
    const {CellsLayer} = await import("citypin/cells-layer");
    const layers = Object.values(window.leafletmapmap._layers);
    return [HeatLayer, CellsLayer].map((kind) => {
        const layer = layers.find((each) => each instanceof kind);
        layer.visible = true; // the cells' layer answers without being drawn
        const times = Array.from({length: 15}, () => {
            const began = performance.now();
            layer.repaint();
            return performance.now() - began;
        }).sort((a, b) => a - b);
        const {size, tiles} = layer.view;
        return {least: times[0], median: times[7], tiles: tiles.length, px: size.x * size.y};
    });
}"""


def mode(page: Page, name: str) -> None:
    page.locator(f"input[name=mode][value={name}]").check(force=True)


def week_of(page: Page) -> str | None:
    found = re.search(r"week=([\d-]+)", page.url)
    return found and found[1]


def watch_tiles(visitor: Visitor) -> list[str]:
    """Addresses of tiles that were answered by anything but a tile."""
    failed: list[str] = []
    visitor.page.on("response", lambda answer: answer.status >= 400 and failed.append(answer.url))
    return failed


def test_pan_zoom_filter_and_week_are_drawn_without_an_error(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    failed = watch_tiles(visitor)
    page = visitor.page
    visitor.open("/" + MIDTOWN)
    visitor.wait_for_map()
    area = page.locator("#map").bounding_box()
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2

    def pan() -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 250, y - 120, steps=5)
        page.mouse.up()

    acts = {
        "pan": pan,
        "zoom in": lambda: page.locator(".leaflet-control-zoom-in").click(),
        "zoom out": lambda: page.locator(".leaflet-control-zoom-out").click(),
        "filter": lambda: page.locator("input[name=group]").first.check(force=True),
        "cells": lambda: mode(page, "cells"),
        "week": lambda: page.locator("[data-time-back]").click(),
    }
    for name, act in acts.items():
        began = time.monotonic()
        before = page.url
        act()
        expect(page).not_to_have_url(before)
        visitor.wait_for_map()
        note(f"{name}: {1000 * (time.monotonic() - began):.0f} ms until all is drawn, act and polling included")
    assert failed == []
    assert visitor.complaints == []


def test_a_full_redraw_is_measured(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    visitor.open("/?period=all&view=heat#map=11/40.7300/-73.9500")
    visitor.wait_for_map()
    heat, cells = visitor.page.evaluate(REDRAW)
    for name, found in (("heat", heat), ("cells", cells)):
        tiles_256 = found["px"] / 256**2
        note(
            f"{name}: {found['px']:,} px from {found['tiles']} tiles, least {found['least']:.1f} ms, median "
            f"{found['median']:.1f} ms, {found['median'] / tiles_256:.2f} ms for 256 x 256 px (target 16)"
        )
        assert found["tiles"] > 0
    assert visitor.complaints == []


@pytest.mark.parametrize("view", ["heat", "cells"])
def test_a_tap_on_the_map_says_how_many_reports_are_there(visit: Callable[..., Visitor], view: str) -> None:
    visitor = visit(PHONE, "en")
    visitor.open(f"/?view={view}&period=all" + MIDTOWN)
    visitor.wait_for_map()
    visitor.page.locator("#map").click(position={"x": 195, "y": 280})
    expect(visitor.page.locator(".popup__name")).to_have_text(SENTENCE)
    expect(visitor.page.locator(".popup")).to_contain_text("per km² and month")
    zoom = re.search(r"map=(\d+)", visitor.page.url)[1]
    visitor.page.get_by_role("button", name="Look closer").click()
    expect(visitor.page).to_have_url(re.compile(f"map={int(zoom) + 2}/"))
    visitor.wait_for_map()
    assert visitor.complaints == []


def test_a_cluster_says_what_it_holds(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    visitor.open("/?view=reports&period=all#map=10/40.7300/-73.9500")
    visitor.wait_for_map()
    area = visitor.page.locator("#map").bounding_box()
    for step in range(8):  # somewhere in the middle lies one
        visitor.page.locator("#map").hover(position={"x": area["width"] / 2 + 12 * step, "y": area["height"] / 2})
        if visitor.page.locator(".map-tooltip").count():
            break
    expect(visitor.page.locator(".map-tooltip")).to_have_text(SENTENCE)


def test_the_keyboard_reads_the_middle_of_the_map(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    page = visitor.page
    visitor.open("/?period=all#map=11/40.7500/-73.9800")
    visitor.wait_for_map()
    page.get_by_role("link", name="Skip to the map").focus()
    page.keyboard.press("Enter")
    page.locator("#map").focus()
    expect(page.locator("[data-middle]")).to_have_text(SENTENCE)
    said = page.locator("[data-middle]").text_content()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
        visitor.wait_for_map()
    expect(page.locator("[data-middle]")).not_to_have_text(said)
    page.keyboard.press("ArrowDown")
    visitor.wait_for_map()
    expect(page.locator("[data-middle]")).to_have_text(SENTENCE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Look closer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#map")).to_be_focused()
    assert visitor.complaints == []


def test_the_table_says_what_the_cells_show(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    page = visitor.page
    visitor.open("/?view=cells&period=all" + MIDTOWN)
    visitor.wait_for_map()
    page.locator("[data-table] summary").click()
    rows = page.locator("[data-table] tbody tr")
    expect(rows.first).to_be_visible()
    counts = [int(text.replace(",", "")) for text in page.locator("[data-table] td:nth-child(2)").all_text_contents()]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1
    visitor.look("map-table")
    rows.first.get_by_role("button").click()
    expect(page.locator(".popup__name")).to_contain_text(f"{counts[0]} reports here")
    visitor.wait_for_map()
    assert visitor.complaints == []


def test_weeks_by_key_and_back_again(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    page = visitor.page
    visitor.open("/" + MIDTOWN)
    visitor.wait_for_map()
    everything = page.locator("[data-list-count]").text_content()
    page.locator("[data-time-range]").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("week="))
    visitor.wait_for_map()
    first = week_of(page)
    page.keyboard.press("ArrowLeft")
    expect(page).not_to_have_url(re.compile(f"week={first}"))
    visitor.wait_for_map()
    expect(page.locator("[data-time-range]")).to_have_attribute("aria-valuetext", re.compile(r"20\d\d: \d+ reports?"))
    expect(page.locator("[data-list-count]")).not_to_have_text(everything)
    chosen = page.url
    page.reload()
    visitor.wait_for_map()
    assert page.url == chosen
    page.go_back()
    expect(page).not_to_have_url(re.compile("week="))
    visitor.wait_for_map()
    expect(page.locator("[data-list-count]")).to_have_text(everything)
    assert visitor.complaints == []


def test_play_goes_week_by_week_until_it_is_stopped(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en")
    page = visitor.page
    visitor.open("/" + MIDTOWN)
    visitor.wait_for_map()
    play = page.get_by_role("button", name="Play week by week")
    play.click()
    seen = []
    while len(seen) < 3:
        expect(page).to_have_url(re.compile(r"week=(?!" + (seen[-1] if seen else "x") + ")"))
        seen.append(week_of(page))
    assert seen == sorted(seen)
    play.click()
    expect(play).to_have_attribute("aria-pressed", "false")
    visitor.wait_for_map()
    stopped = page.url
    page.wait_for_timeout(1500)
    assert page.url == stopped
    assert visitor.complaints == []


def test_who_wants_no_motion_has_steps_and_no_play(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en", reduced_motion="reduce")
    visitor.open("/" + MIDTOWN)
    visitor.wait_for_map()
    expect(visitor.page.locator("[data-time-play]")).to_be_hidden()
    visitor.page.get_by_role("button", name="Week before").click()
    expect(visitor.page).to_have_url(re.compile("week="))


def test_the_classes_stay_while_panning(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    visitor.open("/?view=heat" + MIDTOWN)
    visitor.wait_for_map()
    legend = visitor.page.locator("[data-legend]").inner_text()
    for key in ("ArrowLeft", "ArrowDown", "ArrowDown"):
        visitor.page.locator("#map").press(key)
        visitor.wait_for_map()
    assert visitor.page.locator("[data-legend]").inner_text() == legend


def test_a_bad_signal_costs_time_and_no_tile(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en")
    seen: set[str] = set()

    def lose_the_first(route: object) -> None:
        address = route.request.url
        if address in seen:
            route.continue_()
        else:
            seen.add(address)
            route.abort()

    visitor.context.route("**/tiles/heat/**", lose_the_first)
    visitor.open("/" + MIDTOWN)
    visitor.wait_for_map()
    assert seen
    expect(visitor.page.locator("[data-toast]")).to_be_empty()
    assert colours_on_the_map(visitor) > 8


def test_a_map_with_holes_says_so_and_fills_them_when_the_network_is_back(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en")
    visitor.open("/?view=cells#map=11/40.7300/-73.9500")
    visitor.wait_for_map()
    visitor.context.set_offline(True)
    visitor.page.locator("#map").press("+")
    visitor.page.locator("#map").press("+")
    expect(visitor.page.locator("[data-toast]")).to_contain_text("could not be loaded")
    visitor.context.set_offline(False)
    visitor.wait_for_map()
    visitor.page.locator("#map").click(position={"x": 195, "y": 280})
    expect(visitor.page.locator(".popup__name")).to_have_text(SENTENCE)
