"""How far GCJ-02, the obfuscated datum of Chinese map services, lies off WGS 84.

The formula is the one that circulates since 2010 ("eviltransform", by several
authors); it agrees with the map services to a few metres. Here it only names a
suspicion: coordinates are never converted with it.
"""

from math import pi, sin, sqrt


def gcj02_offset_m(lon: float, lat: float) -> tuple[float, float] | None:
    """Metres east and north from a place (EPSG:4326) to where GCJ-02 has it; None outside China's box."""
    if not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271):
        return None
    x, y = lon - 105.0, lat - 35.0
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return east, north
