"""Metres for a city that nobody described yet: the projected system that fits the points of a file."""

import numpy as np
from pyproj import CRS, Transformer

from issues.memory.history import Floats

WIDEST_UTM_DEG = 8.0
FARTHEST_M = 500_000.0
"""Points farther than this from the middle of all are typing errors, not the city."""


def metre_system(lon: Floats, lat: Floats) -> CRS:
    """The UTM zone of the middle point, or an equidistant system around it for wide or polar extents.

    `lon, lat` in degrees (EPSG:4326), at least one.
    """
    middle_lon, middle_lat = float(np.median(lon)), float(np.median(lat))
    low, high = np.quantile(lon, [0.02, 0.98])
    if high - low > WIDEST_UTM_DEG or abs(middle_lat) > 80:
        return CRS.from_proj4(f"+proj=aeqd +lat_0={middle_lat:.4f} +lon_0={middle_lon:.4f} +datum=WGS84 +units=m")
    zone = int(min(59, (middle_lon + 180) // 6)) + 1
    return CRS.from_epsg((32600 if middle_lat >= 0 else 32700) + zone)


def to_metres(lon: Floats, lat: Floats, system: CRS) -> Floats:
    """(n, 2) x and y in metres; infinite where the system has no place for a point."""
    x, y = Transformer.from_crs("EPSG:4326", system, always_xy=True).transform(lon, lat)
    return np.column_stack([x, y])


def near_the_city(points_m: Floats) -> np.ndarray:
    """(n,) which points are finite and not absurdly far from the middle of all."""
    finite: np.ndarray = np.asarray(np.isfinite(points_m).all(axis=1))
    if not finite.any():
        return finite
    middle = np.median(points_m[finite], axis=0)
    apart = np.where(finite[:, None], points_m - middle, np.inf)
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]) <= FARTHEST_M)


def name_of(system: CRS) -> str:
    """`EPSG:32618`, or the definition of a system without a number."""
    number = system.to_epsg()
    return f"EPSG:{number}" if number else str(system.to_string())
