"""The answer of each view as places: what files for maps hold."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext as _

from frontend.planner.cells import cell_table
from frontend.planner.comparison import side_exposures
from frontend.planner.deadlines import deadline_table
from frontend.planner.overview import figure_columns, figure_values
from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from frontend.planner.words import side_words
from issues.selectors.planner import PlannerFilter
from layers.selectors.boundaries import areas_of_bodies
from layers.selectors.city import city_outline
from tiles.selectors import planner_counts


def deadline_places(asked: PlannerQuestion) -> Table:
    """Deadlines kept with the areas that each body answers for on the last day; owners of things alone have none."""
    table = deadline_table(asked)
    areas = areas_of_bodies(asked.last_day)
    return replace(table, rows=[replace(row, geometry=areas.get(row.values["body"])) for row in table.rows])


def compared_places(asked: PlannerQuestion) -> Table:
    """Two places with their figures; of two periods the cells of the map with both counts."""
    if not asked.with_place:
        return cell_table(asked)
    names, sides = side_words(asked), (asked.filter(), asked.other_filter())
    return Table(
        "compared",
        _("A: %(first)s. B: %(second)s") % {"first": names[0], "second": names[1]},
        [
            Column("side", _("Side")),
            Column("name", _("Area")),
            Column("km2", "km²", "decimal"),
            Column("per_km2", _("per km²"), "decimal"),
            *figure_columns(),
        ],
        [
            _side(letter, name, km2, wanted)
            for letter, name, km2, wanted in zip("AB", names, side_exposures(asked), sides, strict=True)
        ],
    )


def _side(letter: str, name: str, km2: float, wanted: PlannerFilter) -> Row:
    """One place: its figures, and after them the reports of each kind."""
    total = planner_counts.figures(wanted)
    values = {
        "side": letter,
        "name": name,
        "km2": km2,
        "per_km2": total.count / km2 if km2 else None,
        **figure_values(total),
        **{f"count_{code}": each.count for code, each in planner_counts.figures_by_service(wanted)},
    }
    shape: GEOSGeometry | None = wanted.area or city_outline()
    return Row(values, geometry=shape)


PLACES: dict[str, Callable[[PlannerQuestion], Table]] = {
    "time": cell_table,
    "deadlines": deadline_places,
    "compare": compared_places,
}
"""By view; areas and hotspots are places as they are."""
