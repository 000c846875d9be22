"""Takes pictures in: only pixels stay, upright and downscaled.

The upload is decoded and encoded anew, so no metadata, thumbnail or hidden
payload survives. The place in its EXIF is told to the uploader once, for the
form, and is never stored.
"""

import io
import struct
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, UnidentifiedImageError

from issues.errors import PhotoFormatUnsupported, PhotoInvalid, PhotoTooLarge
from issues.models import Photo

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
LARGE_PX, SMALL_PX = 1600, 320
PIXEL_LIMIT = 100_000_000
"""Decoded at 3 bytes a pixel this is 300 MB; no phone makes more."""

_ONE_AT_A_TIME = threading.Lock()
"""A quarter of a megabyte can hold as many pixels: what one picture needs is bounded, so must be how many at once."""

_BROKEN_EXIF = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, ArithmeticError, AttributeError, struct.error,
)  # fmt: skip
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation to what makes it upright."""
_SCALABLE_MODES = ("L", "RGB", "RGBA", "CMYK")

HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif", b"avis")
DRAFT_LIFETIME = timedelta(days=1)


@dataclass(frozen=True)
class StoredPhoto:
    """A stored picture and, for its uploader only, where it was taken (`lon, lat`)."""

    photo: Photo
    lonlat: tuple[float, float] | None


def store_photo(upload: IO[bytes]) -> StoredPhoto:
    """Store a picture that waits for its report; leftovers of yesterday are deleted.

    Raises
    ------
    PhotoTooLarge, PhotoFormatUnsupported, PhotoInvalid
        More bytes or pixels than we take; a format we cannot open; no picture
        or a broken one.
    """
    content = upload.read(settings.PHOTO_MAX_BYTES + 1)
    with _ONE_AT_A_TIME:
        picture, lonlat = _open(content)
    large, small = _encoded(picture, LARGE_PX), _encoded(picture, SMALL_PX)
    with transaction.atomic():
        Photo.objects.filter(service_request=None, uploaded_at__lt=timezone.now() - DRAFT_LIFETIME).delete()
        photo = Photo.objects.create(
            width_px=large.size[0], height_px=large.size[1], large=large.jpeg, small=small.jpeg
        )
    return StoredPhoto(photo, lonlat)


def encode_picture(content: bytes) -> bytes:
    """A JPEG of a picture's pixels only, at most 1600 px; PhotoInvalid and its subclasses as `store_photo`."""
    with _ONE_AT_A_TIME:
        picture, _lonlat = _open(content)
    return _encoded(picture, LARGE_PX).jpeg


def discard_drafts(photo_ids: Iterable[UUID]) -> None:
    """Delete those of the photos that still wait for their report."""
    Photo.objects.filter(pk__in=list(photo_ids), service_request=None).delete()


@dataclass(frozen=True)
class _Encoded:
    jpeg: bytes
    size: tuple[int, int]


def _open(content: bytes) -> tuple[Image.Image, tuple[float, float] | None]:
    """The decoded picture, upright and at most `LARGE_PX`, and its GPS place if its EXIF has one."""
    if len(content) > settings.PHOTO_MAX_BYTES:
        raise PhotoTooLarge(
            _("The photo is larger than %(limit)s MB. Take it again with a lower resolution, or send a smaller copy.")
            % {"limit": settings.PHOTO_MAX_BYTES // 1024**2}
        )
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise PhotoFormatUnsupported(
            _("We cannot open HEIC photos. Share it as JPEG, or set the camera to “Most compatible”, and try again.")
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > PIXEL_LIMIT:
                raise Image.DecompressionBombError
            lonlat, turn = _gps_place(picture), _turn(picture)
            small = _shrunk(picture)
            return (small.transpose(turn) if turn is not None else small), lonlat
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoTooLarge(_("The photo has too many pixels. Send a smaller copy.")) from None
    except UnidentifiedImageError:
        raise PhotoInvalid(_("That file is not a photo that we can open. Send a JPEG or PNG picture.")) from None
    # Pillow's decoders raise whatever the damage makes them trip over.
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, IndexError, KeyError, OverflowError, struct.error):
        raise PhotoInvalid(_("The photo is damaged or incomplete. Take or choose it again.")) from None


def _encoded(picture: Image.Image, longest_px: int) -> _Encoded:
    """A fresh JPEG of pixels only; transparency becomes white."""
    rgba = picture.convert("RGBA")
    rgba.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return _Encoded(out.getvalue(), flat.size)


def _shrunk(picture: Image.Image) -> Image.Image:
    """Small before anything copies it; a JPEG's decoder leaves out most pixels by itself."""
    if picture.mode not in _SCALABLE_MODES:
        picture = picture.convert("RGBA")
    picture.thumbnail((LARGE_PX, LARGE_PX), Image.Resampling.LANCZOS)
    picture.load()  # what was small enough has not been decoded yet
    return picture


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How to turn it upright. Broken EXIF must not cost the citizen the photo."""
    try:
        return _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except _BROKEN_EXIF:
        return None


def _gps_place(picture: Image.Image) -> tuple[float, float] | None:
    """`lon, lat` from EXIF, None where it is missing, broken or 0, 0."""
    try:
        return _read_gps(picture.getexif().get_ifd(ExifTags.IFD.GPSInfo))
    except _BROKEN_EXIF:
        return None


def _read_gps(gps: dict[int, object]) -> tuple[float, float] | None:
    lat = _angle(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    lon = _angle(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    on_earth = -180 <= lon <= 180 and -90 <= lat <= 90
    return (lon, lat) if on_earth and (lon, lat) != (0, 0) else None


def _angle(parts: object, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]
    angle = degrees + minutes / 60 + seconds / 3600
    return -angle if negative else angle
