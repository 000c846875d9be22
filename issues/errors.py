"""What `issues` refuses. Each class has a stable `code`; messages say what to do."""

from geo.errors import CityPinError


class ServiceUnknown(CityPinError):
    """No active service has that code."""

    code = "service_unknown"


class OutsideCity(CityPinError):
    """The point lies outside the city's outline."""

    code = "outside_city"


class AxesSwapped(CityPinError):
    """Outside the city, but inside with lon and lat exchanged."""

    code = "axes_swapped"


class DescriptionInvalid(CityPinError):
    """The text is too long or holds characters that text cannot hold."""

    code = "description_invalid"


class AssetUnknown(CityPinError):
    """The chosen asset does not exist or does not fit the service or place."""

    code = "asset_unknown"


class PhotoInvalid(CityPinError):
    """The upload is no picture that we can open."""

    code = "photo_invalid"


class PhotoTooLarge(PhotoInvalid):
    """More bytes or pixels than we take."""

    code = "photo_too_large"


class PhotoFormatUnsupported(PhotoInvalid):
    """A picture, but of a format that we cannot open (HEIC for instance)."""

    code = "photo_format_unsupported"


class PhotoUnknown(PhotoInvalid):
    """The upload token is unknown, used or expired."""

    code = "photo_unknown"


class TransitionRefused(CityPinError):
    """The state does not allow that step."""

    code = "transition_refused"


class IdempotencyKeyInvalid(CityPinError):
    """The key that marks a repeated post is empty, too long or unprintable."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReused(CityPinError):
    """The key belongs to a report with other content, perhaps somebody else's."""

    code = "idempotency_key_reused"


class RequestUnknown(CityPinError):
    """No report has that number, or it is not the asker's to see."""

    code = "service_request_unknown"


class FilterInvalid(CityPinError):
    """A filter of a list has a value that means nothing."""

    code = "filter_invalid"


class AccuracyInvalid(CityPinError):
    """The accuracy is no distance."""

    code = "accuracy_invalid"


class HistoryInvalid(CityPinError):
    """A file of past reports cannot be replayed."""

    code = "history_invalid"
