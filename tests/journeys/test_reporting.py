"""The main job: from a pin and a photo to the heatmap and the desk."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import mapbox_vector_tile
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.staff import hire, sign_in
from tests.pictures import GPS_PLACE, jpeg_with_metadata

pytestmark = pytest.mark.journey

SECRET = "My number is 212-555-0147"
TIMES_SQUARE_TILE = (14, 4824, 6157)
"""z, x, y of the tile that holds GPS_PLACE."""

SENTENCES = {
    "en": {"responsible": "Goes to", "thanks": "Thank you"},
    "zh-hans": {"responsible": "由", "thanks": "谢谢"},
}


@dataclass
class Sent:
    """A report as its reporter knows it."""

    number: int
    tracking_path: str


def reports_in_heat(page: Page, city_url: str) -> int:
    """The number of pothole reports in the tile around the place, as the public heat tile counts them."""
    z, x, y = TIMES_SQUARE_TILE
    response = page.request.get(f"{city_url}/tiles/heat/{z}/{x}/{y}.mvt?services=pothole")
    if response.status == 204:
        return 0
    layer = mapbox_vector_tile.decode(response.body())["heat"]
    return sum(feature["properties"]["count"] for feature in layer["features"])


def photo() -> dict[str, object]:
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": jpeg_with_metadata()}


def send_with_script(visitor: Visitor, words: dict[str, str]) -> Sent:
    """Report a pothole the way a phone or a desk does, with JavaScript."""
    page, narrow = visitor.page, visitor.page.viewport_size == PHONE
    visitor.open("/report/")
    page.set_input_files("#field-photo", photo())
    expect(page.locator("input[name=lon]")).to_have_value(re.compile(r"^-73\.985"))
    visitor.look("report-1-photo")
    if narrow:
        page.click("[data-next]")
        expect(page.locator("#place-title")).to_be_visible()
        visitor.look("report-2-place")
        page.click("[data-next]")
    page.locator("[data-service-search]").fill("pothole")
    page.locator("#service-pothole").check()
    expect(page.locator("#answer")).to_contain_text(words["responsible"])
    visitor.look("report-3-service")
    while narrow and page.locator("[data-next]").is_visible():
        page.click("[data-next]")
    page.fill("textarea[name=description]", SECRET)
    visitor.look("report-5-send")
    page.click("[data-send]")
    page.wait_for_url(re.compile(r"/reports/\d+/mine/"))
    return sent_report(page)


def send_without_script(visitor: Visitor, words: dict[str, str]) -> Sent:
    """Report a pothole with plain HTML: check first, then send."""
    page = visitor.page
    visitor.open("/report/")
    page.set_input_files("#field-photo", photo())
    page.locator("details", has=page.locator("#service-pothole")).locator("summary").first.click()
    page.locator("#service-pothole").check()
    page.fill("textarea[name=description]", SECRET)
    page.locator("button[value=check]:not([aria-hidden])").click()
    expect(page.locator("#answer")).to_contain_text(words["responsible"])
    expect(page.locator("input[name=lon]")).to_have_value(re.compile(r"^-73\.985"))
    expect(page.locator("textarea[name=description]")).to_have_value(SECRET)
    visitor.look("report-checked-without-script")
    page.locator("button[name=step][value=send]").click()
    return sent_report(page)


def sent_report(page: Page) -> Sent:
    found = re.search(r"(/reports/(\d+)/mine/[^/]+/)", page.url)
    assert found, page.url
    return Sent(int(found[2]), found[1])


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "wide"])
def test_a_report_with_a_photo_reaches_map_page_and_desk(
    visit: Callable[..., Visitor], viewport: dict[str, int], language: str, javascript: bool
) -> None:
    citizen, words = visit(viewport, language, javascript=javascript), SENTENCES[language]
    city = citizen.city
    before = reports_in_heat(citizen.page, city.url)

    citizen.open("/")
    citizen.page.locator("a[href$='/report/']:visible").first.click()
    sent = send_with_script(citizen, words) if javascript else send_without_script(citizen, words)
    expect(citizen.page.locator("main")).to_contain_text(words["thanks"])
    expect(citizen.page.locator("main")).to_contain_text(SECRET)  # the reporter's own view
    citizen.look(f"sent{'' if javascript else '-without-script'}")

    assert reports_in_heat(citizen.page, city.url) == before + 1

    neighbour = visit(viewport, language, javascript=javascript)
    neighbour.open(f"/reports/{sent.number}/")
    expect(neighbour.page.locator("main")).to_contain_text(words["responsible"])
    expect(neighbour.page.locator("main")).not_to_contain_text("212-555")
    neighbour.look(f"request{'' if javascript else '-without-script'}")
    for path in (f"/api/v1/service-requests/{sent.number}", f"/reports/{sent.number}/"):
        public = neighbour.page.request.get(city.url + path).text()
        for secret in ("212-555", "SecretPhoneMaker", "Alice", sent.tracking_path.split("/")[-2]):
            assert secret not in public

    own_photo = photo_of(citizen, sent)
    assert neighbour.page.request.get(own_photo.split("?")[0]).status == 404
    stored = citizen.page.request.get(own_photo).body()
    picture = Image.open(io.BytesIO(stored))
    assert not picture.getexif()
    assert picture.size == (480, 640)  # upright
    assert not any(secret in stored for secret in (b"Exif", b"SecretPhoneMaker", b"Alice", b"2026"))

    staff = visit(viewport, language, javascript=javascript)
    sign_in(staff, hire(city, "arbitrator", arbitrates=True))
    staff.open(f"/desk/reports/{sent.number}/")
    expect(staff.page.locator("#case")).to_contain_text(SECRET)
    staff.look(f"desk{'' if javascript else '-without-script'}")
    staff.page.locator("button[name=action][value=publish]").click()
    neighbour.open(f"/reports/{sent.number}/")
    expect(neighbour.page.locator("main")).to_contain_text(SECRET)
    for visitor in (citizen, neighbour, staff):
        assert visitor.complaints == []
        assert visitor.hosts == {city.url}


def photo_of(visitor: Visitor, sent: Sent) -> str:
    """The address of the reporter's photo, with their key."""
    visitor.open(sent.tracking_path)
    return visitor.city.url + str(visitor.page.locator("img[src*='/photos/']").first.get_attribute("src"))


def test_the_place_of_the_photo_is_in_the_tile_that_the_journey_counts() -> None:
    z, x, _y = TIMES_SQUARE_TILE
    west, east = (column / 2**z * 360 - 180 for column in (x, x + 1))
    assert west <= GPS_PLACE[0] < east


def test_coordinates_outside_the_city_stay_what_was_typed(visit: Callable[..., Visitor]) -> None:
    """The map does not go there: its pin must not set another place."""
    visitor = visit(PHONE, "en")
    page = visitor.page
    visitor.open("/report/")
    page.click("[data-next]")
    page.fill("#field-place", "42.3601, -71.0589")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("outside the city")
    expect(page.locator("[data-place-coordinates]")).to_have_text("42.36010, -71.05890")
    expect(page.locator(".is-set")).to_have_count(0)
    page.click("[data-next]")
    expect(page.locator("#place-title")).to_be_visible()
    page.fill("#field-place", "40.7592, -73.98815")
    page.keyboard.press("Enter")
    expect(page.locator("[data-place-coordinates]")).to_have_text("40.75920, -73.98815")
    expect(page.locator("#answer")).to_contain_text("Choose what it is")
    expect(page.locator(".is-set")).to_have_count(1)
