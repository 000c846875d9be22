from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """Reports and who is responsible for them."""

    name = "issues"
