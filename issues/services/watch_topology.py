"""Checks the borders for flaws as a job, and keeps what it found with the job for the topology watch."""

from typing import Any

import shapely
from django.utils import timezone
from django.utils.translation import override

from geo.geojson import geojson_geometry
from issues.selectors.topology import find_topology
from issues.selectors.topology_findings import Finding, finding_properties
from jobs.progress import Progress
from jobs.steps import Steps

KEPT = 500
"""Findings that are kept, most harm first; the rest is counted."""
SIMPLIFY_DEG = 0.00001
"""1 m: flaws are looked at, never repaired from this copy."""


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
    simplified = shapely.simplify(finding.geometry, SIMPLIFY_DEG, preserve_topology=True)
    return {
        "type": "Feature",
        "id": number,
        "properties": finding_properties(finding),
        "geometry": geojson_geometry(simplified),
    }
