"""Every tile layer, by hand. To add one: a statement under `sql/`, a function in `mvt`, an entry here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from geo.grid import Tile
from geo.statistics import Pattern
from layers.models import BasemapFeature
from tiles import filters, hotspot_filter, mvt, shape_filters
from tiles.errors import TileLayerUnknown
from tiles.rules import PUBLIC_STATES
from tiles.selectors.versions import DataVersion, data_version

Fields = dict[str, str]
"""Properties of features: name to a description that starts with the type."""


@dataclass(frozen=True)
class VectorLayer:
    """One layer inside the tiles, as TileJSON 3 describes it."""

    id: str
    description: str
    fields: Fields


@dataclass(frozen=True)
class TileLayer:
    """One address `/tiles/<name>/…`: what it shows, what may be asked, who draws it, how long it keeps."""

    name: str
    description: str
    vector_layers: tuple[VectorLayer, ...]
    read_question: Callable[[QueryDict], filters.Question]
    render: Callable[[Tile, mvt.Parameters], bytes]
    max_age_s: int
    min_zoom: int = 0
    version: Callable[[], DataVersion] | None = None
    """What its tiles depend on; None: they are drawn for each request."""
    filters: Fields = field(default_factory=dict)
    """What may be asked, for the TileJSON: parameter to what it does here."""
    runs: Callable[[], list[dict[str, Any]]] | None = None
    """What was computed and published, each with the filter that asks for it; None: any filter is answered."""


NAMES: Fields = {"name": "String. English, else any language", "name_zh": "String. Chinese; left out if unknown"}
OWNER_NAMES: Fields = {
    "owner_name": "String. English, else any language",
    "owner_name_zh": "String. Chinese; left out if unknown",
}
COUNTS: Fields = {"count": "Number. Reports", "open": "Number. Of these, not yet closed"}
REPORTS_KEEP_S = 1
"""With the half second of settings.TILES_VERSION_KEEPS_S a map follows a change within two seconds."""

REPORT_FILTERS: Fields = {
    "services": "Codes of services, with commas",
    "group": "Slugs of groups of services",
    "body": "Slugs of responsible bodies; their offices count, too",
    "from": "First day of the reports, YYYY-MM-DD",
    "to": "Last day of the reports",
    "state": f"Of {', '.join(PUBLIC_STATES)}",
    "status": "open or closed",
}
SHAPE_FILTERS: Fields = {
    "on": "One day, YYYY-MM-DD; today if no day is given",
    "from": "With to: what was there on any of these days, each version of it",
    "to": "With from",
    "state": "Checked and without effect: only reports have states",
    "status": "As state",
}
BOUNDARY_FILTERS: Fields = {
    "layer": "Slugs of layers",
    "services": "Only layers that decide for these services",
    "group": "Only layers that decide for services of these groups",
    "body": "Only areas of these bodies and their offices",
    **SHAPE_FILTERS,
}
ASSET_FILTERS: Fields = {
    "class": "Slugs of asset classes",
    "services": "Only classes that decide for these services",
    "group": "Only classes that decide for services of these groups",
    "body": "Only what these bodies and their offices own",
    **SHAPE_FILTERS,
}
HOTSPOT_FILTERS: Fields = {
    "layer": "Number of one computed layer, alone",
    "services": "Computed for just these services",
    "group": "Computed for just the services of these groups",
    "body": "Computed for just these bodies",
    "from": "Computed from no earlier day",
    "to": "Computed up to no later day",
    "state": "Computed for just these states",
    "status": "Computed for just the states open or closed",
}

HEAT = TileLayer(
    name="heat",
    description=(
        "Reports counted in 64 × 64 cells a tile; every report is in one cell of one tile. Days are whole days of "
        "the city, both ends included. Reports of sensitive services are only in the layer sensitive."
    ),
    vector_layers=(
        VectorLayer(
            "heat",
            "A point at the centre of each cell that has reports",
            {
                **COUNTS,
                "resolved": "Number. Share of count that is closed, two decimals",
                "median_days": (
                    "Number. About the median of days from report to closing, of the closed ones; estimated from 8 "
                    "classes (under 1, 2, 4, 8, 16, 32, 64 days, and more), so right to its class; 64: 64 or more; "
                    "left out where nothing is closed"
                ),
            },
        ),
        VectorLayer(
            "sensitive",
            "A point at the centre of a square with reports of services whose places are private: published by "
            "quarter, two weeks after its end, never with fewer than 5; only quarters wholly inside from and to; "
            "none where body, state or status are asked",
            {
                "count": "Number. Reports in the square, 5 at least",
                "zoom": "Number. The square is the Web Mercator tile of this zoom around the point",
            },
        ),
    ),
    read_question=filters.report_question,
    render=mvt.heat,
    max_age_s=REPORTS_KEEP_S,
    version=data_version,
    filters=REPORT_FILTERS,
)

REPORTS = TileLayer(
    name="reports",
    description=(
        "Reports as clusters up to zoom 14 and where there are too many; single points above. Sensitive services "
        "are left out. A cluster lies within 4 px of the mean of its reports; count those inside the tile only, "
        "for symbols near an edge are in both tiles."
    ),
    vector_layers=(
        VectorLayer(
            "reports",
            "A cluster of reports or one report; those near an edge are in both tiles",
            {
                "cluster": "Boolean. True: has count, open and median_days. False: has the other fields",
                **COUNTS,
                "median_days": "Number. Of a cluster, as in heat tiles",
                "id": "Number. The report's public id",
                "service_code": "String. As in Open311",
                "group": "String. Slug of the group of services",
                "state": f"String. One of {', '.join(PUBLIC_STATES)}",
                "status": "String. open or closed",
                "date": "String. Day of the report in the city's time zone, YYYY-MM-DD",
            },
        ),
    ),
    read_question=filters.report_question,
    render=mvt.reports,
    max_age_s=REPORTS_KEEP_S,
    version=data_version,
    filters=REPORT_FILTERS,
)

BOUNDARIES = TileLayer(
    name="boundaries",
    description="Who answers for which area, on a day or in a span of days.",
    vector_layers=(
        VectorLayer(
            "boundaries",
            "The polygon of a jurisdiction",
            {
                "id": "Number. This version of the boundary",
                "layer": "String. Slug of its layer",
                "code": "String. The source's own key",
                **NAMES,
                "body": "String. Slug of the body that answers for it",
                "body_name": "String. English, else any language",
                "body_name_zh": "String. Chinese; left out if unknown",
                "color": "String. The body's colour, #rrggbb",
            },
        ),
    ),
    read_question=shape_filters.boundary_question,
    render=mvt.boundaries,
    max_age_s=300,
    filters=BOUNDARY_FILTERS,
)

ASSETS = TileLayer(
    name="assets",
    description=(
        "Things in the street and who owns them, on some day, from zoom 14; clusters where there are too many."
    ),
    vector_layers=(
        VectorLayer(
            "assets",
            "One asset, or a cluster of one class",
            {
                "cluster": "Boolean. True: has count and class. False: has all but count",
                "count": "Number. Assets of the cluster",
                "id": "Number. As asset_id in the API",
                "class": "String. Slug of the asset class",
                "external_id": "String. The owner's own number",
                "name": "String. English, else any language; left out if it has none",
                "owner": "String. Slug of the body that owns it that day",
                **OWNER_NAMES,
                "color": "String. The owner's colour, #rrggbb",
            },
        ),
    ),
    read_question=shape_filters.asset_question,
    render=mvt.assets,
    max_age_s=300,
    min_zoom=mvt.ASSET_MIN_ZOOM,
    filters=ASSET_FILTERS,
)

BASEMAP = TileLayer(
    name="basemap",
    description="The city's own base map; needs no other host.",
    vector_layers=tuple(
        VectorLayer(kind, f"Shapes of kind {kind}", {"rank": "Number. 0 is drawn first", **NAMES})
        for kind in sorted(BasemapFeature.KINDS)
    ),
    read_question=filters.no_question,
    render=mvt.basemap,
    max_age_s=300,
)

HOTSPOTS = TileLayer(
    name="hotspots",
    description=(
        "Cells with more reports than chance explains. Without a filter the newest published layer; with one the "
        "newest that was computed for it (runs lists them), and 404 where there is none; how: docs/hotspots.md."
    ),
    vector_layers=(
        VectorLayer(
            "hotspots",
            "One cell; where cells are too small to see, those without significance as one area with pattern only",
            {
                "pattern": f"String. One of {', '.join(Pattern)}",
                "id": "Number. The cell",
                "count": "Number. Reports in the cell",
                "around_count": "Number. Reports in the cell and its neighbours",
                "expected": "Number. What around_count would be, were all cells alike; left out without data",
                "z": "Number. Gi* of Getis and Ord",
                "p": "Number. Chance of so much by accident",
                "q": "Number. p after Benjamini and Hochberg",
            },
        ),
    ),
    read_question=hotspot_filter.hotspot_layer_question,
    render=mvt.hotspots,
    max_age_s=300,
    filters=HOTSPOT_FILTERS,
    runs=hotspot_filter.published_runs,
)

LAYERS = {layer.name: layer for layer in (HEAT, REPORTS, BOUNDARIES, ASSETS, BASEMAP, HOTSPOTS)}


def layer_named(name: str) -> TileLayer:
    """The layer of that name.

    Raises
    ------
    TileLayerUnknown
        With a sentence that lists the names there are.
    """
    if name not in LAYERS:
        raise TileLayerUnknown(
            _("There is no tile layer “%(name)s”. Ask for one of %(layers)s.")
            % {"name": name[:40], "layers": ", ".join(LAYERS)}
        )
    return LAYERS[name]
