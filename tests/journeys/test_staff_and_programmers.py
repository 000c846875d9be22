"""Administrators' maps and the API's documentation obey the same Content-Security-Policy."""

from collections.abc import Callable
from contextlib import closing

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, STAFF_PASSWORD, Visitor
from tests.live import LiveCity, connect

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def administrator(new_york: LiveCity) -> str:
    """A superuser's name."""
    with closing(connect(new_york.database_url)) as database, database, database.cursor() as cursor:
        cursor.execute(
            """INSERT INTO auth_user
               (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
               VALUES (%s, true, 'administrator', '', '', '', true, true, now())
               ON CONFLICT (username) DO UPDATE SET password = excluded.password""",
            [PBKDF2PasswordHasher().encode(STAFF_PASSWORD, "journeys")],
        )
    return "administrator"


def test_the_api_documentation_works_offline(visit: Callable[..., Visitor]) -> None:
    reader = visit(DESK, "en")
    reader.open("/api/docs/")
    expect(reader.page.locator("#swagger-ui")).to_contain_text("/api/v1/service-requests")
    reader.look("api-docs")
    assert reader.complaints == []
    assert reader.hosts == {reader.city.url}


def test_an_administrator_sees_a_boundary_on_a_map_and_draws_a_new_one(
    visit: Callable[..., Visitor], administrator: str
) -> None:
    staff = visit(DESK, "en")
    staff.open("/admin/")
    staff.page.fill("#id_username", administrator)
    staff.page.fill("#id_password", STAFF_PASSWORD)
    staff.page.locator("input[type=submit]").click()
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
