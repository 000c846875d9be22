from django.apps import AppConfig


class LayersConfig(AppConfig):
    """Bodies, jurisdictions and assets."""

    name = "layers"
