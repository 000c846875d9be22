"""Only pixels stay of a photo."""

import io
import os
import struct
from pathlib import Path

import pytest
from django.conf import settings
from PIL import ExifTags, Image

from issues import errors
from issues.models import Photo
from issues.services.photos import LARGE_PX, SMALL_PX, store_photo
from tests.pictures import GPS_PLACE, jpeg, jpeg_with_metadata

SHARED_PHOTOS = Path(settings.BASE_DIR).parent / "shared" / "data" / "photos"

pytestmark = pytest.mark.django_db


def stored(content: bytes) -> Photo:
    return store_photo(io.BytesIO(content)).photo


def test_metadata_is_gone_and_the_place_is_told_once() -> None:
    result = store_photo(io.BytesIO(jpeg_with_metadata()))
    assert result.lonlat == pytest.approx(GPS_PLACE, abs=1e-5)
    for content in (bytes(result.photo.large), bytes(result.photo.small)):
        assert not Image.open(io.BytesIO(content)).getexif()
        for secret in (b"Exif", b"SecretPhoneMaker", b"Alice", b"2026"):
            assert secret not in content


def test_a_photo_that_was_turned_by_a_flag_is_upright() -> None:
    photo = stored(jpeg_with_metadata(orientation=6))
    picture = Image.open(io.BytesIO(bytes(photo.large)))
    assert picture.size == (photo.width_px, photo.height_px) == (480, 640)
    red, _green, blue = picture.getpixel((240, 20))
    assert red > 200 > blue  # what was left is on top now


def test_a_large_photo_is_downscaled_twice() -> None:
    photo = stored(jpeg((4000, 3000)))
    sizes = [max(Image.open(io.BytesIO(bytes(content))).size) for content in (photo.large, photo.small)]
    assert sizes == [LARGE_PX, SMALL_PX]


def test_transparency_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(bytes(stored(out.getvalue()).large))).getpixel((25, 25)) == (255, 255, 255)


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (lambda: b"", errors.PhotoInvalid),
        (lambda: b"just text", errors.PhotoInvalid),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", errors.PhotoInvalid),
        (lambda: jpeg()[:900], errors.PhotoInvalid),
        (lambda: jpeg((2000, 2000))[:-2000], errors.PhotoInvalid),
        (lambda: b"\x00\x00\x00\x18ftypheic" + os.urandom(500), errors.PhotoFormatUnsupported),
        (lambda: b"\xff\xd8" + b"\x00" * 40 * 1024 * 1024, errors.PhotoTooLarge),
        (bomb, errors.PhotoTooLarge),
    ],
    ids=["empty", "text", "svg", "header cut", "end cut", "heic", "40 MB", "bomb"],
)
def test_what_is_no_photo_is_refused_with_a_sentence(content: object, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        store_photo(io.BytesIO(content()))
    assert type(refused.value) is error
    assert str(refused.value).endswith(".")
    assert not Photo.objects.exists()


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_broken_exif_does_not_cost_the_photo(cut: float) -> None:
    content = jpeg_with_metadata()
    start = content.index(b"Exif")
    length = int.from_bytes(content[start - 2 : start], "big")
    broken = bytearray(content)
    at = start + int(length * cut)
    broken[at : at + 24] = b"\xff" * 24
    assert stored(bytes(broken)).width_px > 0


def test_an_exif_number_of_the_wrong_type_costs_neither_photo_nor_orientation() -> None:
    entries = struct.pack(">HHII", ExifTags.Base.ImageWidth, 5, 1, 38)  # a fraction, where a whole number belongs
    entries += struct.pack(">HHIHH", ExifTags.Base.Orientation, 3, 1, 6, 0)
    tiff = b"MM\x00\x2a" + struct.pack(">IH", 8, 2) + entries + struct.pack(">III", 0, 1, 3)
    photo = stored(jpeg(exif=b"Exif\x00\x00" + tiff))
    assert (photo.width_px, photo.height_px) == (480, 640)


def test_a_picture_is_made_small_before_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    turned = []
    monkeypatch.setattr(Image.Image, "transpose", lambda self, method: turned.append(self.size) or self)
    stored(jpeg((4000, 3000), exif=exif_with(orientation=6)))
    assert turned == [(LARGE_PX, 1200)]


@pytest.mark.parametrize(("mode", "file_format"), [("CMYK", "JPEG"), ("I;16", "PNG"), ("P", "GIF"), ("1", "PNG")])
def test_uncommon_pictures_are_taken(mode: str, file_format: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (2000, 30)).save(out, file_format)
    assert stored(out.getvalue()).width_px == LARGE_PX


def exif_with(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif.tobytes()


@pytest.mark.skipif(not SHARED_PHOTOS.exists(), reason="shared/data is not beside the project")
@pytest.mark.parametrize(
    ("name", "lonlat"),
    [
        ("gps_DSCN0010.jpg", (11.88513, 43.46745)),
        ("orientation_landscape_6.jpg", None),
        ("orientation_portrait_8.jpg", None),
    ],
)
def test_photos_of_real_cameras_are_read(name: str, lonlat: tuple[float, float] | None) -> None:
    content = (SHARED_PHOTOS / name).read_bytes()
    result = store_photo(io.BytesIO(content))
    assert result.lonlat == (pytest.approx(lonlat, abs=1e-4) if lonlat else None)
    assert not Image.open(io.BytesIO(bytes(result.photo.large))).getexif()
