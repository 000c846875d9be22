from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IssuesConfig(AppConfig):
    """Reports and who is responsible for them."""

    name = "issues"

    def ready(self) -> None:
        post_migrate.connect(install_functions, sender=self)


def install_functions(using: str, **_sent: Any) -> None:
    """What SQL files say that the database shall keep."""
    from issues.services.install_evidence_function import install_evidence_function

    install_evidence_function(using)
