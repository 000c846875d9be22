"""The map page: complete as plain HTML; script adds the map and keeps the list in step with it."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.gis.db.models.functions import Area, Transform
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt

from frontend.heat_scale import DAYS_A_MONTH, bounds_by_zoom
from frontend.map_filter import DEFAULT_PERIOD, PERIODS, MapFilter, read_map_filter
from issues.models import Service, ServiceGroup, ServiceRequest
from issues.selectors.service_requests import public_service_requests
from issues.state_names import state_name
from issues.workflow import State
from layers.models import City
from tiles.selectors.public_counts import public_counts

PAGE_SIZE = 20


@cache_control(private=True)
def map_page(request: HttpRequest) -> HttpResponse:
    """The map, the filters and the list of reports."""
    today = timezone.localdate()
    groups = list(ServiceGroup.objects.all())
    asked = read_map_filter(request.GET, groups)
    context = map_context(request, asked, groups, today)
    paginator = Paginator(public_service_requests(asked.request_filter(today)), PAGE_SIZE)
    if not asked.week:
        paginator.count = context["total"]  # the summary counted already
    page = paginator.get_page(request.GET.get("page"))
    return render(
        request,
        "frontend/map.html",
        {
            **context,
            "page": page,
            "items": [list_item(service_request) for service_request in page],
            "page_query": _query_without_page(request.GET),
            "list_count": number_format(paginator.count, force_grouping=True),
        },
    )


@cache_control(private=True, max_age=60)
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
def embed_page(request: HttpRequest) -> HttpResponse:
    """The map alone, for a frame on any other page: no session, no form that acts, links to the whole site."""
    groups = list(ServiceGroup.objects.all())
    context = map_context(request, read_map_filter(request.GET, groups), groups, timezone.localdate())
    context["map_data"]["is_embedded"] = True
    return render(request, "frontend/embed.html", context)


@cache_control(private=True)
def map_summary(request: HttpRequest) -> HttpResponse:
    """The counts of a filter and the classes of its colours, as a part of the page."""
    today = timezone.localdate()
    asked = read_map_filter(request.GET, list(ServiceGroup.objects.all()))
    return render(request, "frontend/_map_summary.html", summary_context(asked, today))


def map_context(request: HttpRequest, asked: MapFilter, groups: Sequence[ServiceGroup], today: date) -> dict[str, Any]:
    """What the map needs wherever it stands."""
    letters = distinct_letters([group.name for group in groups])
    return {
        **summary_context(asked, today),
        "asked": asked,
        "groups": [
            {"slug": group.slug, "name": group.name, "letter": letter, "checked": group.slug in asked.groups}
            for group, letter in zip(groups, letters, strict=True)
        ],
        "periods": [(key, label, key == asked.period) for key, label in period_names().items()],
        "statuses": [("", pgettext("any status", "All")), ("open", _("Open")), ("closed", _("Closed"))],
        "map_data": map_data(groups, letters, today),
        "picture_query": _picture_query(request.GET),
    }


def summary_context(asked: MapFilter, today: date) -> dict[str, object]:
    """Counts of the filter's whole period, its weeks, and the lower bounds of its colours by zoom."""
    summary, weeks = public_counts(asked.whole_period().request_filter(today))
    total = summary.open + summary.closed
    months = asked.months(first_report_day(today), today)
    lat = settings.CITY.center[1]
    scale = {
        name: bounds_by_zoom(total, city_area_km2(), months, shown, lat)
        for name, shown in (("period", months), ("week", 7 / DAYS_A_MONTH))
    }
    return {
        "open_count": number_format(summary.open, force_grouping=True),
        "kept_percent": None if summary.kept_share is None else round(summary.kept_share * 100),
        "total": total,
        "months": round(months, 4),
        "first_week": weeks.first_monday.isoformat() if weeks.counts else "",
        "week_counts": ",".join(map(str, weeks.counts)),
        "scale": json.dumps(scale, separators=(",", ":")),
    }


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
    raster = settings.RASTER_BASEMAP
    return {
        "tiles": {
            layer: reverse("tile", args=[layer, "Z", "X", "Y"]).replace("/Z/X/Y.", "/{z}/{x}/{y}.")
            for layer in ("basemap", "heat", "reports")
        },
        "reports_url": reverse("api_service_requests"),
        "report_url": reverse("service_request", args=[0]),
        "embed_url": reverse("embed"),
        "picture_url": reverse("map_picture"),
        "is_embedded": False,
        "language": get_language() or settings.LANGUAGE_CODE,
        "words": map_words(),
        "groups": {
            group.slug: {"name": group.name, "color": group.color, "letter": letter}
            for group, letter in zip(groups, letters, strict=True)
        },
        "services": {service.service_code: service.name for service in Service.objects.all()},
        "states": {state.value: state_name(state) for state in State},
        "period_days": PERIODS,
        "default_period": DEFAULT_PERIOD,
        "today": today.isoformat(),
        "attribution": list(settings.CITY.attribution),
        "raster": {"url": raster.url, "attribution": raster.attribution, "max_zoom": raster.max_zoom}
        if raster
        else None,
    }


def map_words() -> dict[str, object]:
    """The sentences that the script says; of two forms it takes the one for the number."""
    return {
        "reports": {
            "one": pgettext("in a cell of the map, one", "{count} report here"),
            "other": pgettext("in a cell of the map, several", "{count} reports here"),
        },
        "coarse": {
            "one": pgettext(
                "private places, one", "{count} report in this square; exact places of this kind stay private"
            ),
            "other": pgettext(
                "private places, several", "{count} reports in this square; exact places of this kind stay private"
            ),
        },
        "resolved": _("{share} resolved"),
        "days": {
            "one": pgettext("one day", "typically {days} day open"),
            "other": pgettext("several days", "typically {days} days open"),
        },
        "comma": pgettext("between parts of a sentence", ", "),
        "density": _("{density} per km² and month"),
        "nothing": _("No report here."),
        "whole_period": _("All weeks together"),
        "week": {
            "one": pgettext("a week with one report", "{days}: {count} report"),
            "other": pgettext("a week with several", "{days}: {count} reports"),
        },
        "incomplete": _("Part of the map could not be loaded. It comes when the connection is back."),
    }


def first_report_day(today: date) -> date:
    """The day of the oldest report that the public may see; today without any."""
    oldest = public_service_requests().order_by("requested_datetime").values_list("requested_datetime", flat=True)
    first = oldest.first()
    return timezone.localdate(first) if first else today


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


def _picture_query(query: QueryDict) -> str:
    """The address's question for the picture without script; what a picture cannot know is left out."""
    kept = QueryDict(mutable=True)
    for name in ("group", "period", "from", "to", "status", "week"):
        kept.setlist(name, [value for value in query.getlist(name) if value])
    kept["lang"] = get_language() or settings.LANGUAGE_CODE
    return kept.urlencode()


def _query_without_page(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("page", None)
    return kept.urlencode()
