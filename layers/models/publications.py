"""What was published, and the awkward places whose answer a publication must not change by accident."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from layers.models.areas import Layer
from layers.models.assets import AssetClass


class Publication(models.Model):
    """One publication of areas or things, with the reasons of meant changes. A trigger forbids changes."""

    layer = models.ForeignKey(Layer, null=True, blank=True, on_delete=models.PROTECT, related_name="publications")
    asset_class = models.ForeignKey(
        AssetClass, null=True, blank=True, on_delete=models.PROTECT, related_name="publications"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=300)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    added = models.PositiveIntegerField(help_text="Records of boundaries, not areas; things")
    superseded = models.PositiveIntegerField(help_text="Records of boundaries; things that changed or vanished")
    jurisdictions = models.JSONField(default=list, help_text="Ids of those whose boundaries changed")
    accepted_changes = models.JSONField(
        default=list, help_text="What was let pass and why: [{'name', 'before', 'after', 'reason'}]"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(layer=None, asset_class__isnull=False) | Q(layer__isnull=False, asset_class=None),
                name="publication_is_of_a_layer_or_an_asset_class",
            )
        ]

    def __str__(self) -> str:
        return f"{self.layer or self.asset_class} from {self.valid_from}"


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
