"""What `geo` refuses. Every class has a stable `code` for clients to test."""


class CityPinError(Exception):
    """Base of all refusals: `code` for programs, the message for people."""

    code = "invalid"


class CityPackInvalid(CityPinError):
    """A city pack cannot be read."""

    code = "city_pack_invalid"


class PointInvalid(CityPinError):
    """Text that is no point on Earth."""

    code = "point_invalid"


class TileAddressInvalid(CityPinError):
    """A z/x/y that no Web Mercator tile has."""

    code = "tile_address_invalid"
