"""Reads and checks the environment (`CITYPIN_*`, `DATABASE_URL`, `CITY`) once, at start.

Every refusal says which variable is wrong and what to write instead.
"""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.private_postgres import connection_settings

MODES = ("demo", "test", "production")
DEMO_SECRET_KEY = "citypin-demo-only-not-a-secret"  # noqa: S105 - production refuses it


@dataclass(frozen=True)
class Environment:
    """The checked environment."""

    mode: str
    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    behind_tls: bool
    city: str
    database: dict[str, object]
    basemap_url: str | None


def read_environment() -> Environment:
    """Read and check the environment.

    Raises
    ------
    ImproperlyConfigured
        A value is missing or unsafe; production refuses DEBUG, a default or
        short secret key, and a missing host list.
    """
    env = environ.Env()
    mode = env.str("CITYPIN_ENV", default="demo")
    if mode not in MODES:
        raise ImproperlyConfigured(f"CITYPIN_ENV is {mode!r}: write one of {', '.join(MODES)}.")
    city = env.str("CITY", default="new_york")
    checked = Environment(
        mode=mode,
        debug=_bool(env, "CITYPIN_DEBUG"),
        secret_key=env.str("CITYPIN_SECRET_KEY", default=DEMO_SECRET_KEY),
        allowed_hosts=env.list(
            "CITYPIN_ALLOWED_HOSTS", default=[] if mode == "production" else ["127.0.0.1", "localhost"]
        ),
        csrf_trusted_origins=env.list("CITYPIN_CSRF_TRUSTED_ORIGINS", default=[]),
        behind_tls=_bool(env, "CITYPIN_BEHIND_TLS"),
        city=city,
        database=_database(env, mode, city),
        basemap_url=os.environ.get("CITYPIN_BASEMAP_URL"),  # environ reads "" as missing; here "" means none
    )
    if mode == "production":
        _refuse_unsafe_production(checked)
    _refuse_bad_basemap(checked.basemap_url)
    return checked


def _bool(env: environ.Env, name: str) -> bool:
    value = env.str(name, default="0").strip().lower()
    if value not in ("0", "1", "true", "false", "yes", "no", ""):
        raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0.")
    return value in ("1", "true", "yes")


def _database(env: environ.Env, mode: str, city: str) -> dict[str, object]:
    """DATABASE_URL, or the private cluster that `make run` starts."""
    url = env.str("DATABASE_URL", default="")
    if not url:
        return connection_settings("test" if mode == "test" else "demo", f"citypin_{city}")
    scheme = urlsplit(url).scheme
    if scheme not in ("postgis", "postgres", "postgresql"):
        raise ImproperlyConfigured(
            f"DATABASE_URL starts with {scheme!r}: write postgis://USER:PASSWORD@HOST:PORT/NAME. CityPin needs PostGIS."
        )
    return {**env.db_url("DATABASE_URL"), "ENGINE": "django.contrib.gis.db.backends.postgis"}


def _refuse_unsafe_production(checked: Environment) -> None:
    problems = []
    if checked.debug:
        problems.append("CITYPIN_DEBUG=1 shows secrets to visitors: remove it.")
    if checked.secret_key == DEMO_SECRET_KEY or len(checked.secret_key) < 40:
        problems.append("CITYPIN_SECRET_KEY is missing or shorter than 40 characters: set a long random one.")
    if not checked.allowed_hosts or "*" in checked.allowed_hosts:
        problems.append("CITYPIN_ALLOWED_HOSTS is missing or '*': list the site's host names, separated by commas.")
    if problems:
        raise ImproperlyConfigured("CityPin does not start in production like this:\n- " + "\n- ".join(problems))


def _refuse_bad_basemap(url: str | None) -> None:
    if url and not (urlsplit(url).scheme in ("http", "https") and all(part in url for part in ("{z}", "{x}", "{y}"))):
        raise ImproperlyConfigured(
            f"CITYPIN_BASEMAP_URL is {url!r}: write https://HOST/{{z}}/{{x}}/{{y}}.png, or leave it empty for none."
        )
