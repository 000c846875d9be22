"""What the product refuses to start with."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.environment import read_environment

SAFE = {
    "CITYPIN_ENV": "production",
    "CITYPIN_SECRET_KEY": "x" * 50,
    "CITYPIN_ALLOWED_HOSTS": "pins.example.org",
    "DATABASE_URL": "postgis://u@h/n",
}


def start_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> object:
    for name in ("CITYPIN_DEBUG", "CITYPIN_SECRET_KEY", "CITYPIN_ALLOWED_HOSTS", "CITYPIN_BASEMAP_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_environment()


def test_production_starts_with_a_key_hosts_and_no_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start_with(monkeypatch, **SAFE).allowed_hosts == ["pins.example.org"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CITYPIN_DEBUG": "1"}, "CITYPIN_DEBUG"),
        ({"CITYPIN_SECRET_KEY": ""}, "CITYPIN_SECRET_KEY"),
        ({"CITYPIN_SECRET_KEY": "short"}, "CITYPIN_SECRET_KEY"),
        ({"CITYPIN_SECRET_KEY": "citypin-demo-only-not-a-secret"}, "CITYPIN_SECRET_KEY"),
        ({"CITYPIN_ALLOWED_HOSTS": ""}, "CITYPIN_ALLOWED_HOSTS"),
        ({"CITYPIN_ALLOWED_HOSTS": "*"}, "CITYPIN_ALLOWED_HOSTS"),
    ],
)
def test_production_refuses_what_is_unsafe(monkeypatch: pytest.MonkeyPatch, change: dict[str, str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named):
        start_with(monkeypatch, **{**SAFE, **change})


@pytest.mark.parametrize(
    "variables",
    [
        {"CITYPIN_ENV": "staging"},
        {"CITYPIN_DEBUG": "maybe"},
        {"DATABASE_URL": "mysql://u@h/n"},
        {"CITYPIN_BASEMAP_URL": "tiles.example.org"},
        {"CITYPIN_BASEMAP_URL": "javascript:{z}{x}{y}"},
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{next(iter(variables))}.*write"):
        start_with(monkeypatch, **variables)


def test_an_empty_base_map_address_switches_the_raster_map_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start_with(monkeypatch, CITYPIN_BASEMAP_URL="").basemap_url == ""
    assert start_with(monkeypatch).basemap_url is None


def test_the_driver_is_psycopg2_never_silently_psycopg_3(db: None) -> None:
    # Django prefers psycopg 3 as soon as anything installs it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert type(connection.connection).__module__.startswith("psycopg2")
