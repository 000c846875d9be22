"""The file formats that layers leave in. Light: the API names them without importing geopandas."""

from dataclasses import dataclass

from layers.errors import FormatUnknown


@dataclass(frozen=True)
class Format:
    """A file format by its ending."""

    ending: str
    name: str
    media_type: str


FORMATS = {
    form.ending: form
    for form in (
        Format("geojson", "GeoJSON", "application/geo+json"),
        Format("gpkg", "GeoPackage", "application/geopackage+sqlite3"),
        Format("parquet", "GeoParquet", "application/vnd.apache.parquet"),
    )
}


def format_of(ending: str) -> Format:
    """The format with that ending (with or without its dot); FormatUnknown otherwise."""
    form = FORMATS.get(ending.removeprefix(".").lower())
    if form is None:
        raise FormatUnknown(f"The ending of the file must be one of {', '.join(FORMATS)}, not {ending!r}.")
    return form
