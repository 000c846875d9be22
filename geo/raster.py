"""The raster base map's address, as the Content-Security-Policy needs it."""

from urllib.parse import urlsplit

from geo.city import RasterBasemap


def tile_origin(basemap: RasterBasemap | None) -> list[str]:
    """The origins that tiles come from, empty without a raster base map.

    `{s}` stands for subdomains and becomes `*`.
    """
    if basemap is None:
        return []
    parts = urlsplit(basemap.url)
    return [f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"]
