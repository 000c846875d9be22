"""Things in the street with an owner, and what they were before."""

from datetime import date

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q
from django.utils import timezone

from geo.translation import localized
from layers.models.areas import Body
from layers.models.base import DateRange, Named, TimestampRange, metre_copy

ALWAYS = date(2000, 1, 1)
"""The first day of a thing of which nobody said since when it stands."""


class AssetClass(Named):
    """A kind of thing in the street; a report close enough belongs to its owner."""

    slug = models.SlugField(unique=True)
    snap_distance_m = models.FloatField()
    default_owner = models.ForeignKey(Body, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "asset classes"
        ordering = ["slug"]
        constraints = [models.CheckConstraint(condition=Q(snap_distance_m__gt=0), name="snap_distance_is_positive")]


class Asset(models.Model):
    """One lamp, hydrant, street segment or park, as the city knows it now.

    What it was before is in `AssetVersion`, written by the database itself
    whenever owner, place or presence change (migration 0004), so that the two
    never disagree. A row is never deleted: a thing that vanished is `gone_on`
    a day. A change says since when (`valid_from`, never in the future) and
    when it was recorded; one that says neither holds from today on.
    """

    asset_class = models.ForeignKey(AssetClass, on_delete=models.PROTECT, related_name="assets")
    external_id = models.CharField(max_length=80)
    owner = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="assets")
    names = models.JSONField(default=dict, blank=True)
    geom = models.GeometryField(srid=4326)
    geom_m = metre_copy("geom", models.GeometryField(srid=settings.CITY.srid))
    valid_from = models.DateField(default=ALWAYS, help_text="Since when it is owned and stands as it does")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    gone_on = models.DateField(null=True, blank=True, help_text="First day on which it is not there any more")
    source = models.CharField(max_length=300, blank=True, help_text="Who says so")

    class Meta:
        ordering = ["asset_class", "external_id"]
        constraints = [
            models.UniqueConstraint(fields=["asset_class", "external_id"], name="external_id_is_unique_in_its_class"),
            models.CheckConstraint(condition=Q(geom__isvalid=True), name="asset_geom_is_valid"),
        ]
        indexes = [GistIndex(fields=["geom_m"], name="asset_geom_m")]

    def __str__(self) -> str:
        return localized(self.names) or f"{self.asset_class} {self.external_id}"


class AssetVersion(models.Model):
    """What a thing was: on the days `valid_from <= day < valid_to`, as known from `recorded_at` to `superseded_at`.

    Each has an end in at least one of the two times; the record without an end
    is the asset itself. Written by the trigger on `Asset` only.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="versions")
    owner = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="+")
    geom = models.GeometryField(srid=4326)
    geom_m = metre_copy("geom", models.GeometryField(srid=settings.CITY.srid, spatial_index=False))
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["asset", "recorded_at", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="asset_version_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None) | Q(superseded_at__gt=F("recorded_at")),
                name="asset_version_is_superseded_after_it_is_recorded",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=False) | Q(superseded_at__isnull=False), name="asset_version_is_history"
            ),
            ExclusionConstraint(
                name="one_version_per_asset_and_day",
                expressions=[
                    ("asset", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                    (TimestampRange("recorded_at", "superseded_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            # Place and both times in one index: of twenty versions of a lamp one is read. The ranges
            # are written with two arguments, which mean the same: with three the planner takes the
            # exclusion constraint's index, which knows no places, and reads the whole city.
            GistIndex(
                F("geom_m"),
                TimestampRange("recorded_at", "superseded_at"),
                DateRange("valid_from", "valid_to"),
                name="asset_version_place_and_times",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} from {self.valid_from}"


class AssetCorrection(models.Model):
    """Somebody says that a thing is not as the city knows it; staff accept or refuse.

    A trigger lets nothing be changed but the decision, once. Without
    `proposed_by` a citizen said it, and nothing is kept about them.
    """

    class Kind(models.TextChoices):
        NOT_HERE = "not_here"
        BROKEN = "broken"
        OWNER = "owner"
        MOVED = "moved"

    class State(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="corrections")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=500, blank=True, help_text="In the proposer's words; only staff read it")
    body = models.ForeignKey(Body, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    point = models.PointField(srid=4326, null=True, blank=True, help_text="Where it stands, if it was moved")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["not_here", "broken"], body=None, point=None)
                | Q(kind="owner", body__isnull=False, point=None)
                | Q(kind="moved", body=None, point__isnull=False),
                name="correction_says_what_its_kind_needs",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None, reason="")
                | Q(state="accepted", decided_at__isnull=False)
                | (Q(state="refused", decided_at__isnull=False) & ~Q(reason="")),
                name="correction_is_decided_with_a_moment_and_refused_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["asset"], name="correction_waiting", condition=Q(state="proposed")),
            models.Index(fields=["proposed_at"], name="correction_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.asset_id}"
