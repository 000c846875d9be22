"""What hotspots are computed from: reports by service, cell and period; exposures by cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.db.models.functions import PointOnSurface, Transform
from django.db import connection
from django.utils.translation import gettext as _

from geo import sql
from geo.cells import Addresses, CellGrid, Metres, positions
from geo.statistics import Floats, Integers
from issues.models import Service
from jobs.progress import Progress
from layers.errors import ResidentsUnknown
from layers.models import Asset, AssetClass, BasemapFeature, City
from layers.selectors.bodies import bodies_with_offices
from layers.selectors.residents import Residents, residents
from tiles.errors import ExposureMissing, HotspotQuestionInvalid
from tiles.hotspot_question import HotspotQuestion
from tiles.rules import PUBLIC_STATES

SQL = Path(__file__).parent.parent / "sql"
CHUNK = 50_000
STREET_PIECE_M = 10.0
"""Streets are cut to pieces this long; each counts for the cell of its middle."""

Counts = Mapping[int, Integers]
"""By service id: (periods, cells)."""


@dataclass(frozen=True)
class CountedReports:
    """Which reports: of these services, bodies (None: all, and of nobody) and states."""

    services: list[Service]
    body_ids: list[int] | None = None
    states: tuple[str, ...] = PUBLIC_STATES


def services_of(question: HotspotQuestion) -> list[Service]:
    """The services that the question names; HotspotQuestionInvalid for unknown codes.

    Sensitive ones only by their own codes: what counts them cannot be published, and
    nobody should find that out afterwards.
    """
    wanted = Service.objects.select_related("group").order_by("service_code")
    if question.services:
        wanted = wanted.filter(service_code__in=question.services)
    if question.groups:
        wanted = wanted.filter(group__slug__in=question.groups)
    found = list(wanted)
    missing = {*question.services} - {service.service_code for service in found}
    missing |= {*question.groups} - {service.group.slug for service in found}
    if missing:
        raise HotspotQuestionInvalid(
            _("This city has no service or group %(codes)s, or not in both filters. Leave it out.")
            % {"codes": ", ".join(sorted(missing))[:200]}
        )
    return [service for service in found if question.services or service.exact_point_is_public]


def bodies_of(question: HotspotQuestion) -> list[int] | None:
    """Ids of the bodies that the question names and their offices, None if it names none; raises as `services_of`."""
    if not question.bodies:
        return None
    found = dict(bodies_with_offices(question.bodies).values_list("slug", "id"))
    if missing := set(question.bodies) - set(found):
        raise HotspotQuestionInvalid(
            _("This city has no body %(codes)s. Leave it out.") % {"codes": ", ".join(sorted(missing))[:200]}
        )
    return sorted(found.values())


def city_area() -> shapely.Geometry:
    """The city's outline in metres; empty before a city is loaded."""
    outline = City.objects.annotate(outline_m=Transform("outline", settings.CITY.srid)).values_list("outline_m").first()
    return shapely.from_wkb(bytes(outline[0].wkb)) if outline else shapely.MultiPolygon()


def period_starts(since: date, until: date, periods: int) -> list[datetime]:
    """The midnights between which each period lies, the last one's end included: periods + 1 moments.

    Periods are equally long to the day; where days do not divide evenly, some are a day longer.
    """
    days = (until - since).days + 1
    zone = ZoneInfo(settings.CITY.time_zone)
    edges = (since + timedelta(days=round(days * period / periods)) for period in range(periods + 1))
    return [datetime.combine(edge, time.min, tzinfo=zone) for edge in edges]


def count_reports(
    reports: CountedReports, starts: list[datetime], grid: CellGrid, addresses: Addresses, progress: Progress
) -> tuple[Counts, int]:
    """Reports by service in each cell and period, and how many lie in no cell."""
    periods, cells = len(starts) - 1, len(addresses)
    counts = {service.pk: np.zeros(periods * cells, dtype=np.int64) for service in reports.services}
    edges = np.array([start.timestamp() for start in starts])
    outside = done = 0
    asked = {
        "service_ids": sorted(counts),
        "body_ids": reports.body_ids,
        "since": starts[0],
        "before": starts[-1],
        "states": list(reports.states),
        "srid": settings.CITY.srid,
    }
    for rows in _chunks(SQL / "hotspot_inputs.sql", asked):
        service, seconds, xy = rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2:4]
        cell = positions(addresses, grid.at(xy))
        period = np.clip(np.searchsorted(edges, seconds, side="right") - 1, 0, periods - 1)
        place = period * cells + cell
        there = cell >= 0
        outside += int((~there).sum())
        for found in np.unique(service[there]):
            chosen = place[there & (service == found)]
            counts[int(found)] += np.bincount(chosen, minlength=periods * cells)
        done += len(rows)
        progress(done, 0, _("Reading reports"))
    return {pk: flat.reshape(periods, cells) for pk, flat in counts.items()}, outside


def _chunks(path: Path, parameters: dict[str, Any]) -> Iterator[Floats]:
    """The rows of a statement as arrays of floats, a chunk at a time; the database holds the rest. In a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql.statement(path), parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield np.array(rows, dtype=np.float64)


def exposure_of(question: HotspotQuestion, grid: CellGrid, addresses: Addresses) -> Floats:
    """What the rate is per, by cell: kilometres of street, assets or residents.

    Raises
    ------
    ExposureMissing
        The city has no such data.
    """
    if question.per == "street_km":
        return _add_up(grid, addresses, *_street_pieces())
    if question.per == "resident":
        return _add_up(grid, addresses, *residents_for(question.size_m).spread())
    return _add_up(grid, addresses, *_assets(question.asset_class))


def _add_up(grid: CellGrid, addresses: Addresses, places: Metres, weights: Floats) -> Floats:
    cell = positions(addresses, grid.at(places))
    there = cell >= 0
    return np.bincount(cell[there], weights=weights[there], minlength=len(addresses)).astype(np.float64)


def _street_pieces() -> tuple[Metres, Floats]:
    """Middles and lengths (km) of short pieces of every street: the base map's, else assets that are lines."""
    srid = settings.CITY.srid
    found = BasemapFeature.objects.filter(kind="street").annotate(geom_m=Transform("geom", srid))
    lines = [bytes(wkb.wkb) for wkb in found.values_list("geom_m", flat=True)]
    if not lines:
        lines = [bytes(geom.wkb) for geom in Asset.objects.values_list("geom_m", flat=True) if "Line" in geom.geom_type]
    parts = shapely.get_parts(shapely.from_wkb(lines)) if lines else np.empty(0)
    if not len(parts):
        raise ExposureMissing(
            _("This city's data hold no streets, so there are no rates per km of street. Choose counts.")
        )
    xy, line = shapely.get_coordinates(shapely.segmentize(parts, STREET_PIECE_M), return_index=True)
    same = line[1:] == line[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    return (start + end) / 2, np.hypot(*(end - start).T) / 1000


def _assets(slug: str) -> tuple[Metres, Floats]:
    known = list(AssetClass.objects.order_by("slug").values_list("slug", flat=True))
    found = Asset.objects.filter(asset_class__slug=slug).annotate(place=PointOnSurface("geom_m"))
    places = np.array([(point.x, point.y) for point in found.values_list("place", flat=True)])
    if not len(places):
        raise ExposureMissing(
            _("This city has no assets of the class “%(slug)s”. Choose one of: %(known)s; or counts.")
            % {"slug": slug, "known": ", ".join(known) or _("none")}
        )
    return places, np.ones(len(places))


def residents_for(size_m: int) -> Residents:
    """The city's residents for cells of that size; cells finer than the squares would only show the squares.

    Raises
    ------
    ExposureMissing
        Nobody knows where they live, or only more coarsely.
    """
    try:
        known = residents()
    except ResidentsUnknown as problem:
        raise ExposureMissing(str(problem)) from problem
    if size_m < known.coarsest_m:
        raise ExposureMissing(
            _("It is known in squares of %(square)d m how many people live where: choose cells of that size or larger.")
            % {"square": round(known.coarsest_m)}
        )
    return known
