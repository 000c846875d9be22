"""The statements under `sql/`, with the parts that several of them share put in."""

from functools import cache
from pathlib import Path

from geo import sql

SQL = Path(__file__).parent / "sql"
SHARED = {"{facts}": "bin_facts.sql", "{chosen}": "report_filter.sql"}
PACKED = (
    "string_agg(int4send(map_column) || int4send(map_row) || int4send(service) || int4send(body)"
    " || int2send(state) || int2send(class) || int4send(day) || int2send(sign), ''::bytea)"
)
"""Facts as `tiles.binning.FACT`."""


@cache
def statement(name: str) -> str:
    """The text of a file, complete."""
    text = sql.statement(SQL / name)
    for part, file in SHARED.items():
        text = text.replace(part, sql.statement(SQL / file))
    return text.replace("{packed}", PACKED)
