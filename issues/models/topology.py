"""The flaws of the boundaries, over their lives."""

from django.contrib.gis.db import models
from django.db.models import Q


class TopologyFinding(models.Model):
    """A flaw of the boundaries over its life; see `issues.selectors.topology_findings.Finding`.

    Written by `issues.services.record_topology` after every publication.
    """

    class Kind(models.TextChoices):
        """What is wrong. The slivers of a pair of boundaries, or of the gaps of a service, are one finding."""

        OVERLAP = "overlap"
        OVERLAP_SLIVERS = "overlap_slivers"
        GAP = "gap"
        GAP_SLIVERS = "gap_slivers"
        INVALID_RING = "invalid_ring"
        UNMATCHED_VERTICES = "unmatched_vertices"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    geom = models.GeometryField(srid=4326)
    area_m2 = models.FloatField(help_text="In the city's metre SRID")
    parts = models.PositiveIntegerField()
    bodies = models.JSONField(default=list, help_text="Slugs, like layers and services")
    layers = models.JSONField(default=list)
    areas = models.JSONField(default=list, help_text="Codes")
    services = models.JSONField(default=list)
    detail = models.CharField(max_length=200, blank=True)
    open_reports = models.PositiveIntegerField(default=0)
    disturbed_decisions = models.PositiveIntegerField(default=0)
    starts_on = models.DateField(help_text="The day for which it was found first; to come for what is published ahead")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-disturbed_decisions", "-open_reports", "-area_m2", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "overlap",
                        "overlap_slivers",
                        "gap",
                        "gap_slivers",
                        "invalid_ring",
                        "unmatched_vertices",
                    ]
                ),
                name="topology_finding_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(last_seen__gte=models.F("first_seen")), name="topology_finding_is_seen_first_and_last"
            ),
        ]
        indexes = [
            models.Index(
                fields=["disturbed_decisions", "open_reports"],
                name="topology_finding_in_force",
                condition=Q(resolved_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {', '.join(self.bodies or self.layers)}"
