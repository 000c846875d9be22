"""Reports of a period as arrays, to be asked again."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from geo import sql
from issues.bulk.workloads import Work
from issues.bulk.world import Questions
from issues.memory.voting import Level, MemoryEvidence
from issues.workflow import State

REPLAYED_SQL = Path(__file__).parent.parent / "sql" / "replayed_reports.sql"
REMEMBERED_SQL = REPLAYED_SQL.with_name("replayed_memory.sql")
BATCH = 50_000


@dataclass(frozen=True)
class ReplayedReports:
    """One element a report: what it asked, and what work it is.

    `remembered` says by report what memory answered where that answer is in force:
    a replay holds the memory as it was then.
    """

    asked: Questions
    work: Work
    remembered: dict[int, MemoryEvidence]

    def __len__(self) -> int:
        return len(self.asked)


def replayed_reports(since: date, until: date) -> ReplayedReports:
    """The reports made on the days `since` … `until`, both included; a million take 100 MB."""
    parameters = {
        "since": since,
        "until": until,
        "zone": settings.CITY.time_zone,
        "open_states": [state.value for state in State if state.status == "open"],
    }
    batches = [np.empty((0, 10))]
    # A cursor in the database: its driver would keep a million tuples otherwise. It needs a transaction.
    with transaction.atomic(), connection.connection.cursor("replayed_reports") as cursor:
        cursor.itersize = BATCH
        cursor.execute(sql.statement(REPLAYED_SQL), parameters)
        while rows := cursor.fetchmany(BATCH):
            batches.append(np.array(rows, dtype=np.float64))
    found = np.concatenate(batches)
    whole = found[:, [0, 1, 5, 6, 7, 9]].astype(np.int64)
    return ReplayedReports(
        asked=Questions(
            services=whole[:, 1],
            lon=found[:, 2],
            lat=found[:, 3],
            accuracy_m=found[:, 4],
            assets=whole[:, 2],
            days=whole[:, 3].astype("datetime64[D]"),
            reports=whole[:, 0],
            sides=whole[:, 5],
        ),
        work=Work(is_open=found[:, 8] > 0, due=whole[:, 4].astype("datetime64[D]")),
        remembered=_remembered(parameters),
    )


def _remembered(parameters: dict[str, object]) -> dict[int, MemoryEvidence]:
    """The memory's evidence of the reports that it decided, from what was stored with the decision."""
    return {
        report: MemoryEvidence(
            body_id=body,
            confidence=confidence,
            votes=votes,
            of=votes_of,
            radius_m=radius_m,
            level=Level.PLACE_AND_KIND,  # no other decides
            record_right=0,
            record_of=0,
            is_city_body=is_city_body,
        )
        for report, body, is_city_body, confidence, votes, votes_of, radius_m in sql.rows(REMEMBERED_SQL, parameters)
    }
