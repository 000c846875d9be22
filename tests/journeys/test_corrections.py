"""A citizen says whose a lamp is, without script; staff accept it by the keys, and the report moves."""

import json
import re
import urllib.request
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.staff import hire, sign_in
from tests.live import LiveCity, connect

pytestmark = pytest.mark.journey

LON, LAT = -73.9402, 40.8298
"""West 152nd Street: a lamp of the test's own, since the pack has none."""
LAMP = """
    WITH made AS (
        INSERT INTO layers_assetclass (slug, names, snap_distance_m)
        VALUES ('journey_lamp', '{"en": "Street lamp", "zh-hans": "路灯"}', 15)
        ON CONFLICT (slug) DO UPDATE SET snap_distance_m = 15 RETURNING id
    ), linked AS (
        INSERT INTO issues_service_asset_classes (service_id, assetclass_id)
        SELECT issues_service.id, made.id FROM issues_service, made WHERE service_code = 'street_light'
        ON CONFLICT DO NOTHING
    )
    INSERT INTO layers_asset (asset_class_id, external_id, owner_id, names, geom, valid_from, recorded_at, source)
    SELECT made.id, %(number)s, layers_body.id, '{}', ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326),
           '2000-01-01', now(), 'Journey'
    FROM made, layers_body WHERE layers_body.slug = %(owner)s RETURNING id"""


def stand_lamp(city: LiveCity, number: str, lon: float) -> int:
    with closing(connect(city.database_url)) as database, database, database.cursor() as cursor:
        cursor.execute(LAMP, {"number": number, "lon": lon, "lat": LAT, "owner": "parks-manhattan"})
        return cursor.fetchone()[0]


def report_lamp(city: LiveCity, lon: float) -> int:
    said = {"service_code": "street_light", "lon": lon, "lat": LAT, "description": "Dark"}
    request = urllib.request.Request(
        city.url + "/api/v1/service-requests",
        json.dumps(said).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]


def say_owner(visit: Callable[..., Visitor], report: int, number: str, language: str = "en") -> None:
    """From the report's page to the confirmation, on a phone without script."""
    words = {
        "en": ("something wrong with it?", "It belongs to somebody else", "Whose is it?", "Send", "Thank you"),
        "zh-hans": ("信息不对？", "属于其他单位", "属于哪个单位？", "提交", "谢谢您"),
    }[language]
    link, kind, whose, send, thanks = words
    citizen = visit(PHONE, language, javascript=False)
    page = citizen.page
    citizen.open(f"/reports/{report}/")
    page.get_by_role("link", name=link).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    citizen.look("correction-form")
    page.get_by_role("button", name=send, exact=True).click()
    expect(page.locator(".field__error")).to_be_visible()
    page.get_by_role("radio", name=kind).check()
    page.get_by_label(whose).select_option("parks-brooklyn")
    page.get_by_role("textbox").last.fill("The plate says so")
    page.get_by_role("button", name=send, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(thanks)
    expect(page.locator("main")).not_to_contain_text("The plate says so")
    citizen.look("correction-thanks")
    width = page.locator("html").evaluate("html => html.scrollWidth")
    assert width <= PHONE["width"]


def test_what_a_citizen_says_of_a_lamp_moves_its_report_once_staff_accept(
    visit: Callable[..., Visitor], new_york: LiveCity
) -> None:
    stand_lamp(new_york, "152-1", LON)
    report = report_lamp(new_york, LON)
    say_owner(visit, report, "152-1")

    staff = visit(DESK, "en")
    page = staff.page
    sign_in(staff, hire(new_york, "lamp-keeper", publishes=True))
    page.get_by_role("link", name=re.compile("Corrections")).first.click()
    staff.wait_for_map()
    page.keyboard.press("j")
    focused = page.locator("[data-queue-item]:focus")
    while "152-1" not in focused.inner_text():
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("152-1")
    expect(page.locator(".facts")).to_contain_text("→")
    expect(page.locator(".facts")).to_contain_text("it is decided again")
    staff.wait_for_map()
    page.wait_for_timeout(400)  # tiles fade in
    staff.look("corrections-case")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.locator("h1").click()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("1 open report was decided again; 1 of them went to somebody else.")
    staff.open(f"/reports/{report}/")
    expect(page.locator(".who__headline")).to_contain_text("Brooklyn")
    assert staff.complaints == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "wide"])
def test_the_desk_of_corrections_fits_its_window(
    visit: Callable[..., Visitor], new_york: LiveCity, viewport: dict[str, int], language: str
) -> None:
    number = f"153-{viewport['width']}-{language}"
    lon = LON + 0.001 * (1 + (viewport == DESK) + 2 * (language == "en"))
    stand_lamp(new_york, number, lon)
    say_owner(visit, report_lamp(new_york, lon), number, language)
    staff = visit(viewport, language, dark=viewport == DESK)
    sign_in(staff, hire(new_york, "lamp-keeper", publishes=True))
    staff.open("/desk/corrections/")
    staff.wait_for_map()
    staff.look("corrections")
    staff.page.locator("[data-queue-item]", has_text=number).click()
    expect(staff.page.locator("h1")).to_have_count(1)
    staff.wait_for_map()
    staff.page.wait_for_timeout(400)  # tiles fade in
    staff.look("corrections-one")
    assert staff.page.locator("html").evaluate("html => html.scrollWidth") <= viewport["width"]
    assert staff.complaints == []
