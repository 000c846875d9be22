"""A contested report, what the bodies say to it, a ruling over the zone, and the next report that it settles."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, Visitor
from tests.journeys.staff import PASSWORD, hire, sign_in
from tests.live import LiveCity, connect

pytestmark = pytest.mark.journey

CONTESTED = """
    SELECT DISTINCT ON (bodies) ST_Y(point), ST_X(point), slugs[1], slugs[2], called[1], called[2]
    FROM issues_servicerequest AS report
    JOIN issues_service AS service ON service.id = service_id AND service_code = 'litter_basket'
    CROSS JOIN LATERAL (
        SELECT array_agg(body.id ORDER BY body.id) AS bodies, array_agg(body.slug ORDER BY body.id) AS slugs,
               array_agg(body.names ->> 'en' ORDER BY body.id) AS called
        FROM issues_responsibility AS decided
        CROSS JOIN LATERAL jsonb_array_elements(decided.candidates) AS candidate
        JOIN layers_body AS body ON body.id = (candidate ->> 'body_id')::bigint
        WHERE decided.service_request_id = report.id AND candidate ->> 'rejected_because' = 'same_rank'
    ) AS claims
    WHERE outcome = 'contested' AND is_demo AND cardinality(slugs) = 2
    ORDER BY bodies, report.id"""

STEP = 0.00002
"""Degrees between two reports, about 2 m."""

FOUR_CORNERS = re.compile(r"^(-?\d+\.\d+, -?\d+\.\d+(\n|$)){4}$")


@dataclass(frozen=True)
class Dispute:
    """A place in an overlap, and the two bodies that claim it (slugs and names)."""

    lat: float
    lon: float
    bodies: tuple[str, str]
    names: tuple[str, str]


@pytest.fixture(scope="module")
def disputes(new_york: LiveCity) -> list[Dispute]:
    """Overlaps about full litter baskets, each between other bodies."""
    with closing(connect(new_york.database_url)) as database, database.cursor() as cursor:
        cursor.execute(CONTESTED)
        return [Dispute(row[0], row[1], row[2:4], row[4:6]) for row in cursor.fetchall()]


def send_report(citizen: Visitor, lat: float, lon: float, text: str) -> str:
    """Report a full litter basket there; returns the report's number."""
    page = citizen.page
    citizen.open("/report/")
    page.fill("#field-place", f"{lat:.6f}, {lon:.6f}")
    page.press("#field-place", "Enter")
    expect(page.locator("input[name=lon]")).not_to_have_value("")
    page.locator("[data-service-search]").fill("litter basket")
    page.locator("#service-litter_basket").check()
    expect(page.locator("#answer")).not_to_be_empty()
    page.fill("textarea[name=description]", text)
    page.locator("button[value=send]").click()
    page.wait_for_url(re.compile(r"/reports/\d+/mine/"))
    return re.search(r"/reports/(\d+)/", page.url)[1]


def case_of(visitor: Visitor, report: str) -> str:
    """The address of the case that the report waits in, as its desk page links it."""
    visitor.open(f"/desk/reports/{report}/")
    return visitor.page.locator("a[href*='/desk/arbitration/']", has_text="Case").get_attribute("href")


def state_position(page: Page, stance: str, text: str) -> None:
    page.get_by_label(stance, exact=True).check()
    page.select_option("#position-evidence", index=1)
    page.fill("#position-text", text)
    page.get_by_role("button", name="State it").click()
    expect(page.locator(".positions")).to_contain_text(text)
    expect(page.locator(".positions")).to_contain_text("It rests on")


def test_a_ruling_over_a_zone_settles_the_next_report_there(
    visit: Callable[..., Visitor], disputes: list[Dispute]
) -> None:
    place = disputes[0]
    citizen = visit(DESK, "en")
    first = send_report(citizen, place.lat, place.lon, "Leaves and bags along the path")
    expect(citizen.page.locator("main")).to_contain_text("arbitration")

    arbitrator = visit(DESK, "en")
    sign_in(arbitrator, hire(arbitrator.city, "arbitrator", arbitrates=True))
    case = case_of(arbitrator, first)

    gardener = visit(DESK, "en")
    sign_in(gardener, hire(gardener.city, "gardener", body=place.bodies[0]))
    gardener.open(case)
    state_position(gardener.page, "Ours", "The lawn and its paths are ours since 1998.")
    sweeper = visit(DESK, "en")
    sign_in(sweeper, hire(sweeper.city, "sweeper", body=place.bodies[1]))
    sweeper.open(case)
    state_position(sweeper.page, "Not ours", "We sweep the street, not the park.")

    page = arbitrator.page
    arbitrator.open("/desk/arbitration/")
    expect(page.locator("#desk-map path").first).to_be_attached()
    arbitrator.look("arbitration-queue")
    arbitrator.open(case)
    expect(page.locator(".positions")).to_contain_text("since 1998")
    expect(page.locator("#zone-hatch")).to_be_attached()
    page.select_option("#ruling-body", label=place.names[0])
    page.fill("#ruling-public_reason", "The park's lawn, with its paths, is cleaned by the park.")
    page.fill("#ruling-internal_note", "Agreed by telephone")
    expect(page.get_by_role("button", name="Confirm the ruling")).to_be_hidden()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-previewed]")).to_contain_text(re.compile(r"This ruling moves [1-9]\d* open report"))
    page.locator("[data-previewed]").scroll_into_view_if_needed()
    arbitrator.look("arbitration-preview")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    twice = "button => { button.click(); setTimeout(() => button.click(), 50); }"
    page.get_by_role("button", name="Confirm the ruling").evaluate(twice)
    expect(page.locator("main")).to_contain_text(f"Ruled: it goes to {place.names[0]}.")
    assert len(sent) == 1
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    arbitrator.look("arbitration-ruled")

    second = send_report(citizen, place.lat + STEP, place.lon, "More bags")
    public = visit(PHONE, "zh-hans")
    public.open(f"/reports/{second}/")
    expect(public.page.locator("main")).to_contain_text("裁定")
    public.look("request-precedent")
    reader = visit(DESK, "en")
    reader.open(f"/reports/{second}/")
    expect(reader.page.locator("main")).to_contain_text("A ruling of")
    expect(reader.page.locator("main")).to_contain_text("is cleaned by the park")
    expect(reader.page.locator("main")).not_to_contain_text("telephone")
    expect(reader.page.locator("[data-place-map] path.decision-shape").nth(2)).to_be_attached()  # zone and two areas
    reader.look("request-precedent")
    reader.open(f"/reports/{first}/")
    expect(reader.page.locator("main")).to_contain_text(f"By a ruling we sent it to {place.names[0]}.")
    for visitor in (citizen, arbitrator, gardener, sweeper, public, reader):
        assert visitor.complaints == [], visitor.name


def test_the_zone_is_drawn_by_hand_and_the_second_arbitrator_is_told(
    visit: Callable[..., Visitor], disputes: list[Dispute]
) -> None:
    place = disputes[-1]
    citizen = visit(DESK, "en")
    number = send_report(citizen, place.lat, place.lon, "Drawn zone")
    first, second = visit(DESK, "en"), visit(DESK, "en", dark=True)
    for visitor, name in ((first, "arbitrator"), (second, "deputy")):
        sign_in(visitor, hire(visitor.city, name, arbitrates=True))
        case = case_of(visitor, number)
        visitor.open(case)
        visitor.page.select_option("#ruling-body", label=place.names[1])
        visitor.page.fill("#ruling-public_reason", f"As {name} sees it")
    page = first.page
    page.get_by_label("Drawn, or by its corners").check()
    page.get_by_role("button", name="Draw the zone").click()
    box = page.locator("#desk-map").bounding_box()
    for across, down in [(0.2, 0.25), (0.9, 0.25), (0.9, 0.8), (0.2, 0.8), (0.2, 0.25)]:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=4)
        page.wait_for_timeout(100)  # Leaflet.draw takes a faster second click for a slip
        page.mouse.down()
        page.mouse.up()
    expect(page.locator("[name=zone]")).to_have_value(FOUR_CORNERS)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-previewed]")).to_be_visible()
    first.look("arbitration-drawn")
    page.get_by_role("button", name="Confirm the ruling").click()
    expect(page.locator("main")).to_contain_text("Ruled: it goes to")

    late = second.page
    second.look("arbitration-case")
    late.get_by_role("button", name="Preview").click()
    expect(late.locator("[data-preview]")).to_contain_text("has acted on this case since you opened it")
    expect(late.locator("#ruling-public_reason")).to_have_value("As deputy sees it")
    expect(late.get_by_role("button", name="Confirm the ruling")).to_be_hidden()

    page.wait_for_load_state("load")  # the keys are a module: they work once the page has loaded
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Why undo it?")).to_be_focused()  # nothing is sent without a reason
    page.keyboard.type("The wrong body was chosen")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("everything is as before")
    expect(page.locator(".timeline")).to_contain_text("The wrong body was chosen")
    page.wait_for_load_state("load")  # the keys are a module: they work once the page has loaded
    page.keyboard.press("r")
    expect(page.locator("#ruling-body")).to_be_focused()
    assert first.complaints == citizen.complaints == []
    # The browser itself notes the answer 409 of the refused preview.
    assert [text for text in second.complaints if "409" not in text] == []


def test_the_zone_is_drawn_by_keys_alone(visit: Callable[..., Visitor], disputes: list[Dispute]) -> None:
    place = disputes[-1]
    number = send_report(visit(DESK, "en"), place.lat - STEP, place.lon, "Drawn by keys")
    staff = visit(DESK, "en")
    sign_in(staff, hire(staff.city, "arbitrator", arbitrates=True))
    staff.open(case_of(staff, number))
    page = staff.page
    page.wait_for_load_state("load")
    page.select_option("#ruling-body", label=place.names[0])
    page.fill("#ruling-public_reason", "Seen from the path")
    page.get_by_label("As proposed").focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Set corners by keys")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("application")).to_be_focused()
    said, corners = page.locator("[data-draw-hint]"), page.locator("[name=zone]")
    for number, moves in enumerate(
        ["Up Up Left Left", "Right Right Right Right", "Down Down Down Down", "Left Left"], 1
    ):
        for move in moves.split():
            page.keyboard.press(f"Arrow{move}")
        page.keyboard.press("Enter")
        expect(said).to_contain_text(f"Corner {number} set: ")
    lats, lons = zip(*(map(float, line.split(", ")) for line in corners.input_value().split("\n")), strict=True)
    assert lats[0] == lats[1] > lats[2] == lats[3]  # right and left, up and down, exactly as far as the keys say
    assert lons[0] < lons[3] < lons[1] == lons[2]
    page.keyboard.press("Backspace")
    expect(said).to_have_text("Taken away. Corners left: 3")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    staff.look("arbitration-by-keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Set corners by keys")).to_be_focused()
    expect(said).to_have_text("The zone has 4 corners.")
    expect(corners).to_have_value(FOUR_CORNERS)
    page.locator("[data-corners] summary").press("Enter")
    lon, lat = place.lon, place.lat
    corners.fill(f"{lat - 0.001}, {lon - 0.001}\n{lat - 0.001}, {lon + 0.001}\n{lat + 0.001}, {lon}")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.locator("[data-previewed]")).to_be_visible()
    assert staff.complaints == []


def test_a_sign_in_between_costs_nobody_a_written_ruling(
    visit: Callable[..., Visitor], disputes: list[Dispute]
) -> None:
    place = disputes[-1]
    number = send_report(visit(DESK, "en"), place.lat, place.lon - STEP, "Session")
    staff = visit(DESK, "en")
    name = hire(staff.city, "arbitrator", arbitrates=True)
    sign_in(staff, name)
    case, page = case_of(staff, number), staff.page

    def write(reason: str) -> None:
        page.select_option("#ruling-body", label=place.names[0])
        page.get_by_label("Around the reports").check()
        page.fill("#ruling-public_reason", reason)

    staff.open(case)
    write("Ten minutes of thought")
    staff.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_url(re.compile("/login/"))
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.locator("main form button").click()
    expect(page.locator("[data-kept]")).to_be_focused()
    expect(page.locator("#ruling-public_reason")).to_have_value("Ten minutes of thought")
    expect(page.get_by_label("Around the reports")).to_be_checked()
    expect(page.locator("#ruling-radius_m")).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-previewed]")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm the ruling")).to_be_in_viewport()
    staff.open(case)
    expect(page.locator("#ruling-public_reason")).to_have_value("")  # who was not interrupted has left it

    write("Signed in again in another tab")
    other = staff.context.new_page()
    staff.context.clear_cookies(name="sessionid")
    other.goto(f"{staff.city.url}/login/")
    other.fill("#id_username", name)
    other.fill("#id_password", PASSWORD)
    other.locator("main form button").click()
    expect(other.locator("#queue-title")).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-previewed]")).to_be_visible()
    expect(page.locator(".site-header")).to_have_count(1)
    assert staff.complaints == []


def test_the_case_is_read_on_a_phone_and_on_paper(visit: Callable[..., Visitor]) -> None:
    staff = visit(PHONE, "en")
    sign_in(staff, hire(staff.city, "arbitrator", arbitrates=True))
    staff.open("/desk/arbitration/")
    staff.look("arbitration-queue")
    staff.page.locator("[data-queue-item]").first.click()
    expect(staff.page.locator("#case-history")).to_be_attached()
    staff.look("arbitration-case")
    assert staff.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    staff.page.emulate_media(media="print")
    expect(staff.page.locator(".ruling-form")).to_be_hidden()
    expect(staff.page.locator("#case-evidence")).to_be_visible()
    assert staff.complaints == []
