"""Keeps the flaws of the boundaries as rows: after every publication what it touched is checked again.

A row is a flaw over its life: seen first, seen last, resolved. Two at once wait
for each other.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from geo import sql
from geo.progress import Messages, Progress
from issues.models import TopologyFinding
from issues.selectors.topology import find_topology
from issues.selectors.topology_findings import Finding, Kind, topology_findings_in_force
from jobs.progress import Progress as JobProgress
from jobs.services import start_job
from layers.models import Boundary, Jurisdiction, Publication

SAME_SHAPE = Path(__file__).parent.parent / "sql" / "areas_of_same_shape.sql"
RECORD_LOCK = 7303
GAPS = (Kind.GAP, Kind.GAP_SLIVERS)
JOB_KIND = "check_topology"


@dataclass(frozen=True)
class Recorded:
    """How many findings are new, were seen again, and are no more."""

    new: int
    seen_again: int
    resolved: int


@dataclass(frozen=True)
class _Scope:
    """What is checked again: stored findings, and what `find_topology` must look at to find each of them whole."""

    stored: list[TopologyFinding]
    jurisdictions: set[int] | None = None
    layers: set[str] | None = None
    around: BaseGeometry | None = None
    touched: frozenset[tuple[str, str]] | None = None
    """Layer and code of what changed and of its twins; None for everything."""

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding is the change's doing; others may be seen only in part."""
        if self.touched is None or finding.kind in GAPS:
            return True
        return _involves(finding.layers, finding.areas, self.touched)


def record_topology(
    jurisdictions: Collection[int] | None = None, *, day: date | None = None, progress: Progress | None = None
) -> Recorded:
    """Find the flaws on `day` (today), store them, and mark those that are no more.

    Parameters
    ----------
    jurisdictions
        Ids: only what these touch, in their present or any earlier shape. None: all.
    day
        Of a day to come only new flaws are stored, with that day as their first.
    """
    today = timezone.localdate()
    day = day or today
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RECORD_LOCK])
        stored = list(topology_findings_in_force().filter(starts_on__lte=day))
        scope = _Scope(stored) if jurisdictions is None else _scope(stored, jurisdictions)
        found = find_topology(scope.layers, day, scope.jurisdictions, around=scope.around, progress=progress)
        return _store([finding for finding in found if scope.concerns(finding)], scope.stored, day, today)


def check_after(publication: Publication) -> None:
    """Queue the check of what a publication of areas touched; a worker does it."""
    if publication.layer_id is not None:
        start_job(
            JOB_KIND,
            {"publication": publication.pk},
            key=f"publication {publication.pk}",
            user=publication.published_by,
        )


def run_job(progress: JobProgress, publication: int | None = None) -> dict[str, Any]:
    """The job: everything, or what a publication touched, on its first day if that is to come."""
    messages = Messages(progress)
    if publication is None:
        return asdict(record_topology(progress=messages))
    published = Publication.objects.get(pk=publication)
    day = max(published.valid_from, timezone.localdate())
    return asdict(record_topology(published.jurisdictions, day=day, progress=messages))


def _scope(stored: Sequence[TopologyFinding], jurisdictions: Collection[int]) -> _Scope:
    """What must be looked at so that every stored finding that the change can touch is found whole again.

    Findings of pairs: all their members are compared again. Gaps: the region
    grows by the box of each gap in it, and the layers by those that are silent
    there, until nothing is added.
    """
    touched = frozenset((layer, code) for layer, code in sql.rows(SAME_SHAPE, {"jurisdictions": list(jurisdictions)}))
    again = [found for found in stored if found.kind not in GAPS and _involves(found.layers, found.areas, touched)]
    members = {*touched, *((layer, code) for found in again for layer in found.layers for code in found.areas)}
    by_code: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, layer, code in Jurisdiction.objects.order_by().values_list("pk", "layer__slug", "code"):
        by_code[(layer, code)].append(pk)
    compared = {*jurisdictions, *(pk for member in members for pk in by_code[member])}
    layers = {layer for layer, _ in touched}
    region = shapely.union_all(
        [
            shapely.box(*geom.extent)
            for geom in Boundary.objects.filter(jurisdiction__in=compared).values_list("geom", flat=True)
        ]
    )
    gaps = [found for found in stored if found.kind in GAPS]
    boxes = {found.pk: shapely.box(*found.geom.extent) for found in gaps}
    while grown := [
        found for found in gaps if layers & set(found.layers) and shapely.intersects(region, boxes[found.pk])
    ]:
        layers |= {layer for found in grown for layer in found.layers}
        region = shapely.union_all([region, *(boxes[found.pk] for found in grown)])
        again += grown
        gaps = [found for found in gaps if found not in grown]
    return _Scope(again, compared, layers, region, touched)


def _involves(layers: Collection[str], areas: Collection[str], touched: Collection[tuple[str, str]]) -> bool:
    return any(layer in layers and code in areas for layer, code in touched)


def _store(found: Sequence[Finding], stored: Sequence[TopologyFinding], day: date, today: date) -> Recorded:
    now = timezone.now()
    earlier: dict[tuple[Any, ...], list[TopologyFinding]] = defaultdict(list)
    for known in stored:
        earlier[_key(known.kind, known.layers, known.areas, known.bodies)].append(known)
    fresh: list[TopologyFinding] = []
    seen: list[TopologyFinding] = []
    for finding in found:
        same = earlier[_key(finding.kind, finding.layers, finding.areas, finding.bodies)]
        row = _best(finding, same)
        if row is None:
            fresh.append(_filled(TopologyFinding(first_seen=now, starts_on=day), finding, now))
        else:
            same.remove(row)
            seen.append(_filled(row, finding, now))
    TopologyFinding.objects.bulk_create(fresh)
    if day > today:
        return Recorded(len(fresh), len(seen), 0)
    TopologyFinding.objects.bulk_update(
        seen,
        ["geom", "area_m2", "parts", "services", "detail", "open_reports", "disturbed_decisions", "last_seen"],
        batch_size=100,
    )
    gone = [left.pk for rows in earlier.values() for left in rows]
    TopologyFinding.objects.filter(pk__in=gone).update(resolved_at=now)
    return Recorded(len(fresh), len(seen), len(gone))


def _key(kind: str, layers: Collection[str], areas: Collection[str], bodies: Collection[str]) -> tuple[Any, ...]:
    return str(kind), tuple(layers), tuple(areas), tuple(bodies)


def _best(finding: Finding, same: Sequence[TopologyFinding]) -> TopologyFinding | None:
    """Of the rows with the same names the one in the same place; there are several only of gaps."""
    if finding.kind != Kind.GAP:
        return same[0] if same else None
    common = {row.pk: finding.geometry.intersection(shapely.from_wkb(bytes(row.geom.wkb))).area for row in same}
    best = max(same, key=lambda row: common[row.pk], default=None)
    return best if best is not None and common[best.pk] > 0 else None


def _filled(row: TopologyFinding, finding: Finding, now: Any) -> TopologyFinding:
    row.kind = finding.kind
    row.geom = GEOSGeometry(memoryview(shapely.to_wkb(finding.geometry)), srid=4326)
    row.area_m2, row.parts = finding.area_m2, finding.parts
    row.bodies, row.layers, row.areas = list(finding.bodies), list(finding.layers), list(finding.areas)
    row.services, row.detail = list(finding.services), finding.detail[:200]
    row.open_reports, row.disturbed_decisions = finding.open_reports, finding.disturbed_decisions
    row.last_seen = now
    return row
