"""What the small maps of report pages and desk need to know: `js/small-map.js` reads it."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _


def map_basics() -> dict[str, object]:
    """Addresses, extent (degrees, EPSG:4326) and attributions; asks nothing of the database."""
    raster = settings.RASTER_BASEMAP
    return {
        "basemap_url": reverse("tile", args=["basemap", "Z", "X", "Y"]).replace("/Z/X/Y.", "/{z}/{x}/{y}."),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "center": settings.CITY.center,
        "zoom": settings.CITY.zoom,
        "extent": settings.CITY.extent,
        "attribution": settings.CITY.attribution,
        "raster": {"url": raster.url, "attribution": raster.attribution, "max_zoom": raster.max_zoom}
        if raster
        else None,
    }


def staff_map_basics() -> dict[str, object]:
    """The same with the flaws of the borders as a layer to switch on: `js/findings-overlay.js` draws it."""
    return {**map_basics(), "findings": {"url": reverse("topology_findings"), "label": _("Flaws of the borders")}}
