"""`GET /api/v1/responsibility?at=…&known_at=…`: who was responsible that day, as known at that moment."""

from datetime import UTC, datetime, timedelta

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from layers.importing.areas import Area
from layers.services import publish
from tests import toytown as place
from tests.toytown import MOVED_ON, Toytown

LON, LAT = place.IN_WEST
URL = f"/api/v1/responsibility?lon={LON}&lat={LAT}&service_code=noise"


def body_of(client: Client, query: str) -> str | None:
    answer = client.get(URL + query).json()
    return answer["body"] and answer["body"]["slug"]


def test_who_was_responsible_on_3_may_as_known_on_10_may(
    client: Client, toytown: Toytown, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = shapely.MultiPolygon([shapely.box(-74.0, 40.7, -73.985, 40.72)])
    monkeypatch.setattr(publish, "_record_time", lambda layer: datetime(2024, 5, 20, 12, tzinfo=UTC))
    publish.publish_boundaries(
        toytown.layers["districts"],
        [Area("east", {"en": "East"}, "sanitation-east", everything)],
        MOVED_ON,
        source="A correction of 20 May",
    )
    before, after = "&known_at=2024-05-10T09:00:00Z", "&known_at=2024-06-01T09:00:00Z"
    assert body_of(client, "&at=2024-05-03" + before) == "sanitation-west"
    assert body_of(client, "&at=2024-05-03" + after) == "sanitation-east"
    assert body_of(client, "&at=2024-05-03") == "sanitation-east"
    assert body_of(client, "&at=2023-12-31" + before) == body_of(client, "&at=2023-12-31" + after) == "sanitation-west"
    assert body_of(client, "&at=2030-01-01" + before) == "sanitation-west"


def test_a_moment_before_anything_was_known_has_no_answer(client: Client, toytown: Toytown) -> None:
    assert client.get(URL + "&known_at=1999-01-01T00:00:00Z").json()["outcome"] == "gap"


@pytest.mark.parametrize("moment", ["yesterday", "2024-13-01T00:00:00Z", "2024-05-10T25:00:00Z", "now"])
def test_what_is_no_moment_is_refused(client: Client, toytown: Toytown, moment: str) -> None:
    response = client.get(f"{URL}&known_at={moment}")
    assert response.status_code == 400
    assert "known_at" in response.json()["detail"]


def test_a_moment_in_the_future_is_refused(client: Client, toytown: Toytown) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    response = client.get(f"{URL}&known_at={tomorrow}")
    assert (response.status_code, response.json()["code"]) == (400, "known_at_in_future")


def test_a_moment_without_zone_is_local_time_of_the_city(client: Client, toytown: Toytown) -> None:
    assert client.get(URL + "&known_at=2024-05-10T09:00:00").status_code == 200
