"""Pictures that tests upload, made on the spot."""

import io

from PIL import ExifTags, Image

GPS_PLACE = (-73.9855, 40.7580)


def jpeg(size: tuple[int, int] = (640, 480), **save: object) -> bytes:
    """A JPEG whose left half is red and right half blue, so that turning it shows."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    picture.save(out, "JPEG", **save)
    return out.getvalue()


def jpeg_with_metadata(lonlat: tuple[float, float] = GPS_PLACE, orientation: int = 6) -> bytes:
    """A JPEG as a phone makes it: GPS, camera, owner, time, comment, and turned by a flag."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretPhoneMaker"
    exif[ExifTags.Base.Artist] = "Alice Citizen"
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.DateTime] = "2026:11:20 08:15:42"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lon, lat = lonlat
    gps[ExifTags.GPS.GPSLatitudeRef] = "N" if lat >= 0 else "S"
    gps[ExifTags.GPS.GPSLatitude] = _degrees_minutes_seconds(abs(lat))
    gps[ExifTags.GPS.GPSLongitudeRef] = "E" if lon >= 0 else "W"
    gps[ExifTags.GPS.GPSLongitude] = _degrees_minutes_seconds(abs(lon))
    return jpeg(exif=exif.tobytes(), comment=b"taken by Alice Citizen")


def _degrees_minutes_seconds(degrees: float) -> tuple[float, float, float]:
    minutes = (degrees % 1) * 60
    return float(int(degrees)), float(int(minutes)), round((minutes % 1) * 60, 4)
