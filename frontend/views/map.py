"""The map page: complete as plain HTML; script adds the map and keeps the list in step with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.contrib.gis.db.models.functions import Area, Transform
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control

from issues.models import Service, ServiceGroup, ServiceRequest
from issues.selectors.service_requests import RequestFilter, public_service_requests, public_summary
from issues.state_names import state_name
from issues.workflow import State
from layers.models import City

PAGE_SIZE = 20
PERIODS = {"7": 7, "30": 30, "90": 90, "365": 365, "all": None}
DEFAULT_PERIOD = "90"
STATUSES = ("open", "closed")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class MapFilter:
    """What the filter form asks. Exact days, where given, win over the period."""

    groups: tuple[str, ...]
    period: str
    from_day: date | None
    to_day: date | None
    status: str

    def first_day(self, today: date) -> date | None:
        """The first day shown, None for "since ever"."""
        days = PERIODS[self.period]
        if self.from_day or self.to_day:
            return self.from_day
        return today - timedelta(days=days - 1) if days else None

    def request_filter(self, today: date) -> RequestFilter:
        """The same question for selectors."""
        return RequestFilter(groups=self.groups, status=self.status, from_day=self.first_day(today), to_day=self.to_day)


@cache_control(private=True)
def map_page(request: HttpRequest) -> HttpResponse:
    """The map, the filters and the list of reports."""
    today = timezone.localdate()
    groups = list(ServiceGroup.objects.all())
    asked = read_map_filter(request.GET, groups)
    found = public_service_requests(asked.request_filter(today))
    summary = public_summary(found)
    total = summary.open + summary.closed
    paginator = Paginator(found, PAGE_SIZE)
    paginator.count = total  # the summary counted already
    page = paginator.get_page(request.GET.get("page"))
    letters = distinct_letters([group.name for group in groups])
    return render(
        request,
        "frontend/map.html",
        {
            "asked": asked,
            "groups": [
                {"slug": group.slug, "name": group.name, "letter": letter, "checked": group.slug in asked.groups}
                for group, letter in zip(groups, letters, strict=True)
            ],
            "periods": [(key, label, key == asked.period) for key, label in period_names().items()],
            "statuses": [("", pgettext("any status", "All")), ("open", _("Open")), ("closed", _("Closed"))],
            "page": page,
            "items": [list_item(service_request) for service_request in page],
            "page_query": _query_without_page(request.GET),
            "open_count": number_format(summary.open, force_grouping=True),
            "in_time_percent": None if summary.in_time_share is None else round(summary.in_time_share * 100),
            "total": total,
            "total_count": number_format(total, force_grouping=True),
            "map_data": map_data(groups, letters, today),
        },
    )


def read_map_filter(query: QueryDict, groups: Sequence[ServiceGroup]) -> MapFilter:
    """The filter in an address. What is unknown or malformed is ignored: old links must keep working."""
    known = {group.slug for group in groups}
    asked_groups = {part for text in query.getlist("group") for part in text.split(",")}
    period, status = query.get("period", DEFAULT_PERIOD), query.get("status", "")
    asked = MapFilter(
        groups=tuple(sorted(asked_groups & known)),
        period=period if period in PERIODS else DEFAULT_PERIOD,
        from_day=_day(query.get("from", "")),
        to_day=_day(query.get("to", "")),
        status=status if status in STATUSES else "",
    )
    if asked.from_day and asked.to_day and asked.from_day > asked.to_day:
        return replace(asked, from_day=asked.to_day, to_day=asked.from_day)
    return asked


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year <= 2199 else None


def period_names() -> dict[str, str]:
    """The periods in words, by the value that the form sends."""
    return {
        "7": _("Last 7 days"),
        "30": _("Last 30 days"),
        "90": _("Last 90 days"),
        "365": _("Last 12 months"),
        "all": _("All time"),
    }


def list_item(service_request: ServiceRequest) -> dict[str, object]:
    """One row of the list, with what the public may know."""
    state = State(service_request.state)
    return {
        "url": reverse("service_request", args=[service_request.pk]),
        "service_name": service_request.service.name,
        "state": state.value,
        "state_name": state_name(state),
        "day": timezone.localdate(service_request.requested_datetime),
        "place": service_request.place_text if service_request.service.exact_point_is_public else "",
        "body_name": service_request.body.name if service_request.body else "",
    }


def map_data(groups: Sequence[ServiceGroup], letters: Sequence[str], today: date) -> dict[str, object]:
    """What the script needs to know: addresses, names and the numbers behind the density scale."""
    oldest = public_service_requests().order_by("requested_datetime").first()
    first = timezone.localdate(oldest.requested_datetime) if oldest else today
    raster = settings.RASTER_BASEMAP
    return {
        "tiles": {
            layer: reverse("tile", args=[layer, "Z", "X", "Y"]).replace("/Z/X/Y.", "/{z}/{x}/{y}.")
            for layer in ("basemap", "heat", "reports")
        },
        "reports_url": reverse("api_service_requests"),
        "report_url": reverse("service_request", args=[0]),
        "groups": {
            group.slug: {"name": group.name, "color": group.color, "letter": letter}
            for group, letter in zip(groups, letters, strict=True)
        },
        "services": {service.service_code: service.name for service in Service.objects.all()},
        "states": {state.value: state_name(state) for state in State},
        "period_days": PERIODS,
        "default_period": DEFAULT_PERIOD,
        "today": today.isoformat(),
        "first_day": first.isoformat(),
        "area_km2": city_area_km2(),
        "attribution": list(settings.CITY.attribution),
        "raster": {"url": raster.url, "attribution": raster.attribution, "max_zoom": raster.max_zoom}
        if raster
        else None,
    }


def city_area_km2() -> float:
    """The area of the city's outline; 1.0 before a city is loaded."""
    loaded_at = City.objects.values_list("loaded_at", flat=True).first()
    return _area_km2(loaded_at) if loaded_at else 1.0


@lru_cache(maxsize=1)
def _area_km2(loaded_at: datetime) -> float:
    """The area of the city loaded then: 60 ms for New York's shores, the same until it is loaded again."""
    areas = City.objects.annotate(area=Area(Transform("outline", settings.CITY.srid)))
    return round(areas.values_list("area", flat=True)[0].sq_km, 1)


def distinct_letters(names: Sequence[str]) -> list[str]:
    """One letter or sign for each name, its own where possible, for pins and legend.

    The first that no name before has taken: initials of words first, then any letter.
    """
    taken: set[str] = set()
    letters = []
    for name in names:
        initials = [word[0].upper() for word in re.findall(r"\w+", name)]
        rest = [sign.upper() for sign in name if sign.isalpha()]
        letter = next((sign for sign in [*initials, *rest] if sign not in taken), name[:1].upper())
        taken.add(letter)
        letters.append(letter)
    return letters


def _query_without_page(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("page", None)
    return kept.urlencode()
