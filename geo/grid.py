"""Web Mercator tiles (XYZ, y down from the north) and their arithmetic. Pure: no Django.

Tile and cell edges are half open: a place on an edge belongs to the tile east
and south of it, so that every place of the world is in exactly one tile.
"""

import math
import re
from dataclasses import dataclass

from geo.errors import TileAddressInvalid

MAX_ZOOM = 22
"""At zoom 22 one of the 4096 units of a tile is 2.3 mm at the equator."""

EDGE_LAT = math.degrees(math.atan(math.sinh(math.pi)))
"""The northern and southern edge of the square Web Mercator world, 85.0511°."""

HALF_WORLD_M = math.pi * 6378137.0
"""Half the width of the world in EPSG:3857, 20,037,508.34 m."""

Extent = tuple[float, float, float, float]
"""`xmin, ymin, xmax, ymax`."""

# One spelling per tile, so that a cache holds it once: no sign, space or leading zero.
WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One Web Mercator tile: `0 <= z <= 22`, `0 <= x, y < 2**z`.

    Raises
    ------
    TileAddressInvalid
        No tile has that address. There is no wrapping at the antimeridian.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= MAX_ZOOM:
            raise TileAddressInvalid(f"Zoom {self.z} does not exist: ask for 0 to {MAX_ZOOM}.")
        last = 2**self.z - 1
        if not (0 <= self.x <= last and 0 <= self.y <= last):
            raise TileAddressInvalid(
                f"Tile {self.z}/{self.x}/{self.y} does not exist: at zoom {self.z}, x and y go from 0 to {last}."
            )


def parse_tile(z: str, x: str, y: str) -> Tile:
    """The tile that three texts of an address name.

    Raises
    ------
    TileAddressInvalid
        A text is not a plain whole number, or no tile has that address.
    """
    for text in (z, x, y):
        if not WHOLE_NUMBER.fullmatch(text):
            raise TileAddressInvalid(f"{text[:20]!r} is no tile number: write a whole number, as short as it gets.")
    return Tile(int(z), int(x), int(y))


def world_fractions(lon: float, lat: float) -> tuple[float, float]:
    """A place as fractions of the Web Mercator world, 0 to 1, from the west and from the north.

    Parameters
    ----------
    lon, lat
        Degrees (EPSG:4326). Latitudes beyond `EDGE_LAT` count as on the edge.
    """
    sine = math.sin(math.radians(max(-EDGE_LAT, min(EDGE_LAT, lat))))
    down = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return (lon + 180) / 360, min(1.0, max(0.0, down))


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """The tile of zoom `z` that holds a place.

    A place on an edge is in the tile east and south of it; 180° east and the
    southern edge of the world, which have none, are in the last tile.

    Raises
    ------
    TileAddressInvalid
        `z` is no zoom, or the place is no place on Earth.
    """
    if not 0 <= z <= MAX_ZOOM:
        raise TileAddressInvalid(f"Zoom {z} does not exist: ask for 0 to {MAX_ZOOM}.")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise TileAddressInvalid(f"lon {lon}, lat {lat} is no place on Earth.")
    tiles = 2**z
    right, down = world_fractions(lon, lat)
    return Tile(z, min(tiles - 1, math.floor(right * tiles)), min(tiles - 1, math.floor(down * tiles)))


def tile_extent(tile: Tile, margin: float = 0.0) -> Extent:
    """The extent of a tile in degrees (EPSG:4326, `lon, lat`), cut off at the edge of the world.

    Parameters
    ----------
    tile
    margin
        Width of a border around it, as a share of the tile's width, for
        searching what is drawn across the edge.
    """
    west, east = (_lon_at(column, tile.z) for column in (tile.x - margin, tile.x + 1 + margin))
    north, south = (lat_at(row, tile.z) for row in (tile.y - margin, tile.y + 1 + margin))
    return west, south, east, north


def extents_meet(one: Extent, other: Extent) -> bool:
    """Whether two extents share at least a point; a common edge counts."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _lon_at(column: float, z: int) -> float:
    lon: float = column / 2**z * 360 - 180
    return min(180.0, max(-180.0, lon))


def lat_at(row: float, z: int) -> float:
    """Latitude of the upper edge of a row of tiles of zoom `z`, cut off at the edge of the world."""
    down: float = min(1.0, max(0.0, row / 2**z))
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))
