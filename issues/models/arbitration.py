"""Open questions of responsibility: cases, what the bodies say to them, and who gave what back."""

import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from issues.arbitration import CaseState, Cause, HandBackReason, Stance
from issues.models.service_requests import Event, Responsibility, ServiceRequest
from issues.models.services import Service
from layers.models import Asset, Body, Boundary, metre_copy

LIVE = [CaseState.OPEN.value, CaseState.APPEALED.value]
"""States in which a case still waits for an arbitrator."""


class Case(models.Model):
    """One question of responsibility, however many reports ask it.

    `key` names place and cause: while a case waits, the database has no second
    one with its key.
    """

    key = models.CharField(max_length=200)
    cause = models.CharField(max_length=12, choices=[(cause.value, cause.value) for cause in Cause])
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in CaseState], default=CaseState.OPEN
    )
    service = models.ForeignKey(
        Service,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cases",
        help_text="What all its reports are about; empty when they are about different things",
    )
    claimants = models.ManyToManyField(Body, related_name="cases", help_text="The bodies that are asked to speak")
    zone = models.MultiPolygonField(srid=4326, help_text="Proposed: the exact overlap or gap, or the place's disc")
    zone_m = metre_copy("zone", models.MultiPolygonField(srid=settings.CITY.srid, spatial_index=False))
    place = models.JSONField(default=dict, blank=True, help_text="The place in words, by language")
    opened_at = models.DateTimeField(default=timezone.now)
    due_date = models.DateField(help_text="Last day to rule, in working days of the city")
    version = models.PositiveIntegerField(default=1, help_text="Raised by every act; who acts on an older one is told")
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ["due_date", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in CaseState]), name="case_state_known"
            ),
            models.CheckConstraint(condition=Q(cause__in=[cause.value for cause in Cause]), name="case_cause_known"),
            models.CheckConstraint(condition=Q(zone__isvalid=True), name="case_zone_is_valid"),
            models.UniqueConstraint(fields=["key"], condition=Q(state__in=LIVE), name="one_live_case_of_a_cause"),
        ]
        indexes = [models.Index(fields=["due_date"], name="case_live_due", condition=Q(state__in=LIVE))]

    def __str__(self) -> str:
        return f"Case {self.pk}: {self.cause}"


class CaseReport(models.Model):
    """A report that asks a case's question, until it is answered or no longer asked."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_reports")
    service_request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="case_reports")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    ruling = models.ForeignKey(
        "issues.Ruling", null=True, blank=True, on_delete=models.PROTECT, related_name="settled_case_reports"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["service_request"], condition=Q(left_at=None), name="report_is_in_one_case_at_most"
            ),
            models.CheckConstraint(
                condition=Q(ruling=None) | Q(left_at__isnull=False), name="settled_case_report_has_left"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.service_request_id} in case {self.case_id}"


class CaseEvent(models.Model):
    """An appended fact about a case: who did what, when and why. A trigger forbids changes."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=30)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=10, choices=Event.Actor.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} in case {self.case_id}"


class Attachment(models.Model):
    """A file that supports a position, for staff only. Pictures are made anew without metadata, as photos are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """What a body says to a case, and on which of the evidence it rests, if on any.

    Appended; the newest of a body counts. A trigger forbids changes.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="positions")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stance = models.CharField(max_length=10, choices=[(stance.value, stance.value) for stance in Stance])
    text = models.TextField()
    boundary = models.ForeignKey(Boundary, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ruling = models.ForeignKey("issues.Ruling", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    attachment = models.OneToOneField(Attachment, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="position_says_why"),
            models.CheckConstraint(
                condition=Q(boundary=None, asset=None) | Q(boundary=None, ruling=None) | Q(asset=None, ruling=None),
                name="position_rests_on_one_thing_at_most",
            ),
            models.CheckConstraint(
                condition=Q(stance__in=[stance.value for stance in Stance]), name="position_stance_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.stance}"


class HandBack(models.Model):
    """A body says that a report is not its own. Evidence from then on; a trigger forbids changes.

    It holds for the question that was asked: the same service at the same point.
    """

    service_request = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="hand_backs")
    responsibility = models.ForeignKey(Responsibility, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="hand_backs")
    proposed_body = models.ForeignKey(Body, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=[(reason.value, reason.value) for reason in HandBackReason])
    text = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    point = models.PointField(srid=4326, spatial_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in HandBackReason]), name="hand_back_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.service_request_id} back from {self.body}"
