"""Runs SQL that lives in files: one statement a file, named parameters."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection


@cache
def statement(path: Path) -> str:
    """The text of a `.sql` file, read once per process."""
    return path.read_text(encoding="utf-8")


def rows(path: Path, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run the statement in `path` and return its rows as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(statement(path), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
