"""What the public may see of a place and of a number. Pure: no Django."""

import math

COARSE_CELL_ZOOM = 17
"""Web Mercator cells of zoom 17 are 306 m wide at the equator, 231 m in New York."""

PRIVATE_NUMBERS = range(10**10, 10**11)
"""Reports that have no public page are numbered from here, at random. From the public sequence their numbers would be
missing, and each hole would tell that such a report was made between its neighbours."""


def public_point(lon: float, lat: float, exact: bool) -> tuple[float, float]:
    """`lon, lat` as the public may see it (EPSG:4326 in and out).

    Exact where the service says so; else the centre of its Web Mercator cell,
    the same for every report of that cell, so that nothing is left to average.
    """
    if exact:
        return lon, lat
    cells = 2**COARSE_CELL_ZOOM
    column = math.floor((lon + 180) / 360 * cells)
    sine = math.sin(math.radians(lat))
    row = math.floor((0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * cells)
    coarse_lon = (column + 0.5) / cells * 360 - 180
    coarse_lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (row + 0.5) / cells))))
    return coarse_lon, coarse_lat
