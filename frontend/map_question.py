"""What a map picture may be asked: strict where the page is lenient, because a program asks, and it should learn."""

import math
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from frontend.map_filter import PERIODS, MapFilter, read_map_filter
from geo.errors import CityPinError
from geo.grid import EDGE_LAT, world_fractions
from issues.models import ServiceGroup
from tiles.filters import ReportQuestion, report_question

SIZES = range(120, 1601)
MAX_PIXELS = 1_600_000
DEFAULT_SIZE = (800, 600)
ZOOMS = (8, 17)
SPARE, SPARE_OF_CITY = 0.1, 0.35
"""Share of a zoom by which a box may be too large: rather lose a strip than show all at half the size. The city's own
extent has water around it."""
THEMES = ("light", "dark")
KNOWN = {"bbox", "size", "theme", "lang", "period", "week"}


class PictureInvalid(CityPinError):
    """A parameter of the picture has a value that it cannot have."""

    code = "picture_invalid"


class BboxInvalid(CityPinError):
    """The box is no box on this map."""

    code = "bbox_invalid"


@dataclass(frozen=True)
class PictureQuestion:
    """A checked picture: which reports, where (in px of the world at a whole zoom), how large, how drawn."""

    reports: ReportQuestion
    asked: MapFilter
    zoom: int
    left: int
    top: int
    width: int
    height: int
    theme: str
    language: str

    def canonical(self) -> str:
        """Equal pictures have equal texts."""
        view = f"{self.zoom}/{self.left}/{self.top}/{self.width}x{self.height}"
        return f"{view}/{self.theme}/{self.language}/{self.reports.canonical()}"


def picture_question(query: QueryDict, today: date) -> PictureQuestion:
    """Read `bbox`, `size`, `theme`, `lang`, `period`, `week` and the parameters of the report tiles.

    Raises
    ------
    PictureInvalid, BboxInvalid, FilterUnknown, FilterInvalid
        With a sentence that says what to write instead.
    """
    asked = read_map_filter(query, list(ServiceGroup.objects.all()))
    width, height = _size(query.get("size", ""))
    bbox = query.get("bbox", "")
    zoom, left, top = _view(_bbox(bbox), width, height, spare=SPARE if bbox else SPARE_OF_CITY)
    return PictureQuestion(
        reports=_reports(query, asked, today),
        asked=asked,
        zoom=zoom,
        left=left,
        top=top,
        width=width,
        height=height,
        theme=_choice("theme", query.get("theme") or THEMES[0], THEMES),
        language=_choice("lang", query.get("lang") or settings.LANGUAGE_CODE, tuple(dict(settings.LANGUAGES))),
    )


def _reports(query: QueryDict, asked: MapFilter, today: date) -> ReportQuestion:
    """The tiles' question; a period or a week becomes days."""
    _choice("period", query.get("period") or asked.period, tuple(PERIODS))
    if query.get("week") and not asked.week:
        raise PictureInvalid(_("week is “%(text)s”: write its Monday as YYYY-MM-DD.") % {"text": query["week"][:20]})
    for_tiles = query.copy()
    for name in KNOWN:
        for_tiles.pop(name, None)
    wanted = asked.request_filter(today)
    days_given = query.get("from") or query.get("to")
    if asked.week or not days_given:
        for name, day in (("from", wanted.from_day), ("to", wanted.to_day)):
            if day:
                for_tiles[name] = day.isoformat()
    return report_question(for_tiles)


def _size(text: str) -> tuple[int, int]:
    """`800x600` as width and height."""
    if not text:
        return DEFAULT_SIZE
    parts = text.split("x")
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 4]
    fits = len(parts) == len(numbers) == 2 and all(number in SIZES for number in numbers)
    if not fits or numbers[0] * numbers[1] > MAX_PIXELS:
        raise PictureInvalid(
            _("size is “%(text)s”: write width x height in pixels, such as 800x600, each from %(least)d to %(most)d.")
            % {"text": text[:20], "least": SIZES.start, "most": SIZES.stop - 1}
        )
    return numbers[0], numbers[1]


def _bbox(text: str) -> tuple[float, float, float, float]:
    """`xmin,ymin,xmax,ymax` in degrees (EPSG:4326); the whole city if empty."""
    if not text:
        return settings.CITY.extent
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.split(",", 4))
    except ValueError:
        xmin = ymin = xmax = ymax = math.nan
    if not (-180 <= xmin < xmax <= 180 and -EDGE_LAT <= ymin < ymax <= EDGE_LAT):
        raise BboxInvalid(
            _("bbox is “%(text)s”: write xmin,ymin,xmax,ymax in degrees, such as -74.02,40.70,-73.93,40.80.")
            % {"text": text[:60]}
        )
    return xmin, ymin, xmax, ymax


def _view(bbox: tuple[float, float, float, float], width: int, height: int, spare: float) -> tuple[int, int, int]:
    """The nearest whole zoom at which the box fits, and the picture's left and top edge in px of the world."""
    xmin, ymin, xmax, ymax = bbox
    west, north = world_fractions(xmin, ymax)
    east, south = world_fractions(xmax, ymin)
    fits = min(math.log2(width / (256 * (east - west))), math.log2(height / (256 * (south - north))))
    zoom = max(ZOOMS[0], min(ZOOMS[1], math.floor(fits + spare)))
    side = 256 * 2**zoom
    return zoom, round((west + east) / 2 * side - width / 2), round((north + south) / 2 * side - height / 2)


def _choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise PictureInvalid(
            _("%(name)s is “%(text)s”: write one of %(choices)s.")
            % {"name": name, "text": text[:40], "choices": ", ".join(choices)}
        )
    return text
