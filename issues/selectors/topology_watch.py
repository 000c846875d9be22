"""The stored flaws of the boundaries as the topology watch shows them. Light: no geopandas."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Func, IntegerField, Max, QuerySet

from geo import sql
from issues.models import TopologyFinding
from jobs.models import Job

JOB_KIND = "check_topology"
SHAPES_SQL = Path(__file__).parent.parent / "sql" / "finding_shapes.sql"
PARTS = 60
THIN_DEG = 0.00001
"""1 m: flaws are looked at, never repaired from this copy."""


@dataclass(frozen=True)
class Running:
    """The job of a check; whoever may not see its page is told only that it runs."""

    job: int
    may_be_watched: bool


def watched_findings(kind: str = "", layer: str = "") -> QuerySet[TopologyFinding]:
    """The flaws in force, most harm first: decisions disturbed, open reports, services, area."""
    found = TopologyFinding.objects.filter(resolved_at=None).defer("geom")
    if kind:
        found = found.filter(kind=kind)
    if layer:
        found = found.filter(layers__contains=[layer])
    services = Func("services", function="jsonb_array_length", output_field=IntegerField())
    return found.annotate(service_count=services).order_by(
        "-disturbed_decisions", "-open_reports", "-service_count", "-area_m2", "id"
    )


def finding_shapes(findings: Iterable[TopologyFinding]) -> dict[int, dict[str, Any]]:
    """Their geometry as GeoJSON (EPSG:4326) by id, thinned for a map."""
    ids = [finding.pk for finding in findings]
    rows = sql.rows(SHAPES_SQL, {"ids": ids, "parts": PARTS, "tolerance": THIN_DEG}) if ids else []
    return {pk: json.loads(text) for pk, text in rows}


def last_checked() -> datetime | None:
    """When the flaws were last looked for, as far as anything was found or a check ended; None for never."""
    seen: datetime | None = TopologyFinding.objects.aggregate(last=Max("last_seen"))["last"]
    ended: datetime | None = Job.objects.filter(kind=JOB_KIND, state=Job.State.DONE).aggregate(last=Max("finished_at"))[
        "last"
    ]
    return max((moment for moment in (seen, ended) if moment is not None), default=None)


def running_check(user: User) -> Running | None:
    """A check that waits or runs: a publication starts one, too."""
    found = Job.objects.filter(kind=JOB_KIND, state__in=Job.UNFINISHED).values_list("pk", "user").first()
    if found is None:
        return None
    return Running(found[0], found[1] == user.pk or user.has_perm("issues.arbitrate"))


def findings_by_layer() -> Counter[str]:
    """How many flaws in force each layer (slug) takes part in."""
    found = TopologyFinding.objects.filter(resolved_at=None).values_list("layers", flat=True)
    return Counter(slug for layers in found for slug in layers)
