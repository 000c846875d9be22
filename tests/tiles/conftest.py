"""Reports in Toytown, and tiles decoded."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import Point
from django.test import Client

from geo.grid import Tile, tile_extent
from issues.models import ServiceRequest
from issues.privacy import public_point
from tests.toytown import Toytown
from tiles import views
from tiles.services import fold_bins
from tiles.tile_cache import TileCache

Features = list[dict[str, Any]]
TileFeatures = Callable[..., Features]


def decode(content: bytes) -> dict[str, Features]:
    """Features by MVT layer, `x, y` in tile units with y down, as they are in the bytes."""
    decoded = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True}) if content else {}
    return {name: layer["features"] for name, layer in decoded.items()}


def position(feature: dict[str, Any]) -> tuple[int, int]:
    """`x, y` of a point feature in tile units."""
    x, y = feature["geometry"]["coordinates"]
    return x, y


def properties(features: Features) -> list[dict[str, Any]]:
    """What the features say."""
    return [feature["properties"] for feature in features]


def west_edge(tile: Tile) -> tuple[float, float]:
    """A place exactly on the tile's western edge, half way down."""
    west, south, _, north = tile_extent(tile)
    return west, (south + north) / 2


def make_report(
    town: Toytown, service: str, lon: float, lat: float, body: str | None = None, **fields: Any
) -> ServiceRequest:
    """A report of 10 May 2026, noon UTC; its public point follows the service's rule."""
    its_service = town.services[service]
    shown = public_point(lon, lat, its_service.exact_point_is_public)
    values: dict[str, Any] = {
        "service": its_service,
        "point": Point(lon, lat, srid=4326),
        "public_point": Point(*shown, srid=4326),
        "requested_datetime": datetime(2026, 5, 10, 12, tzinfo=UTC),
        "due_date": date(2026, 5, 20),
        "state": "published",
        "body": town.bodies[body] if body else None,
        "outcome": "assigned" if body else "gap",
        **fields,
    }
    return ServiceRequest.objects.create(**values)


@pytest.fixture(autouse=True)
def no_kept_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tile is rendered: tests change numbers that no version knows of."""
    monkeypatch.setattr(views, "TILES", TileCache(max_bytes=0))


@pytest.fixture
def tile_features(client: Client) -> TileFeatures:
    """Ask for a tile and decode it: `tile_features("heat", Tile(10, 301, 385), services="litter")`."""

    def ask(layer: str, tile: Tile, /, **query: str) -> Features:
        # `from` and `class` are Python's own words.
        asked = {name.removesuffix("_"): value for name, value in query.items()}
        response = client.get(f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt", asked)
        assert response.status_code in (200, 204), response.content
        return decode(response.content).get(layer, [])

    return ask


@pytest.fixture
def littered(toytown: Toytown) -> Toytown:
    """Sixty reports of litter by chance, forty more at one corner."""
    from tests.tiles.hot_reports import gather, scatter  # which makes its reports by this file

    scatter(toytown, "litter", 60, seed=1)
    gather(toytown, "litter", 40, range(56))
    return toytown


def every_row_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on changes of rows of bins lie beside them, as those of 20 million reports do."""
    monkeypatch.setattr(fold_bins, "SHORT_ROW", 0)
    monkeypatch.setattr(fold_bins, "RECENT_SHARE", 0)
