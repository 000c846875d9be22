"""Layers as files, opened again with GDAL and pyarrow and compared with the database."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from django.contrib.auth.models import User
from django.contrib.gis.geos import GEOSGeometry, Point
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from layers.models import Asset, Boundary
from layers.selectors.boundaries import boundaries_on
from layers.services.change_asset import change_asset, let_asset_vanish
from tests.live import connect
from tests.toytown import MOVED_ON, Toytown, box

BEFORE = MOVED_ON - timedelta(days=1)
ENDINGS = ["geojson", "gpkg", "parquet"]


def opened(path: Path) -> gpd.GeoDataFrame:
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    return gpd.read_file(path, engine="pyogrio")


def iso_day(value: object) -> str:
    """GDAL takes a GeoJSON text that looks like a day for one."""
    return str(value)[:10]


@pytest.fixture(params=ENDINGS)
def ending(request: pytest.FixtureRequest) -> str:
    return request.param


def export(slug: str, path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("export_layer", slug, str(path), *arguments, stdout=out)
    return out.getvalue()


def stored(slug: str, day: date) -> dict[str, shapely.Geometry]:
    return {
        boundary.jurisdiction.code: shapely.from_wkb(bytes(boundary.geom.wkb))
        for boundary in boundaries_on(day, layers=[slug])
    }


def assert_same(frame: gpd.GeoDataFrame, wanted: dict[str, shapely.Geometry], ending: str) -> None:
    assert frame.crs.to_epsg() == 4326
    found = dict(zip(frame["code"], frame.geometry, strict=True))
    assert found.keys() == wanted.keys()
    for code, geometry in wanted.items():
        if ending == "geojson":  # 7 decimals
            assert found[code].hausdorff_distance(geometry) < 1e-7
        else:
            assert shapely.equals_exact(found[code], geometry, 0)


def test_a_layer_comes_out_as_it_is_stored(toytown: Toytown, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"districts.{ending}"
    assert "2 rows" in export("districts", path)
    frame = opened(path)
    assert_same(frame, stored("districts", timezone.localdate()), ending)
    east = frame[frame["code"] == "east"].iloc[0]
    assert (east["name_en"], east["name_zh_hans"], east["body"]) == ("East", "east区", "sanitation-east")
    assert (east["body_name_en"], east["body_name_zh_hans"]) == ("Sanitation East", "环卫局东区")
    assert (iso_day(east["valid_from"]), east["source"], east["licence"]) == ("2000-01-01", "Toytown", "None needed")
    assert frame["valid_to"].isna().all()


def test_a_past_day_has_its_own_lines(toytown: Toytown, tmp_path: Path, ending: str) -> None:
    before, after = tmp_path / f"before.{ending}", tmp_path / f"after.{ending}"
    export("wards", before, "--on", BEFORE.isoformat())
    export("wards", after, "--on", MOVED_ON.isoformat())
    assert opened(before).total_bounds[2] == pytest.approx(-73.994)
    assert opened(after).total_bounds[2] == pytest.approx(-73.995)
    assert [iso_day(day) for day in opened(before)["valid_to"]] == [MOVED_ON.isoformat()]


def test_what_was_known_then_comes_out_again(toytown: Toytown, tmp_path: Path) -> None:
    east = toytown.boundaries["east"]
    corrected = datetime(2025, 1, 1, tzinfo=UTC)
    Boundary.objects.filter(pk=east.pk).update(superseded_at=corrected)
    Boundary.objects.create(
        jurisdiction=east.jurisdiction,
        geom=box(-73.99, 40.7, -73.984, 40.72),
        valid_from=east.valid_from,
        recorded_at=corrected,
    )
    export("districts", tmp_path / "now.gpkg")
    export("districts", tmp_path / "then.gpkg", "--known-at", "2024-12-31T12:00:00")
    assert opened(tmp_path / "now.gpkg").total_bounds[2] == pytest.approx(-73.984)
    assert opened(tmp_path / "then.gpkg").total_bounds[2] == pytest.approx(-73.985)


def test_a_hole_stays_a_hole(toytown: Toytown, tmp_path: Path, ending: str) -> None:
    export("parks", tmp_path / f"parks.{ending}")
    [commons] = opened(tmp_path / f"parks.{ending}").geometry
    assert len(commons.geoms[0].interiors) == 1


def test_a_day_without_areas_gives_an_empty_file_with_all_columns(
    toytown: Toytown, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"none.{ending}"
    export("wards", path, "--on", "1999-01-01")
    frame = opened(path)
    assert len(frame) == 0
    if ending != "geojson":  # a GeoJSON without features names no columns
        assert {"code", "name_en", "valid_from", "licence"} <= set(frame.columns)


def test_assets_come_out_with_their_owner(toytown: Toytown, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"lamps.{ending}"
    export("lamp", path)
    frame = opened(path)
    assert frame["external_id"].tolist() == [f"lamp-{number}" for number in range(1, 6)]
    assert frame["owner_name_zh_hans"].iloc[1] == "电力公司"
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == (-73.995, 40.71)


def test_assets_of_a_past_day_have_their_owner_and_place_of_that_day(
    toytown: Toytown, tmp_path: Path, ending: str
) -> None:
    lamps, day = toytown.assets, date(2026, 5, 3)
    change_asset(lamps["lamp-1"], owner=toytown.bodies["parks"], since=day, source="Handed over")
    let_asset_vanish(lamps["lamp-2"], source="Gone", since=day)
    export("lamp", tmp_path / f"now.{ending}")
    export("lamp", tmp_path / f"before.{ending}", "--on", "2026-05-02")
    now, before = opened(tmp_path / f"now.{ending}"), opened(tmp_path / f"before.{ending}")
    assert dict(zip(now["external_id"], now["owner"], strict=True))["lamp-1"] == "parks"
    assert "lamp-2" not in set(now["external_id"])
    assert before["owner"].tolist()[:2] == ["roads", "power-company"]
    assert [iso_day(found) for found in before["valid_to"][:2]] == ["2026-05-03", "2026-05-03"]


def test_a_file_that_is_there_is_replaced(toytown: Toytown, tmp_path: Path) -> None:
    export("districts", tmp_path / "layer.gpkg")
    export("parks", tmp_path / "layer.gpkg")
    assert pyogrio.list_layers(tmp_path / "layer.gpkg")[:, 0].tolist() == ["parks"]


def test_geojson_follows_rfc_7946(toytown: Toytown, tmp_path: Path) -> None:
    import json

    export("parks", tmp_path / "parks.geojson")
    content = json.loads((tmp_path / "parks.geojson").read_text())
    assert "crs" not in content
    ring, hole = content["features"][0]["geometry"]["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw
    assert not shapely.LinearRing(hole).is_ccw


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere", "x.gpkg"], "no layer and no asset class 'nowhere'"),
        (["districts", "x.shp"], "geojson, gpkg, parquet"),
    ],
)
def test_the_command_refuses_with_a_sentence(toytown: Toytown, arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("export_layer", *arguments)


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


def test_batches_make_one_file_with_lines_and_polygons_in_it(
    toytown: Toytown, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.selectors.frames.BATCH", 2)
    lamp = toytown.assets["lamp-1"]
    for name, shape in [("path", "LINESTRING (-73.99 40.7, -73.98 40.7)"), ("yard", place_box(-73.99, 40.7))]:
        Asset.objects.create(
            asset_class=lamp.asset_class,
            external_id=name,
            owner=lamp.owner,
            names={"de": "Hof"},
            geom=GEOSGeometry(shape, srid=4326),
        )
    assert "7 rows" in export("lamp", tmp_path / f"all.{ending}")
    frame = opened(tmp_path / f"all.{ending}")
    assert frame.geometry.geom_type.tolist() == ["Point"] * 5 + ["LineString", "Polygon"]
    assert frame["external_id"].tolist()[-2:] == ["path", "yard"]
    assert frame["name_de"].tolist()[-2:] == ["Hof", "Hof"]
    assert frame.geometry.iloc[-1].exterior.is_ccw or ending != "geojson"


def place_box(lon: float, lat: float) -> str:
    return f"POLYGON (({lon} {lat}, {lon} {lat + 0.01}, {lon + 0.01} {lat + 0.01}, {lon} {lat}))"


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


def test_new_yorks_council_districts_of_2020_are_not_those_of_today(new_york_database: str, tmp_path: Path) -> None:
    from tests.live import manage

    frames = {}
    for day in ("2020-05-03", "2026-05-03"):
        path = tmp_path / f"{day}.gpkg"
        done = manage("new_york", new_york_database, "export_layer", "council_districts", str(path), "--on", day)
        assert done.returncode == 0, done.stderr
        frames[day] = opened(path).set_index("code")
    old, new = frames.values()
    assert (len(old), len(new)) == (51, 51)
    assert set(old["valid_to"]) == {"2024-01-01"}
    moved = [code for code in old.index if not old.geometry[code].equals(new.geometry[code])]
    assert len(moved) > 40
    connection = connect(new_york_database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT jurisdiction.code, ST_AsBinary(boundary.geom) FROM layers_boundary AS boundary
               JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = jurisdiction_id
               JOIN layers_layer AS layer ON layer.id = layer_id
               WHERE layer.slug = 'council_districts' AND valid_to = '2024-01-01' AND superseded_at IS NULL"""
        )
        wanted = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in cursor.fetchall()}
    connection.close()
    assert all(shapely.equals_exact(old.geometry[code], geometry, 0) for code, geometry in wanted.items())
