"""What a load balancer asks."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.toytown import Toytown


def test_the_process_answers_without_a_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_not_ready_without_a_city(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": True, "migrations": True, "city": False}


def test_it_is_ready_with_a_city(client: Client, toytown: Toytown) -> None:
    assert client.get("/readyz").status_code == 200


def test_search_engines_are_kept_from_tracking_links(client: Client) -> None:
    assert "Disallow: /reports/*/mine/" in client.get("/robots.txt").content.decode()


def test_a_request_with_a_wrong_host_is_refused_on_a_page_of_its_own(client: Client, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["pins.example.org"]
    response = client.get("/healthz", headers={"host": "evil.example"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("page", "heading"), [("400.html", "That could not be read"), ("500.html", "Something went wrong")]
)
def test_error_pages_stand_alone_without_a_request(page: str, heading: str) -> None:
    text = render_to_string(page)
    assert f"<h1>{heading}</h1>" in text
    assert f"<title>{heading} – CityPin</title>" in text
