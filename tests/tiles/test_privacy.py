"""Nothing private is in any tile."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from geo.grid import tile_at, tile_extent
from tests.tiles.conftest import decode, make_report, position
from tests.toytown import IN_WEST, Toytown
from tiles.registry import LAYERS

PHONE = "212-555-0142"
HOME = (IN_WEST[0] + 0.0009, IN_WEST[1] + 0.0004)
"""Far from the centre of its coarse cell."""


@pytest.mark.parametrize("layer", sorted(LAYERS))
@pytest.mark.parametrize("z", [0, 10, 14, 15, 17, 20, 22])
def test_no_tile_holds_text_time_or_place_that_is_not_public(
    toytown: Toytown, client: Client, layer: str, z: int
) -> None:
    report = make_report(
        toytown,
        "noise",
        *HOME,
        description=f"Call me at {PHONE}",
        place={"en": "17 Secret Street"},
        idempotency_key="browser-key-77",
        requested_datetime=datetime(2026, 5, 10, 12, 34, 56, tzinfo=UTC),
    )
    shown = report.public_point
    for lon, lat in {HOME, (shown.x, shown.y)}:
        tile = tile_at(lon, lat, z)
        content = client.get(f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt").content
        for secret in (PHONE, "555", "Secret", "browser-key", "12:34", "2026-05-10T", "gap"):
            assert secret.encode() not in content
        decode(content)


@pytest.mark.parametrize("z", [15, 17, 19, 22])
def test_a_coarsened_report_is_nowhere_near_its_true_place(toytown: Toytown, client: Client, z: int) -> None:
    report = make_report(toytown, "noise", *HOME)
    shown = report.public_point
    assert abs(shown.x - HOME[0]) > 1e-4
    tile = tile_at(shown.x, shown.y, z)
    for layer in ("heat", "reports"):
        [feature] = decode(client.get(f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt").content)[layer]
        west, _, east, _ = tile_extent(tile)
        lon = west + (east - west) * position(feature)[0] / 4096
        assert abs(lon - shown.x) <= (east - west) / 64
        assert z < 17 or abs(lon - HOME[0]) > 1e-4
    true_tile = tile_at(*HOME, 22)
    assert client.get(f"/tiles/reports/22/{true_tile.x}/{true_tile.y}.mvt").status_code == 204
    assert client.get(f"/tiles/heat/22/{true_tile.x}/{true_tile.y}.mvt").status_code == 204
