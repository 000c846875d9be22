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


class HotspotQuestionInvalid(CityPinError):
    """Hotspots cannot be computed for this question."""

    code = "hotspot_question_invalid"


class ExposureMissing(CityPinError):
    """The city has no data for what a rate is to be per."""

    code = "exposure_missing"


class HotspotsRunning(CityPinError):
    """The same question is being computed already."""

    code = "hotspots_running"


class HotspotLayerUnknown(FilterCodeUnknown):
    """There is no such layer, or none that this reader may see."""

    code = "hotspot_layer_unknown"


class HotspotsNotPublished(CityPinError):
    """No published layer was computed for this filter."""

    code = "hotspots_not_published"


class PublishingRefused(CityPinError):
    """The layer may not be published, or not withdrawn."""

    code = "publishing_refused"
