from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Long work that a page starts and `manage.py work` does."""

    name = "jobs"
