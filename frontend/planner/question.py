"""The planner's question in an address: read leniently, written in one spelling.

What is unknown or malformed is ignored, because old links must keep working; the
question in words above the answer says what was understood.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.geos import GEOSException, GEOSGeometry, Polygon
from django.http import QueryDict
from django.utils import timezone

from issues.models import Service, ServiceGroup
from issues.selectors.planner import SHOWN_STATES, PlannerFilter
from issues.workflow import State
from layers.models import Body, Boundary, Layer
from layers.selectors.boundaries import boundaries_on
from layers.selectors.residents import residents_are_known
from tiles.hotspot_filter import question_of
from tiles.models import HotspotLayer

VIEWS = ("time", "areas", "hotspots", "deadlines", "compare")
MEASURES = ("count", "km2", "residents", "all_reports")
DEFAULT_DAYS = 90
MOST_CORNERS = 200
OLDEST_DAYS = 3650
CORNER = re.compile(r"(-?\d{1,3}(?:\.\d{1,7})?) (-?\d{1,2}(?:\.\d{1,7})?)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class PlannerQuestion:
    """Everything that an address of the planner says.

    `area` is the text of a drawn polygon, `place` is `layer/code` of an area with a
    name; the drawn one wins. `with_*` is the other side of a comparison.
    """

    view: str
    first_day: date
    last_day: date
    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    older_than_days: int | None = None
    area: str = ""
    place: str = ""
    layer: str = ""
    measure: str = "km2"
    hotspots: int | None = None
    with_first_day: date | None = None
    with_last_day: date | None = None
    with_place: str = ""

    def query(self, **changes: Any) -> str:
        """The query string of this question, or of one with `changes`. Days are always written out."""
        asked = replace(self, **changes)
        texts = {
            "view": asked.view if asked.view != VIEWS[0] else "",
            "from": asked.first_day.isoformat(),
            "to": asked.last_day.isoformat(),
            "services": ",".join(asked.services),
            "group": ",".join(asked.groups),
            "body": ",".join(asked.bodies),
            "state": ",".join(asked.states),
            "older": str(asked.older_than_days or ""),
            "area": asked.area,
            "place": asked.place,
            "layer": asked.layer,
            "measure": asked.measure if asked.measure != "km2" else "",
            "hotspots": str(asked.hotspots or ""),
            "with_from": asked.with_first_day.isoformat() if asked.with_first_day else "",
            "with_to": asked.with_last_day.isoformat() if asked.with_last_day else "",
            "with_place": asked.with_place,
        }
        return urlencode({name: text for name, text in texts.items() if text}, safe=",/")

    def filter(self) -> PlannerFilter:
        """The same for selectors."""
        return PlannerFilter(
            first_day=self.first_day,
            last_day=self.last_day,
            services=self.services,
            groups=self.groups,
            bodies=self.bodies,
            states=self.states or SHOWN_STATES,
            older_than_days=self.older_than_days,
            area=polygon_of(self.area) or _geometry_of(self.place, self.last_day),
        )

    def other_days(self) -> tuple[date, date]:
        """The days to compare with: those chosen, else as many just before."""
        if self.with_first_day and self.with_last_day:
            return self.with_first_day, self.with_last_day
        days = (self.last_day - self.first_day).days + 1
        return self.first_day - timedelta(days=days), self.first_day - timedelta(days=1)

    def other_filter(self) -> PlannerFilter:
        """The other side of the comparison: the other place in the same days, or the same place in other days."""
        if self.with_place:
            return replace(self.filter(), area=_geometry_of(self.with_place, self.last_day))
        first, last = self.other_days()
        return replace(self.filter(), first_day=first, last_day=last)


def read_planner_question(query: QueryDict) -> PlannerQuestion:
    """The question of an address."""
    today = timezone.localdate()
    last = _day(query.get("to", "")) or today
    first = _day(query.get("from", "")) or last - timedelta(days=DEFAULT_DAYS - 1)
    first, last = min(first, last), max(first, last)
    with_first, with_last = _day(query.get("with_from", "")), _day(query.get("with_to", ""))
    if with_first and with_last:
        with_first, with_last = min(with_first, with_last), max(with_first, with_last)
    else:
        with_first = with_last = None
    view, measure = query.get("view", ""), query.get("measure", "")
    return PlannerQuestion(
        view=view if view in VIEWS else VIEWS[0],
        first_day=first,
        last_day=last,
        services=_known(query, "services", Service.objects.values_list("service_code", flat=True)),
        groups=_known(query, "group", ServiceGroup.objects.values_list("slug", flat=True)),
        bodies=_known(query, "body", Body.objects.values_list("slug", flat=True)),
        states=_known(query, "state", [state.value for state in State]),
        older_than_days=_number(query.get("older", ""), OLDEST_DAYS),
        area=_area_text(query.get("area", "")),
        place=_place(query.get("place", ""), last),
        layer=next(iter(_known(query, "layer", Layer.objects.values_list("slug", flat=True))), ""),
        measure=measure if measure in measures() else "km2",
        hotspots=_number(query.get("hotspots", ""), 2**31),
        with_first_day=with_first,
        with_last_day=with_last,
        with_place=_place(query.get("with_place", ""), last),
    )


def measures() -> list[str]:
    """What areas can be coloured by in this city."""
    return [name for name in MEASURES if name != "residents" or residents_are_known()]


def question_of_layer(layer: HotspotLayer) -> PlannerQuestion:
    """What a computed layer answers, as an address of the planner asks it."""
    asked = question_of(layer)
    return PlannerQuestion(
        view="hotspots",
        first_day=asked.since,
        last_day=asked.until,
        services=asked.services,
        groups=asked.groups,
        bodies=asked.bodies,
        states=asked.states,
        hotspots=layer.pk,
    )


def is_answered_by(asked: PlannerQuestion, layer: HotspotLayer) -> bool:
    """Whether the layer counts the reports and days of the question; an area narrows no computation."""
    answered = question_of_layer(layer)
    return answered == replace(
        answered,
        first_day=asked.first_day,
        last_day=asked.last_day,
        services=asked.services,
        groups=asked.groups,
        bodies=asked.bodies,
        states=asked.states,
        older_than_days=asked.older_than_days,
    )


def polygon_of(area: str) -> Polygon | None:
    """The drawn polygon (EPSG:4326) of a text `lon lat,lon lat,…`; None where it is none."""
    corners = [(float(lon), float(lat)) for lon, lat in CORNER.findall(area)]
    if len(corners) < 3:
        return None
    try:
        polygon = Polygon([*corners, corners[0]], srid=4326)
    except (GEOSException, ValueError):
        return None
    return polygon if polygon.valid and polygon.area > 0 else None


def boundary_of(place: str, day: date) -> Boundary | None:
    """The area named `layer/code` on that day."""
    slug, _slash, code = place.partition("/")
    return boundaries_on(day, None, [slug]).filter(jurisdiction__code=code).first()


def _geometry_of(place: str, day: date) -> GEOSGeometry | None:
    boundary = boundary_of(place, day) if place else None
    return boundary.geom if boundary else None


def _place(text: str, day: date) -> str:
    return text if "/" in text and len(text) <= 200 and "\0" not in text and boundary_of(text, day) else ""


def _area_text(text: str) -> str:
    """The text itself if it is a polygon on Earth of at most 200 corners that does not cross itself."""
    corners = CORNER.findall(text)
    if len(corners) > MOST_CORNERS or any(abs(float(lon)) > 180 or abs(float(lat)) > 85 for lon, lat in corners):
        return ""
    whole = ",".join(f"{lon} {lat}" for lon, lat in corners)
    return whole if polygon_of(whole) else ""


def _known(query: QueryDict, name: str, known: Any) -> tuple[str, ...]:
    asked = {part.strip() for text in query.getlist(name) for part in text.split(",")} - {""}
    return tuple(sorted(asked & set(known))) if asked else ()


def _number(text: str, most: int) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    return number if 1 <= number <= most else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and 1990 <= day.year <= 2099 else None
