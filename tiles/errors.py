"""What `tiles` refuses. Each class has a stable `code`; messages say what to do."""

from geo.errors import CityPinError


class TileLayerUnknown(CityPinError):
    """No tile layer has that name."""

    code = "tile_layer_unknown"


class FilterUnknown(CityPinError):
    """The layer has no such parameter."""

    code = "filter_unknown"


class FilterInvalid(CityPinError):
    """A parameter has a value that it cannot have."""

    code = "filter_invalid"


class FilterCodeUnknown(CityPinError):
    """A parameter names a service, group, body, layer or class that does not exist."""

    code = "filter_code_unknown"
