"""The simulation as a job: areas drawn or uploaded on a page come as GeoJSON, the result goes back as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

import shapely
from django.utils import timezone

from issues.services.simulate import simulate
from issues.services.simulation_files import moved_rows
from jobs.progress import Progress
from layers.errors import FileUnreadable
from layers.importing.areas import Area
from layers.pack.sources import as_multipolygon
from layers.selectors.areas import as_area, boundaries_in_force, layer_by_slug

Item = TypeVar("Item")

MOST_MOVED = 5_000
"""Moved reports in a job's result; the counts are of all."""


class JobSteps:
    """`geo.progress.Progress` for a job: a step is a message."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    @contextmanager
    def step(self, name: str) -> Iterator[None]:  # noqa: D102 (see geo.progress)
        self.progress(0, 0, name)
        yield

    def each(self, items: Iterable[Item], total: int | None = None) -> Iterable[Item]:  # noqa: D102
        for done, item in enumerate(items):
            self.progress(done, total or 0)
            yield item


def run(
    progress: Progress,
    *,
    layer: str,
    since: str,
    until: str | None = None,
    areas: Mapping[str, Any],
    complete: bool = False,
) -> dict[str, Any]:
    """Simulate and return the summary with `moved_reports`, at most 5,000 of them.

    Parameters
    ----------
    layer
        Slug.
    since, until
        Days as YYYY-MM-DD, both included; `until` None is today.
    areas
        A GeoJSON FeatureCollection (EPSG:4326) of polygons with the properties
        `code` and, where it is not the one in force, `body` (a slug).
    complete
        Whether areas in force that are not among these end.

    Raises
    ------
    LayerUnknown, BodyUnknown, FileUnreadable
        With a sentence for the person who started it.
    """
    found = layer_by_slug(layer)
    first, last = date.fromisoformat(since), date.fromisoformat(until) if until else None
    in_force = {area.code: area for area in map(as_area, boundaries_in_force(found, last or timezone.localdate()))}
    drafted = {area.code: area for area in _areas(areas, in_force)}
    planned = drafted if complete else in_force | drafted
    simulation = simulate(found, list(planned.values()), first, last, JobSteps(progress))
    return simulation.summary() | {"moved_reports": moved_rows(simulation.moved[:MOST_MOVED])}


def _areas(collection: Mapping[str, Any], in_force: Mapping[str, Area]) -> Iterator[Area]:
    for number, feature in enumerate(collection.get("features", []), start=1):
        properties = feature.get("properties") or {}
        code = str(properties.get("code") or f"draft-{number}")
        earlier = in_force.get(code)
        body = properties.get("body") or (earlier.body if earlier else "")
        try:
            geometry = shapely.from_geojson(json.dumps(feature.get("geometry")))
        except shapely.errors.GEOSException as error:
            raise FileUnreadable(f"Area {code}: its geometry is no GeoJSON.") from error
        if geometry is None or not geometry.is_valid or shapely.get_dimensions(geometry) != 2:
            raise FileUnreadable(f"Area {code}: it must be a polygon whose edges do not cross.")
        if not body:
            raise FileUnreadable(f"Area {code}: name the body that answers for it.")
        yield Area(code, earlier.names if earlier else {"en": code}, body, as_multipolygon(geometry), number)
