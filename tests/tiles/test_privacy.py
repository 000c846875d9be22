"""Nothing private is in any tile."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from geo.grid import tile_at
from tests.tiles.conftest import decode, make_report
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


@pytest.mark.parametrize("z", [0, 8, 14, 15, 17, 22])
def test_a_sensitive_report_is_in_no_tile_by_itself(toytown: Toytown, client: Client, z: int) -> None:
    report = make_report(toytown, "noise", *HOME)
    shown = report.public_point
    for lon, lat in {HOME, (shown.x, shown.y)}:
        tile = tile_at(lon, lat, z)
        for layer in ("heat", "reports"):
            for query in ("", "?services=noise", "?state=published", "?from=2026-05-10&to=2026-05-10"):
                assert client.get(f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt{query}").status_code == 204
