"""Report tiles: clusters, points, the cap."""

from datetime import UTC, datetime, timedelta

import pytest

from geo.grid import Tile, tile_at, tile_extent, world_fractions
from issues.models import ServiceRequest
from tests.tiles.conftest import TileFeatures, make_report, position, properties, west_edge
from tests.toytown import IN_WEST, Toytown
from tiles import mvt
from tiles.services.rebuild_bins import rebuild_bins


def test_a_single_report_tells_its_codes_and_its_day(toytown: Toytown, tile_features: TileFeatures) -> None:
    report = make_report(
        toytown, "litter", *IN_WEST, state="accepted", requested_datetime=datetime(2026, 5, 11, 3, 30, tzinfo=UTC)
    )
    [feature] = tile_features("reports", tile_at(*IN_WEST, 15))
    assert feature["properties"] == {
        "cluster": False,
        "id": report.pk,
        "service_code": "litter",
        "group": "cleanliness",
        "state": "accepted",
        "status": "open",
        "date": "2026-05-10",  # 23:30 in New York
    }


def test_a_single_report_is_drawn_where_it_is(toytown: Toytown, tile_features: TileFeatures) -> None:
    make_report(toytown, "litter", *IN_WEST)
    tile = tile_at(*IN_WEST, 18)
    [feature] = tile_features("reports", tile)
    right, down = world_fractions(*IN_WEST)
    assert position(feature) == (round((right * 2**18 - tile.x) * 4096), round((down * 2**18 - tile.y) * 4096))


def test_reports_at_one_place_stay_separate(toytown: Toytown, tile_features: TileFeatures) -> None:
    make_report(toytown, "litter", *IN_WEST)
    make_report(toytown, "litter", *IN_WEST)
    features = tile_features("reports", tile_at(*IN_WEST, 18))
    assert len(features) == 2 and position(features[0]) == position(features[1])


def test_a_point_on_the_edge_between_two_tiles_is_drawn_in_both(toytown: Toytown, tile_features: TileFeatures) -> None:
    tile = tile_at(*IN_WEST, 16)
    make_report(toytown, "litter", *west_edge(tile))
    [here] = tile_features("reports", tile)
    [neighbour] = tile_features("reports", Tile(16, tile.x - 1, tile.y))
    assert position(here)[0] == 0 and position(neighbour)[0] == 4096
    assert here["properties"] == neighbour["properties"]


@pytest.mark.parametrize(("units", "drawn"), [(250, True), (262, False)])
def test_a_symbol_reaches_sixteen_pixels_into_the_next_tile(
    toytown: Toytown, tile_features: TileFeatures, units: int, drawn: bool
) -> None:
    tile = tile_at(*IN_WEST, 16)
    west, south, east, north = tile_extent(tile)
    make_report(toytown, "litter", west - (east - west) * units / 4096, (south + north) / 2)
    assert bool(tile_features("reports", tile)) is drawn


def test_up_to_zoom_14_reports_are_merged_at_their_mean(toytown: Toytown, tile_features: TileFeatures) -> None:
    tile = tile_at(*IN_WEST, 14)
    west, south, east, north = tile_extent(tile)
    closed = datetime(2026, 5, 21, 0, tzinfo=UTC)  # ten and a half days later
    for share, state in [(0.501, "published"), (0.505, "fixed"), (0.509, "accepted")]:
        place = west + (east - west) * share, (south + north) / 2
        make_report(toytown, "litter", *place, state=state, updated_datetime=closed)
    [cluster] = tile_features("reports", tile)
    assert cluster["properties"] == {"cluster": True, "count": 3, "open": 2, "median_days": 10.5}
    assert position(cluster)[0] == round(0.505 * 4096)


@pytest.mark.parametrize(("shares", "aside"), [((0.0, 0.01, 0.05), -1), ((0.95, 0.97, 0.99), 1)])
def test_a_cluster_near_an_edge_is_the_same_in_both_tiles(
    toytown: Toytown, tile_features: TileFeatures, shares: tuple[float, ...], aside: int
) -> None:
    tile = tile_at(*IN_WEST, 13)
    west, south, east, north = tile_extent(tile)
    for share in shares:
        make_report(toytown, "litter", west + (east - west) * share, south + (north - south) * 0.52)
    [here] = tile_features("reports", tile)
    [neighbour] = tile_features("reports", Tile(13, tile.x + aside, tile.y))
    assert here["properties"] == neighbour["properties"] == {"cluster": True, "count": 3, "open": 3}
    assert position(here)[0] - 4096 * aside == position(neighbour)[0]
    assert position(here)[1] == position(neighbour)[1]


def test_a_tile_with_too_many_points_shows_clusters_and_loses_none(
    toytown: Toytown, tile_features: TileFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mvt, "POINT_CAP", 5)
    tile = tile_at(*IN_WEST, 15)
    west, south, east, north = tile_extent(tile)
    for number in range(6):
        make_report(toytown, "litter", west + (east - west) * (0.1 + number / 10), (south + north) / 2)
    features = properties(tile_features("reports", tile))
    assert all(feature["cluster"] for feature in features)
    assert sum(feature["count"] for feature in features) == 6
    monkeypatch.setattr(mvt, "POINT_CAP", 6)
    assert not any(feature["cluster"] for feature in properties(tile_features("reports", tile)))


@pytest.mark.parametrize("with_bins", [False, True])
def test_a_cluster_says_how_long_its_closed_reports_took(
    toytown: Toytown, tile_features: TileFeatures, with_bins: bool
) -> None:
    made = datetime(2026, 5, 10, 12, tzinfo=UTC)
    for days in (1.5, 3, 3.5, 90, 400):
        make_report(toytown, "litter", *IN_WEST, state="fixed", updated_datetime=made + timedelta(days=days))
    make_report(toytown, "litter", *IN_WEST)
    make_report(toytown, "tree", *IN_WEST, state="fixed", updated_datetime=made + timedelta(days=300))
    if with_bins:
        rebuild_bins()
    tile = tile_at(*IN_WEST, 12)
    [litter] = properties(tile_features("reports", tile, services="litter"))
    assert (litter["count"], litter["open"]) == (6, 1)
    assert 2 <= litter["median_days"] <= 4  # its class; the true one is 3.5
    [tree] = properties(tile_features("reports", tile, services="tree"))
    assert tree["median_days"] == 64  # or more
    [still_open] = properties(tile_features("reports", tile, status="open"))
    assert "median_days" not in still_open


def test_a_tile_with_too_many_bytes_shows_clusters(
    toytown: Toytown, tile_features: TileFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mvt, "MAX_BYTES", 10)
    make_report(toytown, "litter", *IN_WEST)
    assert properties(tile_features("reports", tile_at(*IN_WEST, 16))) == [{"cluster": True, "count": 1, "open": 1}]


def test_the_fullest_tile_of_points_stays_under_500_kilobytes(toytown: Toytown, client) -> None:
    west, south, east, north = tile_extent(tile_at(*IN_WEST, 15))
    make_report(toytown, "street-lamp", *IN_WEST, id=10**15)
    like = ServiceRequest.objects.get()
    rows = []
    for number in range(mvt.POINT_CAP - 1):
        like.pk = 10**15 + number + 1
        like.public_point = like.point.clone()
        like.public_point.x = west + (east - west) * (number * 7919 % 4001) / 4001
        like.public_point.y = south + (north - south) * (number * 104729 % 3989) / 3989
        rows.append(
            ServiceRequest(**{f.attname: getattr(like, f.attname) for f in like._meta.fields if f.name != "point_m"})
        )
    ServiceRequest.objects.bulk_create(rows)
    tile = tile_at(*IN_WEST, 15)
    content = client.get(f"/tiles/reports/15/{tile.x}/{tile.y}.mvt").content
    assert 100_000 < len(content) < 240_000


def test_refused_reports_are_left_out(toytown: Toytown, tile_features: TileFeatures) -> None:
    make_report(toytown, "litter", *IN_WEST, state="refused")
    assert tile_features("reports", tile_at(*IN_WEST, 12)) == []
    assert tile_features("reports", tile_at(*IN_WEST, 16)) == []


@pytest.mark.parametrize("z", [0, 22])
def test_the_lowest_and_the_highest_zoom_work(toytown: Toytown, tile_features: TileFeatures, z: int) -> None:
    make_report(toytown, "litter", *IN_WEST)
    [feature] = tile_features("reports", tile_at(*IN_WEST, z))
    assert feature["properties"]["cluster"] is (z == 0)
