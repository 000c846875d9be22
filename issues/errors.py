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


class SideUnknown(CityPinError):
    """The side that was named is no area within the accuracy of the position."""

    code = "side_unknown"


class SideNotAsked(CityPinError):
    """Nothing hangs on the side any more: the report is decided, contested or closed."""

    code = "side_not_asked"


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


class NotAllowed(CityPinError):
    """The user may see it, but that act is somebody else's."""

    code = "not_allowed"


class CaseUnknown(CityPinError):
    """No case has that number, or it is not the asker's to see."""

    code = "case_unknown"


class CaseChanged(CityPinError):
    """Somebody else acted on the case since it was read."""

    code = "case_changed"


class CaseNotLive(CityPinError):
    """The case is settled or closed, or in a state that does not allow that act."""

    code = "case_not_live"


class NothingToArbitrate(CityPinError):
    """No body disagrees at that place."""

    code = "nothing_to_arbitrate"


class PositionInvalid(CityPinError):
    """A position without a text or stance, or with a file that we do not take."""

    code = "position_invalid"


class RulingInvalid(CityPinError):
    """A ruling lacks what its scope needs."""

    code = "ruling_invalid"


class ZoneInvalid(RulingInvalid):
    """The zone is no valid area of the city."""

    code = "zone_invalid"


class RulingNotInForce(CityPinError):
    """The ruling was reversed before, or the time to undo it is over."""

    code = "ruling_not_in_force"


class HandBackRefused(CityPinError):
    """The report cannot be handed back: it is closed, undecided or somebody else's."""

    code = "hand_back_refused"


class CorrectionRefused(CityPinError):
    """The report is closed: place, kind and object stay as they are."""

    code = "correction_refused"


class DraftRefused(CityPinError):
    """That ruling cannot become a boundary, or not from that day."""

    code = "draft_refused"


class HistoryInvalid(CityPinError):
    """A file of past reports cannot be replayed."""

    code = "history_invalid"
