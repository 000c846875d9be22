"""The one question that a border too close to tell leaves: which side are you on.

Its answer is a boundary's id, which `decide` takes as evidence.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from geo import sql
from issues.routing.decision import Candidate
from issues.routing.outcomes import Outcome, Rule
from layers.models import Boundary

SIDES_SQL = Path(__file__).parent.parent / "sql" / "sides.sql"
SIDES_LIMIT = 4
"""More than four corners no map tells apart; the areas with the largest parts are offered."""
VIEW_FACTOR, VIEW_LEAST_M = 2.5, 40.0
"""What is drawn: the accuracy disc with as much around it, and never less than the next house."""
COMPASS = ("east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast")
CENTRED_SHARE = 0.1
"""A side whose middle is nearer to the pin than this part of the accuracy lies all around it: no direction."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the areas, lettered A, B, … from the largest part of the accuracy disc.

    `direction` is a name of `COMPASS` or "". `geometry` is GeoJSON (EPSG:4326);
    `svg_path`, `label_x` and `label_y` are metres around the pin, y downwards.
    """

    letter: str
    boundary: Boundary
    share: float
    direction: str
    geometry: dict[str, Any]
    label_lon: float
    label_lat: float
    svg_path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class SideQuestion:
    """The sides to choose from, at least two; `view_m` is the radius that is drawn."""

    lon: float
    lat: float
    accuracy_m: float
    view_m: float
    sides: tuple[Side, ...]


def asks_for_side(outcome: Outcome, rule: Rule) -> bool:
    """Whether the side decides: nothing else does, or an answer has, which can be changed."""
    return outcome is Outcome.UNCERTAIN or rule is Rule.CHOSEN_SIDE


def side_question(candidates: Iterable[Candidate], lon: float, lat: float, accuracy_m: float) -> SideQuestion | None:
    """The question for a place (EPSG:4326) and the candidates of its decision, None for fewer than two sides."""
    touched = {found.boundary_id: found for found in candidates if found.boundary_id and found.share > 0}
    offered = sorted(touched.values(), key=lambda found: (-found.share, found.boundary_id))[:SIDES_LIMIT]
    sides = _sides(offered, lon, lat, accuracy_m) if len(offered) > 1 else ()
    return SideQuestion(lon, lat, accuracy_m, _view_m(accuracy_m), sides) if len(sides) > 1 else None


def _view_m(accuracy_m: float) -> float:
    return max(VIEW_LEAST_M, VIEW_FACTOR * accuracy_m)


def _sides(offered: list[Candidate], lon: float, lat: float, accuracy_m: float) -> tuple[Side, ...]:
    shares = {found.boundary_id: found.share for found in offered}
    rows = sql.rows(
        SIDES_SQL,
        {
            "boundary_ids": [found.boundary_id for found in reversed(offered)],
            "lon": lon,
            "lat": lat,
            "srid": settings.CITY.srid,
            "accuracy_m": accuracy_m,
            "view_m": _view_m(accuracy_m),
        },
    )
    boundaries = Boundary.objects.defer("geom", "geom_m").select_related("jurisdiction__layer").in_bulk(list(shares))
    return tuple(
        Side(
            letter=chr(ord("A") + position),
            boundary=boundaries[boundary_id],
            share=shares[boundary_id],
            direction=_direction(east_m, north_m, accuracy_m),
            geometry=json.loads(geojson),
            label_lon=label_lon,
            label_lat=label_lat,
            svg_path=svg,
            label_x=round(label_x, 1),
            label_y=round(label_y, 1),
        )
        for position, (boundary_id, east_m, north_m, geojson, svg, label_x, label_y, label_lon, label_lat) in enumerate(
            reversed(rows)
        )
    )


def _direction(east_m: float, north_m: float, accuracy_m: float) -> str:
    """The eighth of the compass, "" for a side that lies around the pin."""
    if math.hypot(east_m, north_m) < CENTRED_SHARE * accuracy_m:
        return ""
    return COMPASS[round(math.degrees(math.atan2(north_m, east_m)) / 45) % 8]
