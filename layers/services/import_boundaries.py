"""From a file to a plan of what would change, and from the plan to a publication."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from django.conf import settings
from django.utils.translation import gettext_noop as _

from geo.progress import Progress
from geo.sentences import Sentence
from layers.importing.areas import Area
from layers.importing.checking import (
    Refused,
    Repaired,
    Suspicion,
    check_shapes,
    duplicates,
    suspect_axes,
    suspect_shift,
)
from layers.importing.diff import Diff, compare
from layers.importing.imported_file import ImportedFile
from layers.importing.reading import open_file
from layers.models import Body, Layer
from layers.pack.sources import as_multipolygon
from layers.selectors.areas import as_area, boundaries_in_force
from layers.services.publish import Published, publish_boundaries

CODE_LENGTH = 80
"""`Jurisdiction.code`."""


@dataclass(frozen=True)
class BoundaryPlan:
    """What a file would change in a layer from a day on; nothing is stored."""

    layer: Layer
    valid_from: date
    complete: bool
    areas: list[Area]
    in_force: list[Area]
    stays: frozenset[str]
    diff: Diff
    refused: list[Refused]
    repaired: list[Repaired]
    suspicions: list[Suspicion]
    notes: tuple[Sentence, ...]
    rows: int


def plan_boundaries(
    source: ImportedFile,
    layer: Layer,
    valid_from: date,
    progress: Progress,
    repair: bool | Collection[int] = False,
    complete: bool = True,
) -> BoundaryPlan:
    """Read, check and compare.

    An area in force whose row is refused stays as it is: a mistake in a file
    must not dissolve a district.

    Raises
    ------
    FileUnreadable, CRSUndeclared, FileColumnsInvalid
        See `layers.importing.reading`.
    """
    with progress.step(Sentence(_("Reading %(file)s"), {"file": source.path.name})):
        opened = open_file(source.path, source.options)
        batch = opened.read()
    with progress.step(Sentence(_("Checking %(count)s features"), {"count": f"{len(batch.frame):,}"})):
        frame = _with_words(source, batch.frame)
        extent, srid = settings.CITY.extent, settings.CITY.srid
        suspicions = suspect_axes(frame, extent)
        checked = check_shapes(frame, batch.unreadable, list(frame["code"]), extent, srid, repair=repair)
        refused = checked.refused
        in_force = [as_area(boundary) for boundary in boundaries_in_force(layer, valid_from)]
        areas, refused_words = _areas(source, checked.frame, in_force)
        refused += refused_words
    with progress.step(Sentence(_("Comparing with %(count)s areas in force"), {"count": f"{len(in_force):,}"})):
        suspicions += suspect_shift(in_force, areas, srid)
        stays = frozenset(frame.loc[[found.row for found in refused], "code"])
        diff = compare(in_force, areas, srid, complete, stays)
    return BoundaryPlan(
        layer=layer,
        valid_from=valid_from,
        complete=complete,
        areas=areas,
        in_force=in_force,
        stays=stays,
        diff=diff,
        refused=sorted(refused, key=lambda found: found.row),
        repaired=checked.repaired,
        suspicions=suspicions,
        notes=opened.notes,
        rows=len(frame),
    )


def planned_areas(plan: BoundaryPlan) -> list[Area]:
    """All areas of the layer as they would be: the file's, and those in force that stay beside them.

    Publishing leaves an area alone that differs by less than a square metre: so here it is the one in force.
    """
    diff = plan.diff
    changed = {moved.code for moved in diff.moved} | {handed.code for handed in diff.handed_over}
    written = {area.code for area in diff.added} | changed
    planned = {area.code: area for area in plan.areas}
    in_force = {
        area.code: area
        for area in map(as_area, boundaries_in_force(plan.layer, plan.valid_from))
        if area.code in planned or not plan.complete or area.code in plan.stays
    }
    return [
        area if code in written else in_force[code] for code, area in planned.items()
    ] + [area for code, area in in_force.items() if code not in planned]  # fmt: skip


def publish_plan(
    plan: BoundaryPlan,
    source: str,
    valid_to: date | None,
    progress: Progress,
    accept_changes: Mapping[str, str] | None = None,
    user: Any = None,
) -> Published:
    """Publish what the plan says; the difference is computed again under the publication's lock.

    Parameters and errors as of `publish_boundaries`.
    """
    with progress.step(Sentence(_("Publishing"))):
        return publish_boundaries(
            plan.layer,
            plan.areas,
            plan.valid_from,
            valid_to=valid_to,
            source=source,
            complete=plan.complete,
            stays=plan.stays,
            accept_changes=accept_changes,
            user=user,
            progress=progress,
        )


def _with_words(source: ImportedFile, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The geometries with columns `code`, `body` ("" for none) and one per language of the names."""
    source.check_columns(frame)
    columns = {"code": source.key_field, **{f"name {key}": column for key, column in source.name_fields.items()}}
    if source.body_field:
        columns["body"] = source.body_field
    words = {name: [cell_text(value) for value in frame[column]] for name, column in columns.items()}
    words.setdefault("body", [source.body or ""] * len(frame))
    return gpd.GeoDataFrame(words, geometry=frame.geometry.to_numpy(), index=frame.index, crs=4326)


def cell_text(value: Any) -> str:
    """The text of a cell, "" for none; 101.0, as a column of numbers with gaps is read, is "101"."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _areas(source: ImportedFile, frame: gpd.GeoDataFrame, in_force: Sequence[Area]) -> tuple[list[Area], list[Refused]]:
    """The rows with a code of their own and a known body. Without a body of its own an area keeps the one in force."""
    refused = []
    known = set(Body.objects.values_list("slug", flat=True))
    before = {area.code: area for area in in_force}
    for row, code in zip(frame.index, frame["code"], strict=True):
        if not code or len(code) > CODE_LENGTH:
            empty = Sentence(_("the column %(column)s is empty"), {"column": source.key_field})
            reason = empty if not code else Sentence(_("the code is longer than 80 characters"))
            refused.append(Refused(int(row), code[:20], reason))
    refused += duplicates((int(row), code) for row, code in zip(frame.index, frame["code"], strict=True) if code)
    unusable = {found.row for found in refused}
    areas = []
    for row, found in frame.iterrows():
        if row in unusable:
            continue
        earlier = before.get(found["code"])
        body = found["body"] or (earlier.body if earlier else "")
        if body not in known:
            missing = Sentence(_("no body is named: choose one, or the column that names it"))
            why = Sentence(_("there is no body '%(body)s'"), {"body": body}) if body else missing
            refused.append(Refused(int(row), found["code"], why))
            continue
        names = {language: found[f"name {language}"] for language in source.name_fields}
        names = {language: name for language, name in names.items() if name}
        if not names and earlier is None:
            names = {"en": found["code"]}
        areas.append(Area(found["code"], names, body, as_multipolygon(found.geometry), int(row)))
    return areas, refused
