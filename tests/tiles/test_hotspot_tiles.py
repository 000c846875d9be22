"""Computed hotspots as tiles: which layer a filter gets, and what is drawn of it."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from geo.grid import Tile, tile_at
from tests.tiles.conftest import TileFeatures, properties
from tests.tiles.hot_reports import HOT, asked_for, cell_at, published, question, scatter
from tests.toytown import Toytown
from tiles import mvt
from tiles.errors import (
    FilterInvalid,
    HotspotsNotPublished,
)
from tiles.services.compute_hotspots import compute_hotspots
from tiles.services.publish_hotspots import publish_hotspots, withdraw_hotspots

TILE = tile_at(*HOT, 13)


def test_a_filter_chooses_the_newest_layer_that_was_computed_for_it(littered: Toytown) -> None:
    scatter(littered, "tree", 20, seed=4, body="parks", state="fixed")
    litter = published()
    both = published(services="litter,tree")
    parks = published(services="", body="parks")
    fixed = published(services="", state="fixed")
    everything = published(services="")
    later = published(services="litter", since="2026-05-04")
    assert asked_for("") == later.pk
    assert asked_for("services=litter") == later.pk
    assert asked_for("services=litter&from=2026-04-01&to=2026-05-31") == later.pk
    assert asked_for("services=litter&from=2026-05-04") == later.pk
    withdraw_hotspots(later)
    assert asked_for("services=litter") == litter.pk
    assert asked_for("services=tree,litter") == both.pk
    assert asked_for("body=parks") == parks.pk
    assert asked_for("state=fixed") == asked_for("status=closed") == fixed.pk
    assert asked_for("from=2026-01-01") == everything.pk
    assert parks.counted == fixed.counted == 20 and everything.counted == 120
    for query in ("services=tree", "body=sanitation", "state=published", "from=2026-04-07", "to=2026-05-30",
                  "services=litter&body=parks"):  # fmt: skip
        with pytest.raises(HotspotsNotPublished, match="services=litter,tree"):
            asked_for(query)
    with pytest.raises(FilterInvalid):
        asked_for(f"layer={litter.pk}&services=litter")


def test_a_filter_that_nothing_was_computed_for_is_404_and_the_tilejson_lists_what_was(
    littered: Toytown, client: Client
) -> None:
    layer = published()
    address = f"/tiles/hotspots/{TILE.z}/{TILE.x}/{TILE.y}.mvt"
    for path in (address, "/tiles/hotspots.json"):
        refused = client.get(f"{path}?services=tree")
        assert refused.status_code == 404
        assert refused.json()["code"] == "hotspots_not_published"
        assert "services=litter" in refused.json()["detail"]
        assert client.get(f"{path}?services=unicorn").status_code == 400
    [run] = client.get("/tiles/hotspots.json").json()["runs"]
    assert run["layer"] == layer.pk and run["filter"] == "from=2026-04-06&services=litter&to=2026-05-31"
    assert client.get(f"{address}?{run['filter']}").content == client.get(f"{address}?layer={layer.pk}").content != b""


def test_the_tilejson_names_the_citys_day_of_publication(
    littered: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = compute_hotspots(question())
    evening = datetime(2026, 12, 1, 2, tzinfo=UTC)  # of 30 November in New York
    monkeypatch.setattr(timezone, "now", lambda: evening)
    publish_hotspots(draft)
    [run] = client.get("/tiles/hotspots.json").json()["runs"]
    assert run["published"] == "2026-11-30"


# Tiles


def test_the_newest_published_layer_is_drawn_and_drafts_are_not(
    littered: Toytown, tile_features: TileFeatures, client: Client
) -> None:
    draft = compute_hotspots(question())
    assert tile_features("hotspots", TILE) == []
    publish_hotspots(draft)
    assert {"persistent", "not_significant"} <= {f["pattern"] for f in properties(tile_features("hotspots", TILE))}
    newer = compute_hotspots(question(cell="hexagon"))
    publish_hotspots(newer)
    ids = {found["id"] for found in properties(tile_features("hotspots", TILE))}
    assert ids <= set(newer.cells.values_list("id", flat=True))
    older = {found["id"] for found in properties(tile_features("hotspots", TILE, layer=str(draft.pk)))}
    assert older <= set(draft.cells.values_list("id", flat=True)) and older
    address = f"/tiles/hotspots/{TILE.z}/{TILE.x}/{TILE.y}.mvt"
    hidden = compute_hotspots(question())
    for query in (f"layer={hidden.pk}", "layer=99999", "layer=x", "day=1"):
        assert client.get(f"{address}?{query}").status_code == 400


def test_all_cells_of_a_layer_are_in_the_tiles_once_their_size_can_be_seen(
    littered: Toytown, tile_features: TileFeatures
) -> None:
    layer = compute_hotspots(question())
    publish_hotspots(layer)
    told = {}
    first, last = tile_at(-74.01, 40.73, 13), tile_at(-73.97, 40.69, 13)
    for tile in (Tile(13, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)):
        told |= {said["id"]: said for said in properties(tile_features("hotspots", tile))}
    assert set(told) == set(layer.cells.values_list("id", flat=True))
    cell = cell_at(layer, HOT)
    said = told[cell.pk]
    assert said == {
        "id": cell.pk,
        "pattern": cell.pattern,
        "count": cell.count,
        "around_count": cell.around_count,
        "expected": pytest.approx(cell.expected),
        "z": pytest.approx(cell.z),
        "p": pytest.approx(cell.p),
        "q": pytest.approx(cell.q),
    }


def test_from_far_what_is_not_significant_is_one_area(littered: Toytown, tile_features: TileFeatures) -> None:
    layer = compute_hotspots(question())
    publish_hotspots(layer)
    features = tile_features("hotspots", tile_at(*HOT, 9))
    plain = [found for found in properties(features) if found["pattern"] == "not_significant"]
    assert plain == [{"pattern": "not_significant"}]
    assert len(features) - 1 == layer.cells.exclude(pattern="not_significant").count()


def test_a_tile_with_too_many_cells_has_one_shape_a_class(
    littered: Toytown, tile_features: TileFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_hotspots(compute_hotspots(question()))
    monkeypatch.setattr(mvt, "HOTSPOT_CAP", 3)
    found = [said["pattern"] for said in properties(tile_features("hotspots", TILE))]
    assert found[0] == "not_significant" and len(found) == len(set(found)) > 1


def test_tilejson_lists_the_fields_of_hotspots(toytown: Toytown, client: Client) -> None:
    [part] = client.get("/tiles/hotspots.json").json()["vector_layers"]
    assert set(part["fields"]) == {"pattern", "id", "count", "around_count", "expected", "z", "p", "q"}
