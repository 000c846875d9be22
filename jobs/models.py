"""One row for each piece of long work. Written only by `jobs.services`."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from geo.sentences import spoken


class Job(models.Model):
    """Work that takes longer than a page may: queued by a page, done by `manage.py work`.

    `kind` names the handler (config/jobs.py), `key` what it works on: of one kind
    and key only one waits or runs, the database sees to it.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0, help_text="0 while nobody knows")
    message = models.JSONField(default=str, blank=True, help_text="What it is doing (geo.sentences.stored)")
    result = models.JSONField(default=dict, help_text='What came out; `{"url": …}` leads to its page')
    error = models.JSONField(default=str, blank=True, help_text="Why it failed, for who started it (as above)")
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(state__in=["queued", "running"]),
                name="one_unfinished_job_of_a_kind_and_key",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]), name="job_state_is_known"
            ),
        ]
        indexes = [models.Index(fields=["id"], name="job_queued", condition=Q(state="queued"))]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.kind} {self.key}"

    @property
    def doing(self) -> str:
        """What it is doing, in the reader's language."""
        return spoken(self.message)

    @property
    def why_failed(self) -> str:
        """Why it failed, in the reader's language; "" unless it did."""
        return spoken(self.error)

    @property
    def is_finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state not in self.UNFINISHED
