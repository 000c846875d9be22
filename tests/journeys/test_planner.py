"""A planner at work: asks, brushes, draws, reads a hotspot, and takes the answer home."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor, note
from tests.journeys.staff import hire, sign_in
from tests.live import LiveCity, connect, manage

pytestmark = pytest.mark.journey
VIEWS = ("time", "areas", "hotspots", "deadlines", "compare")


@pytest.fixture(scope="module")
def hotspots(new_york_database: str) -> int:
    """A published layer of a year of public works in large squares; its number."""
    done = manage(
        "new_york", new_york_database, "compute_hotspots", "--group=public_works", "--cell=square", "--size-m=1000",
        "--since=2026-01-01", "--publish",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return int(re.search(r"Layer (\d+)", done.stdout)[1])


@pytest.fixture
def planner(visit: Callable[..., Visitor], new_york: LiveCity) -> Callable[..., Visitor]:
    """A visitor who is signed in and may plan."""

    def open_as_planner(viewport: dict[str, int], language: str, **options: object) -> Visitor:
        visitor = visit(viewport, language, **options)
        hire(new_york, "planner", plans=True)
        visitor.open("/planner/")
        visitor.page.fill("#id_username", "planner")
        visitor.page.fill("#id_password", "journeys-only-8361")
        visitor.page.locator("main form button").click()
        expect(visitor.page.locator("h1")).to_be_visible()
        return visitor

    return open_as_planner


def total(visitor: Visitor) -> int:
    """The number of reports in the answer."""
    text = visitor.page.locator(".planner__figures dd").first.inner_text()
    return int(re.sub(r"\D", "", text))


def bars(visitor: Visitor) -> int:
    """The sum of the bars, from the table beside them."""
    script = (
        "JSON.parse(document.getElementById('planner-data').textContent).bars.reduce((sum, bar) => sum + bar.count, 0)"
    )
    return visitor.page.evaluate(f"() => {script}")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "wide"])
def test_every_view_is_drawn_without_complaint(
    planner: Callable[..., Visitor], hotspots: int, viewport: dict[str, int], language: str
) -> None:
    visitor = planner(viewport, language)
    for view in VIEWS:
        visitor.open(f"/planner/?view={view}&from=2026-06-01")
        visitor.wait_for_map()
        visitor.look(f"planner-{view}")
        width = visitor.page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= viewport["width"], f"{view} is {width} px wide"
    assert visitor.complaints == []
    assert visitor.hosts == {visitor.city.url}


def test_a_filter_and_a_brush_change_map_bars_and_tables_together(planner: Callable[..., Visitor]) -> None:
    visitor = planner(DESK, "en")
    visitor.open("/planner/?from=2026-06-01")
    visitor.wait_for_map()
    everything = total(visitor)
    assert everything == bars(visitor) > 0

    visitor.page.select_option("#group", index=1)
    visitor.page.wait_for_url(re.compile("group="))
    visitor.wait_for_map()
    some = total(visitor)
    assert 0 < some == bars(visitor) < everything
    expect(visitor.page.locator("[data-words]")).not_to_contain_text("All reports")

    chart = visitor.page.locator("[data-chart] .u-over").bounding_box()
    middle = chart["y"] + chart["height"] / 2
    visitor.page.mouse.move(chart["x"] + chart["width"] * 0.3, middle)
    visitor.page.mouse.down()
    visitor.page.mouse.move(chart["x"] + chart["width"] * 0.6, middle, steps=5)
    began = time.monotonic()
    with visitor.page.expect_request(re.compile(r"cells\.json")) as cells:
        visitor.page.mouse.up()
    visitor.wait_for_map()
    note(f"brush: {1000 * (time.monotonic() - began):.0f} ms until all is drawn, polling included")
    brushed = total(visitor)
    assert 0 < brushed == bars(visitor) < some
    first = visitor.page.input_value("#from")
    assert first > "2026-06-01" and f"from={first}" in visitor.page.url and f"from={first}" in cells.value.url

    visitor.page.reload()
    visitor.wait_for_map()
    assert total(visitor) == brushed
    visitor.page.go_back()
    visitor.wait_for_map()
    assert total(visitor) == some
    assert visitor.complaints == []


def test_a_polygon_is_drawn_counted_and_taken_away_again(planner: Callable[..., Visitor]) -> None:
    visitor = planner(DESK, "en")
    visitor.open("/planner/?from=2026-01-01")
    visitor.wait_for_map()
    everything = total(visitor)
    visitor.page.locator("[data-draw]").click()
    box = visitor.page.locator("#planner-map").bounding_box()
    corners = [(0.4, 0.35), (0.75, 0.35), (0.75, 0.6), (0.4, 0.6)]
    for across, down in [*corners, corners[0]]:
        visitor.page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        visitor.page.wait_for_timeout(350)  # two clicks within a third of a second are a double click
    visitor.page.wait_for_url(re.compile("area="))
    visitor.wait_for_map()
    assert 0 < total(visitor) < everything
    expect(visitor.page.locator("[data-words]")).to_contain_text("in the drawn area")
    visitor.look("planner-drawn")
    visitor.page.locator("[data-clear-area]").click()
    visitor.page.wait_for_url(lambda url: "area=" not in url)
    visitor.wait_for_map()
    assert total(visitor) == everything
    assert visitor.complaints == []


def test_a_hotspot_is_read_and_the_answer_exported(
    planner: Callable[..., Visitor], hotspots: int, new_york: LiveCity, tmp_path: Path
) -> None:
    visitor = planner(DESK, "en")
    visitor.open(f"/planner/?view=hotspots&hotspots={hotspots}")
    visitor.wait_for_map()
    box = visitor.page.locator("#planner-map").bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reading = visitor.page.locator("[data-reading]")
    expect(reading).to_contain_text("chance of this by accident")
    visitor.look("planner-reading")

    visitor.page.locator(".planner__files summary").click()
    with visitor.page.expect_download() as downloaded:
        visitor.page.get_by_role("link", name="CSV").click()
    path = tmp_path / "hotspots.csv"
    downloaded.value.save_as(path)
    files = visitor.page.locator(".planner__files")
    visitor.page.keyboard.press("Escape")
    expect(files).not_to_have_attribute("open", "")
    expect(files.locator("summary")).to_be_focused()
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
    with connect(new_york.database_url) as database, database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM tiles_hotspotcell WHERE layer_id = %s"
            " AND pattern NOT IN ('not_significant', 'no_data')",
            [hotspots],
        )
        assert len(rows) == cursor.fetchone()[0]
    assert visitor.complaints == []


def test_rows_of_the_hotspots_and_cells_of_the_map_point_at_each_other(
    planner: Callable[..., Visitor], hotspots: int
) -> None:
    visitor = planner(DESK, "en")
    visitor.open(f"/planner/?view=hotspots&hotspots={hotspots}")
    visitor.wait_for_map()
    page = visitor.page
    first, second = page.locator("tr[data-cell]").nth(0), page.locator("tr[data-cell]").nth(1)
    outline = page.locator("#planner-map .leaflet-overlay-pane path[stroke-width='4']")
    first.hover()
    expect(outline).to_have_count(1)
    page.mouse.move(2, 2)
    expect(outline).to_have_count(0)

    second.locator("button").focus()
    expect(outline).to_have_count(1)
    page.keyboard.press("Enter")
    number = second.get_attribute("data-cell")
    expect(page.locator("[data-cell-reading]")).to_have_attribute("data-cell-reading", number)
    visitor.wait_for_map()
    visitor.look("planner-row")

    first.locator("button").focus()
    lit = second.locator("button")
    second.hover()
    shape = outline.bounding_box()
    page.mouse.click(shape["x"] + shape["width"] / 2, shape["y"] + shape["height"] / 2)
    expect(lit).to_be_focused()
    assert visitor.complaints == []


def test_two_places_are_outlined_where_the_map_shows_them(planner: Callable[..., Visitor]) -> None:
    visitor = planner(PHONE, "en")
    layer = "sanitation_districts"
    visitor.open(f"/planner/?view=compare&from=2026-01-01&layer={layer}&place={layer}/503&with_place={layer}/401")
    visitor.wait_for_map()
    letters = visitor.page.locator("#planner-map .leaflet-tooltip")
    expect(letters).to_have_text(["A", "B"])
    shown = visitor.page.locator("#planner-map").bounding_box()
    for letter in letters.all():
        box = letter.bounding_box()
        assert shown["x"] <= box["x"] and box["x"] + box["width"] <= shown["x"] + shown["width"]
        assert shown["y"] <= box["y"] and box["y"] + box["height"] <= shown["y"] + shown["height"]
    expect(visitor.page.locator(".planner__side")).to_have_count(2)
    visitor.look("planner-two-places")
    assert visitor.complaints == []


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_several_kinds_and_bodies_are_asked_at_once(planner: Callable[..., Visitor], viewport: dict[str, int]) -> None:
    visitor = planner(viewport, "en")
    visitor.open("/planner/?from=2026-06-01")
    visitor.wait_for_map()
    page = visitor.page
    everything = total(visitor)
    if viewport == PHONE:
        page.locator("[data-question] > summary").click()
    page.locator(".planner__choices summary").first.click()
    sums = []
    for index in (0, 1):
        page.locator("[name=services]").nth(index).check()
        page.wait_for_url(re.compile(r"services=[^&]+" + ",[^&]+" * index))
        visitor.wait_for_map()
        sums.append(total(visitor))
    assert 0 < sums[0] <= sums[1] < everything
    expect(page.locator(".planner__choices [data-chosen]").first).to_have_text("2 chosen")
    visitor.look("planner-choices")
    page.reload()
    visitor.wait_for_map()
    assert total(visitor) == sums[1]
    assert visitor.complaints == []


def test_without_script_question_tables_and_exports_are_there(planner: Callable[..., Visitor]) -> None:
    visitor = planner(DESK, "en", javascript=False)
    visitor.open("/planner/?view=areas")
    expect(visitor.page.locator(".planner-table").last).to_be_visible()
    visitor.page.locator("[data-question] > summary").click()
    visitor.page.fill("#from", "2026-09-01")
    visitor.page.locator("[data-form] button").click()
    expect(visitor.page.locator("[data-words]")).to_contain_text("Sept. 1, 2026")
    assert "view=areas" in visitor.page.url


def test_staff_reach_the_planner_from_every_page_if_they_may(visit: Callable[..., Visitor], new_york: LiveCity) -> None:
    visitor = visit(DESK, "en")
    sign_in(visitor, hire(new_york, "planner", plans=True))
    visitor.page.get_by_role("link", name="Planner").first.click()
    expect(visitor.page.locator("h1")).to_have_text("Planner")
