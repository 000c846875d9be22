"""Near a border the reporter is asked one plain question, and the answer decides."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Visitor

pytestmark = pytest.mark.journey

AT_A_BORDER = {"longitude": -73.98815, "latitude": 40.7592, "accuracy": 60}
"""Eighth Avenue at 45th Street, between Manhattan 4 and 5."""


def ask(visitor: Visitor, service: str) -> None:
    """To the question, on a phone."""
    page = visitor.page
    visitor.open("/report/")
    page.click("[data-next]")
    page.click("[data-locate]")
    expect(page.locator("input[name=accuracy_m]")).to_have_value("60")
    page.click("[data-next]")
    page.locator("[data-service-search]").fill(service.partition("_")[0])
    page.locator(f"#service-{service}").check()
    expect(page.locator("#answer")).to_contain_text("Close to a border")
    page.click("[data-next]")
    expect(page.locator("#side-title")).to_be_visible()


def test_the_side_that_a_citizen_names_decides(visit: Callable[..., Visitor]) -> None:
    citizen = visit(PHONE, "en", geolocation=AT_A_BORDER, permissions=["geolocation"])
    page = citizen.page
    ask(citizen, "dirty_street")
    expect(page.locator(".side-map__live .side-badge")).to_have_text(["A", "B"])
    citizen.page.wait_for_timeout(1500)
    citizen.look("report-side")
    page.locator("[data-slot=side] .choice").nth(1).click()
    expect(page.locator("#answer")).to_contain_text("You said you are on the")
    expect(page.locator("[data-slot=side] input").nth(1)).to_be_checked()
    while page.locator("[data-next]").is_visible():
        page.click("[data-next]")
    page.click("[data-send]")
    page.wait_for_url(re.compile(r"/reports/\d+/mine/"))
    expect(page.locator("main")).to_contain_text("You said you are on the")
    assert citizen.complaints == []


def test_who_could_not_tell_answers_later_on_the_tracking_page(visit: Callable[..., Visitor]) -> None:
    citizen = visit(PHONE, "en", geolocation={**AT_A_BORDER, "latitude": 40.7593}, permissions=["geolocation"])
    page = citizen.page
    ask(citizen, "dirty_street")
    while page.locator("[data-next]").is_visible():
        page.click("[data-next]")
    page.click("[data-send]")
    page.wait_for_url(re.compile(r"/reports/\d+/mine/"))
    side = page.locator(".request__side")
    side.scroll_into_view_if_needed()
    side.locator(".choice").nth(0).click()
    side.get_by_role("button", name="Answer").click()
    expect(page.locator("main")).to_contain_text("You said you are on the")
    expect(side).to_have_count(0)
