"""The two packs, as files and as loaded databases of their own."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live import ROOT, connect, loaded_city

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(params=["new_york", "helsinki"])
def pack(request: pytest.FixtureRequest) -> Path:
    """The folder of each pack."""
    return ROOT / "fixtures" / request.param


@pytest.fixture(scope="session")
def helsinki_database() -> str:
    """The DATABASE_URL of Helsinki with 300 demo reports, loaded once by the real command."""
    return loaded_city("helsinki", "citypin_tests_helsinki", reports=300)


@pytest.fixture(scope="module")
def reloaded_database() -> str:
    """A New York that the tests of this folder may load again and write to."""
    return loaded_city("new_york", "citypin_tests_reload", reports=200)


@contextmanager
def asking(database_url: str) -> Iterator[Ask]:
    """A function that runs SQL on another database and commits."""
    with closing(connect(database_url)) as connection:
        connection.autocommit = True

        def ask(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                return cursor.fetchall() if cursor.description else []

        yield ask
