"""Imports that somebody looks at before they are published."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from layers.models.areas import Layer
from layers.models.assets import AssetClass


class ImportDraft(models.Model):
    """A file that staff uploaded, or areas that they drew, with the difference that publishing would make.

    The file is kept as it came, so that the preview, the publication and the
    commands read it by the same code. It is emptied when the draft is published
    or thrown away, and after some days (`layers.services.drafts`).
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        PLANNED = "planned"
        PUBLISHED = "published"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    layer = models.ForeignKey(Layer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    asset_class = models.ForeignKey(AssetClass, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file's bytes; empty once the draft is settled")
    options = models.JSONField(default=dict, help_text="How to read it and what to do (drafts.DraftOptions)")
    plan = models.JSONField(null=True, blank=True, help_text="What was found when it was last compared")
    preview = models.JSONField(null=True, blank=True, help_text="The difference as GeoJSON, simplified, EPSG:4326")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(layer__isnull=False, asset_class__isnull=True)
                | Q(layer__isnull=True, asset_class__isnull=False),
                name="draft_is_for_a_layer_or_an_asset_class",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "planned"], settled_at__isnull=True)
                | Q(state__in=["published", "discarded"], settled_at__isnull=False),
                name="draft_is_settled_exactly_when_it_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="uploaded") | Q(state="discarded") | Q(plan__isnull=False),
                name="draft_is_compared_before_it_is_published",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="import_draft_time")]

    def __str__(self) -> str:
        return f"{self.file_name} for {self.layer or self.asset_class}"
