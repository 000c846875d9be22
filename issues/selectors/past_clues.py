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
from issues.bulk.world import Questions
from issues.memory.history import Integers
from issues.models import Service
from issues.selectors.routing_index import RoutingIndex, current_index, decisions_of, questions_of
from layers.models import Body, Layer

AREAS_SQL = Path(__file__).parent.parent / "sql" / "areas_covering_points.sql"
BATCH = 1000
WORTH_AN_INDEX, INDEX_BATCH, THREADS = 5_000, 50_000, 2
"""From so many reports of days without a change of boundaries on, an index of these is built in less
time than PostGIS would answer, 1 ms each."""


def city_clues(reports: PastReports, advance: Callable[[int, int], None]) -> Clues:
    """The clues of the loaded city for each of `reports`.

    Boundaries count as on the day of the report, but not before the first day
    on which every layer has one: a city has rarely recorded its past.
    """
    first_day, days = _days(reports)
    places = list(zip(reports.lon.tolist(), reports.lat.tolist(), days, strict=True))
    columns = _areas(places)
    services = _services(reports)
    asked = int((services >= 0).sum())
    routed = _routed(reports, services, days, advance)
    bodies = {body.pk: (body.slug, *body.names.values()) for body in Body.objects.all()}
    names: list[Sequence[str]] = [bodies.get(body, ()) for body in routed.tolist()]
    notes = [
        f"The router was asked for {asked:,} of {len(reports):,} reports: those whose kind is a service of the "
        f"city by code or name. It assigned {int((routed >= 0).sum()):,}."
    ]
    if first_day is not None and any(day == first_day for day in days[:1]):
        notes.append(f"Reports of before {first_day:%Y-%m-%d} are held against the boundaries of that day.")
    return Clues(
        {"routed": routed, **columns},
        names,
        tuple(notes),
        {"asked": asked, "assigned": int((routed >= 0).sum())},
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


def _routed(
    reports: PastReports, services: Integers, days: Sequence[date], advance: Callable[[int, int], None]
) -> Integers:
    """(n,) the body that the rules name for each report, -1 where they leave it open or its kind is no service's."""
    index, bodies = current_index(), np.full(len(reports), -1, dtype=np.int64)
    asked = np.flatnonzero(services >= 0)
    moments = np.array(days, dtype="datetime64[D]")[asked]
    spans, done = index.spans(moments), 0
    for span in np.unique(spans).tolist():
        rows = asked[spans == span]
        questions = Questions(services[rows], reports.lon[rows], reports.lat[rows], days=moments[spans == span])
        by_index = len(rows) >= WORTH_AN_INDEX
        for start in range(0, len(rows), INDEX_BATCH if by_index else BATCH):
            advance(done, len(asked))
            some = slice(start, start + (INDEX_BATCH if by_index else BATCH))
            bodies[rows[some]] = _bodies(index, questions.chosen(some), by_index)
            done += len(rows[some])
    return bodies


def _bodies(index: RoutingIndex, asked: Questions, by_index: bool) -> Integers:
    if not by_index:
        return np.array([decision.body_id or -1 for decision in decisions_of(questions_of(asked))], dtype=np.int64)
    numbers = index.decide(asked, THREADS)
    by_number = np.array([answer.body_id or -1 for answer in index.answers], dtype=np.int64)
    return by_number[numbers]
