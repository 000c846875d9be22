"""What the loaded city knows of past reports: the areas around them and what the router says."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from geo import sql
from issues.backtest.reading import PastReports
from issues.backtest.replay import Clues, plain
from issues.memory.history import Integers
from issues.models import Service
from issues.routing import decide
from issues.selectors.evidence import Question, find_evidence
from layers.models import Body, Layer

AREAS_SQL = Path(__file__).parent.parent / "sql" / "areas_covering_points.sql"
BATCH = 1000


def city_clues(reports: PastReports, advance: Callable[[int, int], None]) -> Clues:
    """The clues of the loaded city for each of `reports`.

    Boundaries count as on the day of the report, but not before the first day
    on which every layer has one: a city has rarely recorded its past.
    """
    first_day, days = _days(reports)
    places = list(zip(reports.lon.tolist(), reports.lat.tolist(), days, strict=True))
    columns = _areas(places)
    services = _services(reports)
    routed = np.full(len(reports), -1, dtype=np.int64)
    asked = np.flatnonzero(services >= 0)
    for done in range(0, len(asked), BATCH):
        advance(done, len(asked))
        rows = asked[done : done + BATCH].tolist()
        routed[rows] = _routed([_question(int(services[row]), *places[row]) for row in rows])
    bodies = {body.pk: (body.slug, *body.names.values()) for body in Body.objects.all()}
    names: list[Sequence[str]] = [bodies.get(body, ()) for body in routed.tolist()]
    notes = [
        f"The router was asked for {len(asked):,} of {len(reports):,} reports: those whose kind is a service of the "
        f"city by code or name. It assigned {int((routed >= 0).sum()):,}."
    ]
    if first_day is not None and any(day == first_day for day in days[:1]):
        notes.append(f"Reports of before {first_day:%Y-%m-%d} are held against the boundaries of that day.")
    return Clues(
        {"routed": routed, **columns},
        names,
        tuple(notes),
        {"asked": len(asked), "assigned": int((routed >= 0).sum())},
    )


def _days(reports: PastReports) -> tuple[date | None, list[date]]:
    """The first day on which all layers have boundaries, and the day to look up for each report."""
    starts = Layer.objects.annotate(start=Min("jurisdictions__boundaries__valid_from")).values_list("start", flat=True)
    first = max((start for start in starts if start), default=None)
    if reports.moment is None:
        return first, [timezone.localdate()] * len(reports)
    days = reports.moment.astype("datetime64[D]").astype(date).tolist()
    return first, [max(day, first) if first else day for day in days]


def _areas(places: Sequence[tuple[float, float, date]]) -> dict[str, Integers]:
    """One column of jurisdictions for each layer, -1 where none covers."""
    layers = dict(Layer.objects.values_list("pk", "slug"))
    columns = {slug: np.full(len(places), -1, dtype=np.int64) for slug in layers.values()}
    for start, batch in _batches(places):
        lons, lats, days = (list(values) for values in zip(*batch, strict=True))
        parameters = {"lons": lons, "lats": lats, "days": days, "srid": settings.CITY.srid}
        for question, layer, jurisdiction in sql.rows(AREAS_SQL, parameters):
            columns[layers[layer]][start + question - 1] = jurisdiction
    return {slug: column for slug, column in columns.items() if (column >= 0).any()}


def _batches(
    places: Sequence[tuple[float, float, date]],
) -> Iterator[tuple[int, Sequence[tuple[float, float, date]]]]:
    for start in range(0, len(places), BATCH):
        yield start, places[start : start + BATCH]


def _services(reports: PastReports) -> Integers:
    """(n,) the city's service for each report's kind, the finest that has one; -1 for none."""
    by_name: dict[str, int] = {}
    for service in Service.objects.filter(is_active=True):
        for name in (service.service_code, *service.names.values()):
            by_name.setdefault(plain(name), service.pk)
    found = np.full(len(reports), -1, dtype=np.int64)
    for column in reports.services:
        numbers = np.array([by_name.get(plain(str(kind)), -1) for kind in column], dtype=np.int64)
        found = np.where(numbers >= 0, numbers, found)
    return found


def _routed(questions: Sequence[Question]) -> list[int]:
    """The body that the rules name for each question, -1 where they leave it open."""
    thresholds = settings.CITY.routing
    bodies = [decide(evidence, thresholds).body_id for evidence in find_evidence(questions)]
    return [-1 if body is None else body for body in bodies]


def _question(service: int, lon: float, lat: float, day: date) -> Question:
    return Question(service, lon, lat, valid_on=day)
