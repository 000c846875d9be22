"""Reports, who is responsible for them and why, and what happened to them."""

import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils import timezone

from geo.translation import localized
from issues.routing import Outcome, Rule
from issues.workflow import State
from layers.models import Asset, AssetClass, Body, Boundary, Layer, Named, metre_copy


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


class ServiceRequest(models.Model):
    """One citizen report. Written only by `issues.services`."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="service_requests")
    point = models.PointField(srid=4326)
    point_m = metre_copy("point", models.PointField(srid=settings.CITY.srid))
    public_point = models.PointField(srid=4326, help_text="What the public may see; coarser for some services")
    accuracy_m = models.FloatField(default=0)
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    description = models.TextField(blank=True)
    place = models.JSONField(default=dict, blank=True, help_text="The place in words, by language")
    state = models.CharField(
        max_length=20, choices=[(state.value, state.value) for state in State], default=State.SUBMITTED
    )
    requested_datetime = models.DateTimeField(default=timezone.now)
    updated_datetime = models.DateTimeField(default=timezone.now)
    due_date = models.DateField(help_text="Last day to answer, frozen when the report was accepted by the system")
    body = models.ForeignKey(Body, null=True, blank=True, on_delete=models.PROTECT, related_name="service_requests")
    outcome = models.CharField(max_length=12, choices=[(outcome.value, outcome.value) for outcome in Outcome])
    is_demo = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=80, null=True, blank=True, unique=True)
    content_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-requested_datetime", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="request_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[Outcome.ASSIGNED.value, Outcome.NOT_OURS.value], body__isnull=False)
                | Q(
                    outcome__in=[Outcome.CONTESTED.value, Outcome.GAP.value, Outcome.UNCERTAIN.value], body__isnull=True
                ),
                name="request_has_a_body_exactly_when_decided",
            ),
            models.CheckConstraint(condition=Q(accuracy_m__gte=0), name="request_accuracy_is_not_negative"),
        ]
        indexes = [
            GistIndex(fields=["point_m"], name="request_point_m"),
            models.Index(fields=["service", "requested_datetime"], name="request_service_time"),
            models.Index(fields=["requested_datetime"], name="request_time"),
            models.Index(fields=["body", "state"], name="request_body_state"),
            models.Index(fields=["content_digest", "requested_datetime"], name="request_content_time"),
            models.Index(fields=["outcome"], name="request_undecided", condition=Q(body__isnull=True)),
        ]
        permissions = [("arbitrate", "Sees every report and settles contested ones and gaps")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.service}"

    @property
    def status(self) -> str:
        """`open` or `closed`, as Open311 and the public see it."""
        return State(self.state).status

    @property
    def place_text(self) -> str:
        """The place in words in the active language, "" if none is known."""
        return localized(self.place)


class Responsibility(models.Model):
    """One stored decision; the newest of a report is in force. A trigger forbids changes."""

    service_request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="responsibilities")
    outcome = models.CharField(max_length=12, choices=[(outcome.value, outcome.value) for outcome in Outcome])
    rule = models.CharField(max_length=20, choices=[(rule.value, rule.value) for rule in Rule])
    body = models.ForeignKey(Body, null=True, on_delete=models.PROTECT, related_name="+")
    boundary = models.ForeignKey(Boundary, null=True, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.PROTECT, related_name="+")
    confidence = models.FloatField()
    candidates = models.JSONField(help_text="Every candidate with its evidence and why it lost (routing.Candidate)")
    rules_version = models.PositiveSmallIntegerField()
    valid_on = models.DateField(help_text="The day for which boundaries were looked up")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "responsibilities"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=[Outcome.ASSIGNED.value, Outcome.NOT_OURS.value], body__isnull=False)
                | Q(
                    outcome__in=[Outcome.CONTESTED.value, Outcome.GAP.value, Outcome.UNCERTAIN.value], body__isnull=True
                ),
                name="responsibility_has_a_body_exactly_when_decided",
            ),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="confidence_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.rule}"


class Event(models.Model):
    """An appended fact about a report. A trigger forbids changes."""

    class Actor(models.TextChoices):
        REPORTER = "reporter"
        STAFF = "staff"
        SYSTEM = "system"

    service_request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=30)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=10, choices=Actor.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at"], name="event_time")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.service_request_id}"


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


class Photo(models.Model):
    """A picture without metadata, upright and downscaled; the original is never kept.

    The bytes live in the database so that report and photo are one transaction
    and one backup (docs/adr/0004). `service_request` is empty between upload
    and sending; such leftovers are deleted after a day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    service_request = models.ForeignKey(
        ServiceRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="photos"
    )
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    large = models.BinaryField(help_text="JPEG, at most 1600 px")
    small = models.BinaryField(help_text="JPEG, at most 320 px")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["uploaded_at"]
        indexes = [models.Index(fields=["uploaded_at"], name="photo_unsent", condition=Q(service_request__isnull=True))]

    def __str__(self) -> str:
        return f"Photo {self.pk}"


class Membership(models.Model):
    """A member of staff works for a body and sees its reports and its offices' reports."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "body"], name="membership_is_unique")]

    def __str__(self) -> str:
        return f"{self.user} at {self.body}"
