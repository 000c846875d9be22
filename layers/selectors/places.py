"""Places by name, and names for places, from what the city pack knows.

No geocoder of another host is ever asked: where a citizen stands is theirs.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from geo import sql
from geo.city import Names
from geo.translation import localized
from layers.models import BasemapFeature

NEAREST_SQL = Path(__file__).parent.parent / "sql" / "place_names.sql"
NEAR_M = 250.0
"""A street or house farther than this does not describe the place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A named place; `lon, lat` in degrees (EPSG:4326)."""

    label: str
    lon: float
    lat: float


def find_places(text: str, limit: int = 8) -> list[Place]:
    """Places whose name or address contains `text`, best first; [] for less than two letters."""
    wanted = " ".join(text.split())[:100]
    if len(wanted) < 2 or "\x00" in wanted:
        return []
    languages = {*settings.CITY.languages, "en"}
    matches = Q(address__icontains=wanted)
    for language in languages:
        matches |= Q(**{f"names__{language}__icontains": wanted})
    found = BasemapFeature.objects.filter(matches).order_by("rank", "id")[: limit * 8]
    places: dict[str, Place] = {}
    for feature in found:
        label = feature.address or localized(feature.names)
        middle = feature.geom.point_on_surface if feature.geom.geom_type != "Point" else feature.geom
        places.setdefault(label, Place(label, middle.x, middle.y))
    starts = wanted.casefold()
    return sorted(places.values(), key=lambda place: not place.label.casefold().startswith(starts))[:limit]


def describe_place(lon: float, lat: float, *, exact: bool) -> Names:
    """The place in words by language, {} where nothing is known.

    The nearest address or street and the named area it lies in, for example
    "Kaisaniemenkatu 5" or "Upper West Side, Manhattan 7". Not `exact` leaves the
    nearest address out and says only the area.
    """
    [(near, area)] = sql.rows(NEAREST_SQL, {"lon": lon, "lat": lat, "near_m": NEAR_M, "srid": settings.CITY.srid})
    # Django leaves jsonb of raw statements as text.
    near = json.loads(near) if near and exact else None
    area = json.loads(area) if area else None
    names: Names = {}
    for language in {*(near or {}), *(area or {})}:
        words = [localized_in(language, part) for part in (near, area) if part]
        words = list(dict.fromkeys(word for word in words if word))
        # Chinese names the larger place first.
        names[language] = " ".join(reversed(words)) if language.startswith("zh") else ", ".join(words)
    return names


def localized_in(language: str, names: Names) -> str:
    """The name in `language`, else in English, else any."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
