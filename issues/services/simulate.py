"""What if other areas had been in force: a period's reports, decided once as it was and once with a draft.

Both go the same way, through the bulk router over the boundaries of each
report's own day; only the draft's layer differs. Nothing is written. Where a
rounding could tip an answer both sides are judged by shapely, so that a report
never moves because it was judged by two programs.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from geo.progress import Progress, Silence
from issues.bulk.answers import Answer
from issues.bulk.router import BulkRouter
from issues.bulk.world import Boundaries
from issues.routing import Outcome
from issues.selectors.replayed_reports import ReplayedReports, replayed_reports
from issues.selectors.routing_index import RoutingIndex
from layers.errors import BodyUnknown
from layers.importing.areas import Area
from layers.models import Body, Layer

NEAR_DUE_DAYS = 3
"""An open report due within so many days is at risk."""
FEW_REPORTS, FEW_CELLS = 300_000, 1_000_000
"""Up to so many reports a coarser index pays: it is built in a third of the time and answers half as fast."""
THREADS = 2


@dataclass(frozen=True)
class Workload:
    """A body's reports before and after; `late` and `near_due` are of the open ones."""

    body: str
    all_before: int
    all_after: int
    open_before: int
    open_after: int
    late_before: int
    late_after: int
    near_due_before: int
    near_due_after: int

    @property
    def risk_before(self) -> float:
        """The share of its open reports that is past or near the day due, 0 if none is open."""
        return (self.late_before + self.near_due_before) / max(self.open_before, 1)

    @property
    def risk_after(self) -> float:
        """The same with the draft."""
        return (self.late_after + self.near_due_after) / max(self.open_after, 1)


@dataclass(frozen=True)
class Side:
    """Who was responsible on one side: a slug, "" where nobody, and the outcome."""

    outcome: Outcome
    body: str

    @property
    def label(self) -> str:
        """The body, or what stands in its place."""
        return self.body or f"({self.outcome.value})"


@dataclass(frozen=True)
class Moved:
    """A report that another body, or nobody, or somebody at last, would answer."""

    service_request: int
    lon: float
    lat: float
    service_id: int
    before: Side
    after: Side


@dataclass(frozen=True)
class Simulation:
    """The difference that a draft would have made. `table` counts moved reports by their two labels, most first."""

    layer: str
    since: date
    until: date
    reports: int
    moved: list[Moved]
    table: list[tuple[str, str, int]]
    workloads: list[Workload]
    newly_contested: int
    newly_homeless: int
    newly_uncertain: int
    settled: int

    def summary(self) -> dict[str, object]:
        """All but the reports themselves, for JSON."""
        return {
            "layer": self.layer,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "reports": self.reports,
            "moved": len(self.moved),
            "newly_contested": self.newly_contested,
            "newly_homeless": self.newly_homeless,
            "newly_uncertain": self.newly_uncertain,
            "settled": self.settled,
            "table": [{"from": before, "to": after, "reports": count} for before, after, count in self.table],
            "workloads": [
                asdict(load) | {"risk_before": round(load.risk_before, 4), "risk_after": round(load.risk_after, 4)}
                for load in self.workloads
            ],
        }


def simulate(
    layer: Layer,
    areas: Sequence[Area],
    since: date,
    until: date | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Replay the reports made on `since` … `until` (today) as if `areas` had been all of the layer's.

    Parameters
    ----------
    areas
        Valid multipolygons in EPSG:4326 with the slugs of their bodies; none at
        all is allowed.

    Raises
    ------
    BodyUnknown
        An area names a body that does not exist.
    """
    progress = progress or Silence()
    until = until or timezone.localdate()
    draft = _draft(layer, areas)
    with progress.step("Reading reports"):
        reports = replayed_reports(since, until)
    index = RoutingIndex(cells=FEW_CELLS if len(reports) <= FEW_REPORTS else None)
    with progress.step(f"Deciding {len(reports):,} reports as it was"):
        before = _decide(index, reports, None, progress)
    with progress.step("Deciding them with the draft"):
        after = _decide(index, reports, (layer.pk, draft), progress)
    with progress.step("Comparing"):
        return _compare(layer, since, until, reports, list(index.answers), before, after)


def _draft(layer: Layer, areas: Sequence[Area]) -> Boundaries:
    """The areas as boundaries of the layer, with negative ids."""
    bodies = {body.slug: body for body in Body.objects.filter(slug__in={area.body for area in areas})}
    if unknown := sorted({area.body for area in areas} - bodies.keys()):
        raise BodyUnknown(f"There is no body {', '.join(map(repr, unknown[:10]))}.")
    owners = [bodies[area.body] for area in areas]
    return Boundaries(
        ids=-np.arange(1, len(areas) + 1, dtype=np.int64),
        bodies=np.array([owner.pk for owner in owners], dtype=np.int64),
        is_city_body=np.array([owner.is_city_body for owner in owners], dtype=bool),
        layers=np.full(len(areas), layer.pk, dtype=np.int64),
        ranks=np.full(len(areas), layer.rank, dtype=np.int64),
        geometries=np.array([*(area.geometry for area in areas), None], dtype=object)[:-1],
    )


def _decide(
    index: RoutingIndex, reports: ReplayedReports, draft: tuple[int, Boundaries] | None, progress: Progress
) -> npt.NDArray[np.int32]:
    """The number of each report's answer; with a layer's id and its draft, those in place of it."""
    numbers = np.zeros(len(reports), dtype=np.int32)
    spans = index.spans(reports.asked.days)
    for span in progress.each(np.unique(spans).tolist()):
        chosen = np.flatnonzero(spans == span)
        router = index.router(reports.asked.days[chosen[0]].astype(date))
        if draft is not None:
            router = _with_draft(router, *draft)
        numbers[chosen] = router.route(reports.asked.chosen(chosen), THREADS).numbers
    return numbers


def _with_draft(router: BulkRouter, layer: int, draft: Boundaries) -> BulkRouter:
    """A router over the same world but for one layer."""
    kept = router.boundaries.chosen(router.boundaries.layers != layer)
    world = replace(router.world, boundaries=kept.joined(draft))
    return BulkRouter(world, router.thresholds, router.shared, router.cells)


def _compare(
    layer: Layer,
    since: date,
    until: date,
    reports: ReplayedReports,
    answers: list[Answer],
    before: npt.NDArray[np.int32],
    after: npt.NDArray[np.int32],
) -> Simulation:
    slugs = dict(Body.objects.values_list("pk", "slug"))
    sides = [Side(answer.outcome, slugs.get(answer.body_id or 0, "")) for answer in answers]
    # Answers that differ only in boundary or confidence are one side.
    known = {side: number for number, side in enumerate(dict.fromkeys(sides))}
    side_of = np.array([known[side] for side in sides], dtype=np.int64)
    sides = list(known)
    was, would = side_of[before], side_of[after]
    moved = [
        Moved(pk, lon, lat, service, sides[one], sides[other])
        for pk, lon, lat, service, one, other in _rows(reports, was, would, np.flatnonzero(was != would))
    ]
    table = Counter((each.before.label, each.after.label) for each in moved)
    outcomes = np.array([side.outcome.value for side in sides] or [""])
    newly = {
        outcome: int(np.count_nonzero((outcomes[would] == outcome.value) & (outcomes[was] != outcome.value)))
        for outcome in (Outcome.CONTESTED, Outcome.GAP, Outcome.UNCERTAIN)
    }
    decided = np.array([bool(side.body) for side in sides] or [False])
    return Simulation(
        layer=layer.slug,
        since=since,
        until=until,
        reports=len(reports),
        moved=moved,
        table=[(*labels, count) for labels, count in sorted(table.items(), key=lambda item: (-item[1], item[0]))],
        workloads=_workloads(reports, sides, was, would),
        newly_contested=newly[Outcome.CONTESTED],
        newly_homeless=newly[Outcome.GAP],
        newly_uncertain=newly[Outcome.UNCERTAIN],
        settled=int(np.count_nonzero(decided[would] & ~decided[was])),
    )


def _rows(
    reports: ReplayedReports, was: npt.NDArray[np.int64], would: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64]
) -> list[tuple[int, float, float, int, int, int]]:
    asked = reports.asked
    columns = (asked.reports, asked.lon, asked.lat, asked.services, was, would)
    return list(zip(*(column[chosen].tolist() for column in columns), strict=True))


def _workloads(
    reports: ReplayedReports, sides: list[Side], was: npt.NDArray[np.int64], would: npt.NDArray[np.int64]
) -> list[Workload]:
    """Of every body whose reports change in number, and of all others; the largest change of open ones first."""
    today = np.datetime64(timezone.localdate(), "D")
    late = reports.is_open & (reports.due < today)
    near_due = reports.is_open & ~late & (reports.due <= today + NEAR_DUE_DAYS)
    counted = [
        [np.bincount(side[which], minlength=len(sides)) for side in (was, would)]
        for which in (np.ones(len(reports), dtype=bool), reports.is_open, late, near_due)
    ]
    loads: dict[str, list[int]] = {}
    for number, side in enumerate(sides):
        if side.body:
            own = loads.setdefault(side.body, [0] * 8)
            for position, counts in enumerate(counts for pair in counted for counts in pair):
                own[position] += int(counts[number])
    workloads = [Workload(body, *counts) for body, counts in loads.items()]
    return sorted(workloads, key=lambda load: (-abs(load.open_after - load.open_before), -load.all_after, load.body))
