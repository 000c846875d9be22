"""Text to a point: what people paste from maps, phones and signs."""

import math
import re

from django.utils.translation import gettext as _

from geo.errors import PointInvalid

_NUMBER = re.compile(
    r"""(?P<sign>[-+−])?\s*(?P<degrees>\d{1,3}(?:\.\d+)?)\s*°?\s*
        (?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*['′]\s*)?
        (?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*["″]\s*)?
        (?P<hemisphere>[NSEWnsew北南东西])?""",
    re.VERBOSE,
)
_LONGEST_TEXT = 100
"""The pattern's time grows with the square of the text; no way to write a point needs more."""

_SOUTH_OR_WEST = "SsWw南西"
_EAST_OR_WEST = "EeWw东西"


def parse_lonlat(text: str) -> tuple[float, float]:
    """The point that `text` names, as `lon, lat` in degrees (EPSG:4326).

    People write latitude first ("40.7128, -74.0060", as map apps show it), so
    that is how two bare numbers are read; letters (N, S, E, W) settle it either
    way. Degrees, minutes and seconds are understood.

    Raises
    ------
    PointInvalid
        The text is not two numbers, or they are no place on Earth.
    """
    known = text.strip() if len(text) <= _LONGEST_TEXT else ""
    parts = [match for match in _NUMBER.finditer(known) if match.group("degrees")]
    rest = _NUMBER.sub("", known)
    if len(parts) != 2 or re.sub(r"[\s,;/()]", "", rest):
        raise PointInvalid(_("Write two numbers, latitude first, for example 40.7128, -74.0060."))
    values = [_degrees(part) for part in parts]
    first_is_lon = (parts[0].group("hemisphere") or "?") in _EAST_OR_WEST
    lon, lat = values if first_is_lon else reversed(values)
    return check_lonlat(lon, lat)


def check_lonlat(lon: object, lat: object) -> tuple[float, float]:
    """`lon, lat` as floats if they are a place on Earth, else PointInvalid (NaN and infinity too)."""
    try:
        lon, lat = float(lon), float(lat)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise PointInvalid(_("lon and lat must be two numbers in degrees.")) from None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise PointInvalid(_("lon and lat must be finite numbers in degrees."))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PointInvalid(_("lon must lie between -180 and 180, lat between -90 and 90."))
    return lon, lat


def _degrees(part: re.Match[str]) -> float:
    value = float(part["degrees"]) + float(part["minutes"] or 0) / 60 + float(part["seconds"] or 0) / 3600
    negative = (part["sign"] or "+") in "-−" or (part["hemisphere"] or "?") in _SOUTH_OR_WEST
    return -value if negative else value
