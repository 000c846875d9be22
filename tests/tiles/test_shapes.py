"""Tiles of boundaries, assets and the base map."""

import math
from datetime import UTC, date, datetime

import pytest
import shapely
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.test import Client
from django.utils import timezone
from shapely import unary_union
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.grid import Tile, tile_at
from layers.models import Asset, AssetClass, BasemapFeature, Boundary
from layers.services.change_asset import change_asset, let_asset_vanish
from tests.tiles.conftest import TileFeatures, decode, position, properties
from tests.toytown import AT_LAMP, IN_EAST, IN_WEST, ON_SHARED_EDGE, Toytown, box
from tiles import mvt

HERE = tile_at(*IN_WEST, 12)


def codes(features: list) -> list[str]:
    return sorted(said["code"] for said in properties(features))


def test_a_boundary_tells_who_answers_for_it(toytown: Toytown, tile_features: TileFeatures) -> None:
    [west] = [f for f in tile_features("boundaries", HERE, layer="districts") if f["properties"]["code"] == "west"]
    assert west["properties"] == {
        "id": toytown.boundaries["west"].pk,
        "layer": "districts",
        "code": "west",
        "name": "West",
        "name_zh": "west区",
        "body": "sanitation-west",
        "body_name": "Sanitation West",
        "body_name_zh": "环卫局西区",
        "color": "#4b5563",
    }


def test_boundaries_are_chosen_by_layer_and_by_service(toytown: Toytown, tile_features: TileFeatures) -> None:
    assert codes(tile_features("boundaries", HERE)) == ["commons", "commons-land", "east", "ward-before", "west"]
    assert codes(tile_features("boundaries", HERE, layer="parks,districts")) == ["commons", "east", "west"]
    assert codes(tile_features("boundaries", HERE, services="tree")) == ["commons-land", "east", "west"]
    assert codes(tile_features("boundaries", HERE, services="tree", layer="districts")) == ["east", "west"]
    assert codes(tile_features("boundaries", HERE, services="pothole", layer="districts")) == []


def test_boundaries_are_chosen_by_group_and_by_who_answers(toytown: Toytown, tile_features: TileFeatures) -> None:
    assert codes(tile_features("boundaries", HERE, group="public-works", layer="wards,parks")) == ["ward-before"]
    assert codes(tile_features("boundaries", HERE, group="cleanliness", services="tree")) == [
        "commons-land", "east", "west",
    ]  # fmt: skip
    assert codes(tile_features("boundaries", HERE, group="public-works", services="tree")) == []
    assert codes(tile_features("boundaries", HERE, body="parks")) == ["commons", "commons-land"]
    assert codes(tile_features("boundaries", HERE, body="sanitation")) == ["east", "west"]  # its offices
    assert codes(tile_features("boundaries", HERE, body="parks", state="fixed", layer="parks")) == ["commons"]


def test_a_span_of_days_shows_each_boundary_that_was_in_force_in_it(
    toytown: Toytown, tile_features: TileFeatures
) -> None:
    before, after = toytown.boundaries["ward-before"].pk, toytown.boundaries["ward-after"].pk

    def ids(**query: str) -> set[int]:
        return {said["id"] for said in properties(tile_features("boundaries", HERE, layer="wards", **query))}

    assert ids(from_="2023-12-31", to="2024-01-01") == {before, after}
    assert ids(from_="2023-01-01", to="2023-12-31") == {before}
    assert ids(from_="2024-01-01") == {after}
    assert ids(to="2023-12-31") == {before}
    assert ids(to="1999-12-31") == set()


def test_boundaries_are_those_in_force_on_the_day(toytown: Toytown, tile_features: TileFeatures) -> None:
    ids = {
        on: [said["id"] for said in properties(tile_features("boundaries", HERE, layer="wards", **on_day))]
        for on, on_day in [
            ("1999", {"on": "1999-12-31"}),
            ("2023", {"on": "2023-12-31"}),
            ("2024", {"on": "2024-01-01"}),
            ("today", {}),
        ]
    }
    before, after = toytown.boundaries["ward-before"].pk, toytown.boundaries["ward-after"].pk
    assert ids == {"1999": [], "2023": [before], "2024": [after], "today": [after]}


def test_a_superseded_boundary_is_not_drawn(toytown: Toytown, tile_features: TileFeatures) -> None:
    Boundary.objects.filter(pk=toytown.boundaries["east"].pk).update(superseded_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert codes(tile_features("boundaries", HERE, layer="districts")) == ["west"]


def test_a_layer_that_is_not_public_is_neither_drawn_nor_admitted(
    toytown: Toytown, tile_features: TileFeatures, client: Client
) -> None:
    toytown.layers["parks"].is_public = False
    toytown.layers["parks"].save()
    assert "commons" not in codes(tile_features("boundaries", HERE))
    assert "commons" not in codes(tile_features("boundaries", HERE, services="litter"))
    assert client.get(f"/tiles/boundaries/12/{HERE.x}/{HERE.y}.mvt?layer=parks").status_code == 400


@pytest.mark.parametrize("z", [10, 12, 14, 16, 18])
def test_neighbours_meet_on_their_shared_edge_without_a_gap(
    toytown: Toytown, tile_features: TileFeatures, z: int
) -> None:
    tile = tile_at(*ON_SHARED_EDGE, z)
    sides = {
        f["properties"]["code"]: shape(f["geometry"]) for f in tile_features("boundaries", tile, layer="districts")
    }
    assert sides["west"].bounds[2] == pytest.approx(sides["east"].bounds[0], abs=1)


@pytest.mark.parametrize("z", [10, 12, 13, 15])
def test_a_jagged_shared_edge_shows_no_gap(toytown: Toytown, tile_features: TileFeatures, z: int) -> None:
    jagged = [(-73.99 + math.sin(step * 1.7) * 4e-4 + step % 7 * 1e-4, 40.70 + step * 5e-5) for step in range(401)]
    sides = {
        "west": Polygon([(-74.0, 40.70), *jagged, (-74.0, 40.72), (-74.0, 40.70)]),
        # Starts and turns the other way round, as polygons of another source do.
        "east": Polygon([jagged[200], *jagged[201:], (-73.98, 40.72), (-73.98, 40.70), *jagged[:201]]),
    }
    for name, polygon in sides.items():
        before = toytown.boundaries[name]
        Boundary.objects.filter(pk=before.pk).update(superseded_at=timezone.now())
        Boundary.objects.create(
            jurisdiction=before.jurisdiction, geom=MultiPolygon(polygon, srid=4326), valid_from=before.valid_from
        )
    tile = tile_at(*ON_SHARED_EDGE, z)
    drawn = [shape(feature["geometry"]) for feature in tile_features("boundaries", tile, layer="districts")]
    assert len(drawn) == 2
    gaps = box_around(drawn).difference(unary_union(drawn))
    assert gaps.buffer(-1).is_empty  # nowhere wider than 2 units, an eighth of a pixel


def box_around(drawn: list) -> BaseGeometry:
    return shapely.box(*unary_union(drawn).bounds)


def test_a_hole_stays_a_hole(toytown: Toytown, tile_features: TileFeatures) -> None:
    [commons] = tile_features("boundaries", tile_at(-73.9885, 40.7065, 14), layer="parks")
    assert len(shape(commons["geometry"]).interiors) == 1


def test_inside_a_large_polygon_the_tile_is_full(toytown: Toytown, tile_features: TileFeatures) -> None:
    [west] = tile_features("boundaries", tile_at(*IN_WEST, 20), layer="districts")
    assert shape(west["geometry"]).bounds == (-64, -64, 4160, 4160)


def test_a_name_without_english_falls_back_to_any(toytown: Toytown, tile_features: TileFeatures) -> None:
    jurisdiction = toytown.boundaries["west"].jurisdiction
    jurisdiction.names = {"fi": "Länsi"}
    jurisdiction.save()
    said = {p["code"]: p for p in properties(tile_features("boundaries", HERE, layer="districts"))}
    assert said["west"]["name"] == "Länsi" and "name_zh" not in said["west"]


def test_an_asset_tells_its_class_and_owner(toytown: Toytown, tile_features: TileFeatures) -> None:
    found = {p["external_id"]: p for p in properties(tile_features("assets", tile_at(*AT_LAMP, 16)))}
    assert found["lamp-1"] == {
        "cluster": False,
        "id": toytown.assets["lamp-1"].pk,
        "class": "lamp",
        "external_id": "lamp-1",
        "owner": "roads",
        "owner_name": "Roads",
        "owner_name_zh": "道路局",
        "color": "#4b5563",
    }


def test_assets_begin_at_zoom_14(toytown: Toytown, tile_features: TileFeatures) -> None:
    assert tile_features("assets", tile_at(*AT_LAMP, 13)) == []
    assert len(tile_features("assets", tile_at(*AT_LAMP, 14))) > 0


def test_assets_are_chosen_by_class_and_by_service(toytown: Toytown, tile_features: TileFeatures) -> None:
    benches = AssetClass.objects.create(slug="bench", names={"en": "Bench"}, snap_distance_m=5)
    Asset.objects.create(
        asset_class=benches, external_id="b1", owner=toytown.bodies["parks"], geom=Point(*AT_LAMP, srid=4326)
    )
    here = tile_at(*AT_LAMP, 17)
    classes = lambda **query: {said["class"] for said in properties(tile_features("assets", here, **query))}  # noqa: E731
    assert classes() == {"lamp", "bench"}
    assert classes(class_="bench") == {"bench"}
    assert classes(class_="bench,lamp") == {"lamp", "bench"}
    assert classes(services="street-lamp") == {"lamp"}
    assert classes(services="litter") == set()
    assert classes(services="street-lamp", class_="bench") == set()


def test_a_tile_with_too_many_assets_shows_clusters_by_class(
    toytown: Toytown, tile_features: TileFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mvt, "ASSET_CAP", 1)
    line = LineString(AT_LAMP, (AT_LAMP[0] + 0.02, AT_LAMP[1]), srid=4326)
    streets = AssetClass.objects.create(slug="street", names={"en": "Street"}, snap_distance_m=5)
    Asset.objects.create(asset_class=streets, external_id="s1", owner=toytown.bodies["roads"], geom=line)
    tile = tile_at(*AT_LAMP, 14)
    around = [Tile(14, tile.x + right, tile.y + down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
    counts = {"lamp": 0, "street": 0}
    for part in around:
        for feature in tile_features("assets", part):
            if feature["properties"]["cluster"] and all(0 <= value < 4096 for value in position(feature)):
                counts[feature["properties"]["class"]] += feature["properties"]["count"]
    assert counts == {"lamp": 5, "street": 1}


def test_assets_of_a_past_day_stand_where_they_stood_with_the_owner_of_that_day(
    toytown: Toytown, tile_features: TileFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp, day = toytown.assets["lamp-1"], date(2026, 5, 3)
    change_asset(lamp, owner=toytown.bodies["parks"], since=day, source="Handed over")
    let_asset_vanish(toytown.assets["lamp-2"], source="Gone", since=day)
    here = tile_at(*AT_LAMP, 17)

    def owners(**query: str) -> dict[str, str]:
        return {said["external_id"]: said["owner"] for said in properties(tile_features("assets", here, **query))}

    assert owners(on="2026-05-02") == {"lamp-1": "roads", "lamp-2": "power-company"}
    assert owners(on="2026-05-03") == owners() == {"lamp-1": "parks"}
    assert owners(on="1999-12-31") == {}
    assert owners(body="roads") == {} and owners(body="parks,roads") == {"lamp-1": "parks"}
    assert owners(on="2026-05-02", body="roads") == {"lamp-1": "roads"}
    span = {"from_": "2026-05-02", "to": "2026-05-03"}
    both = [said["owner"] for said in properties(tile_features("assets", here, class_="lamp", **span))]
    assert sorted(both) == ["parks", "power-company", "roads"]  # each as it was, lamp-1 twice
    assert owners(**span, body="roads") == {"lamp-1": "roads"}
    assert owners(on="2026-05-02", class_="lamp") == {"lamp-1": "roads", "lamp-2": "power-company"}
    monkeypatch.setattr(mvt, "ASSET_CAP", 0)
    count = lambda **query: [said["count"] for said in properties(tile_features("assets", here, **query))]  # noqa: E731
    assert sum(count(on="2026-05-02")) == 2
    assert sum(count()) == 1


def test_the_base_map_has_a_layer_for_each_kind(toytown: Toytown, client: Client) -> None:
    BasemapFeature.objects.create(kind="land", names={"zh-hans": "陆地"}, geom=box(-74.0, 40.7, -73.98, 40.72)[0])
    BasemapFeature.objects.create(
        kind="street", rank=3, min_zoom=13, names={"en": "Main St"}, geom=LineString(IN_WEST, IN_EAST, srid=4326)
    )
    decoded = {z: decode(_basemap(client, z)) for z in (12, 13)}
    assert set(decoded[12]) == {"land", "place"}
    assert set(decoded[13]) == {"land", "place", "street"}
    assert properties(decoded[13]["street"]) == [{"rank": 3, "name": "Main St"}]
    assert properties(decoded[13]["land"]) == [{"rank": 0, "name": "陆地", "name_zh": "陆地"}]
    assert properties(decoded[13]["place"]) == [{"rank": 0, "name": "Old Market", "name_zh": "老市场"}]


def test_the_base_map_draws_low_ranks_first(toytown: Toytown, client: Client) -> None:
    for rank in (7, 1, 4):
        corner = 40.7 + rank / 1000
        BasemapFeature.objects.create(kind="park", rank=rank, geom=Polygon.from_bbox((-74.0, corner, -73.98, 40.72)))
    assert [said["rank"] for said in properties(decode(_basemap(client, 13))["park"])] == [1, 4, 7]


@pytest.mark.parametrize("layer", ["boundaries", "basemap"])
@pytest.mark.parametrize("z", [0, 22])
def test_the_lowest_and_the_highest_zoom_work(toytown: Toytown, client: Client, layer: str, z: int) -> None:
    tile = tile_at(*IN_WEST, z)
    assert client.get(f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt").status_code in (200, 204)


def _basemap(client: Client, z: int) -> bytes:
    tile = tile_at(*IN_WEST, z)
    return client.get(f"/tiles/basemap/{z}/{tile.x}/{tile.y}.mvt").content
