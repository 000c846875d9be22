"""Folds changes of reports into the bins, some hundreds at a time.

Nobody has to hurry: tiles add the changes that wait. Folding only keeps the log
short. One process folds at a time; writers of reports wait for nothing here.

A row of a city of 20 million reports is up to 200 kB, and a report is in dozens of
them. So what changed in a long row is kept beside it until it is worth writing all anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import F
from numpy.typing import NDArray

from geo import sql
from tiles import binning
from tiles.binning import DETAIL_PARTS, FACT, LEAF_LEVEL, SUM_PARTS, RowKey
from tiles.models import BinState, Facet
from tiles.rules import ALL_STATES, PUBLIC_STATES, fact_parameters
from tiles.selectors.facets import STATE_CODES
from tiles.selectors.versions import fresh_data_version
from tiles.statements import statement

SQL = Path(__file__).parent.parent / "sql"
FOLD_LOCK = 5_520_001
"""Advisory lock of whoever folds or recounts."""
BATCH = 2_000
FOLD_FROM = 300
"""Fewer changes may wait for minutes: reading so few costs nothing."""
SHORT_ROW = 2_000
"""A row of so many bytes is written anew with each change."""
RECENT_SHARE = 8
"""A longer one when what changed has an eighth of its length: eight times less is written, a ninth more is read."""
LONGEST_ROW = 2**30


@dataclass(frozen=True)
class StoredRow:
    """`length` of the row in bytes (0: none); its `cells`, None if too long to be sent; what changed beside it."""

    length: int = 0
    cells: bytes | None = b""
    recent: bytes = b""


Facts = NDArray[np.void]


def fold_pending(least: int = 1) -> int:
    """Fold what waits, if it is `least` changes or more; returns how many were folded.

    0 while another process folds, and while the bins are not usable (never
    built, built by other rules, far behind a bulk load): those are recounted.
    """
    version = fresh_data_version()
    if not version.bins_are_usable or version.waiting < least:
        return 0
    folded = 0
    while taken := _fold_batch():
        folded += taken
        if taken < BATCH:
            break
    return folded


@transaction.atomic
def _fold_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(statement("bin_take_changes.sql"), {**fact_parameters(2**LEAF_LEVEL), "most": BATCH})
        taken, packed = cursor.fetchone()
    if taken:
        fold_facts(np.frombuffer(packed, dtype=FACT), fresh_data_version().private_ids)
        BinState.objects.update(folded=F("folded") + taken)
    return taken


def fold_facts(facts: Facts, private_ids: tuple[int, ...]) -> None:
    """Add the facts to the rows they touch. The caller holds FOLD_LOCK."""
    changes: dict[RowKey, bytes] = {}
    facets = facets_of(facts)
    public = facts[counted_in_sums(facts, private_ids)]
    for zoom, by, span in SUM_PARTS:
        changes.update(binning.sum_rows(public, zoom, by, span))
    for zoom, by_week in DETAIL_PARTS:
        changes.update(binning.detail_rows(facts, facets, zoom, by_week=by_week))
    _write(changes)


def facets_of(facts: Facts) -> NDArray[np.int64]:
    """The facet id of each fact; new facets are stored. The caller holds FOLD_LOCK."""
    names = np.stack([facts[part].astype(np.int64) for part in ("service", "body", "state", "class")], axis=1)
    packed = names[:, 0] << 40 | names[:, 1] << 16 | names[:, 2] << 8 | names[:, 3]
    distinct, first, place = np.unique(packed, return_index=True, return_inverse=True)
    rows = [(service, body, ALL_STATES[state - 1], days) for service, body, state, days in names[first].tolist()]
    known = _facet_ids()
    if new := [row for row in rows if row not in known]:
        Facet.objects.bulk_create(
            [
                Facet(service_id=service, body_id=body, state=state, days_class=days)
                for service, body, state, days in new
            ]
        )
        known = _facet_ids()
    return np.array([known[row] for row in rows], dtype=np.int64)[place] if len(distinct) else packed


def counted_in_sums(facts: Facts, private_ids: Iterable[int]) -> NDArray[np.bool_]:
    """Which facts the public may see, whatever it asks: those of sums."""
    wanted = np.isin(facts["state"], [STATE_CODES[state] for state in PUBLIC_STATES])
    wanted &= ~np.isin(facts["service"], list(private_ids))
    return wanted


def _facet_ids() -> dict[tuple[int, int, str, int], int]:
    return {
        (service, body, state, days): pk
        for pk, service, body, state, days in Facet.objects.values_list(
            "pk", "service_id", "body_id", "state", "days_class"
        )
    }


def rows_named(keys: Iterable[RowKey], most_bytes: int = LONGEST_ROW) -> dict[RowKey, StoredRow]:
    """The rows with these keys, all of them; cells of more than `most_bytes` are left in the database."""
    found = {key: StoredRow() for key in keys}
    if found:
        with connection.cursor() as cursor:
            cursor.execute(sql.statement(SQL / "bin_rows_named.sql"), [most_bytes, *_columns(found)])
            for *name, is_recent, length, cells in cursor.fetchall():
                key, content = RowKey(*name), None if cells is None else bytes(cells)
                if is_recent:
                    found[key] = replace(found[key], recent=content or b"")
                else:
                    found[key] = replace(found[key], length=length, cells=content)
    return found


def _write(changes: Mapping[RowKey, bytes]) -> None:
    """Merge changes into the rows that are there, or into what changed beside long ones."""
    stored = rows_named(changes, SHORT_ROW)
    recent = {key: binning.merged(key, stored[key].recent, change) for key, change in changes.items()}
    beside = {
        key: change
        for key, change in recent.items()
        if stored[key].length > SHORT_ROW and len(change) * RECENT_SHARE < stored[key].length
    }
    into = [key for key in changes if key not in beside]
    stored |= rows_named([key for key in into if stored[key].cells is None])
    _store({key: binning.merged(key, stored[key].cells or b"", recent[key]) for key in into}, is_recent=False)
    _store({**beside, **{key: b"" for key in into if stored[key].recent}}, is_recent=True)


def _store(rows: Mapping[RowKey, bytes], *, is_recent: bool) -> None:
    """Store rows; those without cells are deleted."""
    empty = [key for key, cells in rows.items() if not cells]
    full = {key: cells for key, cells in rows.items() if cells}
    with connection.cursor() as cursor:
        if empty:
            cursor.execute(sql.statement(SQL / "bin_rows_delete.sql"), [is_recent, *_columns(empty)])
        if full:
            parameters: list[Any] = [is_recent, *_columns(full), list(full.values())]
            cursor.execute(sql.statement(SQL / "bin_rows_store.sql"), parameters)


def _columns(keys: Iterable[RowKey]) -> list[list[int]]:
    """The parts of keys, each as a list."""
    return [list(column) for column in zip(*keys, strict=True)]
