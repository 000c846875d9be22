"""Layers as files, opened again with GDAL and pyarrow and compared with the database."""

import json
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pyogrio
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.core.management import CommandError, call_command
from django.utils import timezone

from layers.models import Asset, Boundary
from layers.services.change_asset import change_asset, let_asset_vanish
from tests.layers.exports import BEFORE, assert_same, iso_day, opened, stored
from tests.live import connect, manage
from tests.toytown import MOVED_ON, Toytown, box


def export(slug: str, path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("export_layer", slug, str(path), *arguments, stdout=out)
    return out.getvalue()


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


def test_batches_make_one_file_with_lines_and_polygons_in_it(
    toytown: Toytown, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.selectors.frames.BATCH", 2)
    lamp = toytown.assets["lamp-1"]
    for name, shape in [
        ("path", "LINESTRING (-73.99 40.7, -73.98 40.7)"),
        ("yard", "POLYGON ((-73.99 40.7, -73.99 40.71, -73.98 40.71, -73.99 40.7))"),
    ]:
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


def test_new_yorks_council_districts_of_2020_are_not_those_of_today(new_york_database: str, tmp_path: Path) -> None:
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
