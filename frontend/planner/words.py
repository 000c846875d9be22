"""The question in words, and what a hotspot's numbers say."""

from collections.abc import Sequence

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from frontend.planner.question import PlannerQuestion, boundary_of
from frontend.planner.tables import chance_words, rounded
from geo.statistics import Pattern
from issues.models import Service, ServiceGroup
from issues.state_names import state_name
from issues.workflow import State
from layers.models import Body
from tiles.hotspot_filter import question_of
from tiles.models import HotspotCell, HotspotLayer

MOST_NAMES = 3


def question_words(asked: PlannerQuestion) -> str:
    """The question in one line: "Street lamps, open longer than 8 days, 1 Sep – 30 Nov 2026, in the drawn area"."""
    groups = [group.name for group in ServiceGroup.objects.filter(slug__in=asked.groups)]
    services = [service.name for service in Service.objects.filter(service_code__in=asked.services)]
    bodies = [body.name for body in Body.objects.filter(slug__in=asked.bodies)]
    parts = [_names([*groups, *services]) or _("All reports")]
    if asked.states:
        parts.append(_names([state_name(State(state)) for state in asked.states]))
    if asked.older_than_days:
        older = asked.older_than_days
        parts.append(ngettext("open > %(days)d day", "open > %(days)d days", older) % {"days": older})
    parts.append(days_words(asked.first_day, asked.last_day))
    if asked.area:
        parts.append(_("in the drawn area"))
    elif asked.place:
        parts.append(_("in %(place)s") % {"place": place_name(asked.place, asked)})
    if bodies:
        parts.append(_("sent to %(bodies)s") % {"bodies": _names(bodies)})
    return pgettext("between parts of a question", ", ").join(parts)


def days_words(first: object, last: object) -> str:
    """Two days as a span; one day alone."""
    texts = [date_format(day, "DATE_FORMAT") for day in (first, last)]  # type: ignore[arg-type]
    return texts[0] if texts[0] == texts[1] else " – ".join(texts)


def place_name(place: str, asked: PlannerQuestion) -> str:
    """The name of `layer/code`."""
    boundary = boundary_of(place, asked.last_day)
    return boundary.jurisdiction.name if boundary else place


def side_words(asked: PlannerQuestion) -> tuple[str, str]:
    """Short names of the two sides of a comparison."""
    if asked.with_place:
        here = _("Drawn area") if asked.area else place_name(asked.place, asked) if asked.place else _("Whole city")
        return here, place_name(asked.with_place, asked)
    return days_words(asked.first_day, asked.last_day), days_words(*asked.other_days())


def pattern_name(pattern: str) -> str:
    """A hotspot's class in a word or two."""
    return {
        Pattern.NEW: pgettext("hotspot", "New"),
        Pattern.INTENSIFYING: pgettext("hotspot", "Intensifying"),
        Pattern.PERSISTENT: pgettext("hotspot", "Persistent"),
        Pattern.DIMINISHING: pgettext("hotspot", "Diminishing"),
        Pattern.SPORADIC: pgettext("hotspot", "Sporadic"),
        Pattern.NOT_SIGNIFICANT: _("Not significant"),
        Pattern.NO_DATA: _("No data"),
    }[Pattern(pattern)]


def cell_words(layer: HotspotLayer, cell: HotspotCell) -> str:
    """A cell in a sentence: "14 reports in 8 weeks, 3.1 expected; chance of this by accident under 1 %"."""
    span = span_words((layer.until - layer.since).days + 1)
    counted = ngettext("%(count)s report in %(span)s", "%(count)s reports in %(span)s", cell.around_count) % {
        "count": number_format(cell.around_count, force_grouping=True),
        "span": span,
    }
    if cell.expected is None:
        return _("%(counted)s here and next to it; too little to compare with, so nothing is said.") % {
            "counted": counted
        }
    said = _("%(counted)s here and next to it, %(expected)s expected; chance of this by accident %(chance)s.") % {
        "counted": counted,
        "expected": rounded(cell.expected, 1),
        "chance": chance_words(cell.p),
    }
    if cell.pattern == Pattern.NOT_SIGNIFICANT:
        if cell.around_count < layer.min_count and cell.q <= layer.false_discovery_rate:
            return (
                said
                + " "
                + _("Fewer than %(least)d reports: too few to call it a hotspot.") % {"least": layer.min_count}
            )
        return said + " " + _("Among so many places that is no surprise: not significant.")
    return said


def span_words(days: int) -> str:
    """A number of days in the longest unit that is whole."""
    if days % 7 == 0 and days <= 364:
        weeks = days // 7
        return ngettext("%(number)d week", "%(number)d weeks", weeks) % {"number": weeks}
    return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}


def layer_words(layer: HotspotLayer) -> str:
    """What a computed layer counts, in one line."""
    names = [service.name for service in Service.objects.filter(service_code__in=layer.service_codes)]
    if len(names) == Service.objects.filter(exact_point_is_public=True).count() and not layer.sensitive_codes:
        names = [_("All reports")]
    asked = question_of(layer)
    parts = [_names(names), _names([state_name(State(state)) for state in asked.states])]
    parts += [days_words(layer.since, layer.until), _measure_words(layer.per)]
    cells = _("squares of %(size)d m") if layer.cell_kind == "square" else _("hexagons of %(size)d m")
    parts.append(cells % {"size": layer.cell_size_m})
    if asked.bodies:
        bodies = [body.name for body in Body.objects.filter(slug__in=asked.bodies)]
        parts.append(_("sent to %(bodies)s") % {"bodies": _names(bodies)})
    return pgettext("between parts of a question", ", ").join(part for part in parts if part)


def _measure_words(per: str) -> str:
    if per.startswith("asset:"):
        return _("per asset of the class %(slug)s") % {"slug": per.removeprefix("asset:")}
    return {
        "": pgettext("measure", "counts"),
        "resident": _("per resident"),
        "street_km": _("per km of street"),
        "all_reports": _("as a share of all reports"),
    }[per]


def _names(names: Sequence[str]) -> str:
    """Some names in a row, the rest as a number."""
    if len(names) <= MOST_NAMES:
        return pgettext("between names", ", ").join(names)
    more = len(names) - MOST_NAMES + 1
    first = pgettext("between names", ", ").join(names[: MOST_NAMES - 1])
    return ngettext("%(first)s and %(more)d more", "%(first)s and %(more)d more", more) % {"first": first, "more": more}
