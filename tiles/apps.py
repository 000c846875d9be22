from django.apps import AppConfig


class TilesConfig(AppConfig):
    """Vector tiles."""

    name = "tiles"
