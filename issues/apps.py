from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """Reports and who is responsible for them."""

    name = "issues"

    def ready(self) -> None:
        """Have every publication of areas and things judged by what reports would make of it."""
        from issues.services.check_golden_points import judge_publication
        from layers.services.publication_checks import add_check

        add_check("golden points", judge_publication)
