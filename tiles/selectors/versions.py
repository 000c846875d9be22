"""The state of the data behind report tiles: what a kept answer depends on."""

import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from geo import sql
from tiles.models import BinState
from tiles.rules import bin_rules

VERSION_SQL = Path(__file__).parent.parent / "sql" / "bin_version.sql"
LONGEST_LOG = 20_000
"""With more changes waiting (a bulk load) reading them for each tile costs more than counting the reports."""

SAID_IN = 1_000
"""In so many the world is told of waiting changes: the exact number grows the second somebody reports, also
something that no list shows."""


@dataclass(frozen=True)
class DataVersion:
    """Equal versions give equal tiles."""

    folded: int | None
    rules: str
    waiting: int
    last_change: int
    private_ids: tuple[int, ...]
    published: str

    @property
    def bins_are_usable(self) -> bool:
        """Built by the rules in force, and few enough changes wait."""
        return self.folded is not None and self.rules == bin_rules(self.private_ids) and self.waiting <= LONGEST_LOG

    def parameters(self) -> dict[str, object]:
        """For statements: `version`, and the services whose reports are in no count but the published squares."""
        return {"version": self, "private_ids": list(self.private_ids)}


_kept: tuple[float, DataVersion] | None = None


def data_version() -> DataVersion:
    """The version, looked up at most every `settings.TILES_VERSION_KEEPS_S` seconds in each process."""
    global _kept
    kept, now = _kept, time.monotonic()
    if kept is not None and now - kept[0] < settings.TILES_VERSION_KEEPS_S:
        return kept[1]
    version = fresh_data_version()
    _kept = (now, version)
    return version


def fresh_data_version() -> DataVersion:
    """The version as the database has it now."""
    [(folded, rules, waiting, last, private_ids, published)] = sql.rows(VERSION_SQL, {})
    return DataVersion(folded, rules or "", waiting, last, tuple(private_ids), published)


def bins_health() -> dict[str, object]:
    """For monitors: whether bins answer, how many changes wait, rows that the last recount found wrong, and when."""
    version = fresh_data_version()
    state = BinState.objects.first()
    return {
        "usable": version.bins_are_usable,
        "waiting": version.waiting // SAID_IN * SAID_IN,
        "drift": state.drift if state else None,
        "checked_at": state.checked_at.isoformat() if state else None,
    }
