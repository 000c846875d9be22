"""Stores model objects by COPY: several times faster than `bulk_create` for tens of thousands.

No signals are sent and nothing is validated beyond the database's own rules, so
this is for loaders.
"""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db import connection, models

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
"""What COPY's text format escapes (PostgreSQL manual, COPY, "Text Format")."""


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model and give them their primary keys, in order."""
    if not objects:
        return
    meta = objects[0]._meta
    fields = [field for field in meta.concrete_fields if not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    readers = [(field.attname, _writer(field)) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [f'"{meta.db_table}"', meta.pk.column, len(objects)],
        )
        for found, (pk,) in zip(objects, cursor.fetchall(), strict=True):
            found.pk = pk
        lines = (
            "\t".join(
                [write(value) if (value := getattr(found, name)) is not None else "\\N" for name, write in readers]
            )
            for found in objects
        )
        cursor.copy_expert(f'COPY "{meta.db_table}" ({columns}) FROM STDIN', io.StringIO("\n".join(lines)))


def _writer(field: "models.Field[Any, Any]") -> Callable[[Any], str]:
    """How a value of that field is written in COPY's text format; None never comes here."""
    if isinstance(field, GeometryField):
        return lambda geometry: geometry.hexewkb.decode()
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, cls=field.encoder).translate(ESCAPES)
    return lambda value: str(value).translate(ESCAPES)
