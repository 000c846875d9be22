"""What the planner's template needs: the question in words, the form, the answer, and data for the script."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from frontend.planner.areas import area_answer, measure_label
from frontend.planner.cells import cell_bounds
from frontend.planner.comparison import compare_table
from frontend.planner.deadlines import deadline_table
from frontend.planner.funnel import funnel_drawing
from frontend.planner.hotspot_list import hotspot_table
from frontend.planner.overview import FEW, service_table, time_table
from frontend.planner.picture import steps
from frontend.planner.question import (
    VIEWS,
    PlannerQuestion,
    is_answered_by,
    measures,
    polygon_of,
    question_of_layer,
)
from frontend.planner.tables import Table, shown
from frontend.planner.words import days_words, layer_words, pattern_name, question_words, side_words
from frontend.small_map import staff_map_basics
from issues.models import Service, ServiceGroup
from issues.selectors.planner import DAYS_IN_MONTH, PlannerFilter
from issues.state_names import state_name
from issues.workflow import State
from layers.models import AssetClass, Body, Layer
from layers.selectors.boundaries import boundaries_on
from layers.selectors.residents import residents_are_known
from layers.services.formats import FORMATS
from tiles.models import HotspotCell, HotspotLayer
from tiles.selectors import planner_counts
from tiles.selectors.hotspots import NOT_HOT, hotspot_layer, hotspot_layers

MOST_PLACES = 400


def context(asked: PlannerQuestion) -> dict[str, Any]:
    """The whole page's context."""
    time = time_table(asked)
    layer = layer_of(asked)
    found: dict[str, Any] = {
        "asked": asked,
        "words": question_words(asked),
        "query": asked.query(),
        "views": [(name, label, asked.query(view=name), name == asked.view) for name, label in view_names().items()],
        "sides": sides(asked),
        "time": time,
        "form": form_choices(asked),
        "exports": exports(asked),
        "map_basics": staff_map_basics(),
    }
    answered = answer(asked, layer)
    if answered.get("hotspots"):
        # Of this layer, even if a newer one is published before somebody presses.
        found["exports"] = exports(replace(asked, hotspots=answered["hotspots"].pk))
    return {**found, **answered, "planner_data": script_data(asked, time, answered)}


def sides(asked: PlannerQuestion) -> list[dict[str, Any]]:
    """The figures above the answer; of a comparison those of both sides, under their names."""
    if asked.view != "compare":
        return [_figures_shown("", asked.filter())]
    named = zip("AB", side_words(asked), (asked.filter(), asked.other_filter()), strict=True)
    return [
        _figures_shown(_("%(letter)s: %(words)s") % {"letter": letter, "words": words}, wanted)
        for letter, words, wanted in named
    ]


def _figures_shown(name: str, wanted: PlannerFilter) -> dict[str, Any]:
    figures = planner_counts.figures(wanted)
    return {
        "name": name,
        **{count: shown(getattr(figures, count), "number") for count in ("count", "open", "overdue")},
        "kept_percent": None if figures.kept_share is None else round(100 * figures.kept_share),
        "median_days": None if figures.closed < FEW else figures.median_days,
        "is_estimate": figures.is_estimate,
    }


def answer(asked: PlannerQuestion, layer: Layer | None) -> dict[str, Any]:
    """What the chosen view adds."""
    if asked.view == "areas" and layer:
        areas = area_answer(asked, layer)
        return {"table": areas.table, "funnel": funnel_drawing(areas), "layer": layer}
    if asked.view == "hotspots":
        chosen = hotspot_layer(asked.hotspots)
        listed = [
            (each, layer_words(each), question_of_layer(each).query(), chosen is not None and each.pk == chosen.pk)
            for each in hotspot_layers()
        ]
        return {
            "hotspots": chosen,
            "hotspots_words": layer_words(chosen) if chosen else "",
            "is_answered": chosen is not None and is_answered_by(asked, chosen),
            "layers_listed": listed,
            "table": hotspot_table(chosen) if chosen else None,
            "cells_shown": shown(chosen.cell_count, "number") if chosen else "",
            "counted_shown": shown(chosen.counted, "number") if chosen else "",
            "hot_total": chosen.cells.exclude(pattern__in=NOT_HOT).count() if chosen else 0,
            "residents_known": residents_are_known(),
            "asset_classes": list(AssetClass.objects.filter(assets__isnull=False).distinct()),
        }
    if asked.view == "deadlines":
        return {"table": deadline_table(asked)}
    if asked.view == "compare":
        return {"table": compare_table(asked), "other_days": asked.other_days()}
    return {"table": service_table(asked)}


def layer_of(asked: PlannerQuestion) -> Layer | None:
    """The layer of areas: the one chosen, else the public one with most areas."""
    by_areas = Layer.objects.filter(is_public=True).annotate(areas=Count("jurisdictions")).order_by("-areas", "slug")
    return Layer.objects.filter(slug=asked.layer).first() or by_areas.first()


def view_names() -> dict[str, str]:
    """The tabs."""
    names = [_("Overview"), _("Areas"), _("Hotspots"), _("Deadlines"), _("Compare")]
    return dict(zip(VIEWS, names, strict=True))


def form_choices(asked: PlannerQuestion) -> dict[str, Any]:
    """Options of the form, each with whether it is chosen."""
    layer = layer_of(asked)
    services = Service.objects.filter(is_active=True).select_related("group")
    places = []
    if layer:
        found = boundaries_on(asked.last_day, None, [layer.slug]).defer("geom", "geom_m")[:MOST_PLACES]
        places = sorted((each.jurisdiction.name, f"{layer.slug}/{each.jurisdiction.code}") for each in found)
    return {
        "groups": [(group.slug, group.name, group.slug in asked.groups) for group in ServiceGroup.objects.all()],
        "services": [(each.service_code, each.name, each.service_code in asked.services) for each in services],
        "bodies": sorted(
            ((body.slug, body.name, body.slug in asked.bodies) for body in Body.objects.all()), key=lambda one: one[1]
        ),
        "states": [(state.value, state_name(state), state.value in asked.states) for state in State],
        "layers": [(each.slug, each.name, layer is not None and each.pk == layer.pk) for each in Layer.objects.all()],
        "measures": [(name, measure_label(name), name == asked.measure) for name in measures()],
        "places": places,
    }


def exports(asked: PlannerQuestion) -> list[tuple[str, str]]:
    """Name and address of each file of this view."""
    names = {"csv": "CSV", "png": "PNG", **{ending: form.name for ending, form in FORMATS.items()}}
    return [(name, f"{reverse('planner_export', args=[ending])}?{asked.query()}") for ending, name in names.items()]


def script_data(asked: PlannerQuestion, time: Table, answered: dict[str, Any]) -> dict[str, Any]:
    """What the script draws and where it asks."""
    chosen: HotspotLayer | None = answered.get("hotspots")
    drawn = polygon_of(asked.area)
    shape = drawn or asked.filter().area
    tile = (
        reverse("hotspot_tile", args=[chosen.pk, "Z", "X", "Y"]).replace("/Z/X/Y.", "/{z}/{x}/{y}.") if chosen else ""
    )
    bars = [
        {
            "from": row.values["first"].isoformat(),
            "to": row.values["last"].isoformat(),
            "label": days_words(row.values["first"], row.values["last"]),
            "count": row.values["count"],
            "open": row.values["open"],
        }
        for row in time.rows
    ]
    months = asked.filter().days / DAYS_IN_MONTH
    data: dict[str, Any] = {
        "view": asked.view,
        "query": asked.query(),
        "bars": bars,
        "months": months,
        "cell_bounds": cell_bounds(asked, sum(bar["count"] for bar in bars)),
        "places": "|".join([asked.area, asked.place, asked.with_place if asked.view == "compare" else ""]),
        "shape": _corners(shape),
        "shape_is_drawn": drawn is not None,
        "urls": {
            "cells": reverse("planner_cells"),
            "areas": reverse("planner_areas"),
            "hotspot_tiles": tile,
            "hotspot_cell": reverse("hotspot_cell", args=[chosen.pk]) if chosen else "",
        },
        "words": {"reports": _("Reports"), "open": _("Of these open"), "count": _("{count} reports here")},
        "cells_title": _("Reports per km² and month"),
    }
    if asked.view == "compare":
        data |= _compared(asked)
    if asked.view == "areas" and answered["table"]:
        values = [row.values["value"] or 0 for row in answered["table"].rows]
        data["breaks"] = steps(np.array(values, dtype=float))
        data["value_label"] = measure_label(asked.measure)
    if asked.view == "hotspots":
        data["patterns"] = {name: pattern_name(name) for name in PATTERNS_SHOWN}
    return data


def _compared(asked: PlannerQuestion) -> dict[str, Any]:
    """What the map of a comparison says more: B's outline, and both counts of a cell."""
    places = bool(asked.with_place)
    return {
        "compares_places": places,
        "other_shape": _corners(asked.other_filter().area) if places else None,
        "cells_title": _("Reports per km² and month") if places else _("A: reports per km² and month"),
        "both": _("A: {first}, B: {second} reports here"),
    }


def _corners(shape: GEOSGeometry | None) -> Any:
    """GeoJSON coordinates for the screen."""
    return json.loads(shape.simplify(2e-4, preserve_topology=True).geojson)["coordinates"] if shape else None


PATTERNS_SHOWN = ("new", "intensifying", "persistent", "sporadic", "diminishing", "not_significant", "no_data")


def period_bars(layer: HotspotLayer, cell: HotspotCell) -> list[dict[str, Any]]:
    """The cell's neighbourhood by period for a small drawing: heights of 0 to 40, and the count in words."""
    top = max(cell.period_counts, default=0) or 1
    days = (layer.until - layer.since).days + 1
    width = days / layer.periods
    return [
        {
            "x": 12 * index,
            "y": 40 - 40 * count / top,
            "height": 40 * count / top,
            "count": count,
            "day": date_format(layer.since.fromordinal(layer.since.toordinal() + round(index * width)), "DATE_FORMAT"),
        }
        for index, count in enumerate(cell.period_counts)
    ]
