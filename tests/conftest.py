"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from layers.selectors import residents
from tests.issues.arbitrating import People, hire
from tests.live import LiveCity, loaded_city, serving
from tests.toytown import Toytown, build_toytown

# Playwright's sync API runs an event loop in the test's thread; the ORM would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

HYPOTHESIS = {
    "deadline": None,  # two busy cores: time is no property of the code
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}
# A landing asks the same examples each time, as Hypothesis's own profile for CI does; a search asks others.
settings.register_profile("landing", derandomize=True, **HYPOTHESIS)
settings.register_profile("search", **HYPOTHESIS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "landing"))


@pytest.fixture
def toytown(db: None) -> Toytown:
    """The small city of tests.toytown."""
    return build_toytown()


@pytest.fixture
def people(toytown: Toytown) -> People:
    """One member of staff of each role in Toytown."""
    return hire(toytown)


@pytest.fixture(scope="session")
def new_york_database() -> str:
    """The DATABASE_URL of New York with 1,500 demo reports, loaded once by the real command."""
    return loaded_city("new_york", "citypin_tests_new_york", reports=1500)


@pytest.fixture(scope="session")
def new_york(new_york_database: str) -> Iterator[LiveCity]:
    """New York, served as `make run` serves it. Browsers and clients share it: add, never change, what is there."""
    with serving("new_york", new_york_database, CITYPIN_BASEMAP_URL="") as city:
        yield city


@pytest.fixture
def residents_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pack's `residents.csv`, not there yet: a test writes it, or the city does not know who lives where."""
    file = tmp_path / "residents.csv"
    monkeypatch.setattr(residents, "residents_file", lambda: file)
    return file
