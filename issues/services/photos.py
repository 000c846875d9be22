"""Takes pictures in: only pixels stay, upright and downscaled.

The upload is decoded and encoded anew, so no metadata, thumbnail or hidden
payload survives. The place in its EXIF is told to the uploader once, for the
form, and is never stored.
"""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from issues.errors import PhotoFormatUnsupported, PhotoInvalid, PhotoTooLarge
from issues.models import Photo

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
LARGE_PX, SMALL_PX = 1600, 320
PIXEL_LIMIT = 100_000_000
"""Decoded at 3 bytes a pixel this is 300 MB; no phone makes more."""

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
    picture, lonlat = _open(content)
    large = _encoded(picture, LARGE_PX)
    with transaction.atomic():
        Photo.objects.filter(service_request=None, uploaded_at__lt=timezone.now() - DRAFT_LIFETIME).delete()
        photo = Photo.objects.create(
            width_px=large.size[0], height_px=large.size[1], large=large.jpeg, small=_encoded(picture, SMALL_PX).jpeg
        )
    return StoredPhoto(photo, lonlat)


@dataclass(frozen=True)
class _Encoded:
    jpeg: bytes
    size: tuple[int, int]


def _open(content: bytes) -> tuple[Image.Image, tuple[float, float] | None]:
    """The decoded picture, upright, and its GPS place if its EXIF has one."""
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
            lonlat = _gps_place(picture)
            picture.load()
            return ImageOps.exif_transpose(picture), lonlat
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoTooLarge(_("The photo has too many pixels. Send a smaller copy.")) from None
    except UnidentifiedImageError:
        raise PhotoInvalid(_("That file is not a photo that we can open. Send a JPEG or PNG picture.")) from None
    # Pillow's decoders raise whatever the damage makes them trip over.
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, IndexError, KeyError, OverflowError):
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


def _gps_place(picture: Image.Image) -> tuple[float, float] | None:
    """`lon, lat` from EXIF, None where it is missing, broken or 0, 0."""
    return _or_none(lambda: _read_gps(picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)))


def _or_none(read: Callable[[], tuple[float, float] | None]) -> tuple[float, float] | None:
    """Broken EXIF must not cost the citizen the photo."""
    try:
        return read()
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError, OverflowError, AttributeError):
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
