"""The description of a layer that map programs read first (TileJSON 3.0.0)."""

from typing import Any

from django.conf import settings

from geo.grid import MAX_ZOOM
from layers.models import Layer
from tiles.registry import BOUNDARIES, TileLayer

# https://github.com/mapbox/tilejson-spec/tree/master/3.0.0


def describe(layer: TileLayer, base_url: str, query_string: str) -> dict[str, Any]:
    """TileJSON for a layer.

    Parameters
    ----------
    layer
    base_url
        Absolute address of the layer without a slash at its end.
    query_string
        The canonical question, which every tile's address then carries; "" for everything.
    """
    city = settings.CITY
    return {
        "tilejson": "3.0.0",
        "name": layer.name,
        "description": layer.description,
        "scheme": "xyz",
        "tiles": [f"{base_url}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{query_string}" if query_string else "")],
        "bounds": list(city.extent),
        "center": [*city.center, max(city.zoom, layer.min_zoom)],
        "minzoom": layer.min_zoom,
        "maxzoom": MAX_ZOOM,
        "attribution": " · ".join(dict.fromkeys(_attributions(layer))),
        "vector_layers": [
            {
                "id": part.id,
                "description": part.description,
                "minzoom": layer.min_zoom,
                "maxzoom": MAX_ZOOM,
                "fields": part.fields,
            }
            for part in layer.vector_layers
        ],
        # Beyond the specification, which allows it.
        "filters": layer.filters,
        **({"runs": layer.runs()} if layer.runs else {}),
    }


def _attributions(layer: TileLayer) -> list[str]:
    """The city's lines, and for boundaries the sources of the public layers."""
    lines = list(settings.CITY.attribution)
    if layer is BOUNDARIES:
        lines += Layer.objects.filter(is_public=True).order_by("slug").values_list("source", flat=True)
    return lines
