"""Checks the borders for flaws as a job, and keeps what it found with the job for the topology watch."""

from typing import Any

import shapely
from django.utils import timezone
from django.utils.translation import override
from shapely.geometry.base import BaseGeometry

from geo.geojson import geojson_geometry
from issues.selectors.topology import find_topology
from issues.selectors.topology_findings import Finding, finding_properties
from jobs.progress import Progress
from jobs.steps import Steps

KEPT = 500
"""Findings that are kept, most harm first; the rest is counted."""
SIMPLIFY_DEG = 0.00001
"""1 m: flaws are looked at, never repaired from this copy."""
PARTS = 100
"""So many of a finding's largest parts are drawn: the slivers of one shore are 6,000."""


def watch_topology(progress: Progress, *, url: str, language: str) -> dict[str, Any]:
    """A job: all findings, most harm first, as GeoJSON features (EPSG:4326) with an `id` each."""
    with override(language):
        found = find_topology(progress=Steps(progress))
    return {
        "url": url,
        "checked_at": timezone.now().isoformat(),
        "count": len(found),
        "features": [_feature(number, finding) for number, finding in enumerate(found[:KEPT], start=1)],
    }


def _feature(number: int, finding: Finding) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": number,
        "properties": finding_properties(finding),
        "geometry": geojson_geometry(_drawn(finding.geometry)),
    }


def _drawn(geometry: BaseGeometry) -> BaseGeometry:
    """The largest parts of a flaw, part by part: simplified together, thousands of slivers take minutes."""
    parts = sorted(shapely.get_parts(geometry), key=lambda part: -part.area)[:PARTS]
    simplified = shapely.simplify(parts, SIMPLIFY_DEG, preserve_topology=False)
    kept = [thin if not thin.is_empty else part for thin, part in zip(simplified, parts, strict=True)]
    return shapely.geometrycollections(kept) if len({part.geom_type for part in kept}) > 1 else _multi(kept)


def _multi(parts: list[BaseGeometry]) -> BaseGeometry:
    return {"Polygon": shapely.multipolygons, "Point": shapely.multipoints}.get(
        parts[0].geom_type, shapely.geometrycollections
    )(parts)
