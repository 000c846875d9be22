"""Stores rows by COPY: several times faster than `bulk_create` for tens of thousands.

No signals are sent and nothing is validated beyond the database's own rules, so
this is for loaders.
"""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models

NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
"""What COPY's text format escapes (PostgreSQL manual, COPY, "Text Format")."""


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Append `rows` to `table`: one value a column, as text, number, moment or None. No defaults are filled in."""
    _copy(table, columns, ([NULL if value is None else _escaped(value) for value in row] for row in rows))


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model and give them their primary keys, in order."""
    if not objects:
        return
    meta = objects[0]._meta
    fields = [field for field in meta.concrete_fields if not field.generated]
    readers = [(field.attname, _writer(field)) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [f'"{meta.db_table}"', meta.pk.column, len(objects)],
        )
        for found, (pk,) in zip(objects, cursor.fetchall(), strict=True):
            found.pk = pk
    _copy(
        meta.db_table,
        [str(field.column) for field in fields],
        ([_text(getattr(found, name), write) for name, write in readers] for found in objects),
    )


def _copy(table: str, columns: Sequence[str], rows: Iterable[list[str]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in rows)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', io.StringIO(text))


def _escaped(value: object) -> str:
    return str(value).translate(ESCAPES)


def _text(value: object, write: Callable[[Any], str]) -> str:
    return NULL if value is None else write(value)


def _writer(field: "models.Field[Any, Any]") -> Callable[[Any], str]:
    """How a value of that field is written in COPY's text format."""
    if isinstance(field, GeometryField):
        return lambda geometry: geometry.hexewkb.decode()
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, cls=field.encoder).translate(ESCAPES)
    return _escaped
