"""Heat tiles: every report counted once."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import QuerySet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.grid import Tile, tile_at, tile_extent, world_fractions
from issues.models import ServiceRequest
from tests.tiles.conftest import TileFeatures, every_row_is_long, make_report, position, properties, west_edge
from tests.toytown import IN_WEST, Toytown
from tiles.models import BinChange, BinRow
from tiles.services.fold_bins import fold_pending
from tiles.services.rebuild_bins import rebuild_bins

SERVICES = ["litter", "tree", "pothole", "noise"]
"""The last one is sensitive: its reports are in no cell."""
# Half of the reports lie in two weeks.
DAYS = st.one_of(
    st.dates(date(2026, 4, 28), date(2026, 5, 12)),
    st.dates(date(1995, 1, 1), date(2026, 6, 1)),
)
DAYS_ASKED = st.lists(DAYS, min_size=2, max_size=2).flatmap(
    lambda both: st.sampled_from(
        [
            {},
            {"from_": both[0].isoformat()},
            {"to": both[0].isoformat()},
            {"from_": min(both).isoformat(), "to": max(both).isoformat()},
        ]
    )
)
STATES = ["submitted", "published", "accepted", "fixed", "refused"]


@pytest.fixture(
    params=["from the reports", "with changes that wait", "all folded", "folded beside long rows", "recounted"]
)
def many_reports(toytown: Toytown, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Toytown:
    """120 reports of four services, five states, thirty years, many on tile edges; bins in every condition."""
    if request.param in ("with changes that wait", "all folded"):
        rebuild_bins()
    _make_many(toytown)
    if request.param == "with changes that wait":
        fold_pending()
    if request.param == "folded beside long rows":
        rebuild_bins()
        every_row_is_long(monkeypatch)
    # Every tenth report moves on, is moved, recategorised or hidden.
    for number, report in enumerate(ServiceRequest.objects.order_by("id")[::10]):
        report.state = STATES[number % 5]
        report.service = toytown.services[SERVICES[number % 3]]
        report.public_point.x += 0.003
        report.updated_datetime += timedelta(days=number)
        report.save()
    if request.param in ("all folded", "folded beside long rows"):
        assert fold_pending() and not BinChange.objects.exists()
        assert BinRow.objects.filter(is_recent=True).exists() == (request.param == "folded beside long rows")
    if request.param == "recounted":
        rebuild_bins()
    return toytown


def _make_many(toytown: Toytown) -> None:
    corner = tile_extent(tile_at(*IN_WEST, 16))
    for number in range(120):
        lon, lat = IN_WEST[0] + (number * 37 % 100) / 6000, IN_WEST[1] + (number * 61 % 100) / 6000
        if number % 4 == 0:
            lon = corner[0] + (number % 5) * (corner[2] - corner[0])
        if number % 6 == 0:
            lat = corner[1]
        make_report(
            toytown,
            SERVICES[number % 4],
            lon,
            lat,
            body=["sanitation-west", "parks", None][number % 7 % 3],
            state=STATES[number % 5],
            requested_datetime=(made := made_at(number)),
            updated_datetime=made + timedelta(hours=number * 7 % 900),
        )


def made_at(number: int) -> datetime:
    """Half of them within ten days of May 2026, the others ever longer ago, until 1996."""
    hours = number * 2 if number % 2 else -((number / 119) ** 3) * 30 * 8766
    return datetime(2026, 5, 1, 3, tzinfo=UTC) + timedelta(hours=hours)


def tiles_with_reports(z: int) -> set[Tile]:
    """The tiles of the public points and those around them, where a count could show up twice."""
    found = set()
    for point in ServiceRequest.objects.values_list("public_point", flat=True):
        tile = tile_at(point.x, point.y, z)
        last = 2**z - 1
        found |= {
            Tile(z, x, y)
            for x in range(max(0, tile.x - 1), min(last, tile.x + 1) + 1)
            for y in range(max(0, tile.y - 1), min(last, tile.y + 1) + 1)
        }
    return found


@settings(max_examples=10)  # in four conditions of the bins
@given(data=st.data())
def test_counts_of_all_tiles_of_a_zoom_sum_to_the_reports_of_the_filter(
    many_reports: Toytown, tile_features: TileFeatures, data: st.DataObject
) -> None:
    z = data.draw(st.sampled_from([0, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]))
    query: dict[str, str] = {}
    expected = ServiceRequest.objects.exclude(state="refused").exclude(service__service_code="noise")
    if services := data.draw(st.lists(st.sampled_from(SERVICES), max_size=2)):
        query["services"] = ",".join(services)
        expected = expected.filter(service__service_code__in=services)
    if group := data.draw(st.sampled_from(["", "cleanliness", "public-works"])):
        query["group"] = group
        expected = expected.filter(service__group__slug=group)
    if state := data.draw(st.sampled_from(["", "", "published", "submitted"])):
        query["state"] = state
        expected = expected.filter(state=state)
    elif status := data.draw(st.sampled_from(["", "open", "closed"])):
        query["status"] = status
        fixed = expected.filter(state="fixed")
        expected = fixed if status == "closed" else expected.exclude(state="fixed")
    if body := data.draw(st.sampled_from(["", "sanitation", "parks"])):
        query["body"] = body
        expected = expected.filter(body__slug__startswith=body)
    days = data.draw(DAYS_ASKED)
    assert_tiles_sum_to(expected.filter(**its_days(days)), tile_features, z, **query, **days)


@settings(max_examples=15)
@given(
    z=st.integers(0, 13),
    query=st.one_of(
        st.sampled_from(
            [{}, {"services": "litter"}, {"services": "noise,tree"}, {"body": "sanitation"}, {"body": "parks"}]
        ),
        DAYS_ASKED,
        DAYS_ASKED,
    ),
    status=st.sampled_from(["", "open", "closed"]),
)
@example(z=11, query={"from_": "2026-04-28"}, status="")
def test_sums_of_one_filter_alone_are_the_reports_too(
    many_reports: Toytown, tile_features: TileFeatures, z: int, query: dict[str, str], status: str
) -> None:
    """Those tiles come from rows of sums at coarse zooms."""
    expected = ServiceRequest.objects.exclude(state="refused").exclude(service__service_code="noise")
    if "body" in query:
        expected = expected.filter(body__slug__startswith=query["body"])
    if "services" in query:
        expected = expected.filter(service__service_code__in=query["services"].split(","))
    expected = expected.filter(**its_days(query))
    if status:
        expected = expected.filter(state="fixed") if status == "closed" else expected.exclude(state="fixed")
    assert_tiles_sum_to(expected, tile_features, z, **query, **({"status": status} if status else {}))


@pytest.mark.parametrize("z", range(18))
@pytest.mark.parametrize("many_reports", ["recounted"], indirect=True)
def test_days_that_cut_weeks_are_counted_to_the_day_at_every_zoom(
    many_reports: Toytown, tile_features: TileFeatures, z: int
) -> None:
    """Thursday to Saturday of the next week. Each zoom reads rows of another kind, or those of its neighbour."""
    days = {"from_": "2026-04-30", "to": "2026-05-09"}
    expected = ServiceRequest.objects.exclude(state="refused").exclude(service__service_code="noise")
    expected = expected.filter(**its_days(days))
    assert expected.count() > 20
    assert_tiles_sum_to(expected, tile_features, z, **days)
    litter = expected.filter(service__service_code="litter")
    assert_tiles_sum_to(litter, tile_features, z, services="litter", **days)


def its_days(query: dict[str, str]) -> dict[str, str]:
    """`from` and `to` as lookups of reports."""
    lookups = {"from_": "requested_datetime__date__gte", "to": "requested_datetime__date__lte"}
    return {lookups[name]: day for name, day in query.items() if name in lookups}


def assert_tiles_sum_to(expected: QuerySet[ServiceRequest], tile_features: TileFeatures, z: int, **query: str) -> None:
    """All heat tiles of the zoom, and all `reports` tiles, count just these."""
    tiles = tiles_with_reports(z)
    cells = [cell for tile in tiles for cell in properties(tile_features("heat", tile, **query))]
    assert sum(cell["count"] for cell in cells) == expected.count()
    assert sum(cell["open"] for cell in cells) == expected.exclude(state="fixed").count()
    assert all(abs(cell["resolved"] - (1 - cell["open"] / cell["count"])) <= 0.005001 for cell in cells)
    # Symbols in the buffer around a tile are drawn there, and counted in the tile where they lie.
    symbols = [
        symbol["properties"]
        for tile in tiles
        for symbol in tile_features("reports", tile, **query)
        if all(0 <= units < 4096 for units in position(symbol))
    ]
    assert sum(symbol.get("count", 1) for symbol in symbols) == expected.count()


def test_a_report_lies_in_the_cell_at_whose_centre_it_is_counted(toytown: Toytown, tile_features: TileFeatures) -> None:
    make_report(toytown, "litter", *IN_WEST)
    tile = tile_at(*IN_WEST, 14)
    [cell] = tile_features("heat", tile)
    right, down = world_fractions(*IN_WEST)
    column = math.floor((right * 2**14 - tile.x) * 64)
    row = math.floor((down * 2**14 - tile.y) * 64)
    assert position(cell) == (column * 64 + 32, row * 64 + 32)
    assert cell["properties"] == {"count": 1, "open": 1, "resolved": 0.0}


def test_a_report_on_the_edge_between_two_tiles_is_counted_once(toytown: Toytown, tile_features: TileFeatures) -> None:
    tile = tile_at(*IN_WEST, 16)
    make_report(toytown, "litter", *west_edge(tile))
    here = tile_features("heat", tile)
    neighbour = tile_features("heat", Tile(16, tile.x - 1, tile.y))
    assert [cell["count"] for cell in properties(here + neighbour)] == [1]


def test_a_report_on_the_corner_of_four_tiles_is_counted_once(toytown: Toytown, tile_features: TileFeatures) -> None:
    tile = tile_at(*IN_WEST, 17)
    west, _, _, north = tile_extent(tile)
    make_report(toytown, "litter", west, north)
    four = [Tile(17, tile.x - right, tile.y - down) for right in (0, 1) for down in (0, 1)]
    assert [cell["count"] for part in four for cell in properties(tile_features("heat", part))] == [1]


@pytest.mark.parametrize("z", [0, 22])
def test_the_lowest_and_the_highest_zoom_count_too(toytown: Toytown, tile_features: TileFeatures, z: int) -> None:
    make_report(toytown, "litter", *IN_WEST)
    noon = datetime(2026, 5, 10, 12, tzinfo=UTC)
    make_report(toytown, "pothole", *IN_WEST, state="fixed", updated_datetime=noon + timedelta(days=10))
    [cell] = properties(tile_features("heat", tile_at(*IN_WEST, z)))
    assert cell == {"count": 2, "open": 1, "resolved": 0.5, "median_days": 12.0}  # the middle of 8 to 16


def test_refused_reports_are_left_out(toytown: Toytown, tile_features: TileFeatures) -> None:
    make_report(toytown, "litter", *IN_WEST, state="refused")
    assert tile_features("heat", tile_at(*IN_WEST, 12)) == []
