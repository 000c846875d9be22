"""What `layers` refuses."""

from collections.abc import Sequence
from typing import Any

from geo.errors import CityPinError


class CityMismatch(CityPinError):
    """The database was made for another city (another metre SRID)."""

    code = "city_mismatch"


class PackContentInvalid(CityPinError):
    """A file of the pack contradicts itself or another one."""

    code = "pack_content_invalid"


class LayerUnknown(CityPinError):
    """No layer has that slug."""

    code = "layer_unknown"


class AssetClassUnknown(CityPinError):
    """No asset class has that slug."""

    code = "asset_class_unknown"


class BodyUnknown(CityPinError):
    """No body has that slug."""

    code = "body_unknown"


class ResidentsUnknown(CityPinError):
    """The pack does not say, or not readably, how many people live where."""

    code = "residents_unknown"


class FileRefused(CityPinError):
    """A file that cannot be read as it is. `needs` names what more must be said of it, "" where nothing helps.

    That is `source_crs`, `file_layer`, `encoding` or `geometry_fields` (`layers.importing.reading.ReadOptions`):
    a command calls it an option, a page its own field.
    """

    def __init__(self, said: object, needs: str = "") -> None:
        super().__init__(said)
        self.needs = needs


class FileUnreadable(FileRefused):
    """A file that is missing, corrupt, encrypted or of a format that cannot be read here."""

    code = "file_unreadable"


class FileColumnsInvalid(FileRefused):
    """A file lacks a column that was named, or more than one could be meant."""

    code = "file_columns_invalid"


class CRSUndeclared(FileRefused):
    """A file does not say in which coordinate reference system its numbers are."""

    code = "crs_undeclared"


class PublicationRefused(CityPinError):
    """A publication that contradicts itself or what is in force; nothing of it is stored."""

    code = "publication_refused"


class FormatUnknown(CityPinError):
    """A file format that cannot be written here."""

    code = "format_unknown"


class DayInvalid(CityPinError):
    """A text that is no day."""

    code = "day_invalid"


class GoldenPointsInvalid(CityPinError):
    """The pack's golden points cannot be read."""

    code = "golden_points_invalid"


class AssetUnknown(CityPinError):
    """No asset has that id."""

    code = "asset_unknown"


class AssetChangeRefused(CityPinError):
    """A change of an asset that its history cannot hold; nothing is stored."""

    code = "asset_change_refused"


class CorrectionInvalid(CityPinError):
    """A correction that does not say what its kind needs, or what is so already."""

    code = "correction_invalid"


class CorrectionUnknown(CityPinError):
    """No correction has that id."""

    code = "correction_unknown"


class CorrectionDecided(CityPinError):
    """Somebody decided the correction before."""

    code = "correction_decided"


class TooManyCorrections(CityPinError):
    """More corrections wait for staff than they can read."""

    code = "too_many_corrections"


class GoldenPointsMoved(PublicationRefused):
    """A publication that changes the answer at a golden point, and nobody explained it.

    `differences` are those points with the answers that they would get.
    """

    code = "golden_points_moved"

    def __init__(self, message: str, differences: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.differences = list(differences)


class UploadRefused(CityPinError):
    """An uploaded file that is none of those that are read here."""

    code = "upload_refused"


class UploadTooLarge(UploadRefused):
    """An uploaded file with more bytes than are taken."""

    code = "upload_too_large"


class DraftUnknown(CityPinError):
    """There is no such draft, or it was settled or removed."""

    code = "draft_unknown"


class DraftRefused(CityPinError):
    """A draft that cannot be published as it is."""

    code = "draft_refused"


class DraftOutdated(DraftRefused):
    """Since the comparison that somebody looked at, something else is in force."""

    code = "draft_outdated"


class DrawingInvalid(CityPinError):
    """A drawn area that is none."""

    code = "drawing_invalid"
