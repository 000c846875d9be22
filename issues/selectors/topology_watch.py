"""The findings of the last check of the borders, as the topology watch shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.models import Job

KIND = "watch_topology"


@dataclass(frozen=True)
class Watch:
    """The last finished check: when, how many findings in all, and those that were kept, most harm first."""

    job_id: int
    checked_at: datetime
    count: int
    features: list[dict[str, Any]]

    def feature(self, number: int) -> dict[str, Any] | None:
        """The finding with that id."""
        return next((each for each in self.features if each["id"] == number), None)


def last_watch() -> Watch | None:
    """The newest check that ended well, None before there is one."""
    job = Job.objects.filter(kind=KIND, state=Job.State.DONE).order_by("-id").first()
    if job is None or "features" not in job.result:
        return None
    result = job.result
    return Watch(job.pk, datetime.fromisoformat(result["checked_at"]), result["count"], result["features"])


def running_watch() -> int | None:
    """The id of a check that waits or runs."""
    return Job.objects.filter(kind=KIND, state__in=Job.UNFINISHED).values_list("pk", flat=True).first()
