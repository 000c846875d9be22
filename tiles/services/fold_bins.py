"""Folds changes of reports into the bins, some hundreds at a time.

Nobody has to hurry: tiles add the changes that wait. Folding only keeps the log
short. One process folds at a time; writers of reports wait for nothing here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

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
"""Fewer changes may wait for minutes: rows of bins are rewritten whole, and reading so few costs nothing."""

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


def _write(changes: Mapping[RowKey, bytes]) -> None:
    """Merge changes into the rows that are there."""
    keys = list(changes)
    if not keys:  # all cancelled out
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.statement(SQL / "bin_rows_named.sql"), _columns(keys))
        stored = {RowKey(*key): bytes(cells) for *key, cells in cursor.fetchall()}
        rows = {key: binning.merged(key, stored.get(key, b""), change) for key, change in changes.items()}
        empty = [key for key, cells in rows.items() if not cells]
        full = [(key, cells) for key, cells in rows.items() if cells]
        if empty:
            cursor.execute(sql.statement(SQL / "bin_rows_delete.sql"), _columns(empty))
        if full:
            parts = _columns([key for key, _cells in full])
            cursor.execute(sql.statement(SQL / "bin_rows_store.sql"), [*parts, [cells for _key, cells in full]])


def _columns(keys: Iterable[RowKey]) -> list[list[int]]:
    """The parts of keys, each as a list."""
    return [list(column) for column in zip(*keys, strict=True)]
