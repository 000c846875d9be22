"""Who was responsible on a day, as known on another: the page, its addresses, and that a past answer stays."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from layers.services.publish import publish_boundaries
from tests.layers.grid import area
from tests.toytown import IN_MOVED_WARD, OUTSIDE, Toytown

pytestmark = pytest.mark.django_db
WEST = {"service": "litter", "lon": "-73.9925", "lat": "40.7025"}
"""In the cell that the publication hands to the east."""


@pytest.fixture
def clerk(toytown: Toytown) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("clerk"))
    return client


def ask(client: Client, status: int = 200, **query: str) -> str:
    page = client.get("/desk/responsibility/", query)
    assert page.status_code == status
    return page.content.decode()


def test_strangers_are_asked_to_sign_in(toytown: Toytown, client: Client):
    assert client.get("/desk/responsibility/")["Location"].startswith("/login/")


def test_without_a_place_the_page_asks_for_one(clerk: Client):
    assert "Name a place, or click on the map." in ask(clerk)


def test_the_day_decides_which_version_answers(clerk: Client):
    lon, lat = map(str, IN_MOVED_WARD)
    asked = {"service": "pothole", "lon": lon, "lat": lat}
    assert "Nobody yet" in ask(clerk, **asked, on="2024-01-01")
    before = ask(clerk, **asked, on="2023-12-31")
    assert "Goes to Roads" in before
    assert "version--asked" in before and "Since when which body" in before


def publish_east(toytown: Toytown) -> None:
    areas = [
        area("west", 0, body="sanitation-west"),
        area("east", 1, 2, body="sanitation-east"),
    ]
    publish_boundaries(toytown.layers["districts"], areas, date(2025, 3, 1), source="Council")


def test_a_past_answer_stays_whatever_is_published_later(clerk: Client, toytown: Toytown):
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    publish_east(toytown)
    assert "Goes to Sanitation East" in ask(clerk, **WEST, on="2025-03-01")
    assert "Goes to Sanitation West" in ask(clerk, **WEST, on="2025-02-28")
    assert "Goes to Sanitation West" in ask(clerk, **WEST, on="2025-03-01", known=yesterday)


def test_the_history_tells_since_when_which_body_and_what_was_believed(clerk: Client, toytown: Toytown):
    publish_east(toytown)
    html = ask(clerk, **WEST)
    assert html.index("Sanitation East") < html.index("What was believed earlier")
    assert "on=2025-03-01" in html and "Council" in html
    assert "until further notice" in html


def test_a_place_is_found_by_name_and_by_typed_coordinates(clerk: Client):
    assert "Goes to Sanitation West" in ask(clerk, service="litter", place="Old Market")
    assert "Goes to Sanitation East" in ask(clerk, service="litter", place="40.702, -73.987")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"lon": str(OUTSIDE[0]), "lat": str(OUTSIDE[1])}, "outside the city"),
        ({"lon": "40.702", "lat": "-73.997"}, "exchanged"),
        ({"place": "Atlantis"}, "We know no place called"),
        ({"place": "Old Market", "on": "31.12.2025"}, "YYYY-MM-DD"),
        ({"place": "Old Market", "on": "0001-01-01"}, "YYYY-MM-DD"),
        ({"place": "Old Market", "known": "2190-01-01"}, "lies in the future"),
        ({"place": "Old Market", "service": "moon"}, "moon"),
        ({"place": "a\0b"}, "Null"),
    ],
)
def test_slips_are_said_in_a_sentence_and_never_break_the_page(clerk: Client, query: dict[str, str], sentence: str):
    assert sentence in ask(clerk, 422, **{"service": "litter", **query})


def test_the_sliders_reach_what_is_published_for_later(clerk: Client, toytown: Toytown):
    later = timezone.localdate() + timedelta(days=400)
    publish_boundaries(
        toytown.layers["districts"],
        [area("west", 0, 1, body="sanitation-west"), area("east", 2, body="sanitation-east")],
        later,
        source="Later",
    )
    html = ask(clerk, **WEST)
    days = int(html.split('id="day-slider" min="0" max="')[1].split('"')[0])
    assert days >= 400
