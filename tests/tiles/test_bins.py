"""Bins: follow every change, nobody waits for them, and a recount proves them."""

import itertools
import logging
import threading
from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import F
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from geo.grid import tile_at
from issues.models import ServiceRequest
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.workflow import State
from tests.tiles.conftest import TileFeatures, decode, every_row_is_long, make_report, properties
from tests.toytown import IN_WEST, Toytown, build_toytown
from tiles import views
from tiles.binning import SPANS, median_days, spans_of_days
from tiles.models import BinChange, BinRow, BinState
from tiles.selectors import versions
from tiles.services.fold_bins import fold_pending
from tiles.services.rebuild_bins import keep_bins, rebuild_bins
from tiles.tile_cache import TileCache

HERE = tile_at(*IN_WEST, 12)


def counts(tile_features: TileFeatures, **query: str) -> list[tuple[int, int]]:
    return [(cell["count"], cell["open"]) for cell in properties(tile_features("heat", HERE, **query))]


@pytest.mark.parametrize("fold", [False, True])
def test_bins_follow_every_kind_of_change_at_once(toytown: Toytown, tile_features: TileFeatures, fold: bool) -> None:
    rebuild_bins()

    def after(change: object) -> list[tuple[int, int]]:
        if fold:
            fold_pending()
        return counts(tile_features)

    report = submit_service_request(Submission("litter", *IN_WEST)).service_request
    assert after("submitted") == [(1, 1)]
    transition(report.pk, State.PUBLISHED, user=None)
    assert after("published") == [(1, 1)]
    transition(report.pk, State.FIXED, user=None)
    assert after("closed") == [(1, 0)]
    ServiceRequest.objects.filter(pk=report.pk).update(service=toytown.services["pothole"])
    assert after("recategorised") == [(1, 0)]
    assert counts(tile_features, services="pothole") == [(1, 0)] and counts(tile_features, services="litter") == []
    report.refresh_from_db()
    report.public_point.x += 0.02
    report.save()
    assert sum(count for count, _open in after("moved")) == 1
    ServiceRequest.objects.filter(pk=report.pk).update(state="refused")
    assert after("hidden") == []
    ServiceRequest.objects.filter(pk=report.pk).update(state="published", is_demo=True)
    assert after("shown again") == [(1, 1)]
    call_command("rebuild_bins", "--check", stdout=StringIO())


def test_a_change_that_matters_to_no_bin_is_not_logged(toytown: Toytown) -> None:
    report = make_report(toytown, "litter", *IN_WEST)
    before = BinChange.objects.count()
    ServiceRequest.objects.filter(pk=report.pk).update(description="more words")
    assert BinChange.objects.count() == before == 1


def test_changes_that_cancel_out_are_folded(toytown: Toytown) -> None:
    make_report(toytown, "litter", *IN_WEST)
    rebuild_bins()
    ServiceRequest.objects.update(updated_datetime=F("updated_datetime") + timedelta(seconds=1))
    assert fold_pending() == 2
    assert rebuild_bins(mend=False).drift == 0


def test_a_service_that_becomes_sensitive_leaves_the_tiles_at_once_and_the_bins_are_recounted(
    toytown: Toytown, tile_features: TileFeatures
) -> None:
    make_report(toytown, "litter", *IN_WEST)
    rebuild_bins()
    litter = toytown.services["litter"]
    litter.exact_point_is_public = False
    litter.save()
    assert counts(tile_features) == []
    assert not versions.fresh_data_version().bins_are_usable
    keep_bins()
    assert versions.fresh_data_version().bins_are_usable
    assert counts(tile_features) == []


def drifted(toytown: Toytown) -> int:
    """Rows of every kind made wrong, taken away, or moved (one missing, one too many)."""
    for number in range(20):
        make_report(toytown, "litter", IN_WEST[0] + number / 5000, IN_WEST[1], body="parks")
    rebuild_bins()
    wrong = 0
    with connection.cursor() as cursor:
        for each, statement in (
            (1, "UPDATE tiles_bin SET cells = cells || cells WHERE zoom = 12 AND service_id = 0"),
            (1, "DELETE FROM tiles_bin WHERE zoom = 10 AND service_id = 0 AND body_id = 0 AND week = -32768"),
            (1, "UPDATE tiles_bin SET cells = cells || cells WHERE zoom = 8 AND span = 112"),
            (1, "DELETE FROM tiles_bin WHERE zoom = 9 AND (span = 1 OR span = 7 OR body_id <> 0)"),
            (2, "UPDATE tiles_bin SET week = week + 1 WHERE zoom = 11 AND span = 1792"),
            (2, "UPDATE tiles_bin SET service_id = -service_id WHERE zoom = 10 AND service_id <> 0 AND span <> 0"),
        ):
            cursor.execute(statement)
            assert cursor.rowcount, statement
            wrong += each * cursor.rowcount
    return wrong


def test_a_recount_finds_drift_says_so_and_mends_it(
    toytown: Toytown, caplog: pytest.LogCaptureFixture, client: Client
) -> None:
    wrong = drifted(toytown)
    out = StringIO()
    with caplog.at_level(logging.ERROR), pytest.raises(SystemExit) as stopped:
        call_command("rebuild_bins", "--check", stdout=out)
    assert stopped.value.code == 1 and "DRIFT" in out.getvalue() and "drifted" in caplog.text
    drift = BinState.objects.get().drift
    assert drift == wrong
    assert client.get("/readyz").json()["metrics"]["bins"]["drift"] == drift
    out = StringIO()
    call_command("rebuild_bins", stdout=out)
    assert f"{drift} of" in out.getvalue()
    out = StringIO()
    call_command("rebuild_bins", "--check", stdout=out)
    assert "equal to the recount" in out.getvalue() and BinState.objects.get().drift == 0


def test_what_changed_beside_long_rows_is_recounted_with_them(
    toytown: Toytown, tile_features: TileFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [make_report(toytown, "litter", IN_WEST[0] + number / 5000, IN_WEST[1]) for number in range(20)]
    rebuild_bins()
    every_row_is_long(monkeypatch)
    before = BinRow.objects.count()
    for report in reports[:5]:
        report.delete()
    make_report(toytown, "litter", *IN_WEST)
    assert fold_pending() == 6
    rows = set(BinRow.objects.filter(is_recent=False).values_list("pk", flat=True))
    assert len(rows) == before and BinRow.objects.filter(is_recent=True).exists()
    assert rebuild_bins(mend=False).drift == 0
    wrong = BinRow.objects.filter(is_recent=True, zoom=10).count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tiles_bin SET cells = cells || cells WHERE is_recent AND zoom = 10")
    assert rebuild_bins().drift == wrong > 1
    assert not BinRow.objects.filter(is_recent=True, zoom=10).exists()
    assert rebuild_bins().drift == 0
    assert sum(count for count, _open in counts(tile_features)) == 16


def test_what_changed_joins_its_row_when_it_is_worth_it(toytown: Toytown, monkeypatch: pytest.MonkeyPatch) -> None:
    make_report(toytown, "litter", *IN_WEST)
    rebuild_bins()
    every_row_is_long(monkeypatch)
    for number in range(3):
        make_report(toytown, "litter", IN_WEST[0] + number / 5000, IN_WEST[1])
    fold_pending()
    assert BinRow.objects.filter(is_recent=True).exists()
    monkeypatch.undo()
    for number in range(3):
        make_report(toytown, "litter", IN_WEST[0] + number / 5000, IN_WEST[1])
    fold_pending()
    assert not BinRow.objects.filter(is_recent=True).exists()
    assert rebuild_bins(mend=False).drift == 0


def test_check_before_bins_are_built_leaves_the_log_alone(toytown: Toytown) -> None:
    make_report(toytown, "litter", *IN_WEST)
    with pytest.raises(SystemExit):
        call_command("rebuild_bins", "--check", stdout=StringIO())
    assert BinChange.objects.count() == 1 and not BinState.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_on_one_spot_and_one_who_folds_neither_deadlock_nor_lose_a_report() -> None:
    town = build_toytown()
    rebuild_bins()
    problems: list[BaseException] = []
    writing = threading.Event()
    writing.set()

    def write() -> None:
        try:
            for number in range(10):
                with transaction.atomic():
                    report = make_report(town, "litter", *IN_WEST)
                    if number % 3 == 0:
                        ServiceRequest.objects.filter(pk=report.pk).update(state="fixed")
                if number == 9:
                    report.delete()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    def fold() -> None:
        try:
            while writing.is_set():
                fold_pending()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    folder = threading.Thread(target=fold)
    folder.start()
    writers = [threading.Thread(target=write) for _writer in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    writing.clear()
    folder.join()
    assert problems == []
    assert ServiceRequest.objects.count() == 16 * 9
    fold_pending()
    found = rebuild_bins(mend=False)
    assert (found.reports, found.drift, found.was_comparable) == (16 * 9, 0, True)


def test_a_kept_tile_is_never_older_than_the_data(
    toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    monkeypatch.setattr(views, "TILES", TileCache())
    monkeypatch.setattr(versions, "_kept", None)
    address = f"/tiles/heat/{HERE.z}/{HERE.x}/{HERE.y}.mvt"
    for number in range(1, 4):
        make_report(toytown, "litter", *IN_WEST)
        assert decode(client.get(address).content)["heat"][0]["properties"]["count"] == number
    settings.TILES_VERSION_KEEPS_S = 0.5
    versions.data_version()
    clock = versions.time.monotonic()
    make_report(toytown, "litter", *IN_WEST)
    client.get(address)
    monkeypatch.setattr(versions.time, "monotonic", lambda: clock + 0.6)
    assert decode(client.get(address).content)["heat"][0]["properties"]["count"] == 4


def test_a_kept_tile_costs_no_statement(
    toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch, settings, django_assert_num_queries
) -> None:
    monkeypatch.setattr(views, "TILES", TileCache())
    settings.TILES_VERSION_KEEPS_S = 3600
    monkeypatch.setattr(versions, "_kept", None)
    make_report(toytown, "litter", *IN_WEST)
    address = f"/tiles/heat/{HERE.z}/{HERE.x}/{HERE.y}.mvt"
    first = client.get(address + "?services=litter,pothole")
    with django_assert_num_queries(0):
        again = client.get(address + "?services=pothole,litter,")
    assert again.content == first.content
    monkeypatch.setattr(versions, "_kept", None)


def test_the_cache_keeps_to_its_bytes_and_drops_the_longest_unused() -> None:
    cache = TileCache(max_bytes=10_000)
    for number in range(10):
        cache.get(number, lambda: b"x" * 2_000)
        cache.get(0, lambda: b"rendered again")
    assert cache.bytes <= 10_000
    assert cache.get(0, lambda: b"").body == b"x" * 2_000
    assert cache.get(1, lambda: b"dropped").body == b"dropped"


@given(st.lists(st.floats(0, 300), min_size=1, max_size=60))
def test_the_median_lies_in_the_class_of_the_true_one(days: list[float]) -> None:
    ends = np.array([1, 2, 4, 8, 16, 32, 64])
    classes = np.searchsorted(ends, days, side="right")
    [estimate] = median_days(np.bincount(classes, minlength=8)[None, :])
    low, high = sorted(days)[(len(days) - 1) // 2], sorted(days)[len(days) // 2]
    lows, highs = np.array([0, 1, 2, 4, 8, 16, 32, 64]), np.array([1, 2, 4, 8, 16, 32, 64, 64])
    assert lows[np.searchsorted(ends, low, side="right")] <= estimate
    assert estimate <= highs[np.searchsorted(ends, high, side="right")]


@given(st.integers(-32768, 32767), st.integers(0, 65535))
def test_spans_cover_just_the_days_asked_in_few_rows(first: int, length: int) -> None:
    last = first + length
    runs = list(spans_of_days(first, last))
    covered = sorted(
        (number * span, (number + 1) * span) for span, low, high in runs for number in range(low, high + 1)
    )
    assert covered[0][0] == first and covered[-1][1] == last + 1
    assert all(before[1] == after[0] for before, after in itertools.pairwise(covered))
    short = [high - low + 1 for span, low, high in runs if span < max(SPANS)]
    assert len(short) <= 2 * len(SPANS) - 2 and all(rows <= 12 for rows in short)


def test_no_days_are_no_rows() -> None:
    assert list(spans_of_days(5, 4)) == [] and list(spans_of_days(256, 255)) == []


def test_no_tile_of_a_dense_spot_is_over_500_kilobytes(toytown: Toytown, client: Client) -> None:
    """200,000 reports in one square kilometre."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO issues_servicerequest (
                service_id, outcome, state, point, public_point, requested_datetime, updated_datetime,
                accuracy_m, description, place, due_date, is_demo, content_digest
            )
            SELECT %s, 'gap', (ARRAY['published', 'fixed'])[1 + n %% 2], place, place,
                timestamptz '2026-01-01' + n * interval '1 minute', timestamptz '2026-06-01' + n * interval '1 minute',
                0, '', '{}', '2026-06-01', false, ''
            FROM generate_series(1::bigint, 200000) AS n
            CROSS JOIN LATERAL (
                SELECT ST_SetSRID(ST_MakePoint(-73.995 + (n * 7919 %% 9973) / 9973.0 * 0.012,
                                               40.702 + (n * 104729 %% 9967) / 9967.0 * 0.009), 4326)
            ) AS spot (place)
            """,
            [toytown.services["litter"].pk],
        )
    rebuild_bins()
    for z in range(8, 20):
        tile = tile_at(-73.99, 40.706, z)
        for layer in ("heat", "reports"):
            content = client.get(f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt").content
            assert 0 < len(content) <= 500_000, (layer, z, len(content))
