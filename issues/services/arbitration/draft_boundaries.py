"""Makes the map learn from a ruling: the winner's area with the zone, the others' without it.

A draft is what `import_boundaries` would have read from a file: areas by code, and
the difference to what is in force. Publishing it makes the ruling superfluous; the
ruling stays as the record of why.
"""

from dataclasses import dataclass
from datetime import date

import shapely
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import DraftRefused
from issues.models import Ruling
from issues.routing.outcomes import Scope
from issues.selectors.cases import check_arbitrator
from issues.services.arbitration.acts import lock_case, record
from issues.services.arbitration.reverse import ANY_STATE
from layers.importing.areas import Area
from layers.importing.diff import Diff, compare
from layers.models import Layer
from layers.selectors.areas import as_area, boundaries_in_force
from layers.services.publish import Published, publish_boundaries

SLIVER_DEG2 = 1e-13
"""About a square millimetre: what cutting along a shared border leaves over."""


@dataclass(frozen=True)
class BoundaryDraft:
    """The areas of one layer that change, whole, and what that changes."""

    layer: Layer
    areas: list[Area]
    diff: Diff

    def as_geojson(self) -> dict[str, object]:
        """A FeatureCollection (EPSG:4326) that `import_boundaries --keep-missing` reads."""
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {
                        "code": area.code,
                        "body": area.body,
                        **{f"name_{language}": name for language, name in area.names.items()},
                    },
                    "geometry": shapely.geometry.mapping(area.geometry),
                }
                for area in self.areas
            ],
        }


def draft_boundaries(ruling_id: int, *, user: User, day: date | None = None) -> list[BoundaryDraft]:
    """What would have to change in the layers so that they say what the ruling says.

    In each layer that decides the ruling's services the winner's area that has most of
    the zone, or touches it, gets all of it, and the areas of others lose it.

    Raises
    ------
    NotAllowed
        No arbitrator.
    DraftRefused
        No such ruling in force, it has no zone, it is about objects, or the winner has
        no area next to the zone.
    """
    check_arbitrator(user)
    ruling = Ruling.objects.select_related("body").filter(pk=ruling_id, reversed_at=None).first()
    if ruling is None or ruling.zone is None or ruling.scope == Scope.ASSET_CLASS_IN_ZONE:
        raise DraftRefused(_("Only a ruling in force over a zone can become a boundary."))
    day = day or timezone.localdate()
    zone = shapely.from_wkb(bytes(ruling.zone.wkb))
    in_force = {layer: [as_area(found) for found in boundaries_in_force(layer, day)] for layer in _layers(ruling)}
    own = [area for areas in in_force.values() for area in areas if _may_grow(area, ruling.body.slug, zone)]
    if not own:
        raise DraftRefused(
            _("The winner has no area that touches the zone: draw its new area as a file and import it.")
        )
    drafts = [_draft(layer, areas, ruling.body.slug, zone) for layer, areas in in_force.items()]
    return [draft for draft in drafts if not draft.diff.is_empty]


def publish_drafts(ruling_id: int, valid_from: date | None, *, user: User) -> list[Published]:
    """Publish the drafts of a ruling from a future day on; all layers or none.

    Raises
    ------
    NotAllowed, DraftRefused
        As `draft_boundaries`; also for a day that is not in the future, or no change at all.
    PublicationRefused
        See `layers.services.publish`.
    """
    check_arbitrator(user)
    if valid_from is None or valid_from <= timezone.localdate():
        raise DraftRefused(_("Choose a day in the future from which the new boundaries hold."))
    with transaction.atomic():
        drafts = draft_boundaries(ruling_id, user=user, day=valid_from)
        if not drafts:
            raise DraftRefused(_("The boundaries say already what the ruling says."))
        source = f"Ruling {ruling_id}"
        published = [
            publish_boundaries(draft.layer, draft.areas, valid_from, source=source, complete=False) for draft in drafts
        ]
        case = lock_case(Ruling.objects.get(pk=ruling_id).case_id, states=ANY_STATE)
        layers = [draft.layer.slug for draft in drafts]
        data = {"ruling": ruling_id, "layers": layers, "valid_from": valid_from.isoformat()}
        record(case, "boundary_published", user=user, data=data)
    return published


def _layers(ruling: Ruling) -> list[Layer]:
    """The layers that decide what the ruling is about."""
    if ruling.service_id is not None:
        return list(Layer.objects.filter(services=ruling.service_id))
    return list(Layer.objects.filter(services__service_requests__case_reports__case=ruling.case_id).distinct())


def _may_grow(area: Area, winner: str, zone: shapely.Geometry) -> bool:
    return area.body == winner and bool(shapely.intersects(area.geometry, zone))


def _draft(layer: Layer, in_force: list[Area], winner: str, zone: shapely.Geometry) -> BoundaryDraft:
    own = [area for area in in_force if _may_grow(area, winner, zone)]
    grows = max(own, key=lambda area: (shapely.area(area.geometry & zone), area.code), default=None)
    changed = []
    for area in in_force:
        if area is grows:
            changed.append(_with(area, shapely.union(area.geometry, zone)))
        elif area.body != winner and shapely.area(area.geometry & zone) > SLIVER_DEG2:
            rest = shapely.difference(area.geometry, zone)
            if shapely.area(rest) > SLIVER_DEG2:
                changed.append(_with(area, rest))
    return BoundaryDraft(layer, changed, compare(in_force, changed, settings.CITY.srid, complete=False))


def _with(area: Area, geometry: shapely.Geometry) -> Area:
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, shapely.Polygon)]
    kept = [part for part in parts if shapely.area(part) > SLIVER_DEG2]
    return Area(area.code, area.names, area.body, shapely.MultiPolygon(kept))
