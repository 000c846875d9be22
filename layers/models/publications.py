"""What was published, and the awkward places whose answer a publication must not change by accident."""

from django.conf import settings
from django.contrib.gis.db import models
from django.utils import timezone

from layers.models.areas import Layer


class Publication(models.Model):
    """One publication of areas, with the reasons of what it was meant to change. A trigger forbids changes."""

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="publications")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=300)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    added = models.PositiveIntegerField(help_text="Records of boundaries, not areas")
    superseded = models.PositiveIntegerField()
    jurisdictions = models.JSONField(default=list, help_text="Ids of those whose boundaries changed")
    accepted_changes = models.JSONField(
        default=list, help_text="Checks that it was let pass: [{'name', 'reason', 'before', 'after'}]"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.layer} from {self.valid_from}"


class GoldenPoint(models.Model):
    """An awkward place with the answer that is expected there; see `layers.pack.golden_points`."""

    name = models.CharField(max_length=200, unique=True)
    point = models.PointField(srid=4326, spatial_index=False)
    service_code = models.CharField(max_length=50)
    accuracy_m = models.FloatField(default=0)
    on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=12)
    bodies = models.JSONField(default=list, help_text="Slugs: the responsible one, or all that claim the place")
    why = models.CharField(max_length=500)
    position = models.PositiveIntegerField(default=0, help_text="Its line in the pack's file")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
