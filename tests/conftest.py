"""What all tests share."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.toytown import Toytown, build_toytown

# Playwright's sync API runs an event loop in the test's thread; the ORM would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

settings.register_profile(
    "citypin",
    deadline=None,  # two busy cores: time is no property of the code
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("citypin")


@pytest.fixture
def toytown(db: None) -> Toytown:
    """The small city of tests.toytown."""
    return build_toytown()
