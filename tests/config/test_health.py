"""What a load balancer asks."""

import pytest
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
