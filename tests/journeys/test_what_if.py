"""A planner tries a change on past reports; a publisher takes it over from a day to come."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.moved_border import write_moved_border
from tests.journeys.staff import hire, sign_in
from tests.live import LiveCity, loaded_city, manage, serving

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def tried_city() -> Iterator[LiveCity]:
    """A New York of its own, with reports to be moved."""
    database_url = loaded_city("new_york", "citypin_tests_what_if", reports=3000)
    with serving("new_york", database_url, CITYPIN_BASEMAP_URL="") as city:
        yield city


@pytest.fixture(scope="module")
def moved_border(tried_city: LiveCity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the moved border."""
    path = tmp_path_factory.mktemp("files") / "merged.geojson"
    write_moved_border(tried_city, path)
    return path


def upload_and_try(planner: Visitor, file: Path) -> None:
    page = planner.page
    planner.open("/desk/layers/import/?target=layer:sanitation_districts")
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="Upload and look at it").click()
    page.get_by_label("The file holds only some areas").check()
    page.get_by_role("button", name="See what would change").click()
    page.get_by_role("link", name="Try it on past reports").click()
    page.get_by_role("button", name="Try it").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+/"))
    manage("new_york", planner.city.database_url, "work", "--once")


def test_a_draft_is_tried_and_then_published_from_a_day_to_come(
    visit: Callable[..., Visitor], tried_city: LiveCity, moved_border: Path
):
    planner = visit(DESK, "en", city=tried_city)
    page = planner.page
    sign_in(planner, hire(tried_city, "planner", plans=True))
    upload_and_try(planner, moved_border)
    expect(page.locator("h2").first).to_contain_text(re.compile(r"\d+ of [\d,]+ reports .* would have gone elsewhere"))
    result = page.url
    planner.wait_for_map()
    page.wait_for_timeout(400)  # tiles fade in
    page.locator(".change-list--moved summary").click()
    expect(page.locator(".change-list--moved li").first).to_contain_text(
        "Sanitation, Manhattan 5 → Sanitation, Manhattan 4"
    )
    expect(page.get_by_text("Go on to publishing")).to_have_count(0)
    planner.look("what-if")
    assert planner.complaints == []

    publisher = visit(PHONE, "zh-hans", city=tried_city)
    sign_in(publisher, hire(tried_city, "publisher", publishes=True))
    publisher.page.goto(result)
    publisher.wait_for_map()
    publisher.page.wait_for_timeout(400)
    publisher.page.screenshot(path=publisher.look("what-if"), full_page=True)
    assert publisher.page.locator("html").evaluate("html => html.scrollWidth") <= PHONE["width"]
    day = date.today() + timedelta(days=30)
    publisher.page.locator("#publish-day").fill(day.isoformat())
    publisher.page.locator("#publish-day + button").click()
    expect(publisher.page.locator("#publish-title")).to_contain_text(f"{day.year}")
    expect(publisher.page.locator("#publish-title")).to_contain_text(f"{day.month}月{day.day}日")
    assert publisher.complaints == []


def test_without_script_the_result_is_lists_and_tables(
    visit: Callable[..., Visitor], tried_city: LiveCity, moved_border: Path
):
    planner = visit(PHONE, "en", city=tried_city, javascript=False)
    sign_in(planner, hire(tried_city, "planner", plans=True))
    upload_and_try(planner, moved_border)
    planner.page.get_by_role("link", name="Look again").click()
    planner.page.get_by_role("link", name="See the result").click()
    expect(planner.page.locator("h1")).to_have_count(1)
    expect(planner.page.get_by_role("table")).to_have_count(2)
    expect(planner.page.get_by_text("Manhattan 5 → Sanitation, Manhattan 4").first).to_be_attached()
