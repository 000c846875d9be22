from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

if TYPE_CHECKING:
    from layers.models import Publication


class IssuesConfig(AppConfig):
    """Reports and who is responsible for them."""

    name = "issues"

    def ready(self) -> None:
        """Have every publication of areas and things judged by what reports would make of it."""
        from issues.services.check_golden_points import judge_publication
        from layers.services.publication_checks import add_check, add_follower

        add_check("golden points", judge_publication)
        add_follower("topology", _check_topology_after)
        post_migrate.connect(install_functions, sender=self)


def _check_topology_after(publication: "Publication") -> None:
    # Geopandas costs 0.7 s to import, which no start of a process must pay.
    from issues.services.record_topology import check_after

    check_after(publication)


def install_functions(using: str, **_sent: Any) -> None:
    """What SQL files say that the database shall keep."""
    from issues.services.install_evidence_function import install_evidence_function

    install_evidence_function(using)
