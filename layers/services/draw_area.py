"""A drawn area becomes a draft like an uploaded file: what it changes is seen before it is published."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from layers.errors import DrawingInvalid
from layers.importing.areas import Area
from layers.importing.checking import AREAL
from layers.models import ImportDraft, Layer
from layers.pack.sources import as_multipolygon
from layers.selectors.areas import as_area, boundaries_in_force
from layers.services.drafts import DraftOptions, store_draft

MOST_VERTICES = 500_000


@dataclass(frozen=True)
class Drawing:
    """An area as it was drawn: GeoJSON geometry (EPSG:4326) as text. `code` of an area in force changes that one."""

    code: str
    geometry: str
    name: str = ""
    body: str = ""
    neighbours_give_way: bool = False


def store_drawing(layer: Layer, drawing: Drawing, first_day: date, user: User, *, source: str = "") -> ImportDraft:
    """Keep a drawn area as a draft for the layer, from a day on; other areas stay.

    Where neighbours give way, those of the same layer lose what the drawn area
    covers, so that no overlap is made.

    Raises
    ------
    DrawingInvalid
        No code, no polygon, or one whose ring crosses itself.
    """
    code = drawing.code.strip()
    if not code or len(code) > 80:
        raise DrawingInvalid(_("Give the area a key of at most 80 characters."))
    geometry = _polygon(drawing.geometry)
    in_force = [as_area(boundary) for boundary in boundaries_in_force(layer, first_day)]
    before = next((area for area in in_force if area.code == code), None)
    body = drawing.body or (before.body if before else "")
    if not body:
        raise DrawingInvalid(_("Choose the body that answers for the new area."))
    name = drawing.name.strip()
    areas = [Area(code, {"en": name} if name else {}, body, geometry)]
    if drawing.neighbours_give_way:
        areas += _giving_way(geometry, (area for area in in_force if area.code != code))
    options = DraftOptions(
        code_field="code",
        name_field="name" if name else "",
        body_field="body",
        valid_from=first_day.isoformat(),
        keep_missing=True,
        source=source or _("Drawn by %(name)s") % {"name": user.get_full_name() or user.get_username()},
    )
    content = json.dumps({"type": "FeatureCollection", "features": [_feature(area) for area in areas]})
    return store_draft(target=layer, name=f"{code}.geojson", content=content.encode(), user=user, options=options)


def _polygon(text: str) -> shapely.MultiPolygon:
    try:
        found = shapely.from_geojson(text[:40_000_000])
    except (shapely.errors.GEOSException, TypeError, ValueError):
        raise DrawingInvalid(_("Draw the area on the map first.")) from None
    if found is None or found.geom_type not in AREAL or found.is_empty:
        raise DrawingInvalid(_("Draw the area on the map first."))
    if shapely.get_num_coordinates(found) > MOST_VERTICES:
        raise DrawingInvalid(_("The area has too many points to be drawn: upload it as a file."))
    if not found.is_valid:
        raise DrawingInvalid(
            _("The border crosses itself (%(place)s). Move its points apart.")
            % {"place": shapely.is_valid_reason(found)}
        )
    if not found.intersects(shapely.box(*settings.CITY.extent)):
        raise DrawingInvalid(_("The area lies outside the city."))
    return as_multipolygon(shapely.force_2d(found))


def _giving_way(geometry: shapely.MultiPolygon, others: Iterable[Area]) -> list[Area]:
    """The areas that overlap, without the overlap. One that would be left with nothing stays: it is ended openly."""
    shapely.prepare(geometry)
    left = []
    for area in others:
        if not geometry.intersects(area.geometry) or geometry.touches(area.geometry):
            continue
        rest = as_multipolygon(shapely.difference(area.geometry, geometry))
        if not rest.is_empty:
            left.append(Area(area.code, area.names, area.body, rest))
    return left


def _feature(area: Area) -> dict[str, Any]:
    """With every digit: what is not moved stays where it was."""
    properties = {"code": area.code, "body": area.body, "name": area.names.get("en", "")}
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(area.geometry))}
