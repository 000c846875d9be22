"""What people settled, as the memory reads it."""

from django.db import models
from django.db.models import Q

from issues.models.service_requests import ServiceRequest
from issues.models.services import Service
from layers.models import Body


class SettledAnswer(models.Model):
    """One report that is settled: by a ruling in force, or accepted by its body and never handed back.

    Written by triggers alone (migration 0011), in the transaction that settles or
    unsettles it: the view `issues_settled` says what is settled. A row is never
    changed but once, when it is withdrawn. `id` is the order in which answers became
    known. A row without a report says that rows were deleted, or that kinds changed:
    who holds a copy must read all again.
    """

    service_request = models.ForeignKey(
        ServiceRequest, null=True, on_delete=models.PROTECT, related_name="settled_answers"
    )
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Body, null=True, on_delete=models.PROTECT, related_name="+")
    x_m = models.FloatField(default=0, help_text="In the city's metre system")
    y_m = models.FloatField(default=0)
    asked_at = models.DateTimeField(null=True)
    areas = models.JSONField(
        default=dict, help_text="The jurisdiction of each layer that covered the place on the day of the decision"
    )
    is_withdrawn = models.BooleanField(default=False)
    changed_in = models.BigIntegerField(help_text="Number of the transaction that wrote the row last")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["service_request"], condition=Q(is_withdrawn=False), name="report_has_one_settled_answer"
            ),
        ]
        indexes = [models.Index(fields=["changed_in"], name="settled_answer_changed")]

    def __str__(self) -> str:
        return f"Answer {self.pk}"
