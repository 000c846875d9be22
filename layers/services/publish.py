"""Publishes the areas of a layer from a day on, all of them or none.

What was known stays known: a record is superseded, never edited, and new
records say what is known from now on (docs/adr/0006). So an answer asked "as
known on" an earlier moment is the same for ever.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from geo.progress import Progress, Silence
from layers.errors import BodyUnknown, PublicationRefused
from layers.importing.areas import Area
from layers.importing.diff import Diff, compare
from layers.models import Body, Boundary, Jurisdiction, Layer, Publication
from layers.selectors.areas import as_area, boundaries_in_force, current_boundaries
from layers.services.load_geography import to_geos
from layers.services.publication_checks import Change, conclude

BATCH = 50
"""Boundaries in one INSERT: the database cuts each into pieces (200 ms for a borough)."""

PUBLICATION_LOCK = 7301
"""First key of the advisory lock; the second is the layer's id."""


@dataclass(frozen=True)
class Published:
    """What a publication did. `added` and `superseded` count records, not areas.

    `jurisdictions` are the ids of those whose boundaries changed; `publication`
    is the stored row, None where nothing changed.
    """

    diff: Diff
    recorded_at: datetime
    added: int
    superseded: int
    jurisdictions: frozenset[int] = frozenset()
    publication: Publication | None = None


def publish_boundaries(
    layer: Layer,
    areas: Sequence[Area],
    valid_from: date,
    *,
    valid_to: date | None = None,
    source: str,
    complete: bool = True,
    stays: Collection[str] = (),
    accept_changes: Mapping[str, str] | None = None,
    user: Any = None,
    progress: Progress | None = None,
) -> Published:
    """Make `areas` the layer's from `valid_from` on; one transaction.

    An area that is the same as in force stays untouched. One that differs holds
    until the day on which the replaced record ends by itself, so a correction
    of an old version leaves the later ones alone. Publications of one layer
    wait for each other.

    Parameters
    ----------
    areas
        Valid multipolygons in EPSG:4326, each code once, bodies that exist.
    source
        Where the polygons come from, in a few words.
    valid_to
        The day from which the earlier areas hold again; None for no such day.
    complete
        Whether areas that are not among `areas` end on `valid_from`.
    stays
        Codes of areas that do not end although `areas` lacks them.
    accept_changes
        Why a named check may find a change, reasons by its name: a golden point
        for instance. Stored with the publication.
    user
        Who publishes.

    Raises
    ------
    PublicationRefused
        A code twice, an area without polygons, no area at all, days that end
        before they start, or a conflict that the database's own rules found.
    GoldenPointsMoved
        A golden point would get another answer, and nobody explained it.
    BodyUnknown
        An area names a body that does not exist.
    """
    _check(areas, valid_from, valid_to, complete)
    try:
        with transaction.atomic():
            _wait_for_turn(layer)
            published = _publish(layer, areas, valid_from, valid_to, source, complete, stays, progress or Silence())
            change = Change(
                valid_from,
                valid_to,
                published.recorded_at,
                source,
                layer=layer,
                jurisdictions=published.jurisdictions,
                accepted=accept_changes or {},
            )
            publication = conclude(change, added=published.added, superseded=published.superseded, user=user)
            return replace(published, publication=publication)
    except IntegrityError as error:
        raise PublicationRefused(
            f"The database refused the publication, nothing was stored: {str(error).splitlines()[0]}"
        ) from error


def _check(areas: Sequence[Area], valid_from: date, valid_to: date | None, complete: bool) -> None:
    if complete and not areas:
        raise PublicationRefused("There is no area to publish; a layer is not emptied by an empty file.")
    twice = sorted(code for code, count in Counter(area.code for area in areas).items() if count > 1)
    if twice:
        raise PublicationRefused(f"A code stands for more than one area: {', '.join(twice[:10])}.")
    empty = [area.code for area in areas if area.geometry.is_empty]
    if empty:
        raise PublicationRefused(f"An area has no polygon: {', '.join(empty[:10])}.")
    if valid_to is not None and valid_to <= valid_from:
        raise PublicationRefused(f"valid_to {valid_to} is not after valid_from {valid_from}.")


def _wait_for_turn(layer: Layer) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PUBLICATION_LOCK, layer.pk])


def _publish(
    layer: Layer,
    areas: Sequence[Area],
    valid_from: date,
    valid_to: date | None,
    source: str,
    complete: bool,
    stays: Collection[str],
    progress: Progress,
) -> Published:
    bodies = _bodies({area.body for area in areas})
    in_force = {boundary.jurisdiction.code: boundary for boundary in boundaries_in_force(layer, valid_from)}
    known = (as_area(boundary) for boundary in in_force.values())
    diff = compare(known, areas, settings.CITY.srid, complete, stays)
    by_code = {area.code: area for area in areas}
    new_codes = {area.code for area in diff.added}
    changed = {moved.code for moved in diff.moved} | {handed.code for handed in diff.handed_over}
    ending = changed | {area.code for area in diff.removed}

    recorded_at = _record_time(layer)
    jurisdictions = _jurisdictions(layer, [by_code[code] for code in sorted(new_codes | changed)], bodies)
    _rename(diff, in_force)
    starts_later = _later_starts(layer, new_codes, valid_from)
    fresh = [
        Boundary(
            jurisdiction=jurisdictions[code],
            geom=to_geos(by_code[code].geometry),
            valid_from=valid_from,
            valid_to=_earlier(valid_to, in_force[code].valid_to if code in changed else starts_later.get(code)),
            recorded_at=recorded_at,
            source=source,
        )
        for code in sorted(new_codes | changed)
    ]
    for code in sorted(ending):
        fresh += _what_remains(in_force[code], valid_from, valid_to, recorded_at, source)
    replaced = [in_force[code] for code in ending]
    _supersede(replaced, fresh, recorded_at, progress)
    touched = frozenset(boundary.jurisdiction_id for boundary in (*fresh, *replaced))
    return Published(diff, recorded_at, len(fresh), len(replaced), touched)


def _supersede(
    replaced: Sequence[Boundary], fresh: Sequence[Boundary], recorded_at: datetime, progress: Progress
) -> None:
    """Write `fresh` in the place of `replaced`, unless somebody else was quicker."""
    keys = [boundary.pk for boundary in replaced]
    superseded = Boundary.objects.filter(pk__in=keys, superseded_at=None).update(superseded_at=recorded_at)
    if superseded != len(replaced):
        raise PublicationRefused("Somebody else changed this layer meanwhile; nothing was stored. Publish again.")
    batches = [fresh[start : start + BATCH] for start in range(0, len(fresh), BATCH)]
    for batch in progress.each(batches, total=len(batches)):
        Boundary.objects.bulk_create(batch)


def _bodies(slugs: set[str]) -> dict[str, Body]:
    found = {body.slug: body for body in Body.objects.filter(slug__in=slugs)}
    if unknown := sorted(slugs - found.keys()):
        raise BodyUnknown(f"There is no body {', '.join(map(repr, unknown[:10]))}.")
    return found


def _record_time(layer: Layer) -> datetime:
    """Now, but after every record of the layer, should the clock have been set back."""
    newest: datetime | None = current_boundaries(layer).aggregate(newest=Max("recorded_at"))["newest"]
    now = timezone.now()
    return now if newest is None or newest < now else newest + timedelta(microseconds=1)


def _jurisdictions(layer: Layer, areas: Sequence[Area], bodies: dict[str, Body]) -> dict[str, Jurisdiction]:
    """The jurisdictions of these areas by code. A body that takes over gets its own, so the past keeps its body."""
    known = {(found.code, found.body_id): found for found in layer.jurisdictions.all()}
    missing = [
        Jurisdiction(layer=layer, code=area.code, body=bodies[area.body], names=area.names)
        for area in areas
        if (area.code, bodies[area.body].pk) not in known
    ]
    for made in Jurisdiction.objects.bulk_create(missing):
        known[(made.code, made.body_id)] = made
    return {area.code: known[(area.code, bodies[area.body].pk)] for area in areas}


def _rename(diff: Diff, in_force: dict[str, Boundary]) -> None:
    """New names on the jurisdictions themselves: a name is a label, not part of an answer."""
    handed_over = {handed.code for handed in diff.handed_over}
    renamed = []
    for change in diff.renamed:
        if change.code not in handed_over:
            jurisdiction = in_force[change.code].jurisdiction
            jurisdiction.names = {**jurisdiction.names, **change.after}
            renamed.append(jurisdiction)
    Jurisdiction.objects.bulk_update(renamed, ["names"])


def _later_starts(layer: Layer, codes: set[str], day: date) -> dict[str, date]:
    """The first day after `day` from which an area with that code is published already."""
    later = current_boundaries(layer).filter(jurisdiction__code__in=codes, valid_from__gt=day).order_by()
    return dict(later.values_list("jurisdiction__code").annotate(Min("valid_from")))


def _earlier(first: date | None, second: date | None) -> date | None:
    """The earlier of two days, None being for ever."""
    return min((day for day in (first, second) if day is not None), default=None)


def _what_remains(
    replaced: Boundary, valid_from: date, valid_to: date | None, recorded_at: datetime, source: str
) -> list[Boundary]:
    """The days of a superseded record that the publication leaves as they were, recorded anew.

    Their source names the publication, too: `load_city` leaves such areas to the imports.
    """
    spans: list[tuple[date, date | None]] = []
    if replaced.valid_from < valid_from:
        spans.append((replaced.valid_from, valid_from))
    if valid_to is not None and (replaced.valid_to is None or valid_to < replaced.valid_to):
        spans.append((valid_to, replaced.valid_to))
    return [
        Boundary(
            jurisdiction=replaced.jurisdiction,
            geom=replaced.geom,
            valid_from=start,
            valid_to=end,
            recorded_at=recorded_at,
            source=f"{replaced.source}; days set by {source}"[:300],
        )
        for start, end in spans
    ]
