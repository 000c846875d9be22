from django.apps import AppConfig


class FrontendConfig(AppConfig):
    """Pages."""

    name = "frontend"
