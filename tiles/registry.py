"""Every tile layer, by hand. To add one: a statement under `sql/`, a function in `mvt`, an entry here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from geo.grid import Tile
from layers.models import BasemapFeature
from tiles import filters, mvt
from tiles.errors import TileLayerUnknown

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


NAMES: Fields = {"name": "String. English, else any language", "name_zh": "String. Chinese; left out if unknown"}
OWNER_NAMES: Fields = {
    "owner_name": "String. English, else any language",
    "owner_name_zh": "String. Chinese; left out if unknown",
}
COUNTS: Fields = {"count": "Number. Reports", "open": "Number. Of these, not yet closed"}

HEAT = TileLayer(
    name="heat",
    description="Reports counted in 64 × 64 cells a tile; every report is in one cell of one tile.",
    vector_layers=(VectorLayer("heat", "A point at the centre of each cell that has reports", COUNTS),),
    read_question=filters.report_question,
    render=mvt.heat,
    max_age_s=10,
)

REPORTS = TileLayer(
    name="reports",
    description="Reports as clusters up to zoom 14 and where there are too many; single points above.",
    vector_layers=(
        VectorLayer(
            "reports",
            "A cluster of reports or one report; those near an edge are in both tiles",
            {
                "cluster": "Boolean. True: has count and open. False: has the other fields",
                **COUNTS,
                "id": "Number. The report's public id",
                "service_code": "String. As in Open311",
                "group": "String. Slug of the group of services",
                "state": f"String. One of {', '.join(filters.PUBLIC_STATES)}",
                "status": "String. open or closed",
                "date": "String. Day of the report in the city's time zone, YYYY-MM-DD",
            },
        ),
    ),
    read_question=filters.report_question,
    render=mvt.reports,
    max_age_s=10,
)

BOUNDARIES = TileLayer(
    name="boundaries",
    description="Who answers for which area, on a day.",
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
    read_question=filters.boundary_question,
    render=mvt.boundaries,
    max_age_s=300,
)

ASSETS = TileLayer(
    name="assets",
    description="Things in the street and who owns them, on a day, from zoom 14; clusters where there are too many.",
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
    read_question=filters.asset_question,
    render=mvt.assets,
    max_age_s=300,
    min_zoom=mvt.ASSET_MIN_ZOOM,
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

LAYERS = {layer.name: layer for layer in (HEAT, REPORTS, BOUNDARIES, ASSETS, BASEMAP)}


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
