"""What citizens can report, and who works for which body."""

from django.conf import settings
from django.contrib.gis.db import models

from geo.translation import localized
from layers.models import AssetClass, Body, Layer, Named


class ServiceGroup(Named):
    """A handful of related services, as citizens think of them."""

    slug = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    color = models.CharField(max_length=7, default="#0f5c63")

    class Meta:
        ordering = ["position", "slug"]


class Service(Named):
    """A kind of problem, as in Open311 GeoReport v2."""

    service_code = models.SlugField(unique=True)
    group = models.ForeignKey(ServiceGroup, on_delete=models.PROTECT, related_name="services")
    descriptions = models.JSONField(default=dict, blank=True)
    keywords = models.JSONField(default=dict, blank=True, help_text="Words people use for it, by language, for search")
    deadline_working_days = models.PositiveSmallIntegerField(default=8)
    is_active = models.BooleanField(default=True)
    exact_point_is_public = models.BooleanField(
        default=True, help_text="Otherwise the public sees the place coarsened to about 300 m."
    )
    layers = models.ManyToManyField(Layer, blank=True, related_name="services")
    asset_classes = models.ManyToManyField(AssetClass, blank=True, related_name="services")

    class Meta:
        ordering = ["group", "service_code"]

    @property
    def description(self) -> str:
        """One sentence that tells this service from its neighbours, in the active language."""
        return localized(self.descriptions)


class Membership(models.Model):
    """A member of staff works for a body and sees its reports and its offices' reports."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "body"], name="membership_is_unique")]

    def __str__(self) -> str:
        return f"{self.user} at {self.body}"
