"""Reports, who is responsible for them and why, and what happened to them."""

import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils import timezone

from geo.translation import localized
from issues.models.services import Service
from issues.routing.outcomes import Outcome, Rule
from issues.workflow import State
from layers.models import Asset, Body, Boundary, metre_copy


class ServiceRequest(models.Model):
    """One citizen report. Written only by `issues.services`."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="service_requests")
    point = models.PointField(srid=4326)
    point_m = metre_copy("point", models.PointField(srid=settings.CITY.srid))
    public_point = models.PointField(srid=4326, help_text="What the public may see; coarser for some services")
    accuracy_m = models.FloatField(default=0)
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    side_boundary = models.ForeignKey(
        Boundary,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="On which side of a border too close to tell the reporter says the place is",
    )
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
            models.Index(
                fields=["due_date"],
                include=["requested_datetime", "state", "service", "body"],
                name="request_open_due",
                condition=Q(state__in=[state.value for state in State if state.status == "open"]),
            ),
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
    ruling = models.ForeignKey("issues.Ruling", null=True, on_delete=models.PROTECT, related_name="responsibilities")
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
            models.CheckConstraint(
                condition=Q(rule=Rule.RULING.value, body__isnull=False, ruling__isnull=False)
                | (Q(ruling=None) & (~Q(rule=Rule.RULING.value) | Q(body=None))),
                name="responsibility_by_ruling_names_it",
            ),
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
