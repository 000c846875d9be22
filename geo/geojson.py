"""Geometry as RFC 7946 wants it: lon, lat, 7 decimals (1 cm), outer rings anticlockwise."""

import json
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

DECIMALS = 7


def geojson_geometry(geometry: BaseGeometry) -> dict[str, Any]:
    """`geometry` (EPSG:4326) as a GeoJSON object. An empty one has empty coordinates."""
    rounded = shapely.transform(geometry, lambda found: np.round(found, DECIMALS))
    found: dict[str, Any] = json.loads(shapely.to_geojson(shapely.orient_polygons(rounded)))
    return found
