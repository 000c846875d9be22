"""What `layers` refuses."""

from geo.errors import CityPinError


class CityNotLoaded(CityPinError):
    """The database holds no city yet."""

    code = "city_not_loaded"


class CityMismatch(CityPinError):
    """The database was made for another city (another metre SRID)."""

    code = "city_mismatch"


class PackContentInvalid(CityPinError):
    """A file of the pack contradicts itself or another one."""

    code = "pack_content_invalid"
