"""Reads a draft's file, compares it with what is in force, and keeps what was found as JSON for its page.

By the same services as the commands: `plan_boundaries` and `import_assets`.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely
from django.db import transaction
from django.utils.translation import gettext_noop as _

from geo.geojson import geojson_geometry
from geo.progress import Progress, Silence
from geo.sentences import Sentence, stored
from layers.errors import CRSUndeclared, FileColumnsInvalid, FileUnreadable
from layers.importing.areas import Area
from layers.importing.checking import Refused, Repaired, Suspicion
from layers.importing.features import quiet_gdal
from layers.importing.imported_file import ImportedFile
from layers.importing.reading import ReadOptions, file_layers, open_file
from layers.models import ImportDraft
from layers.selectors.areas import layer_by_slug
from layers.services.drafts import DraftOptions, open_draft
from layers.services.import_assets import AssetCounts, AssetOrders, asset_class_by_slug, import_assets
from layers.services.import_boundaries import BoundaryPlan, cell_text, plan_boundaries

SAMPLE_ROWS = 3
MOST_COLUMNS = 500
"""Each is a choice in several lists of the page: with 20,000 it took a minute."""
LISTED = 500
"""Entries of one list on a page; the rest is counted."""
PREVIEW_THINGS = 1_000
PREVIEW_VERTICES = 120_000
TOLERANCES_DEG = (0.00002, 0.0001, 0.0005)
"""2 m, 10 m, 50 m: the first that keeps the preview below PREVIEW_VERTICES."""
SPECK_DEG2 = 1e-10
"""About 1 m²: what remains where two surveys of one border differ by a rounding."""


@dataclass(frozen=True)
class FileFacts:
    """What a file says about itself: enough to name its columns. `columns` is empty while its layer is not chosen."""

    columns: list[str]
    sample: list[list[str]]
    layers: list[str]
    crs: str
    needs_geometry_fields: bool = False


def look_into(draft: ImportDraft, options: DraftOptions) -> FileFacts:
    """The columns and first rows of a draft's file.

    Raises
    ------
    FileUnreadable
        See `layers.importing.reading`; or it has more than `MOST_COLUMNS`.
    """
    with draft_file(draft) as path, quiet_gdal():
        layers = file_layers(path)
        if len(layers) > 1 and options.file_layer not in layers:
            return FileFacts([], [], layers, "")
        reading = replace(_read_options(options), source_crs=None)
        try:
            opened = open_file(path, reading)
            crs = opened.crs.name
        except CRSUndeclared:
            # Any system will do to look at the columns; which it is, is asked for.
            opened, crs = open_file(path, replace(reading, source_crs="EPSG:4326")), ""
        try:
            batch = next(iter(opened.batches(SAMPLE_ROWS)))
        except FileColumnsInvalid:
            columns = path.read_bytes()[:4096].decode(options.encoding or "utf-8-sig", "replace").splitlines()[0]
            separator = max([",", ";", "\t", "|"], key=columns.count)
            return FileFacts(
                [name.strip('" ') for name in columns.split(separator)], [], layers, crs, needs_geometry_fields=True
            )
    table = batch.frame.drop(columns=batch.frame.geometry.name).head(SAMPLE_ROWS)
    if table.shape[1] > MOST_COLUMNS:
        words = {"file": draft.file_name, "columns": table.shape[1], "most": MOST_COLUMNS}
        raise FileUnreadable(
            Sentence(
                _("%(file)s has %(columns)s columns: leave out what nobody needs, at most %(most)s can stay."), words
            )
        )
    rows = [[cell_text(value)[:40] for value in row] for row in table.to_numpy(dtype=object).tolist()]
    return FileFacts([str(name) for name in table.columns], rows, layers, crs)


@contextmanager
def draft_file(draft: ImportDraft) -> Iterator[Path]:
    """The draft's file on disk, under its own name, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="citypin-draft-") as folder:
        path = Path(folder) / draft.file_name
        path.write_bytes(bytes(draft.content))
        yield path


def plan_draft(draft_id: UUID, options: DraftOptions, progress: Progress | None = None) -> ImportDraft:
    """Compare a draft with what is in force and keep what was found. Nothing is published.

    Raises
    ------
    DraftUnknown, FileUnreadable, CRSUndeclared, FileColumnsInvalid, BodyUnknown
        See `open_draft`, `plan_boundaries` and `import_assets`.
    """
    draft = open_draft(draft_id)
    progress = progress or Silence()
    if draft.layer is not None:
        plan = boundary_plan(draft, options, progress)
        draft.plan, draft.preview = _boundaries_found(plan), _boundaries_preview(plan)
    else:
        counts = compare_assets(draft, options, AssetOrders(preview=PREVIEW_THINGS), progress)
        draft.plan, draft.preview = assets_found(counts), _assets_preview(counts)
    draft.options, draft.state = options.as_json(), ImportDraft.State.PLANNED
    with transaction.atomic():
        draft.save(update_fields=["plan", "preview", "options", "state"])
    return draft


def boundary_plan(draft: ImportDraft, options: DraftOptions, progress: Progress) -> BoundaryPlan:
    """What the draft would change in its layer, as the command `import_boundaries` finds it."""
    assert draft.layer is not None  # noqa: S101 (the constraint draft_is_for_a_layer_or_an_asset_class)
    with draft_file(draft) as path, quiet_gdal():
        return plan_boundaries(
            _imported_file(path, options),
            layer_by_slug(draft.layer.slug),
            options.first_day,
            progress,
            repair=frozenset(options.repair_rows),
            complete=not options.keep_missing,
        )


def compare_assets(draft: ImportDraft, options: DraftOptions, orders: AssetOrders, progress: Progress) -> AssetCounts:
    """What the draft would change among the things of its class, as the command `import_assets` finds (or does) it."""
    assert draft.asset_class is not None  # noqa: S101 (as above)
    with draft_file(draft) as path, quiet_gdal():
        orders = replace(orders, repair=frozenset(options.repair_rows))
        asset_class = asset_class_by_slug(draft.asset_class.slug)
        return import_assets(_imported_file(path, options), asset_class, orders, progress)


def _imported_file(path: Path, options: DraftOptions) -> ImportedFile:
    names = {"en": options.name_field, "zh-hans": options.name_field_zh}
    return ImportedFile(
        path=path,
        key_field=options.code_field,
        name_fields={language: column for language, column in names.items() if column},
        body=options.body or None,
        body_field=options.body_field or None,
        options=_read_options(options),
    )


def _read_options(options: DraftOptions) -> ReadOptions:
    wanted = {options.code_field, options.body_field, options.name_field, options.name_field_zh} - {""}
    return ReadOptions(
        source_crs=options.source_crs or None,
        axes=options.axes,
        file_layer=options.file_layer or None,
        encoding=options.encoding or None,
        geometry_fields=tuple(options.geometry_fields),
        tags=tuple(sorted(wanted)),
    )


def boundaries_difference(plan: BoundaryPlan) -> dict[str, Any]:
    """The difference as JSON: by it a publication is known to be the one that was looked at."""
    diff = plan.diff
    moved = sorted(diff.moved, key=lambda moved: -moved.moved_m2)
    names = {area.code: area.names for area in plan.in_force}
    return {
        "removed": [_area_json(area) for area in diff.removed],
        "handed_over": [
            {"code": each.code, "names": names[each.code], "before": each.before, "after": each.after}
            for each in diff.handed_over
        ],
        "moved": [
            {
                "code": each.code,
                "names": names[each.code],
                "gained_m2": round(each.gained_m2, 1),
                "lost_m2": round(each.lost_m2, 1),
            }
            for each in moved
        ],
        "renamed": [{"code": each.code, "before": each.before, "after": each.after} for each in diff.renamed],
        "added": [_area_json(area) for area in diff.added],
        "unchanged": len(diff.unchanged),
    }


def _area_json(area: Area) -> dict[str, Any]:
    return {"code": area.code, "names": area.names, "body": area.body}


def _boundaries_found(plan: BoundaryPlan) -> dict[str, Any]:
    return {
        "rows": plan.rows,
        "notes": [stored(note) for note in plan.notes],
        "difference": boundaries_difference(plan),
        **_judged(plan.suspicions, plan.refused, len(plan.refused), plan.repaired),
    }


def assets_found(counts: AssetCounts) -> dict[str, Any]:
    """The counts as JSON."""
    return {
        "rows": counts.rows,
        "notes": [stored(note) for note in counts.notes],
        "difference": {name: getattr(counts, name) for name in ("added", "moved", "changed", "unchanged", "vanished")},
        "vanished_ids": counts.vanished_ids[:LISTED],
        **_judged(counts.suspicions, counts.refused, counts.refused_count, counts.repaired),
    }


def _judged(
    suspicions: Iterable[Suspicion], refused: list[Refused], refused_count: int, repaired: list[Repaired]
) -> dict[str, Any]:
    return {
        "suspicions": [{"code": each.code, "text": each.text} for each in suspicions],
        "refused_count": refused_count,
        "refused": [
            {"row": each.row, "label": each.label, "reason": stored(each.reason), "repaired_m2": each.repaired_m2}
            for each in refused[:LISTED]
        ],
        "repaired": [
            {
                "row": each.row,
                "label": each.label,
                "reason": stored(each.reason),
                "before_m2": each.before_m2,
                "after_m2": each.after_m2,
            }
            for each in repaired[:LISTED]
        ],
    }


def _boundaries_preview(plan: BoundaryPlan) -> dict[str, Any]:
    """Old outline, new outline, what is gained and lost, for each area whose border or body changes."""
    before = {area.code: area.geometry for area in plan.in_force}
    after = {area.code: area.geometry for area in plan.areas}
    parts: list[tuple[str, str, str, shapely.Geometry]] = []
    for area in plan.diff.added:
        parts.append((area.code, "added", "gained", area.geometry))
    for area in plan.diff.removed:
        parts.append((area.code, "removed", "lost", area.geometry))
    for moved in plan.diff.moved:
        old, new = before[moved.code], after[moved.code]
        parts += [
            (moved.code, "moved", "before", old),
            (moved.code, "moved", "after", new),
            (moved.code, "moved", "gained", _without_specks(shapely.difference(new, old))),
            (moved.code, "moved", "lost", _without_specks(shapely.difference(old, new))),
        ]
    seen = {code for code, _, _, _ in parts}
    parts += [
        (each.code, "handed_over", "after", after[each.code]) for each in plan.diff.handed_over if each.code not in seen
    ]
    return _collection(parts)


def _assets_preview(counts: AssetCounts) -> dict[str, Any]:
    parts = []
    for kind, code, before, after in counts.preview:
        if before:
            parts.append((code, kind, "lost" if kind == "vanished" else "before", shapely.from_wkb(before)))
        if after:
            parts.append((code, kind, "gained" if kind == "added" else "after", shapely.from_wkb(after)))
    return _collection(parts)


def _without_specks(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > SPECK_DEG2])


def _collection(parts: list[tuple[str, str, str, shapely.Geometry]]) -> dict[str, Any]:
    shapes = [geometry for _, _, _, geometry in parts]
    for tolerance in TOLERANCES_DEG:
        simplified = shapely.simplify(shapes, tolerance, preserve_topology=False)
        if shapely.get_num_coordinates(simplified).sum() < PREVIEW_VERTICES:
            break
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "change": change, "part": part},
            "geometry": geojson_geometry(shape),
        }
        for (code, change, part, _), shape in zip(parts, simplified, strict=True)
        if not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}
