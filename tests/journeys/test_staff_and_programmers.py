"""Administrators' maps and the API's documentation obey the same Content-Security-Policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, Visitor
from tests.journeys.staff import hire, sign_in

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_api_documentation_works_offline(visit: Callable[..., Visitor], dark: bool) -> None:
    reader = visit(DESK, "en", dark=dark)
    reader.open("/api/docs/")
    expect(reader.page.locator("#swagger-ui")).to_contain_text("/api/v1/service-requests")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Open data and API")
    expect(reader.page.locator("html.dark-mode")).to_have_count(int(dark))
    for link in reader.page.locator(".api-docs__starts a").all():
        assert reader.page.request.get(reader.city.url + link.get_attribute("href")).status == 200
    reader.look("api-docs")
    assert reader.complaints == []
    assert reader.hosts == {reader.city.url}


def test_an_administrator_sees_a_boundary_on_a_map_and_draws_a_new_one(
    visit: Callable[..., Visitor],
) -> None:
    staff = visit(DESK, "en")
    sign_in(staff, hire(staff.city, "administrator", administers=True))
    staff.open("/admin/layers/boundary/")
    staff.page.locator("#result_list tbody th a").first.click()
    expect(staff.page.locator(".leaflet-container")).to_be_visible()
    expect(staff.page.locator(".leaflet-container path").first).to_be_attached()
    expect(staff.page.locator(".leaflet-draw-draw-polygon")).to_have_count(0)
    staff.look("admin-boundary")
    staff.open("/admin/layers/boundary/add/")
    expect(staff.page.locator(".leaflet-draw-draw-polygon")).to_be_visible()
    assert staff.complaints == []
    assert staff.hosts == {staff.city.url}
