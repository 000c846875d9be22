"""Writes a pack's bodies, layers and boundaries. Loading again changes only what changed.

A boundary is never deleted: decisions refer to it. One that the pack no longer
has, or has with another shape, is superseded from now on.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import BinaryField, Func, Value
from django.db.models.functions import MD5
from django.utils import timezone

from geo.progress import Progress, Silence
from layers.errors import PackContentInvalid
from layers.models import Body, Boundary, Jurisdiction, Layer
from layers.pack.geography import PackBody, PackBoundary, PackLayer

BATCH = 50
"""Boundaries in one INSERT: the database cuts each into pieces (200 ms for a borough)."""


@dataclass
class BoundaryCounts:
    """What loading did to the boundaries."""

    added: int = 0
    kept: int = 0
    superseded: int = 0
    left_to_import: int = 0


def load_bodies(bodies: Sequence[PackBody]) -> dict[str, Body]:
    """Upsert the bodies by slug; all bodies of the database by slug."""
    Body.objects.bulk_create(
        [
            Body(slug=body.slug, names=body.names, kind=body.kind, color=body.color, advice=body.advice)
            for body in bodies
        ],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["names", "kind", "color", "advice"],
    )
    stored = {body.slug: body for body in Body.objects.all()}
    for body in bodies:
        stored[body.slug].parent = stored[body.parent] if body.parent else None
    Body.objects.bulk_update([stored[body.slug] for body in bodies], ["parent"])
    return stored


def load_layers(
    layers: Sequence[PackLayer], bodies: dict[str, Body], progress: Progress | None = None
) -> BoundaryCounts:
    """Upsert the layers with their jurisdictions and boundary versions."""
    counts = BoundaryCounts()
    for pack_layer in (progress or Silence()).each(layers, total=len(layers)):
        layer, _ = Layer.objects.update_or_create(
            slug=pack_layer.slug,
            defaults={
                "names": pack_layer.names,
                "rank": pack_layer.rank,
                "source": pack_layer.source,
                "licence": pack_layer.licence,
                "is_public": pack_layer.is_public,
            },
        )
        jurisdictions = _load_jurisdictions(layer, pack_layer, bodies)
        _load_boundaries(layer, pack_layer, jurisdictions, counts)
    return counts


def _load_jurisdictions(layer: Layer, pack_layer: PackLayer, bodies: dict[str, Body]) -> dict[str, Jurisdiction]:
    newest = {boundary.code: boundary for boundary in pack_layer.boundaries}
    unknown = {boundary.body for boundary in newest.values()} - bodies.keys()
    if unknown:
        raise PackContentInvalid(
            f"The layer {layer.slug} names bodies that no file defines: {', '.join(sorted(unknown))}."
        )
    Jurisdiction.objects.bulk_create(
        [
            Jurisdiction(layer=layer, code=code, body=bodies[boundary.body], names=boundary.names)
            for code, boundary in newest.items()
        ],
        update_conflicts=True,
        unique_fields=["layer", "code", "body"],
        update_fields=["names"],
    )
    # An area that the pack gives to another body has two jurisdictions: the new body's counts.
    stored = {(found.code, found.body_id): found for found in layer.jurisdictions.all()}
    return {code: stored[(code, bodies[boundary.body].pk)] for code, boundary in newest.items()}


def _load_boundaries(
    layer: Layer, pack_layer: PackLayer, jurisdictions: dict[str, Jurisdiction], counts: BoundaryCounts
) -> None:
    """Insert new and changed versions, supersede what they replace, leave imported areas alone."""
    pack_sources = {boundary.source for boundary in pack_layer.boundaries}
    in_force = _in_force(layer)
    wanted: dict[int, list[PackBoundary]] = defaultdict(list)
    for boundary in pack_layer.boundaries:
        wanted[jurisdictions[boundary.code].pk].append(boundary)
    of_layer = Boundary.objects.filter(jurisdiction__layer=layer)
    is_first_load = not of_layer.exists()
    imported = of_layer.filter(superseded_at=None).exclude(source__in=pack_sources)
    # By code: a body that took an area over by an import has another jurisdiction than the pack's body.
    left_alone = set(
        layer.jurisdictions.filter(code__in=imported.values("jurisdiction__code")).values_list("pk", flat=True)
    )
    now = timezone.now()
    added, superseded = [], []
    for jurisdiction_id in wanted.keys() | in_force.keys():
        stored = in_force.get(jurisdiction_id, {})
        if jurisdiction_id in left_alone:
            counts.left_to_import += 1
            continue
        fresh = {_key(boundary): boundary for boundary in wanted.get(jurisdiction_id, [])}
        counts.kept += len(fresh.keys() & stored.keys())
        superseded += [stored[key] for key in stored.keys() - fresh.keys()]
        added += [
            # What a pack says first counts as known from its first day on, so that
            # a report of last year is decided by last year's lines; what it says
            # later, new areas too, counts as known from now on: the past is told already.
            _boundary(jurisdiction_id, fresh[key], min(now, _midnight(fresh[key].valid_from)) if is_first_load else now)
            for key in fresh.keys() - stored.keys()
        ]
    counts.superseded += Boundary.objects.filter(pk__in=superseded).update(superseded_at=now)
    counts.added += len(Boundary.objects.bulk_create(added, batch_size=BATCH))


def _in_force(layer: Layer) -> dict[int, dict[tuple[date, date | None, str], int]]:
    """Ids of stored boundaries by jurisdiction and key (days and shape)."""
    found: dict[int, dict[tuple[date, date | None, str], int]] = defaultdict(dict)
    shape = MD5(Func("geom", Value("NDR"), function="ST_AsBinary", output_field=BinaryField()))
    rows = (
        Boundary.objects.filter(jurisdiction__layer=layer, superseded_at=None)
        .annotate(shape=shape)
        .values_list("jurisdiction", "valid_from", "valid_to", "shape", "pk")
    )
    for jurisdiction_id, valid_from, valid_to, digest, pk in rows:
        found[jurisdiction_id][(valid_from, valid_to, digest)] = pk
    return found


def _key(boundary: PackBoundary) -> tuple[date, date | None, str]:
    wkb = shapely.to_wkb(boundary.geometry, byte_order=1)
    return boundary.valid_from, boundary.valid_to, hashlib.md5(wkb, usedforsecurity=False).hexdigest()


def _boundary(jurisdiction_id: int, boundary: PackBoundary, recorded_at: datetime) -> Boundary:
    return Boundary(
        jurisdiction_id=jurisdiction_id,
        geom=to_geos(boundary.geometry),
        valid_from=boundary.valid_from,
        valid_to=boundary.valid_to,
        recorded_at=recorded_at,
        source=boundary.source,
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def to_geos(geometry: shapely.Geometry) -> Any:
    """A shapely geometry (EPSG:4326) as GeoDjango's, of whatever type it has."""
    return GEOSGeometry(memoryview(shapely.to_wkb(geometry)), srid=4326)
