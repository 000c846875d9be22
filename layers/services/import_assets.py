"""Imports things by their owners' ids: a million of them in bounded memory.

The file streams by COPY into a temporary table; there the database compares it
with what is stored and writes only what differs. An id that is stored already
is the same thing, wherever it stands now.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from geo import sql
from geo.copy_rows import copy_rows
from geo.progress import Progress
from geo.sentences import Sentence
from layers.errors import AssetChangeRefused, AssetClassUnknown, BodyUnknown, PublicationRefused
from layers.importing.checking import (
    THINGS,
    Refused,
    Repaired,
    Suspicion,
    check_shapes,
    suspect_axes,
)
from layers.importing.imported_file import ImportedFile
from layers.importing.reading import BATCH, Batch, OpenedFile, open_file
from layers.models import AssetClass, Body
from layers.services.import_boundaries import cell_text
from layers.services.publication_checks import Change, conclude

SQL = Path(__file__).parent.parent / "sql"
MOVED_M = 1.0
"""A thing that stands less far from where it stood was surveyed again, not moved."""
ID_LENGTH = 80
"""`Asset.external_id`."""
KEPT = 1_000
"""Refused and repaired features that are named; the rest are counted, so that memory stays bounded."""
LISTED = 1_000
"""Vanished ids that are listed."""


@dataclass
class AssetCounts:
    """What an import found, or did. `changed` got another owner or name; `moved` may have, too."""

    rows: int = 0
    added: int = 0
    moved: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    removed: int = 0
    refused_count: int = 0
    repaired_count: int = 0
    vanished_ids: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)
    suspicions: list[Suspicion] = field(default_factory=list)
    notes: tuple[Sentence, ...] = ()
    preview: list[tuple[str, str, bytes | None, bytes | None]] = field(default_factory=list)
    """Kind (added, moved, vanished), id, WKB before and after (EPSG:4326): some of them, where ordered."""


@dataclass(frozen=True)
class AssetOrders:
    """What to do with what is found; by default nothing is stored.

    `since` is the day from which the file holds, today if not given; with
    `remove_vanished` what the file lacks is gone from that day on.
    """

    commit: bool = False
    repair: bool | Collection[int] = False
    skip_refused: bool = False
    trust_coordinates: bool = False
    remove_vanished: bool = False
    since: date | None = None
    accept_changes: Mapping[str, str] = field(default_factory=dict)
    user: Any = None
    preview: int = 0
    """How many things of each kind to show with their places."""


def asset_class_by_slug(slug: str) -> AssetClass:
    """The class; AssetClassUnknown, with those there are, otherwise."""
    found = AssetClass.objects.select_related("default_owner").filter(slug=slug).first()
    if found is None:
        known = ", ".join(AssetClass.objects.order_by("slug").values_list("slug", flat=True))
        raise AssetClassUnknown(f"There is no asset class {slug!r}. Classes: {known or 'none'}.")
    return found


def import_assets(
    source: ImportedFile, asset_class: AssetClass, orders: AssetOrders, progress: Progress
) -> AssetCounts:
    """Compare a file with the stored things of a class and, if ordered, store it; one transaction.

    Rows without a body, in a file without one, belong to the class's own owner.

    Nothing is stored when a feature is refused or the coordinates are
    suspicious, unless the orders say otherwise. What is replaced or vanishes
    stays askable for the days before `orders.since`, and as it was known.

    Raises
    ------
    FileUnreadable, CRSUndeclared, FileColumnsInvalid
        See `layers.importing.reading`.
    BodyUnknown
        The body for all rows does not exist.
    AssetChangeRefused
        `orders.since` lies in the future.
    GoldenPointsMoved
        A golden point would get another answer, and nobody explained it.
    """
    if orders.since and orders.since > timezone.localdate():
        to_come = _("%(day)s is a day to come: an asset changes from today on, or from a day before.")
        raise AssetChangeRefused(Sentence(to_come, {"day": orders.since}))
    opened = open_file(source.path, source.options)
    owners = _owners(source, asset_class)
    counts = AssetCounts(notes=opened.notes)
    try:
        with transaction.atomic():
            _make_staging_table()
            with progress.step(Sentence(_("Reading %(file)s"), {"file": source.path.name})):
                _stage(opened, source, owners, orders.repair, counts, progress)
            with progress.step(Sentence(_("Comparing with what is stored"))):
                _compare(asset_class, counts)
                if orders.preview:
                    counts.preview = _preview(asset_class, orders.preview)
            if orders.commit and may_store(counts, orders):
                with progress.step(Sentence(_("Storing"))):
                    _store(asset_class, source, orders, counts)
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE layers_asset_import")
    except DatabaseError as error:
        raise PublicationRefused(
            f"The database refused the import, nothing was stored: {str(error).splitlines()[0]}"
        ) from error
    return counts


def may_store(counts: AssetCounts, orders: AssetOrders) -> bool:
    """Whether nothing stands against storing."""
    return (orders.skip_refused or not counts.refused_count) and (orders.trust_coordinates or not counts.suspicions)


def _owners(source: ImportedFile, asset_class: AssetClass) -> dict[str, int]:
    """Ids of bodies by slug; "" is the body of rows that name none."""
    owners = dict(Body.objects.values_list("slug", "pk"))
    if source.body and source.body not in owners:
        raise BodyUnknown(Sentence(_("There is no body '%(body)s'."), {"body": source.body}))
    if source.body:
        owners[""] = owners[source.body]
    elif asset_class.default_owner_id:
        owners[""] = asset_class.default_owner_id
    return owners


def _make_staging_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE layers_asset_import"
            " (row_number bigint, external_id text, owner_id bigint, names jsonb, geom geometry) ON COMMIT DROP"
        )


def _stage(
    opened: OpenedFile,
    source: ImportedFile,
    owners: dict[str, int],
    repair: bool | Collection[int],
    counts: AssetCounts,
    progress: Progress,
) -> None:
    total = None if opened.count is None else -(-opened.count // BATCH)
    for batch in progress.each(opened.batches(), total=total):
        copy_rows(
            "layers_asset_import",
            ["row_number", "external_id", "owner_id", "names", "geom"],
            _usable(batch, source, owners, repair, counts),
        )


def _usable(
    batch: Batch, source: ImportedFile, owners: dict[str, int], repair: bool | Collection[int], counts: AssetCounts
) -> Iterator[tuple[object, ...]]:
    """The rows of a batch that can be stored; the others are noted in `counts`."""
    frame = batch.frame
    source.check_columns(frame)
    counts.rows += len(frame)
    ids = [cell_text(value) for value in frame[source.key_field]]
    if not counts.suspicions:
        counts.suspicions += suspect_axes(frame, settings.CITY.extent)
    checked = check_shapes(
        frame, batch.unreadable, ids, settings.CITY.extent, settings.CITY.srid, types=THINGS, repair=repair
    )
    _note(counts, checked.refused)
    counts.repaired_count += len(checked.repaired)
    counts.repaired += checked.repaired[: KEPT - len(counts.repaired)]
    usable = checked.frame
    of_row = dict(zip(frame.index, ids, strict=True))
    bodies = [cell_text(value) for value in usable[source.body_field]] if source.body_field else [""] * len(usable)
    names = {
        language: [cell_text(value) for value in usable[column]] for language, column in source.name_fields.items()
    }
    shapes = shapely.to_wkb(shapely.set_srid(usable.geometry.to_numpy(), 4326), hex=True, include_srid=True)
    for at, row in enumerate(np.asarray(usable.index)):
        code, body = of_row[row], bodies[at]
        if not code or len(code) > ID_LENGTH:
            empty = Sentence(_("the column %(column)s is empty"), {"column": source.key_field})
            why = empty if not code else Sentence(_("the id is longer than 80 characters"))
            _note(counts, [Refused(int(row), code[:20], why)])
        elif body not in owners:
            missing = Sentence(_("no owner is named: choose one, or the column that names it"))
            why = Sentence(_("there is no body '%(body)s'"), {"body": body}) if body else missing
            _note(counts, [Refused(int(row), code, why)])
        else:
            words = {language: texts[at] for language, texts in names.items() if texts[at]}
            yield int(row), code, owners[body], json.dumps(words, ensure_ascii=False), shapes[at]


def _note(counts: AssetCounts, refused: list[Refused]) -> None:
    counts.refused_count += len(refused)
    counts.refused += refused[: KEPT - len(counts.refused)]


def _compare(asset_class: AssetClass, counts: AssetCounts) -> None:
    """Refuse ids that occur twice, then count what the database would do with the rest."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON layers_asset_import (external_id)")
        cursor.execute("ANALYZE layers_asset_import")
    twice = sql.rows(SQL / "asset_import_duplicates.sql", {})
    same = _("has the same id as row %(row)s")
    _note(counts, [Refused(row, code, Sentence(same, {"row": other})) for row, code, other in twice])
    parameters = {"class_id": asset_class.pk, "srid": settings.CITY.srid, "moved_m": MOVED_M}
    [found] = sql.rows(SQL / "asset_import_compare.sql", parameters)
    counts.added, counts.moved, counts.changed, counts.unchanged = found
    vanished = sql.rows(SQL / "asset_import_vanished.sql", {"class_id": asset_class.pk, "limit": LISTED})
    counts.vanished_ids = [code for code, _count in vanished]
    counts.vanished = vanished[0][1] if vanished else 0


def _preview(asset_class: AssetClass, limit: int) -> list[tuple[str, str, bytes | None, bytes | None]]:
    found = sql.rows(
        SQL / "asset_import_preview.sql",
        {"class_id": asset_class.pk, "srid": settings.CITY.srid, "moved_m": MOVED_M, "limit": limit},
    )
    return [(kind, code, before and bytes(before), after and bytes(after)) for kind, code, before, after in found]


def _store(asset_class: AssetClass, source: ImportedFile, orders: AssetOrders, counts: AssetCounts) -> None:
    since, recorded_at = orders.since or timezone.localdate(), timezone.now()
    parameters: dict[str, Any] = {
        "class_id": asset_class.pk,
        "srid": settings.CITY.srid,
        "moved_m": MOVED_M,
        "since": since,
        "recorded_at": recorded_at,
        "source": source.path.name[:300],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.statement(SQL / "asset_import_store.sql"), parameters)
        if orders.remove_vanished and counts.vanished:
            cursor.execute(sql.statement(SQL / "asset_import_remove.sql"), parameters)
            counts.removed = cursor.rowcount
    change = Change(since, None, recorded_at, source.path.name, asset_class=asset_class, accepted=orders.accept_changes)
    conclude(change, added=counts.added, superseded=counts.moved + counts.changed + counts.removed, user=orders.user)
