"""What if other areas had been in force: a period's reports, decided once as it was and once with a draft.

Both go the same way, through the bulk router over the boundaries of each
report's own day; only the draft's layer differs, and only reports to which that
can matter are decided twice (`issues.bulk.draft`). Nothing is written. Where a
rounding could tip an answer both sides are judged by shapely, so that a report
never moves because it was judged by two programs.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from geo.progress import Progress, Silence
from geo.sentences import Sentence
from issues.bulk.draft import DraftRouter
from issues.bulk.router import BulkRouter
from issues.bulk.workloads import Side, Sides, Workload, workloads
from issues.bulk.world import Boundaries, Ints
from issues.routing.outcomes import Outcome
from issues.selectors.replayed_reports import ReplayedReports, replayed_reports
from issues.selectors.routing_index import RoutingIndex, current_index
from layers.errors import BodyUnknown
from layers.importing.areas import Area
from layers.models import Body, Layer

THREADS = 2


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
    with progress.step(Sentence(_("Reading reports"))):
        reports = replayed_reports(since, until)
        index = current_index()
    spans = _by_span(index, reports)
    sides = Sides(dict(Body.objects.values_list("pk", "slug")))
    was = np.zeros(len(reports), dtype=np.int64)
    with progress.step(Sentence(_("Deciding %(count)s reports as it was"), {"count": f"{len(reports):,}"})):
        for router, chosen in progress.each(spans, total=len(spans)):
            routed = router.route(reports.asked.chosen(chosen), THREADS, reports.remembered)
            was[chosen] = sides.numbers(router, routed)
    would = was.copy()
    with progress.step(Sentence(_("Deciding with the draft those that it may concern"))):
        for router, chosen in progress.each(spans, total=len(spans)):
            drafted = _draft_router(router, layer, draft)
            chosen = chosen[drafted.may_differ(reports.asked.chosen(chosen), THREADS)]
            routed = drafted.router.route(reports.asked.chosen(chosen), THREADS, reports.remembered)
            would[chosen] = sides.numbers(drafted.router, routed)
    with progress.step(Sentence(_("Comparing"))):
        return _compare(layer, since, until, reports, sides, was, would)


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


def _by_span(index: RoutingIndex, reports: ReplayedReports) -> list[tuple[BulkRouter, Ints]]:
    """The router of each span of days without a change of boundaries, and the numbers of its reports."""
    spans = index.spans(reports.asked.days)
    by_span = [np.flatnonzero(spans == span) for span in np.unique(spans).tolist()]
    return [(index.router(reports.asked.days[chosen[0]].astype(date)), chosen) for chosen in by_span]


def _draft_router(router: BulkRouter, layer: Layer, draft: Boundaries) -> DraftRouter:
    """The draft in place of the layer. An area that is in force already stays the record that it is."""
    goes = router.boundaries.layers == layer.pk
    wanted, present = _shapes(draft), _shapes(router.boundaries.chosen(goes))
    both = set(wanted) & set(present)
    goes[goes] = [shape not in both for shape in present]
    return DraftRouter(router, goes, draft.chosen(np.array([shape not in both for shape in wanted], dtype=bool)))


def _shapes(boundaries: Boundaries) -> list[tuple[int, bytes]]:
    """Body and polygon of each, the same wherever its rings begin."""
    shapes = shapely.to_wkb(shapely.normalize(boundaries.geometries))
    return list(zip(boundaries.bodies.tolist(), shapes.tolist(), strict=True))


def _compare(
    layer: Layer, since: date, until: date, reports: ReplayedReports, sides: Sides, was: Ints, would: Ints
) -> Simulation:
    known = list(sides)
    moved = _moved(reports, known, was, would)
    table = Counter((each.before.label, each.after.label) for each in moved)
    outcomes = np.array([side.outcome.value for side in known] or [""])
    newly = {
        outcome: int(np.count_nonzero((outcomes[would] == outcome.value) & (outcomes[was] != outcome.value)))
        for outcome in (Outcome.CONTESTED, Outcome.GAP, Outcome.UNCERTAIN)
    }
    decided = np.array([bool(side.body) for side in known] or [False])
    return Simulation(
        layer=layer.slug,
        since=since,
        until=until,
        reports=len(reports),
        moved=moved,
        table=[(*labels, count) for labels, count in sorted(table.items(), key=lambda item: (-item[1], item[0]))],
        workloads=workloads(known, was, would, reports.work, np.datetime64(timezone.localdate(), "D")),
        newly_contested=newly[Outcome.CONTESTED],
        newly_homeless=newly[Outcome.GAP],
        newly_uncertain=newly[Outcome.UNCERTAIN],
        settled=int(np.count_nonzero(decided[would] & ~decided[was])),
    )


def _moved(reports: ReplayedReports, sides: Sequence[Side], was: Ints, would: Ints) -> list[Moved]:
    asked, chosen = reports.asked, np.flatnonzero(was != would)
    columns = (asked.reports, asked.lon, asked.lat, asked.services, was, would)
    rows = zip(*(column[chosen].tolist() for column in columns), strict=True)
    return [
        Moved(report, lon, lat, service, sides[before], sides[after])
        for report, lon, lat, service, before, after in rows
    ]
