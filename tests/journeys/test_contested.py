"""Where two bodies have a claim: said openly before sending, first on the desk, hidden from others' staff."""

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.staff import hire, sign_in
from tests.live import LiveCity, connect

pytestmark = pytest.mark.journey

CONTESTED = """
    SELECT ST_Y(point), ST_X(point) FROM issues_servicerequest JOIN issues_service ON issues_service.id = service_id
    WHERE outcome = 'contested' AND service_code = 'dirty_street' ORDER BY issues_servicerequest.id LIMIT 1"""


@pytest.fixture(scope="module")
def contested_place(new_york: LiveCity) -> str:
    """Coordinates in an overlap, as a person writes them."""
    with closing(connect(new_york.database_url)) as database, database.cursor() as cursor:
        cursor.execute(CONTESTED)
        lat, lon = cursor.fetchone()
    return f"{lat:.6f}, {lon:.6f}"


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_overlap_is_said_openly_and_waits_first_on_the_desk(
    visit: Callable[..., Visitor], contested_place: str, javascript: bool
) -> None:
    citizen = visit(DESK, "en", javascript=javascript)
    citizen.open("/report/")
    citizen.page.fill("#field-place", contested_place)
    citizen.page.press("#field-place", "Enter")
    if javascript:
        expect(citizen.page.locator("input[name=lon]")).not_to_have_value("")
        citizen.page.locator("[data-service-search]").fill("dirty street")
    else:
        group = citizen.page.locator("details", has=citizen.page.locator("#service-dirty_street"))
        group.locator("summary").first.click()
    citizen.page.locator("#service-dirty_street").check()
    if not javascript:
        citizen.page.locator("button[value=check]:not([aria-hidden])").click()
    expect(citizen.page.locator("#answer")).to_contain_text("Several bodies")
    citizen.look("report-contested")
    citizen.page.fill("textarea[name=description]", f"Bags, {'with' if javascript else 'without'} script")
    citizen.page.locator("button[value=send]").click()
    citizen.page.wait_for_url(re.compile(r"/reports/\d+/mine/"))
    number = re.search(r"/reports/(\d+)/", citizen.page.url)[1]
    expect(citizen.page.locator("main")).to_contain_text("arbitration")

    staff = visit(DESK, "en", javascript=javascript)
    sign_in(staff, hire(staff.city, "arbitrator", arbitrates=True))
    expect(staff.page.locator("[data-queue] .tag--contested").first).to_be_visible()
    expect(staff.page.locator("[data-queue-item]").first.locator(".tag--contested")).to_have_count(1)
    staff.open(f"/desk/reports/{number}/")
    expect(staff.page.locator("#case")).to_contain_text("each have a claim")
    staff.look("desk-contested")

    other = visit(DESK, "en", javascript=javascript)
    sign_in(other, hire(other.city, "clerk", body="dot"))
    expect(other.page.locator("[data-queue]")).not_to_contain_text("Contested")
    assert other.page.goto(f"{other.city.url}/desk/reports/{number}/").status == 404
    assert citizen.complaints == staff.complaints == []


def test_the_desk_is_used_by_keys(visit: Callable[..., Visitor]) -> None:
    staff = visit(DESK, "en")
    sign_in(staff, hire(staff.city, "arbitrator", arbitrates=True))
    expect(staff.page.locator("#desk-map.leaflet-container")).to_be_visible()  # the script has run
    staff.page.keyboard.press("j")
    staff.page.keyboard.press("j")
    staff.page.keyboard.press("Enter")
    staff.page.wait_for_url(re.compile(r"/desk/reports/\d+/"))
    assert staff.complaints == []


def test_a_report_is_written_by_keyboard_alone(visit: Callable[..., Visitor], contested_place: str) -> None:
    citizen = visit(DESK, "en")
    citizen.open("/report/")
    page = citizen.page
    page.locator("#field-place").focus()
    page.keyboard.type("40.7580, -73.9855")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=lon]")).to_have_value(re.compile(r"^-73\.985"))
    page.locator("[data-service-search]").focus()
    page.keyboard.type("pothole")
    page.keyboard.press("Tab")
    for _step in range(6):
        if page.evaluate("document.activeElement.id") == "service-pothole":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#service-pothole")).to_be_checked()
    expect(page.locator("#answer")).to_contain_text("Goes to")
    for _step in range(30):
        if page.evaluate("document.activeElement.hasAttribute('data-send')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/reports/\d+/mine/"))
    assert citizen.complaints == []


def test_one_thumb_on_a_phone_chooses_the_place_by_moving_the_map(visit: Callable[..., Visitor]) -> None:
    citizen = visit(
        PHONE, "en", has_touch=True, geolocation={"longitude": -73.9855, "latitude": 40.758, "accuracy": 12}
    )
    citizen.context.grant_permissions(["geolocation"])
    citizen.open("/report/")
    page = citizen.page
    page.locator("[data-next]").tap()
    page.locator("[data-locate]").tap()
    expect(page.locator("input[name=lon]")).to_have_value(re.compile(r"^-73\.985"))
    expect(page.locator("input[name=accuracy_m]")).to_have_value(re.compile(r"^12"))
    citizen.look("report-here")
    before = page.locator("input[name=lat]").input_value()
    box = page.locator("#report-map").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 120, steps=6)
    page.mouse.up()
    expect(page.locator("input[name=lat]")).not_to_have_value(before)
    assert citizen.complaints == []
