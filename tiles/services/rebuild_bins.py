"""Counts all reports anew, compares that with the bins, and mends them where they differ.

The reports and the log are read in one statement, so both are of one moment.
Stored bins plus that log must equal the recount; rows that do not are drift.
Reports can be written all the while. Memory: about 60 bytes a report.
"""

import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from geo import sql
from geo.progress import Progress, Silence
from tiles import binning
from tiles.binning import ALL_TIME, DETAIL_PARTS, FACT, LEAF_LEVEL, SUM_PARTS, WORLD_ZOOM, RowKey
from tiles.models import BinState
from tiles.rules import bin_rules, fact_parameters
from tiles.selectors.versions import LONGEST_LOG, DataVersion, fresh_data_version
from tiles.services.fold_bins import FOLD_LOCK, counted_in_sums, facets_of, fold_facts, fold_pending, rows_named
from tiles.statements import statement

SQL = Path(__file__).parent.parent / "sql"
COPY_BYTES = 8_000_000
MERGED_AT_ONCE = 500
"""100 MB at most."""
COPY_HEADER = 19
"""Bytes before the first tuple of COPY's binary format (PostgreSQL manual, COPY)."""
WIRE = np.dtype(
    [
        ("fields", ">i2"),
        *(part for name in FACT.names or () for part in ((f"{name}_length", ">i4"), (name, FACT[name]))),
    ]
)
"""A fact as COPY's binary format sends it: no field is null, so that all are of one length."""

Facts = NDArray[np.void]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recount:
    """What a recount found: reports, changes it took from the log, rows of bins, rows that were wrong."""

    reports: int
    folded: int
    rows: int
    drift: int
    was_comparable: bool
    """False where there was nothing to compare: bins never built, built by other rules, or far behind."""


def keep_bins(least: int = 1) -> int:
    """Fold `least` changes or more, or recount where the bins are not usable; returns how many were folded."""
    if fresh_data_version().bins_are_usable:
        return fold_pending(least)
    return rebuild_bins().folded


def rebuild_bins(progress: Progress | None = None, *, mend: bool = True) -> Recount:
    """Recount; where bins and recount differ write the recount, unless told only to look.

    Waits while another process folds. What waited in the log is folded either way.
    """
    progress = progress or Silence()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOLD_LOCK])
        version = fresh_data_version()
        with progress.step("reports read"):
            facts, taken = _read()
        comparable = version.folded is not None and version.rules == bin_rules(version.private_ids)
        comparable = comparable and len(taken) <= LONGEST_LOG
        if comparable and len(taken):
            with progress.step("waiting changes folded"):
                fold_facts(taken, version.private_ids)
        if not comparable and not mend:
            # The log was taken for bins that cannot be compared: leave everything as it was.
            transaction.set_rollback(True)
            return Recount(len(facts), 0, 0, 0, was_comparable=False)
        rows, drift = _recount(facts, version, progress, comparable=comparable, mend=mend)
        result = Recount(len(facts), len(taken), rows, drift if comparable else 0, comparable)
        _remember(version, result)
    if result.drift:
        logger.error("Bins had drifted: %d of %d rows were wrong%s.", drift, rows, " and are mended" if mend else "")
    return result


def _recount(
    facts: Facts, version: DataVersion, progress: Progress, *, comparable: bool, mend: bool
) -> tuple[int, int]:
    """Rows there should be, and how many of the stored ones are wrong, missing or too many."""
    with connection.cursor() as cursor:
        if comparable:
            for name in ("bin_shadow", "bin_merged"):
                cursor.execute(sql.statement(SQL / "bin_shadow.sql").format(name=name))
        else:
            cursor.execute("DELETE FROM tiles_bin")
        table = "bin_shadow" if comparable else "tiles_bin"
        rows = 0
        for name, part in _parts(facts, version):
            with progress.step(f"bins {name}"):
                rows += _copy(table, part)
        if not comparable:
            cursor.execute("ANALYZE tiles_bin")
            return rows, 0
        with progress.step("compared"):
            _merge_recent()
            cursor.execute("ANALYZE bin_shadow")
            cursor.execute("ANALYZE bin_merged")
            cursor.execute(sql.statement(SQL / "bin_wrong.sql"))
            drift = cursor.rowcount
        if drift and mend:
            cursor.execute(sql.statement(SQL / "bin_mend_delete.sql"))
            cursor.execute(sql.statement(SQL / "bin_mend_store.sql"))
        cursor.execute("DROP TABLE bin_shadow, bin_merged, bin_wrong")
    return rows, drift


def _merge_recent() -> None:
    """Rows that have changes beside them, as the two count together, into bin_merged; some hundreds at a time."""
    with connection.cursor() as cursor:
        cursor.execute(sql.statement(SQL / "bin_recent_keys.sql"))
        keys = [RowKey(*key) for key in cursor.fetchall()]
    for start in range(0, len(keys), MERGED_AT_ONCE):
        stored = rows_named(keys[start : start + MERGED_AT_ONCE])
        both = ((key, binning.merged(key, row.cells or b"", row.recent)) for key, row in stored.items())
        _copy("bin_merged", ((key, cells) for key, cells in both if cells))


def _parts(facts: Facts, version: DataVersion) -> Iterator[tuple[str, Iterator[tuple[RowKey, bytes]]]]:
    facets = facets_of(facts)
    public = facts[counted_in_sums(facts, version.private_ids)]
    for zoom, by, span in SUM_PARTS:
        name = f"by {by}" if by else "in all" if span == ALL_TIME else f"of {span} days"
        yield f"z{zoom} {name}", binning.sum_rows(public, zoom, by, span)
    for zoom, by_week in DETAIL_PARTS:
        name = "world" if zoom == WORLD_ZOOM else f"z{zoom}"
        rows = binning.detail_rows(facts, facets, zoom, by_week=by_week)
        yield f"{name} with facets by {'week' if by_week else 'service'}", rows


def _remember(version: DataVersion, result: Recount) -> None:
    BinState.objects.update_or_create(
        id=1,
        defaults={
            "rules": bin_rules(version.private_ids),
            "folded": (version.folded or 0) + result.folded,
            "drift": result.drift,
            "checked_at": timezone.now(),
        },
    )


def _read() -> tuple[Facts, Facts]:
    """All reports as facts, and the changes that were in the log."""
    sink = _Sink()
    with connection.cursor() as cursor:
        query = cursor.mogrify(statement("bin_recount.sql"), fact_parameters(2**LEAF_LEVEL)).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", sink)
    facts = sink.facts()
    is_change = np.abs(facts["sign"]) == 2
    taken = facts[is_change]
    taken["sign"] //= 2
    return facts[~is_change], taken


class _Sink(io.RawIOBase):
    """Takes COPY's binary format and keeps the facts, without the lengths of fields between them."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.parts: list[Facts] = []
        self.began = False

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.waiting += data
        if not self.began and len(self.waiting) >= COPY_HEADER:
            del self.waiting[:COPY_HEADER]
            self.began = True
        if len(self.waiting) > COPY_BYTES:
            self._keep()
        return len(data)

    def facts(self) -> Facts:
        """All of them; the two bytes at the end say that it is the end."""
        self._keep()
        return np.concatenate(self.parts) if self.parts else np.zeros(0, dtype=FACT)

    def _keep(self) -> None:
        whole = len(self.waiting) // WIRE.itemsize * WIRE.itemsize
        wire = np.frombuffer(bytes(self.waiting[:whole]), dtype=WIRE)
        facts = np.empty(len(wire), dtype=FACT)
        for name in FACT.names or ():
            facts[name] = wire[name]
        self.parts.append(facts)
        del self.waiting[:whole]


def _copy(table: str, rows: Iterable[tuple[RowKey, bytes]]) -> int:
    """Append rows by COPY, some megabytes at a time; returns how many."""
    count, text = 0, io.StringIO()
    with connection.cursor() as cursor:
        for key, cells in rows:
            count += 1
            text.write("\t".join(map(str, key)) + f"\t\\\\x{cells.hex()}\n")
            if text.tell() > COPY_BYTES:
                _send(cursor, table, text)
                text = io.StringIO()
        _send(cursor, table, text)
    return count


def _send(cursor: object, table: str, text: io.StringIO) -> None:
    text.seek(0)
    columns = "zoom, x, y, service_id, body_id, span, week, cells"
    cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)  # type: ignore[attr-defined]
