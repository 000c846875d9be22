"""Bins, the log of changes that are not in them yet, and what is published of sensitive services.

Rows of bins are packed arrays (`tiles.binning`), read and written by SQL only.
No foreign keys: a bin outlives what it counted until the change is folded in.
"""

from django.contrib.gis.db import models
from django.db.models import Q

from tiles.privacy import MIN_COUNT


class Facet(models.Model):
    """What reports can be told apart by in a bin. Appended, never changed."""

    service_id = models.IntegerField()
    body_id = models.IntegerField(help_text="0: nobody yet")
    state = models.CharField(max_length=20)
    days_class = models.SmallIntegerField(help_text="tiles.binning: 0 open, 1 to 8 closed, IN_TIME")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service_id", "body_id", "state", "days_class"], name="facet_is_unique")
        ]

    def __str__(self) -> str:
        return f"service {self.service_id}, body {self.body_id}, {self.state}"


class BinRow(models.Model):
    """All cells of one tile: sums or counts by facet, of a service or all (0), a body or all (0), some time or all.

    Changes of a long row lie beside it in one with `is_recent`, until they are a good part of it: both together count.
    """

    pk = models.CompositePrimaryKey("zoom", "x", "y", "service_id", "body_id", "span", "week", "is_recent")
    zoom = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    service_id = models.IntegerField()
    body_id = models.IntegerField()
    span = models.SmallIntegerField(help_text="0: with facets; else sums of so many days, -32768: of all time")
    week = models.IntegerField(help_text="Weeks, or spans of days, since Monday 3 January 2000; -32768: all time")
    is_recent = models.BooleanField(db_default=False)
    cells = models.BinaryField()

    class Meta:
        db_table = "tiles_bin"

    def __str__(self) -> str:
        return f"bins {self.zoom}/{self.x}/{self.y}"


class BinChange(models.Model):
    """One report that came (+1) or went (-1) and is not in the bins yet. Appended by triggers on the reports."""

    sign = models.SmallIntegerField()
    service_id = models.BigIntegerField()
    body_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=20)
    requested_datetime = models.DateTimeField()
    updated_datetime = models.DateTimeField()
    due_date = models.DateField()
    public_point = models.PointField(srid=4326, spatial_index=False)

    def __str__(self) -> str:
        return f"{self.sign:+d} {self.state}"


class BinState(models.Model):
    """One row once the bins are built: by which rules, how many changes they hold, what the last recount found."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    rules = models.TextField(help_text="What the totals depend on; other rules need a recount")
    folded = models.BigIntegerField(default=0, help_text="Changes folded in so far")
    drift = models.BigIntegerField(default=0, help_text="Rows that the last recount found wrong")
    checked_at = models.DateTimeField(help_text="End of the last recount")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="bin_state_is_one_row")]

    def __str__(self) -> str:
        return f"{self.folded} changes folded"


class SensitiveCell(models.Model):
    """Reports of a sensitive service in a quarter and a square, as the public sees them for ever.

    A trigger forbids changes; only those of the demo go when the demo is made anew.
    """

    service_id = models.BigIntegerField()
    quarter = models.DateField(help_text="Its first day")
    is_demo = models.BooleanField()
    zoom = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service_id", "quarter", "is_demo", "zoom", "x", "y"], name="sensitive_cell_is_unique"
            ),
            models.CheckConstraint(condition=Q(count__gte=MIN_COUNT), name="sensitive_cell_has_the_minimum_count"),
        ]

    def __str__(self) -> str:
        return f"{self.count} in {self.zoom}/{self.x}/{self.y}, {self.quarter}"
