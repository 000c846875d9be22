from django.apps import AppConfig


class GeoConfig(AppConfig):
    """Coordinates, tiles and names: what every other app builds on."""

    name = "geo"
