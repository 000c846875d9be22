"""Importing areas and things on the staff's pages: upload, difference, refusals, publication, who may."""

import uuid
from datetime import date, timedelta
from pathlib import Path

import pytest
import shapely
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone

from config.jobs import HANDLERS
from jobs.models import Job
from jobs.progress import no_progress
from layers.models import Asset, Boundary, GoldenPoint, ImportDraft, Publication
from layers.services.drafts import KEPT_DAYS, drop_old_drafts
from tests.frontend.import_pages import address, columns, compared, draft_of, geojson, in_chinese, page, upload
from tests.layers.district_files import districts
from tests.signing_in import staff
from tests.toytown import Toytown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english_again_afterwards")]
BOWTIE = "POLYGON ((-74.0 40.72, -73.985 40.73, -73.985 40.72, -74.0 40.73, -74.0 40.72))"


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
