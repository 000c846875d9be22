"""The answers of arbitration and their force over later reports."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q
from django.utils import timezone

from issues.models.arbitration import Case
from issues.models.service_requests import ServiceRequest
from issues.models.services import Service
from issues.routing.outcomes import Scope
from layers.models import AssetClass, AssetCorrection, Body, metre_copy


def _exactly(scope: Scope, *needed: str) -> Q:
    """The columns that a scope needs are filled, those of other scopes are empty."""
    optional = {"service_request", "point", "service", "asset_class", "zone"}
    condition = Q(scope=scope.value)
    for name in sorted(optional):
        condition &= Q(**{f"{name}__isnull": name not in needed})
    return condition


class Ruling(models.Model):
    """Who is responsible, by arbitration: for one report, or from then on for a zone.

    In force on days `valid_from <= day < expires_at`, as known from `confirmed_at`
    until `reversed_at`. A trigger forbids every change but one reversal.
    A ruling of one report holds while the report asks the same: its service and point.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rulings")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="rulings", help_text="Who won")
    scope = models.CharField(max_length=20, choices=[(scope.value, scope.value) for scope in Scope])
    service_request = models.ForeignKey(
        ServiceRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="rulings"
    )
    point = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.PROTECT, related_name="rulings")
    asset_class = models.ForeignKey(AssetClass, null=True, blank=True, on_delete=models.PROTECT, related_name="rulings")
    zone = models.MultiPolygonField(srid=4326, null=True, blank=True)
    zone_m = metre_copy("zone", models.MultiPolygonField(srid=settings.CITY.srid, spatial_index=False))
    public_reason = models.TextField(help_text="Shown to everybody")
    internal_note = models.TextField(blank=True, help_text="For staff only")
    valid_from = models.DateField()
    expires_at = models.DateField(null=True, blank=True, help_text="First day on which it holds no longer")
    confirmed_at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reversed_at = models.DateTimeField(null=True, blank=True)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reversal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=_exactly(Scope.THIS_REPORT, "service_request", "point", "service")
                | _exactly(Scope.SERVICE_IN_ZONE, "service", "zone")
                | _exactly(Scope.ASSET_CLASS_IN_ZONE, "asset_class", "zone")
                | _exactly(Scope.ALL_SERVICES_IN_ZONE, "zone"),
                name="ruling_has_what_its_scope_needs",
            ),
            models.CheckConstraint(condition=Q(zone=None) | Q(zone__isvalid=True), name="ruling_zone_is_valid"),
            models.CheckConstraint(condition=~Q(public_reason=""), name="ruling_says_why"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("valid_from")), name="ruling_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(reversed_at=None, reversed_by=None, reversal_reason="")
                | (Q(reversed_at__gte=F("confirmed_at"), reversed_by__isnull=False) & ~Q(reversal_reason="")),
                name="ruling_reversal_has_who_and_why",
            ),
        ]
        indexes = [GistIndex(fields=["zone_m"], name="ruling_zone_m")]

    def __str__(self) -> str:
        return f"Ruling {self.pk}: {self.scope} to {self.body}"


class RulingCorrection(models.Model):
    """A correction of a thing's owner that a ruling asks for, so that staff can accept all of them at once."""

    correction = models.OneToOneField(
        AssetCorrection, primary_key=True, on_delete=models.PROTECT, related_name="by_ruling"
    )
    ruling = models.ForeignKey(Ruling, on_delete=models.PROTECT, related_name="corrections")

    def __str__(self) -> str:
        return f"{self.correction} by ruling {self.ruling_id}"
