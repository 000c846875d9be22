"""The loaded city's clues about past reports: few asked one by one, many by the index, the same answers."""

from datetime import date

import numpy as np
import pytest

from issues.backtest.reading import PastReports
from issues.selectors import past_clues
from issues.selectors.evidence import Question, find_responsibility
from tests.toytown import Toytown


def past(town: Toytown, count: int = 240) -> PastReports:
    """All kinds of Toytown anywhere in it, in the years before and after the ward moved."""
    rng = np.random.default_rng(4)
    return PastReports(
        row=np.arange(1, count + 1),
        lon=rng.uniform(-74.001, -73.979, count).round(3),
        lat=rng.uniform(40.699, 40.721, count).round(3),
        moment=np.datetime64("2022-01-01", "us") + np.sort(rng.integers(0, 1400, count)).astype("timedelta64[D]"),
        services=(rng.choice([*town.services, "unheard of"], count).astype(object),),
        truth=np.full(count, "?", dtype=object),
        columns={},
        rows_in_file=count,
        excluded={},
    )


@pytest.mark.parametrize("worth_an_index", [1, 10**9])
def test_an_index_and_single_questions_give_the_same_clues(
    toytown: Toytown, monkeypatch: pytest.MonkeyPatch, worth_an_index: int
) -> None:
    monkeypatch.setattr(past_clues, "WORTH_AN_INDEX", worth_an_index)
    monkeypatch.setattr(past_clues, "INDEX_BATCH", 50)
    reports = past(toytown)
    told: list[tuple[int, int]] = []
    clues = past_clues.city_clues(reports, lambda done, total: told.append((done, total)))
    expected = []
    for lon, lat, moment, kind in zip(reports.lon, reports.lat, reports.moment, reports.services[0], strict=True):
        service, day = toytown.services.get(kind), moment.astype("datetime64[D]").astype(date)
        decision = service and find_responsibility(Question(service.pk, float(lon), float(lat), valid_on=day))
        expected.append((decision and decision.body_id) or -1)
    assert clues.columns["routed"].tolist() == expected
    assert len(set(expected)) > 4
    assert told[0][0] == 0 and told == sorted(told) and len({total for _done, total in told}) == 1
