"""What `manage.py work` does: jobs by kind, and duties that come round by the clock."""

from collections.abc import Callable
from dataclasses import dataclass

from jobs.services import Handler
from tiles.services.fold_bins import FOLD_FROM
from tiles.services.publish_sensitive import publish_sensitive
from tiles.services.rebuild_bins import keep_bins, rebuild_bins

HANDLERS: dict[str, Handler] = {}


@dataclass(frozen=True)
class Duty:
    """Something small that is done every so many seconds, by one worker at a time."""

    name: str
    every_s: float
    act: Callable[[], object]


DUTIES: list[Duty] = [
    Duty("bins: fold what waits, if it is much", 5, lambda: keep_bins(least=FOLD_FROM)),
    Duty("bins: fold all, build them where they are missing", 300, keep_bins),
    Duty("bins: recount", 24 * 3600, rebuild_bins),
    Duty("sensitive services: publish finished quarters", 3600, publish_sensitive),
]
