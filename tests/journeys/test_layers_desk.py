"""A planner's day: a file becomes a difference on the map, then the answer; the slider still knows the old one."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.moved_border import write_moved_border
from tests.journeys.staff import hire, sign_in
from tests.live import LiveCity, connect, loaded_city, serving

pytestmark = pytest.mark.journey

FINDING = """
    INSERT INTO issues_topologyfinding (kind, geom, area_m2, parts, bodies, layers, areas, services, detail,
                                        open_reports, disturbed_decisions, starts_on, first_seen, last_seen)
    VALUES ('overlap', ST_MakeEnvelope(-73.985, 40.755, -73.98, 40.76, 4326), 234000, 1,
            '["dsny-manhattan-4", "dsny-manhattan-5"]', '["sanitation_districts"]', '["104", "105"]',
            '["dirty_street"]', '', 3, 17, current_date - 1, now(), now()),
           ('unmatched_vertices', ST_GeomFromText('MULTIPOINT(-73.984 40.756, -73.983 40.757)', 4326), 0, 2,
            '["dsny-manhattan-4", "dsny-manhattan-5"]', '["sanitation_districts"]', '["104", "105"]',
            '["dirty_street"]', '', 0, 0, current_date - 1, now(), now())"""
"""As `check_topology --store` would write them; the check itself takes half a minute."""


@pytest.fixture(scope="module")
def planned_city() -> Iterator[LiveCity]:
    """A New York of its own: what is published here must not surprise the other journeys."""
    database_url = loaded_city("new_york", "citypin_tests_layers", reports=0)
    with closing(connect(database_url)) as database, database, database.cursor() as cursor:
        cursor.execute(FINDING)
    with serving("new_york", database_url, CITYPIN_BASEMAP_URL="") as city:
        yield city


@pytest.fixture(scope="module")
def moved_border(planned_city: LiveCity, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, shapely.Point]:
    """The file with the moved border, and a point in what moves."""
    path = tmp_path_factory.mktemp("files") / "districts.geojson"
    return path, write_moved_border(planned_city, path)


def question(point: shapely.Point) -> str:
    return f"/desk/responsibility/?service=dirty_street&lon={point.x:.6f}&lat={point.y:.6f}"


def headline(page: Page, words: str) -> None:
    expect(page.locator("[data-answer] .who__headline")).to_contain_text(words)


def test_a_file_becomes_the_answer_and_the_slider_knows_the_old_one(
    visit: Callable[..., Visitor], planned_city: LiveCity, moved_border: tuple[Path, shapely.Point]
):
    file, point = moved_border
    planner = visit(DESK, "en", city=planned_city)
    page = planner.page
    sign_in(planner, hire(planned_city, "planner", publishes=True))

    planner.open(question(point))
    headline(page, "Sanitation, Manhattan 5")

    planner.open("/desk/layers/import/?target=layer:sanitation_districts")
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="Upload and look at it").click()
    page.get_by_label("The file holds only some areas").check()
    planner.look("layers-columns")
    page.get_by_role("button", name="See what would change").click()

    expect(page.locator(".counts")).to_contain_text("2 moved")
    planner.wait_for_map()
    expect(page.locator("[data-map] path[fill='url(#hatch-done)']")).to_have_count(1)
    expect(page.locator("[data-map] path[fill='url(#hatch-overdue)']")).to_have_count(1)
    page.locator("[data-changes] [data-code='105']").first.click()
    expect(page.locator("[data-changes] [data-code='105']").first).to_have_attribute("aria-current", "")
    planner.look("layers-difference")

    # One of the places that New York watches lies at this very border: its change has to be explained.
    page.get_by_role("button", name=re.compile("Publish from")).click()
    expect(page.get_by_text("Nothing was published.")).to_be_visible()
    planner.look("layers-golden")
    planner.complaints.clear()  # the browser notes the refusal's status
    for explanation in page.get_by_label("Why is this change meant?").all():
        explanation.fill("The council moved the border.")
    page.get_by_role("button", name=re.compile("Publish from")).click()
    expect(page.get_by_text("This draft is published.")).to_be_visible()

    planner.open(question(point))
    headline(page, "Sanitation, Manhattan 4")
    planner.wait_for_map()
    slider = page.locator("#day-slider")
    slider.focus()
    slider.press("ArrowLeft")
    headline(page, "Sanitation, Manhattan 5")
    expect(page).to_have_url(re.compile(r"[?&]on=\d{4}-\d{2}-\d{2}"))
    planner.wait_for_map()
    planner.look("layers-slider")
    page.reload()  # the address is the answer
    headline(page, "Sanitation, Manhattan 5")
    assert planner.complaints == []


def test_an_area_is_drawn_and_seen_before_it_counts(visit: Callable[..., Visitor], planned_city: LiveCity):
    planner = visit(DESK, "en", city=planned_city)
    page = planner.page
    sign_in(planner, hire(planned_city, "planner", publishes=True))
    planner.open("/desk/layers/cemeteries/edit/")
    planner.wait_for_map()
    page.locator("[data-area]").select_option("")
    page.get_by_role("button", name="Draw anew").click()
    box = page.locator("[data-map]").bounding_box()
    assert box
    for across, down in [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]:
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down, delay=40)
        page.wait_for_timeout(350)  # two clicks within a moment are a double click
    planner.look("layers-drawing")
    page.get_by_label("Key of the area").fill("new-cemetery")
    page.get_by_label("Name").fill("New cemetery")
    page.get_by_label("Who answers for it").select_option(index=1)
    page.get_by_role("button", name="Save as a draft and see what changes").click()
    expect(page.locator(".counts")).to_contain_text("1 added")
    planner.wait_for_map()
    planner.look("layers-drawn")
    assert planner.complaints == []


def test_without_script_the_form_answers_and_the_list_tells_the_difference(
    visit: Callable[..., Visitor], planned_city: LiveCity
):
    clerk = visit(PHONE, "en", city=planned_city, javascript=False)
    sign_in(clerk, hire(planned_city, "clerk", body="dsny-manhattan-5"))
    clerk.open("/desk/responsibility/")
    clerk.page.get_by_label("Kind of problem").select_option("dirty_street")
    clerk.page.get_by_role("textbox", name="Place").fill("40.7650, -73.9790")
    clerk.page.get_by_role("button", name="Ask").click()
    headline(clerk.page, "Sanitation, Manhattan")
    assert clerk.page.goto(planned_city.url + "/desk/layers/import/").status == 403


def test_the_flaws_of_the_borders_are_a_layer_of_the_staffs_maps(visit: Callable[..., Visitor], planned_city: LiveCity):
    planner = visit(DESK, "en", city=planned_city)
    sign_in(planner, hire(planned_city, "planner", publishes=True, plans=True))
    for path in ("/planner/", "/desk/responsibility/", "/desk/layers/sanitation_districts/edit/"):
        planner.open(path)
        toggle = planner.page.get_by_role("button", name="Flaws of the borders", pressed=False)
        drawn = planner.page.locator('path[fill="url(#hatch-contested)"]')
        expect(drawn).to_have_count(0)
        toggle.click()
        expect(drawn.first).to_be_attached()
        planner.look(f"flaws{path.replace('/', '-')}")
        planner.page.get_by_role("button", name="Flaws of the borders", pressed=True).click()
        expect(drawn).to_have_count(0)
    assert planner.complaints == []


PAGES = {
    "layers": "/desk/layers/",
    "layers-import": "/desk/layers/import/",
    "layers-responsibility": "/desk/responsibility/?service=dirty_street&lon=-73.98&lat=40.76&on=2024-05-03",
    "layers-topology": "/desk/topology/?kind=overlap",
    "layers-edit": "/desk/layers/sanitation_districts/edit/?area=105",
}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "wide"])
def test_every_page_fits_its_window_and_says_nothing_to_the_console(
    visit: Callable[..., Visitor], planned_city: LiveCity, viewport: dict[str, int], language: str
):
    planner = visit(viewport, language, city=planned_city)
    sign_in(planner, hire(planned_city, "planner", publishes=True))
    for name, path in PAGES.items():
        planner.open(path)
        if planner.page.locator("[data-map]").count():
            planner.wait_for_map()
            planner.page.wait_for_timeout(400)  # tiles fade in
        planner.look(name)
        width = planner.page.locator("html").evaluate("html => html.scrollWidth")
        assert width <= viewport["width"], name
        expect(planner.page.locator("h1")).to_have_count(1)
    assert planner.complaints == []
