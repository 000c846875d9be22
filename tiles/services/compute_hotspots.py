"""Computes hotspots for a question and stores them as a new draft: the job, the command and the tests call this."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from geo.cells import Addresses, CellGrid
from geo.copy_rows import copy_rows
from geo.hotspots import Hotspots, find_hotspots
from geo.statistics import Floats, Integers, Pattern
from issues.models import Service
from jobs.progress import Progress, no_progress
from tiles.errors import ExposureMissing, HotspotQuestionInvalid, HotspotsRunning
from tiles.hotspot_question import HotspotQuestion, read_hotspot_question
from tiles.models import HotspotLayer
from tiles.rules import PUBLIC_STATES
from tiles.selectors.hotspot_inputs import (
    CountedReports,
    bodies_of,
    city_area,
    count_reports,
    exposure_of,
    period_starts,
    services_of,
)
from tiles.services.publish_hotspots import publish_hotspots

SENSITIVE_K = 5
"""A cell with fewer reports of a service whose points are not public counts as having none of it."""

SENSITIVE_SIZE_M = 500
"""Public points of such services lie on a raster of up to 306 m: smaller cells would show the raster."""

MOST_CELLS = 200_000
KIND = "compute_hotspots"


def run(progress: Progress, **arguments: Any) -> dict[str, Any]:
    """The job `compute_hotspots`: arguments are `HotspotQuestion.texts()`, `publish` and `user_id`."""
    user = User.objects.filter(pk=arguments.pop("user_id", None)).first()
    publish = bool(arguments.pop("publish", False))
    layer = compute_hotspots(read_hotspot_question(arguments), user=user, progress=progress)
    if publish:
        publish_hotspots(layer, user=user)
    return {"layer": layer.pk, "url": f"/planner/?view=hotspots&hotspots={layer.pk}"}


@transaction.atomic
def compute_hotspots(
    question: HotspotQuestion, *, user: User | None = None, progress: Progress = no_progress
) -> HotspotLayer:
    """Compute and store the next version of the answer to `question`, as a draft.

    Raises
    ------
    HotspotQuestionInvalid, ExposureMissing
        The question cannot be answered in this city; the sentence says why.
    HotspotsRunning
        The same question is being computed by somebody else just now.
    JobCancelled
        `progress` was told to stop; nothing is stored.
    """
    _lock(question)
    services = services_of(question)
    grid = CellGrid(question.cell, float(question.size_m))
    _refuse_fine_cells_of_sensitive(question, services)
    progress(0, 0, _("Laying out cells"))
    addresses = _cells(grid)
    starts = period_starts(question.since, question.until, question.periods)
    reports = CountedReports(services, bodies_of(question), question.states or PUBLIC_STATES)
    by_service, outside = count_reports(reports, starts, grid, addresses, progress)
    counts = _without_small_counts(by_service, services, (question.periods, len(addresses)))
    if question.per == "all_reports":
        exposure: Floats | None = _all_reports(starts, grid, addresses, progress)
    else:
        exposure = exposure_of(question, grid, addresses) if question.per else None
    progress(1, 3, _("Testing cells"))
    found = find_hotspots(
        grid,
        addresses,
        counts,
        exposure,
        false_discovery_rate=question.false_discovery_rate,
        min_count=question.min_count,
    )
    progress(2, 3, _("Storing cells"))
    layer = _store(Computed(question, services, grid, addresses, found, outside), user)
    progress(3, 3, _("Done"))
    return layer


@dataclass(frozen=True)
class Computed:
    """All that a stored layer is made of."""

    question: HotspotQuestion
    services: list[Service]
    grid: CellGrid
    addresses: Addresses
    found: Hotspots
    outside: int

    @property
    def sensitive(self) -> list[Service]:
        """The services counted from k = 5 on only."""
        return [service for service in self.services if not service.exact_point_is_public]


def _lock(question: HotspotQuestion) -> None:
    """One at a time for each question, until the transaction ends, whoever asks: job or command."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(20262, hashtext(%s))", [question.canonical()])
        [is_ours] = cursor.fetchone()
    if not is_ours:
        raise HotspotsRunning(_("This is being computed already. Wait for it to end."))


def _refuse_fine_cells_of_sensitive(question: HotspotQuestion, services: list[Service]) -> None:
    hidden = [service.name for service in services if not service.exact_point_is_public]
    if hidden and question.size_m < SENSITIVE_SIZE_M:
        raise HotspotQuestionInvalid(
            _("Exact places of %(services)s are not public: choose cells of %(size)d m or more, or other services.")
            % {"services": ", ".join(hidden)[:200], "size": SENSITIVE_SIZE_M}
        )


def _cells(grid: CellGrid) -> Addresses:
    area = city_area()
    if area.is_empty:
        raise HotspotQuestionInvalid(_("No city is loaded yet."))
    if grid.how_many(area) > MOST_CELLS:
        raise HotspotQuestionInvalid(
            _("That would be more than %(most)d cells: choose larger ones.") % {"most": MOST_CELLS}
        )
    return grid.covering(area)


def _without_small_counts(
    by_service: Mapping[int, Integers], services: list[Service], shape: tuple[int, int]
) -> Integers:
    """All services together. Of sensitive ones, cells with fewer than k in the whole time have none.

    This is done before anything is computed, so that sums over neighbours, z and
    classes cannot say what the counts do not.
    """
    total = np.zeros(shape, dtype=np.int64)
    for service in services:
        counts = by_service[service.pk]
        if not service.exact_point_is_public:
            counts = counts * (counts.sum(axis=0) >= SENSITIVE_K)
        total += counts
    return total


def _all_reports(starts: list[Any], grid: CellGrid, addresses: Addresses, progress: Progress) -> Floats:
    """Reports of all services, bodies and states as exposure, but for sensitive services."""
    services = list(Service.objects.filter(exact_point_is_public=True))
    by_service, _outside = count_reports(CountedReports(services), starts, grid, addresses, progress)
    exposure = np.zeros(len(addresses))
    for counts in by_service.values():
        exposure += counts.sum(axis=0)
    if not exposure.sum():
        raise ExposureMissing(_("Nothing was reported in these days."))
    return exposure


def _store(computed: Computed, user: User | None) -> HotspotLayer:
    question, found = computed.question, computed.found
    canonical = question.canonical()
    latest = HotspotLayer.objects.filter(question=canonical).aggregate(version=Max("version"))["version"] or 0
    polygons = _in_degrees(computed.grid.polygons(computed.addresses))
    layer = HotspotLayer.objects.create(
        question=canonical,
        version=latest + 1,
        service_codes=[service.service_code for service in computed.services],
        sensitive_codes=[service.service_code for service in computed.sensitive],
        since=question.since,
        until=question.until,
        periods=question.periods,
        cell_kind=question.cell.value,
        cell_size_m=question.size_m,
        per=question.per,
        false_discovery_rate=question.false_discovery_rate,
        min_count=question.min_count,
        counted=int(found.count.sum()),
        outside=0 if computed.sensitive else computed.outside,
        total_exposure=None if found.exposure is None else float(found.exposure.sum()),
        cell_count=len(computed.addresses),
        area=_together(polygons[found.pattern != Pattern.NO_DATA.value]),
        computed_at=timezone.now(),
        computed_by=user,
    )
    _store_cells(layer, computed, polygons)
    return layer


def _store_cells(layer: HotspotLayer, computed: Computed, polygons: Any) -> None:
    found = computed.found
    hex_wkb = shapely.to_wkb(shapely.set_srid(polygons, 4326), hex=True, include_srid=True)
    periods = found.period_around.T.tolist() if not computed.sensitive else [[]] * len(computed.addresses)
    columns = {
        "layer_id": [layer.pk] * len(computed.addresses),
        "column": computed.addresses[:, 0].tolist(),
        "row": computed.addresses[:, 1].tolist(),
        "geom": hex_wkb.tolist(),
        "count": found.count.tolist(),
        "exposure": [None] * len(computed.addresses) if found.exposure is None else found.exposure.tolist(),
        "around_count": found.around_count.tolist(),
        "expected": [None if np.isnan(value) else value for value in found.expected.tolist()],
        "z": found.z.tolist(),
        "p": found.p.tolist(),
        "q": found.q.tolist(),
        "pattern": found.pattern.tolist(),
        "period_counts": periods,
    }
    copy_rows("tiles_hotspotcell", list(columns), zip(*columns.values(), strict=True))


def _in_degrees(polygons: Any) -> Any:
    """Cells (metres) in EPSG:4326. Corners only: the edge of a 5 km cell strays 0.2 m at most."""
    corners, number = shapely.get_coordinates(polygons, return_index=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(d), ST_Y(d) FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS corner (x, y, n),"
            " LATERAL ST_Transform(ST_SetSRID(ST_MakePoint(x, y), %s), 4326) AS d ORDER BY n",
            [corners[:, 0].tolist(), corners[:, 1].tolist(), settings.CITY.srid],
        )
        degrees = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 2)
    # A centimetre: neighbours keep sharing their corners exactly, and files stay small.
    return shapely.polygons(shapely.linearrings(np.round(degrees, 7), indices=number))


def _together(polygons: Any) -> MultiPolygon:
    """Cells as one shape, empty for none."""
    union = shapely.coverage_union_all(polygons)
    shape = GEOSGeometry(memoryview(shapely.to_wkb(union)), srid=4326)
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4326)
