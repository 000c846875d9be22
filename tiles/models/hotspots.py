"""Computed hotspots: a published layer is a statement of the city and never changes."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone

from geo.cells import CellKind
from geo.statistics import Pattern


class HotspotLayer(models.Model):
    """The answer to one question, computed once. Written only by `tiles.services`.

    `question` is the canonical text of what was asked (tiles.hotspot_question);
    computing it again makes the next `version`. Triggers (migration) let nothing
    change but the step draft → published → withdrawn.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    question = models.CharField(max_length=2000, help_text="Canonical query string")
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    service_codes = models.JSONField(help_text="Codes of the services counted, as they were then")
    sensitive_codes = models.JSONField(default=list, help_text="Of these, the ones counted with k ≥ 5 only")
    since = models.DateField()
    until = models.DateField(help_text="The last day counted")
    periods = models.PositiveSmallIntegerField()
    cell_kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in CellKind])
    cell_size_m = models.PositiveIntegerField()
    per = models.CharField(max_length=100, blank=True, help_text="What a rate is per; empty: counts")
    false_discovery_rate = models.FloatField()
    min_count = models.PositiveIntegerField()
    counted = models.PositiveIntegerField(help_text="Reports in the cells")
    outside = models.PositiveIntegerField(help_text="Reports in no cell")
    total_exposure = models.FloatField(null=True)
    cell_count = models.PositiveIntegerField()
    area = models.MultiPolygonField(srid=4326, help_text="The tested cells together: all but those without data")
    computed_at = models.DateTimeField(default=timezone.now)
    computed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["question", "version"], name="hotspot_layer_version_is_unique"),
            models.CheckConstraint(
                condition=Q(status="draft", published_at=None, withdrawn_at=None)
                | Q(status="published", published_at__isnull=False, withdrawn_at=None)
                | Q(status="withdrawn", withdrawn_at__isnull=False),
                name="hotspot_layer_status_has_its_moments",
            ),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="hotspot_layer_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(cell_kind__in=["square", "hexagon"]), name="hotspot_cell_kind_is_known"),
            models.CheckConstraint(condition=Q(cell_size_m__gt=0, periods__gt=0), name="hotspot_cells_have_a_size"),
        ]
        indexes = [models.Index(fields=["-published_at"], name="hotspot_published", condition=Q(status="published"))]
        permissions = [("plan", "Uses the planner: sees all reports as numbers, computes and publishes hotspots")]

    def __str__(self) -> str:
        return f"{self.question} version {self.version}"


class HotspotCell(models.Model):
    """One square or hexagon of a layer, with what was counted there and what it means."""

    layer = models.ForeignKey(HotspotLayer, on_delete=models.CASCADE, related_name="cells")
    column = models.IntegerField()
    row = models.IntegerField()
    geom = models.PolygonField(srid=4326)
    count = models.PositiveIntegerField()
    exposure = models.FloatField(null=True)
    around_count = models.PositiveIntegerField(help_text="Reports in this cell and its neighbours: what is tested")
    expected = models.FloatField(null=True, help_text="What around_count would be, were all cells alike; null: no data")
    z = models.FloatField()
    p = models.FloatField(help_text="Chance of so much by accident, over the whole time or in some period")
    q = models.FloatField(help_text="p after Benjamini and Hochberg")
    pattern = models.CharField(max_length=16, choices=[(pattern.value, pattern.value) for pattern in Pattern])
    period_counts = models.JSONField(default=list, help_text="around_count by period; empty for sensitive services")

    class Meta:
        ordering = ["layer", "row", "column"]
        constraints = [
            models.UniqueConstraint(fields=["layer", "row", "column"], name="hotspot_cell_is_unique"),
            models.CheckConstraint(condition=Q(p__gte=0, p__lte=1, q__gte=0, q__lte=1), name="hotspot_p_is_a_chance"),
            models.CheckConstraint(
                condition=Q(pattern__in=[pattern.value for pattern in Pattern]), name="hotspot_pattern_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Cell {self.column}, {self.row} of {self.layer_id}"
