"""Importing areas and things on the staff's pages: upload, difference, refusals, publication, who may."""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from django.contrib.auth.models import Permission, User
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from config.jobs import HANDLERS
from frontend.views.imports import AT_ONCE_BYTES
from jobs.models import Job
from jobs.progress import no_progress
from layers.importing.uploads import unpacked_bytes
from layers.models import Asset, Boundary, GoldenPoint, ImportDraft, Publication
from layers.services.drafts import KEPT_DAYS, drop_old_drafts
from tests.layers.test_import_boundaries import districts, to_geojson, to_geopackage, to_zipped_shapefile
from tests.toytown import Toytown

pytestmark = pytest.mark.django_db
BOWTIE = "POLYGON ((-74.0 40.72, -73.985 40.73, -73.985 40.72, -74.0 40.73, -74.0 40.72))"


def staff(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def _language_of_requests_stays_here() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def publisher(toytown: Toytown) -> Client:
    return staff("publisher", "publish")


def upload(client: Client, name: str, content: bytes, target: str = "layer:districts") -> HttpResponse:
    return client.post("/desk/layers/import/", {"target": target, "file": SimpleUploadedFile(name, content)})


def draft_of(answer: HttpResponse) -> ImportDraft:
    assert answer.status_code == 303, answer.content.decode()[:3000]
    return ImportDraft.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[-1])


def columns(**other: str) -> dict[str, str]:
    return {
        "action": "compare",
        "code_field": "code",
        "name_field": "title",
        "body_field": "owner",
        "axes": "lonlat",
        "valid_from": "2025-05-01",
        "source": "Council",
        **other,
    }


def compared(client: Client, content: bytes, name: str = "areas.geojson", **other: str) -> ImportDraft:
    draft = draft_of(upload(client, name, content))
    answer = client.post(address(draft), columns(**other))
    assert answer.status_code == 303, answer.content.decode()
    draft.refresh_from_db()
    return draft


def address(draft: ImportDraft) -> str:
    return f"/desk/layers/import/{draft.pk}/"


def page(client: Client, draft: ImportDraft) -> str:
    return client.get(address(draft)).content.decode()


def geojson(tmp_path: Path, frame: gpd.GeoDataFrame | None = None) -> bytes:
    return to_geojson(districts() if frame is None else frame, tmp_path).read_bytes()


@pytest.mark.parametrize("path", ["/desk/layers/", "/desk/layers/import/"])
def test_strangers_are_asked_to_sign_in(toytown: Toytown, client: Client, path: str):
    assert client.get(path)["Location"] == f"/login/?next={path}"


def test_only_publishers_import_and_the_others_read_the_list(toytown: Toytown, publisher: Client, tmp_path: Path):
    draft = compared(publisher, geojson(tmp_path))
    clerk = staff("clerk", "arbitrate")
    refused = [
        clerk.get("/desk/layers/import/"),
        upload(clerk, "areas.geojson", geojson(tmp_path)),
        clerk.get(address(draft)),
        clerk.post(address(draft), {"action": "publish"}),
        clerk.get(address(draft) + "preview.geojson"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    listed = clerk.get("/desk/layers/").content.decode()
    assert "Districts" in listed and "/desk/layers/import/" not in listed
    assert "/desk/layers/import/" in publisher.get("/desk/layers/").content.decode()


def test_a_draft_that_is_none_has_no_preview(toytown: Toytown, publisher: Client):
    assert publisher.get(f"/desk/layers/import/{uuid.uuid4()}/preview.geojson").status_code == 404


def test_a_post_without_the_token_is_refused_before_the_file_is_kept(toytown: Toytown, publisher: Client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = publisher.cookies
    assert upload(strict, "areas.geojson", b"{}").status_code == 403
    assert not ImportDraft.objects.exists()


def test_an_upload_is_asked_for_its_columns_with_guesses_and_first_rows(publisher: Client, tmp_path: Path):
    draft = draft_of(upload(publisher, "areas.geojson", geojson(tmp_path)))
    html = page(publisher, draft)
    assert '<option value="code" selected>' in html and '<option value="owner" selected>' in html
    assert "East End" in html and "WGS 84" in html


def test_the_difference_is_a_list_and_a_map_and_nothing_is_written(publisher: Client, tmp_path: Path):
    before = Boundary.objects.count()
    draft = compared(publisher, geojson(tmp_path))
    html = page(publisher, draft)
    for words in ['<strong class="numbers">2</strong> moved', "187,", "East → East End", "North", "Publish from"]:
        assert words in html
    preview = publisher.get(address(draft) + "preview.geojson").json()
    parts = {(each["properties"]["code"], each["properties"]["part"]) for each in preview["features"]}
    assert parts == {
        ("north", "gained"),
        *(("west", part) for part in ("before", "after", "gained")),
        *(("east", part) for part in ("before", "after", "lost")),
    }
    [lost] = [each for each in preview["features"] if each["properties"]["part"] == "lost"]
    assert shapely.equals(
        shapely.normalize(shapely.geometry.shape(lost["geometry"])),
        shapely.normalize(shapely.box(-73.99, 40.7, -73.989, 40.72)),
    )
    assert Boundary.objects.count() == before


def test_published_it_is_in_force_from_its_day_with_its_source_and_the_file_is_gone(publisher: Client, tmp_path: Path):
    draft = compared(publisher, geojson(tmp_path))
    answer = publisher.post(address(draft), {"action": "publish"})
    assert answer.status_code == 303
    north = Boundary.objects.get(jurisdiction__code="north")
    assert (north.valid_from, north.source) == (date(2025, 5, 1), "Council")
    draft.refresh_from_db()
    assert (draft.state, bytes(draft.content)) == ("published", b"")
    html = page(publisher, draft)
    assert "This draft is published." in html and 'value="publish"' not in html
    assert publisher.post(address(draft), {"action": "publish"}).status_code == 200
    assert Boundary.objects.filter(jurisdiction__code="north").count() == 1


def test_a_golden_point_stops_the_publication_until_its_change_is_explained(publisher: Client, tmp_path: Path):
    GoldenPoint.objects.create(
        name="Border cell",
        point=Point(-73.9895, 40.702, srid=4326),
        service_code="litter",
        outcome="assigned",
        bodies=["sanitation-east"],
        why="It lies just east of the border.",
    )
    before = Boundary.objects.count()
    draft = compared(publisher, geojson(tmp_path))
    refused = publisher.post(address(draft), {"action": "publish"})
    assert refused.status_code == 409
    html = refused.content.decode()
    assert "Expected: Sanitation East. It would be: Sanitation West." in html
    assert "It lies just east of the border." in html
    assert Boundary.objects.count() == before
    blank = publisher.post(address(draft), {"action": "publish", "point": "Border cell", "explanation": " "})
    assert blank.status_code == 409
    given = {"action": "publish", "point": "Border cell", "explanation": "The council moved the border."}
    assert publisher.post(address(draft), given).status_code == 303
    [publication] = Publication.objects.all()
    assert publication.published_by == User.objects.get(username="publisher")
    listed = publisher.get("/desk/layers/").content.decode()
    assert "Border cell: The council moved the border." in listed and "Council" in listed


def test_a_draft_thrown_away_changes_nothing(publisher: Client, tmp_path: Path):
    before = Boundary.objects.count()
    draft = compared(publisher, geojson(tmp_path))
    assert publisher.post(address(draft), {"action": "discard"})["Location"] == "/desk/layers/"
    publisher.post(address(draft), {"action": "publish"})
    assert Boundary.objects.count() == before


def test_what_changed_meanwhile_is_shown_before_it_is_published(publisher: Client, tmp_path: Path):
    first, second = compared(publisher, geojson(tmp_path)), compared(publisher, geojson(tmp_path))
    publisher.post(address(first), {"action": "publish"})
    answer = publisher.post(address(second), {"action": "publish"})
    assert answer.status_code == 409
    assert 'data-code="draft_outdated"' in answer.content.decode()
    assert "Publishing would change nothing" in page(publisher, second)


def test_a_refused_row_stops_the_publication_until_it_is_repaired(publisher: Client, tmp_path: Path):
    frame = districts()
    frame.loc[2, "geometry"] = shapely.from_wkt(BOWTIE)
    draft = compared(publisher, geojson(tmp_path, frame))
    html = page(publisher, draft)
    assert "1 of 3 rows cannot be used" in html and "Self-intersection" in html and "Make it valid" in html
    assert "边界自相交" in in_chinese(publisher, draft)
    assert publisher.post(address(draft), {"action": "publish"}).status_code == 409
    assert not Boundary.objects.filter(jurisdiction__code="north").exists()
    assert publisher.post(address(draft), {"action": "repair", "repair": "3"}).status_code == 303
    assert "Repaired as you asked" in page(publisher, draft)
    assert publisher.post(address(draft), {"action": "publish"}).status_code == 303
    assert Boundary.objects.get(jurisdiction__code="north").geom.valid


def test_the_rest_is_published_when_somebody_says_so(publisher: Client, tmp_path: Path):
    frame = districts()
    frame.loc[1, "owner"] = "nobody"
    draft = compared(publisher, geojson(tmp_path, frame))
    assert "there is no body &#x27;nobody&#x27;" in page(publisher, draft)
    publisher.post(address(draft), {"action": "publish", "skip_refused": "on"})
    assert Boundary.objects.filter(jurisdiction__code="north").exists()
    assert Boundary.objects.filter(jurisdiction__code="east", valid_to=None, superseded_at=None).exists()


def test_exchanged_axes_are_suspected_in_the_words_of_the_page(publisher: Client, tmp_path: Path):
    frame = districts()
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
    draft = compared(publisher, geojson(tmp_path, frame))
    assert "choose “latitude first” below" in page(publisher, draft)
    assert publisher.post(address(draft), {"action": "publish", "skip_refused": "on"}).status_code == 409
    publisher.post(address(draft), columns(axes="latlon"))
    assert publisher.post(address(draft), {"action": "publish"}).status_code == 303


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


def test_things_are_compared_stored_and_removed_only_when_asked(toytown: Toytown, publisher: Client):
    content = b"lamp,owner,lon,lat\nlamp-1,roads,-73.9950,40.7102\nlamp-9,roads,-73.9910,40.7110\n"
    draft = draft_of(upload(publisher, "lamps.csv", content, "class:lamp"))
    asked = {"action": "compare", "code_field": "lamp", "body_field": "owner", "axes": "lonlat", "source_crs": "4326"}
    asked["valid_from"] = timezone.localdate().isoformat()
    assert publisher.post(address(draft), asked).status_code == 303
    html = page(publisher, draft)
    for count, words in [(1, "added"), (1, "moved"), (4, "stored, but not in the file")]:
        assert f'<strong class="numbers">{count}</strong> {words}' in html
    assert not Asset.objects.filter(external_id="lamp-9").exists()
    assert publisher.post(address(draft), {"action": "publish"}).status_code == 303
    assert Asset.objects.get(external_id="lamp-1").geom.y == 40.7102
    assert Asset.objects.filter(asset_class__slug="lamp", gone_on=None).count() == 6


def test_things_that_the_file_lacks_are_gone_when_somebody_says_so(toytown: Toytown, publisher: Client):
    draft = draft_of(upload(publisher, "lamps.csv", b"lamp,owner,lon,lat\nlamp-1,roads,-73.995,40.71\n", "class:lamp"))
    day = timezone.localdate().isoformat()
    asked = {"action": "compare", "code_field": "lamp", "body_field": "owner", "source_crs": "4326", "valid_from": day}
    publisher.post(address(draft), asked)
    publisher.post(address(draft), {"action": "publish", "remove_vanished": "on"})
    assert list(Asset.objects.filter(gone_on=None).values_list("external_id", flat=True)) == ["lamp-1"]


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


def test_a_file_that_is_too_large_is_refused(publisher: Client, settings):
    settings.LAYER_FILE_MAX_BYTES = 1000
    answer = upload(publisher, "areas.geojson", json.dumps({"a": "b" * 2000}).encode())
    assert answer.status_code == 413


def test_a_damaged_file_is_said_so_and_can_be_thrown_away(publisher: Client):
    draft = draft_of(upload(publisher, "cut.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea'))
    assert 'role="alert"' in page(publisher, draft)
    assert publisher.post(address(draft), {"action": "compare"}).status_code == 422
    assert publisher.post(address(draft), {"action": "discard"}).status_code == 303


def test_drafts_are_deleted_after_some_days(publisher: Client, tmp_path: Path):
    draft = compared(publisher, geojson(tmp_path))
    ImportDraft.objects.update(created_at=timezone.now() - timedelta(days=KEPT_DAYS, hours=1))
    assert drop_old_drafts() == 1
    assert publisher.get(address(draft)).status_code == 404


def test_a_large_file_is_compared_and_published_by_jobs_that_lead_back(
    publisher: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("frontend.views.imports.AT_ONCE_BYTES", 100)
    draft = draft_of(upload(publisher, "areas.geojson", geojson(tmp_path)))
    for posted in (columns(), {"action": "publish"}):
        answer = publisher.post(address(draft), posted)
        assert answer.status_code == 303 and answer["Location"].startswith("/jobs/")
        again = publisher.post(address(draft), posted)
        assert again["Location"] == answer["Location"]  # one at a time
        job = Job.objects.latest("id")
        # A worker writes over a connection of its own, which does not see this test's transaction.
        result = HANDLERS[job.kind](no_progress, **job.arguments)
        Job.objects.filter(pk=job.pk).update(result=result, state=Job.State.DONE)
        assert result["url"] == address(draft)
        assert "?options" in page(publisher, draft) or posted["action"] == "publish"
    draft.refresh_from_db()
    assert draft.state == "published"
    assert Boundary.objects.filter(jurisdiction__code="north").exists()
    assert Publication.objects.get().published_by == User.objects.get(username="publisher")


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


def test_a_job_that_may_not_publish_says_why_on_the_drafts_page(
    publisher: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    frame = districts()
    frame.loc[1, "owner"] = "nobody"
    draft = compared(publisher, geojson(tmp_path, frame))
    monkeypatch.setattr("frontend.views.imports.AT_ONCE_BYTES", 100)
    publisher.post(address(draft), {"action": "publish"})
    job = Job.objects.latest("id")
    HANDLERS[job.kind](no_progress, **job.arguments)
    assert "Some rows cannot be used." in page(publisher, draft)
    assert not Boundary.objects.filter(jurisdiction__code="north").exists()


LAMPS = b"id,owner,lon,lat\nlamp-1,roads,-73.995,40.71\nlamp-2,nobody,-73.99,40.71\nlamp-3,roads,here,th\x07ere\n"
THINGS = {"action": "compare", "code_field": "id", "body_field": "owner", "source_crs": "EPSG:4326", "axes": "lonlat"}
THINGS |= {"valid_from": "2026-05-01", "x_field": "lon", "y_field": "lat", "encoding": ""}


def in_chinese(client: Client, draft: ImportDraft) -> str:
    return client.get(address(draft), headers={"accept-language": "zh-hans"}).content.decode()


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


def test_a_job_says_what_it_does_and_why_it_failed_in_the_readers_language(publisher: Client):
    user = User.objects.get(username="publisher")
    reading = {"text": "Reading %(file)s", "words": {"file": "lamps.csv"}}
    failed = {"text": "%(file)s holds no feature.", "words": {"file": "lamps.csv"}}
    states = [({"state": "running", "message": reading}, "正在读取 lamps.csv", "Reading lamps.csv")]
    states += [({"state": "failed", "error": failed}, "lamps.csv 里没有任何要素。", "lamps.csv holds no feature.")]
    states += [({"state": "failed", "error": "Plain"}, "Plain", "Plain")]
    for number, (columns_of_it, chinese, english) in enumerate(states):
        job = Job.objects.create(kind="compare_draft", key=str(number), user=user, **columns_of_it)
        assert english in publisher.get(f"/jobs/{job.pk}/").content.decode()
        told = publisher.get(f"/jobs/{job.pk}/", headers={"accept-language": "zh-hans"})
        assert chinese in told.content.decode()
