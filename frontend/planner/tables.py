"""Answers as tables: one form for the page, the screen reader, the print sheet and every export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, day, number, decimal or percent."""

    key: str
    label: str
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        """Set to the right."""
        return self.kind not in ("text", "day")


@dataclass(frozen=True)
class Row:
    """Raw values by column key. `geometry` is EPSG:4326; `look` a class for its mark."""

    values: Mapping[str, Any]
    geometry: GEOSGeometry | None = None
    look: str = ""

    @property
    def cell(self) -> dict[str, str] | None:
        """Of a row that is one cell of the map (`id` among its values): its number and its corners in degrees."""
        if self.geometry is None or "id" not in self.values:
            return None
        corners = self.geometry[0].coords
        return {"number": str(self.values["id"]), "shape": ",".join(f"{lon:.7f} {lat:.7f}" for lon, lat in corners)}


@dataclass(frozen=True)
class Table:
    """What is seen, in numbers. `note` says what a reader must know to read it right."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row] = field(default_factory=list)
    note: str = ""
    drawn: Sequence[str] = ()
    """Keys of the columns that a picture draws as bars; else the first number."""

    @property
    def shown(self) -> Iterable[dict[str, Any]]:
        """Rows as the page shows them: texts in the active language."""
        for row in self.rows:
            cells = [
                {"text": shown(row.values.get(column.key), column.kind), "column": column} for column in self.columns
            ]
            yield {"first": cells[0], "rest": cells[1:], "look": row.look, "cell": row.cell}

    @property
    def has_geometry(self) -> bool:
        """Whether its rows are places."""
        return any(row.geometry is not None for row in self.rows)


def shown(value: Any, kind: str) -> str:
    """A value in words of the active language; "–" for what is not known."""
    if value is None:
        return "–"
    if kind == "day":
        return date_format(value, "DATE_FORMAT")
    if kind == "number":
        return number_format(value, force_grouping=True)
    if kind == "decimal":
        return rounded(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2)
    if kind == "percent":
        return f"{rounded(100 * value, 0)} %"
    return str(value)


def chance_words(p: float) -> str:
    """A chance as planners read it; never 0 %, because nothing is impossible."""
    for bound, words in ((0.0001, "0.01"), (0.001, "0.1"), (0.01, "1")):
        if p < bound:
            return _("under %(percent)s %%") % {"percent": words}
    return f"{rounded(100 * p, 0)} %"


def rounded(value: float, digits: int) -> str:
    """A number in the active language. Django's own formats cut digits off, they do not round."""
    return number_format(round(value, digits), decimal_pos=digits, force_grouping=True)
