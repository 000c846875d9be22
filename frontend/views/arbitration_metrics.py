"""How well responsibility is found: figures for staff, as tables and a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from frontend.forms.period import PeriodForm
from frontend.small_map import map_basics
from frontend.staff import staff_page
from issues.case_words import ruling_scope
from issues.models import HandBack
from issues.selectors.metrics import HandedOver, Metrics, Period, metrics_of
from layers.models import Body

DEFAULT_DAYS = 365
FEW_REPORTS = 20
"""Below it a share says more about chance than about the rules: not shown."""

FEW_RULINGS = 5


@dataclass(frozen=True)
class Figure:
    """One line of the table: a value with its unit, and of how many it is."""

    name: str
    value: str
    of: str
    is_few: bool = False


@dataclass(frozen=True)
class MatrixRow:
    """What one body handed back, by who has it now; cells are in the order of the columns."""

    giver: Body
    cells: list[int]
    total: int


@staff_page
@require_safe
def arbitration_metrics_page(request: HttpRequest) -> HttpResponse:
    """The figures of a period; unreadable days are refused in words and the default period is shown."""
    today = timezone.localdate()
    default = Period(today - timedelta(days=DEFAULT_DAYS - 1), today)
    form = PeriodForm(request.GET or None, default)
    found = metrics_of(cast(User, request.user), form.period)
    takers, rows = _matrix(found.handed_over)
    context = {
        "form": form,
        "metrics": found,
        "figures": _figures(found),
        "takers": takers,
        "matrix": rows,
        "precedents": [(each, ruling_scope(each.ruling)) for each in found.precedents],
        "reversed": sum(each.is_reversed for each in found.precedents),
        "pins": [_pin(back) for back in found.places],
        "map_basics": map_basics(),
    }
    return render(request, "frontend/arbitration_metrics.html", context, status=400 if form.errors else 200)


def _figures(found: Metrics) -> list[Figure]:
    decisions, hours = found.decisions, found.hours
    reports, cases = _("%(count)s reports"), _("%(count)s cases")
    return [
        _share(_("Decided automatically"), decisions.automatic, decisions.reports, reports),
        _share(_("of these by a ruling"), decisions.by_ruling, decisions.automatic, reports),
        _share(_("of these by earlier reports"), decisions.by_memory, decisions.automatic, reports),
        _share(_("Not handed back within 30 days"), decisions.kept, decisions.mature, reports),
        _share(_("Cases with a ruling"), hours.ruled, hours.cases, cases, FEW_RULINGS),
        _hours(_("Hours to the ruling, half of them sooner"), hours.median, hours.ruled),
        _hours(_("Hours to the ruling, nine of ten sooner"), hours.p90, hours.ruled),
    ]


def _share(name: str, part: int, of: int, unit: str, few: int = FEW_REPORTS) -> Figure:
    counted = unit % {"count": f"{number_format(part)} / {number_format(of)}"}
    if of < few:
        return Figure(name, _("too few to say"), counted, is_few=True)
    return Figure(name, f"{_rounded(100 * part / of)} %", counted)


def _hours(name: str, hours: float | None, ruled: int) -> Figure:
    counted = _("%(count)s cases") % {"count": number_format(ruled)}
    if hours is None or ruled < FEW_RULINGS:
        return Figure(name, _("too few to say"), counted, is_few=True)
    return Figure(name, _("%(hours)s h") % {"hours": _rounded(hours)}, counted)


def _rounded(value: float) -> str:
    """One decimal place; `number_format` alone cuts the others off."""
    return number_format(round(value, 1), 1)


def _matrix(handed_over: Sequence[HandedOver]) -> tuple[list[Body | None], list[MatrixRow]]:
    """Columns and rows, each from the most to the fewest; the column None is for what is nobody's yet."""
    of_taker: dict[Body | None, int] = {}
    of_giver: dict[Body, dict[Body | None, int]] = {}
    for each in handed_over:
        of_taker[each.taker] = of_taker.get(each.taker, 0) + each.reports
        of_giver.setdefault(each.giver, {})[each.taker] = each.reports
    takers = sorted(of_taker, key=lambda taker: (taker is None, -of_taker[taker]))
    rows = [
        MatrixRow(giver, [cells.get(taker, 0) for taker in takers], sum(cells.values()))
        for giver, cells in of_giver.items()
    ]
    return takers, sorted(rows, key=lambda row: -row.total)


def _pin(back: HandBack) -> dict[str, object]:
    """The cell of the matrix where it happened: who handed it back, and who has it now."""
    taker = back.service_request.body
    pair = f"{back.body.name} → {taker.name if taker else _('Nobody yet')}"
    return {
        "id": back.pk,
        "lon": round(back.point.x, 6),
        "lat": round(back.point.y, 6),
        "kind": "decided" if taker else "undecided",
        "label": f"#{back.service_request_id} {back.service.name}: {pair}",
    }
