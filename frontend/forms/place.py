"""Where the report is: from coordinates, a chosen or typed place, or the photo."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from geo.errors import CityPinError, PointInvalid
from geo.points import parse_lonlat
from issues.selectors.responsibility import check_place
from layers.selectors.places import Place, find_places


class PlaceMissing(CityPinError):
    """No place was given."""

    code = "place_missing"


class PlaceUnknown(CityPinError):
    """No place has that name."""

    code = "place_unknown"


class PlaceAmbiguous(CityPinError):
    """Several places have that name."""

    code = "place_ambiguous"


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place inside the city (EPSG:4326).

    `source`: `pin` (numbers posted by the map), `typed` (coordinates), `name`
    or `photo`; what was guessed from a name or photo wants a look before sending.
    """

    lon: float
    lat: float
    accuracy_m: float
    source: str

    @property
    def wants_a_look(self) -> bool:
        """Whether somebody should confirm the place before it is sent."""
        return self.source in ("name", "photo")


@dataclass(frozen=True, slots=True)
class PlaceGiven:
    """The place as posted, nothing checked."""

    text: str = ""
    text_for: str = ""
    choice: str = ""
    lon: str = ""
    lat: str = ""
    accuracy_m: float = 0.0
    photo_lonlat: tuple[float, float] | None = None
    options: list[Place] = field(default_factory=list)


def find_place(given: PlaceGiven) -> PlaceFound:
    """The place that was meant: newly typed text first, then the pin, then the photo.

    Raises
    ------
    PointInvalid, AxesSwapped, OutsideCity
        See `check_place`.
    PlaceMissing, PlaceUnknown, PlaceAmbiguous
        Nothing given, no place of that name, or several (left in `given.options`).
    """
    text = given.text.strip()
    if text and text == given.text_for.strip() and given.choice:
        return PlaceFound(*check_place(*parse_lonlat(given.choice)), 0.0, "typed")
    if text and (text != given.text_for.strip() or not (given.lon and given.lat)):
        return _from_text(text, given)
    if given.lon or given.lat:
        return PlaceFound(*check_place(given.lon, given.lat), given.accuracy_m, "pin")
    if given.photo_lonlat:
        return PlaceFound(*check_place(*given.photo_lonlat), 0.0, "photo")
    raise PlaceMissing(_("Where is it? Write a street, a place or coordinates, or use a photo taken there."))


def _from_text(text: str, given: PlaceGiven) -> PlaceFound:
    try:
        return PlaceFound(*check_place(*parse_lonlat(text)), 0.0, "typed")
    except PointInvalid as invalid:
        if not re.search(r"[^\W\d_]", text):
            raise invalid
    found = find_places(text)
    if not found:
        raise PlaceUnknown(
            _("We know no place called “%(text)s” in this city. Try a street, a neighbourhood or coordinates.")
            % {"text": text[:60]}
        )
    if len(found) > 1:
        given.options.extend(found)
        raise PlaceAmbiguous(_("Several places have that name. Choose one."))
    return PlaceFound(*check_place(found[0].lon, found[0].lat), 0.0, "name")
