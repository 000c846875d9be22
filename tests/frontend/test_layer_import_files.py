"""Which uploaded files are read, and what is said of those that are not."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from frontend.views.imports import AT_ONCE_BYTES
from layers.importing.uploads import unpacked_bytes
from layers.models import ImportDraft
from tests.frontend.import_pages import address, columns, draft_of, geojson, in_chinese, page, upload
from tests.layers.district_files import districts, to_geopackage, to_zipped_shapefile
from tests.layers.hostile_files import SQUARE, UNREADABLE, described, parquet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english_again_afterwards")]


def test_an_undeclared_coordinate_system_is_asked_for(publisher: Client, tmp_path: Path):
    file = to_zipped_shapefile(districts(), tmp_path)
    content = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            if not name.endswith(".prj"):
                new.writestr(name, old.read(name))
    draft = draft_of(upload(publisher, "areas.zip", content.getvalue()))
    assert "it is never guessed" in page(publisher, draft)
    assert publisher.post(address(draft), columns()).status_code == 422
    assert publisher.post(address(draft), columns(source_crs="32118")).status_code == 303
    assert '<strong class="numbers">2</strong> moved' in page(publisher, draft)
    nonsense = publisher.post(address(draft), columns(source_crs="nonsense"))
    assert nonsense.status_code == 400
    assert "&#x27;nonsense&#x27; is no coordinate reference system" in nonsense.content.decode()


def test_of_several_layers_one_is_chosen_first(publisher: Client, tmp_path: Path):
    file = to_geopackage(districts(), tmp_path)
    districts().to_file(file, layer="more", driver="GPKG")
    draft = draft_of(upload(publisher, "areas.gpkg", file.read_bytes()))
    assert "The file has several layers" in page(publisher, draft)
    assert publisher.post(address(draft), {"action": "compare", "file_layer": "more"}).status_code == 303
    assert publisher.post(address(draft), columns(file_layer="more")).status_code == 303
    assert "moved" in page(publisher, draft)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("areas.vrt", b"<OGRVRTDataSource/>", "no kind that is read here"),
        ("areas.geojson", b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource>", "not what its ending says"),
        ("areas.shp", b"\0\0\x27\x0a", "put them all into one .zip"),
        ("areas.gpkg", b"<xml/>", "not what its ending says"),
        ("areas.zip", b"PK no archive", "no zip archive"),
        ("areas.geojson", b"", "empty"),
    ],
)
def test_files_of_another_kind_are_refused_before_they_are_opened(
    publisher: Client, name: str, content: bytes, sentence: str
):
    answer = upload(publisher, name, content)
    assert answer.status_code in (415, 422)
    assert sentence in answer.content.decode()
    assert not ImportDraft.objects.exists()


def test_an_archive_with_a_file_that_names_others_is_refused(publisher: Client):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.vrt", "<OGRVRTDataSource/>")
    assert "is no part of a shapefile" in upload(publisher, "a.zip", content.getvalue()).content.decode()


def test_an_archive_of_many_files_is_refused_before_they_are_looked_at(publisher: Client):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(201):
            archive.writestr(f"{number}.geojson", "{}")
    assert "more than 200 files" in upload(publisher, "a.zip", content.getvalue()).content.decode()


def test_a_file_of_very_many_columns_is_refused_instead_of_listed(publisher: Client):
    names = ["x", "y", *(f"c{number}" for number in range(500))]
    content = ",".join(names) + "\n" + ",".join(["-74", "40.7", *["1"] * 500]) + "\n"
    draft = draft_of(upload(publisher, "wide.csv", content.encode()))
    shown = page(publisher, draft)
    assert "has 502 columns" in shown and "c499" not in shown


def test_an_area_that_crosses_itself_thousands_of_times_is_refused_and_not_repaired(publisher: Client, tmp_path: Path):
    """Its repair did not end in ten minutes."""
    corners = [[-74 + number * 7919 % 1009 / 1e5, 40.7 + number * 104729 % 1013 / 1e5] for number in range(1000)]
    collection = json.loads(geojson(tmp_path))
    collection["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    draft = draft_of(upload(publisher, "areas.geojson", json.dumps(collection).encode()))
    publisher.post(address(draft), columns())
    shown = page(publisher, draft)
    assert "crosses itself too often to be repaired" in shown
    assert 'name="repair"' not in shown


def test_a_file_that_is_too_large_is_refused(publisher: Client, settings):
    settings.LAYER_FILE_MAX_BYTES = 1000
    answer = upload(publisher, "areas.geojson", json.dumps({"a": "b" * 2000}).encode())
    assert answer.status_code == 413


def test_a_damaged_file_is_said_so_and_can_be_thrown_away(publisher: Client):
    draft = draft_of(upload(publisher, "cut.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea'))
    assert 'role="alert"' in page(publisher, draft)
    assert publisher.post(address(draft), {"action": "compare"}).status_code == 422
    assert publisher.post(address(draft), {"action": "discard"}).status_code == 303


def test_a_small_archive_that_unpacks_to_much_is_no_work_for_a_page(publisher: Client, tmp_path: Path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("areas.geojson", geojson(tmp_path) + b" " * AT_ONCE_BYTES)
    assert len(packed.getvalue()) < AT_ONCE_BYTES / 10
    draft = draft_of(upload(publisher, "areas.zip", packed.getvalue()))
    assert publisher.post(address(draft), columns())["Location"].startswith("/jobs/")


def test_a_geoparquet_file_is_weighed_unpacked_and_must_have_a_footer(publisher: Client, tmp_path: Path):
    path = tmp_path / "areas.parquet"
    districts().to_parquet(path)
    assert unpacked_bytes(path.name, path.read_bytes()) > 0
    refused = upload(publisher, "areas.parquet", b"PAR1 and no more")
    assert "is not what its ending says" in refused.content.decode()


LAMPS = b"id,owner,lon,lat\nlamp-1,roads,-73.995,40.71\nlamp-2,nobody,-73.99,40.71\nlamp-3,roads,here,th\x07ere\n"
THINGS = {"action": "compare", "code_field": "id", "body_field": "owner", "source_crs": "EPSG:4326", "axes": "lonlat"}
THINGS |= {"valid_from": "2026-05-01", "x_field": "lon", "y_field": "lat", "encoding": ""}


def test_what_was_found_in_a_file_is_told_to_each_reader_in_their_language(publisher: Client):
    draft = draft_of(upload(publisher, "lamps.csv", LAMPS, "class:lamp"))
    assert publisher.post(address(draft), THINGS).status_code == 303
    for words in ("there is no body &#x27;nobody&#x27;", "lon, lat are no numbers: &#x27;here&#x27;"):
        assert words in page(publisher, draft)
    assert "没有名为“nobody”的单位" in in_chinese(publisher, draft)
    assert "“lon”和“lat”不是数字：“here”、“th�ere”" in in_chinese(publisher, draft)
    refused = publisher.post(address(draft), {"action": "publish"}, headers={"accept-language": "zh-hans"})
    assert refused.status_code == 409
    assert "Some rows cannot be used." in page(publisher, draft), "refused in Chinese, read in English"


def test_a_file_that_cannot_be_read_names_the_fields_of_the_page_and_no_option(publisher: Client):
    chinese = {"accept-language": "zh-hans"}
    content = "编号,名称\n1,路灯".encode("gb18030")
    draft = draft_of(upload(publisher, "lamps.csv", content, "class:lamp"))
    english, other = page(publisher, draft), in_chinese(publisher, draft)
    assert "is not text in utf-8. Name its encoding under “Encoding of the text”" in english
    assert "的文本不是 utf-8 编码" in other and "“文本编码”" in other
    vague = draft_of(upload(publisher, "vague.csv", b"id,where\n1,here\n", "class:lamp"))
    asked = publisher.post(address(vague), {**THINGS, "x_field": "", "y_field": ""}, headers=chinese)
    assert asked.status_code == 422
    assert "--" not in re.sub(r"<[^>]*>", "", other + asked.content.decode()).replace("<!--", "")


@pytest.mark.parametrize("target", ["layer:districts", "class:lamp"])
@pytest.mark.parametrize("shape", ["arc", "net of triangles", "no WKB"])
def test_a_shape_that_cannot_be_read_is_told_as_a_row_that_cannot_be_used(
    publisher: Client, tmp_path: Path, target: str, shape: str
):
    bad, _why = UNREADABLE[shape]
    good = SQUARE if target == "layer:districts" else shapely.to_wkb(shapely.Point(-73.995, 40.71))
    file = parquet(tmp_path / "areas.parquet", [good, bad], described())
    draft = draft_of(upload(publisher, file.name, file.read_bytes(), target))
    day = timezone.localdate().isoformat()
    asked = {"action": "compare", "code_field": "code", "axes": "lonlat", "valid_from": day, "source": "Council"}
    assert publisher.post(address(draft), {**asked, "body_field": "code"}).status_code == 303
    assert "2 of 2 rows cannot be used" in page(publisher, draft)
    assert publisher.post(address(draft), {"action": "publish"}).status_code == 409


def test_parquet_without_places_and_a_ragged_table_are_refused_in_a_sentence(publisher: Client, tmp_path: Path):
    no_places = parquet(tmp_path / "areas.parquet", [SQUARE], described(encoding="point")).read_bytes()
    for name, content, sentence in [
        ("areas.parquet", no_places, "which column holds the places"),
        ("areas.csv", b"code,title,owner,wkt\n1,2\n", "line 2 has not the cells of the first line (2 ≠ 4)"),
    ]:
        draft = draft_of(upload(publisher, name, content))
        assert sentence in page(publisher, draft)
        asked = publisher.post(address(draft), columns(source_crs="4326"))
        assert asked.status_code == 422 and sentence in asked.content.decode()
