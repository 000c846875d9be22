"""The classes of the heatmap: which density has which colour. Pure; the page's script and the pictures read the same.

They hang on the filter and the zoom alone, never on the view: panning changes no colour.
"""

import math

CLASSES = 7
ZOOMS = range(8, 20)
CELL_PX = 32
"""Side of a cell that the page draws on request and answers for; 32 px of the map of every zoom."""

DAYS_A_MONTH = 30.4375
EARTH_CIRCUMFERENCE_KM = 40075.016686
STEPS = (1, 2, 5)


def pixel_side_km(zoom: float, lat: float) -> float:
    """Side of one CSS pixel on the ground, at a Web Mercator zoom (256 px tiles) and a latitude in degrees."""
    return EARTH_CIRCUMFERENCE_KM * math.cos(math.radians(lat)) / (256 * 2**zoom)


def class_bounds(mean: float, months: float, zoom: int, lat: float, cell_px: int = CELL_PX) -> list[float]:
    """The lower bounds of the seven classes in reports per km² and month, from 1, 2, 5, 10 and so on.

    Parameters
    ----------
    mean
        Reports per km² and month over the whole city in the filter; 0 without any.
    months
        Length of the time shown.
    zoom, lat
        Of the map, and the city's latitude in degrees.
    cell_px
        Side of the cells that are coloured, in pixels of that map.

    The first is half of the city's mean. Near the ground, where a single report in a
    cell would already exceed the last class, it is half of what that one report makes.
    """
    cell_km2 = (cell_px * pixel_side_km(zoom, lat)) ** 2
    start = max(mean, 0.002, 1 / (cell_km2 * months)) / 2
    exponent = math.floor(math.log10(start))
    step = max(index for index, value in enumerate(STEPS) if value * 10.0**exponent <= start * (1 + 1e-9))
    places = [divmod(step + index, len(STEPS)) for index in range(CLASSES)]
    return [float(f"{STEPS[rest]}e{exponent + decades}") for decades, rest in places]


def bounds_by_zoom(
    total: int, area_km2: float, months: float, shown_months: float, lat: float
) -> dict[int, list[float]]:
    """`class_bounds` for every zoom of the page, for `total` reports in `months`, shown in steps of `shown_months`."""
    mean = total / area_km2 / months
    return {zoom: class_bounds(mean, shown_months, zoom, lat) for zoom in ZOOMS}
