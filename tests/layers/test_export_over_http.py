"""Layers and classes of assets downloaded over HTTP: who gets what, once, and stable refusals."""

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.test import Client

from layers.models import Asset
from layers.services.change_asset import change_asset, let_asset_vanish
from tests.layers.exports import BEFORE, assert_same, iso_day, opened, stored
from tests.toytown import Toytown


def get(client: Client, path: str, **headers: str) -> object:
    return client.get(f"/api/v1/layers{path}", headers=headers)


def body_of(response: object) -> bytes:
    return b"".join(response.streaming_content)


def test_everyone_may_list_public_layers_with_their_licence_and_files(client: Client, toytown: Toytown) -> None:
    toytown.layers["wards"].is_public = False
    toytown.layers["wards"].save()
    answer = get(client, "").json()
    assert [layer["slug"] for layer in answer] == ["park-land", "districts", "parks"]
    assert answer[1]["licence"] == "None needed"
    assert answer[1]["downloads"]["gpkg"] == "http://testserver/api/v1/layers/districts.gpkg"
    client.force_login(User.objects.create_user("staff"))
    assert "wards" in [layer["slug"] for layer in get(client, "").json()]


def test_a_layer_is_downloaded_over_http_for_a_day(
    client: Client, toytown: Toytown, tmp_path: Path, ending: str
) -> None:
    response = get(client, f"/wards.{ending}?on={BEFORE}")
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="wards_{BEFORE}.{ending}"'
    (tmp_path / f"w.{ending}").write_bytes(body_of(response))
    assert_same(opened(tmp_path / f"w.{ending}"), stored("wards", BEFORE), ending)


def test_the_same_file_is_not_sent_twice_until_something_changes(client: Client, toytown: Toytown) -> None:
    first = get(client, "/districts.gpkg")
    again = get(client, "/districts.gpkg", if_none_match=first["ETag"])
    assert (again.status_code, again["ETag"]) == (304, first["ETag"])
    assert get(client, "/districts.geojson")["ETag"] != first["ETag"]
    toytown.bodies["sanitation-west"].names = {"en": "Renamed"}
    toytown.bodies["sanitation-west"].save()
    assert get(client, "/districts.gpkg", if_none_match=first["ETag"]).status_code == 200


def test_a_private_layer_is_for_staff_only(client: Client, toytown: Toytown) -> None:
    toytown.layers["wards"].is_public = False
    toytown.layers["wards"].save()
    refused = get(client, "/wards.gpkg")
    assert (refused.status_code, refused.json()["code"]) == (404, "layer_unknown")
    client.force_login(User.objects.create_user("staff"))
    allowed = get(client, "/wards.gpkg")
    assert allowed.status_code == 200
    assert "private" in allowed["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere.gpkg", 404, "layer_unknown"),
        ("/districts.shp", 404, "format_unknown"),
        ("/districts.gpkg?on=yesterday", 400, "day_invalid"),
        ("/districts.gpkg?on=2026-02-30", 400, "day_invalid"),
    ],
)
def test_refusals_have_stable_codes(client: Client, toytown: Toytown, path: str, status: int, code: str) -> None:
    response = get(client, path)
    assert (response.status_code, response.json()["code"]) == (status, code)


def lamps(client: Client, path: str, folder: Path, ending: str) -> gpd.GeoDataFrame:
    response = client.get(f"/api/v1/asset-classes/lamp.{ending}{path}")
    assert response.status_code == 200
    file = folder / f"lamps{len(list(folder.iterdir()))}.{ending}"
    file.write_bytes(body_of(response))
    return opened(file)


def test_a_class_of_things_is_downloaded_over_http_for_a_day(
    client: Client, toytown: Toytown, tmp_path: Path, ending: str
) -> None:
    lamp, day = toytown.assets["lamp-1"], date(2026, 5, 3)
    change_asset(lamp, geom=Point(-73.9955, 40.7105, srid=4326), since=day, source="Moved")
    let_asset_vanish(toytown.assets["lamp-5"], source="Gone", since=day)
    now, before = lamps(client, "", tmp_path, ending), lamps(client, "?on=2026-05-02", tmp_path, ending)
    assert now["external_id"].tolist() == ["lamp-1", "lamp-2", "lamp-3", "lamp-4"]
    assert len(before) == 5
    assert now.crs.to_epsg() == before.crs.to_epsg() == 4326
    assert (now.geometry.iloc[0].x, before.geometry.iloc[0].x) == (-73.9955, -73.995)
    assert iso_day(before["valid_to"].iloc[0]) == "2026-05-03"
    assert len(lamps(client, "?on=1999-05-02", tmp_path, ending)) == 0


@pytest.mark.django_db(transaction=True)  # what was changed is noted once a transaction
def test_a_class_is_not_sent_twice_and_refused_by_name(client: Client, toytown: Toytown) -> None:
    first = client.get("/api/v1/asset-classes/lamp.gpkg")
    body_of(first)
    path = "/api/v1/asset-classes/lamp.gpkg"
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
    Asset.objects.filter(external_id="lamp-1").update(names={"en": "Renamed"})
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 200
    [listed] = client.get("/api/v1/asset-classes").json()
    assert listed["downloads"]["parquet"] == "http://testserver/api/v1/asset-classes/lamp.parquet"
    for path, status, code in [
        ("tree.gpkg", 404, "asset_class_unknown"),
        ("lamp.shp", 404, "format_unknown"),
        ("lamp.gpkg?on=may", 400, "day_invalid"),
    ]:
        answer = client.get(f"/api/v1/asset-classes/{path}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
