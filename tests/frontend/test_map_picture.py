"""`/map.png`: the heatmap for pages without script and for mail."""

import io
import threading
from datetime import date

import numpy as np
import pytest
from django.http import QueryDict
from django.test import Client
from PIL import Image

from frontend.views import map_picture
from tests.tiles.conftest import make_report
from tests.toytown import IN_EAST, IN_WEST, Toytown
from tiles.tile_cache import TileCache

TOWN = "bbox=-74.0,40.7,-73.98,40.72&size=400x400&period=all"


@pytest.fixture(autouse=True)
def forget_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_picture, "PICTURES", TileCache())


def picture(client: Client, query: str) -> np.ndarray:
    response = client.get(f"/map.png?{query}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(response.content)).convert("RGB")).astype(int)


def test_heat_is_where_the_reports_are(toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = picture(client, TOWN)
    monkeypatch.setattr(map_picture, "PICTURES", TileCache())
    for _ in range(30):
        make_report(toytown, "litter", *IN_WEST)
    changed = np.abs(picture(client, TOWN) - before).sum(axis=2) > 30
    changed[:40] = changed[-100:] = False  # title and legend
    rows, columns = np.nonzero(changed)
    assert len(rows) > 100
    assert columns.max() < 200  # IN_WEST lies in the western half
    assert not changed[:, 200:].any()


def test_the_filters_are_the_page_s(toytown: Toytown, client: Client) -> None:
    for _ in range(20):
        make_report(toytown, "litter", *IN_WEST)
        make_report(toytown, "pothole", *IN_EAST, state="fixed")
    asked = [
        "group=public-works",
        "services=pothole",
        "status=closed",
        "from=2026-05-10&to=2026-05-10",
        "week=2026-05-06",
    ]
    everything = client.get(f"/map.png?{TOWN}").content
    contents = {query: client.get(f"/map.png?{TOWN}&{query}") for query in asked}
    assert {response.status_code for response in contents.values()} == {200}
    for query in asked[:3]:
        assert contents[query].content != everything, query


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("size=10x10", "picture_invalid"),
        ("size=1600x1600", "picture_invalid"),
        ("size=800", "picture_invalid"),
        ("size=８００x600", "picture_invalid"),
        ("theme=pink", "picture_invalid"),
        ("lang=tlh", "picture_invalid"),
        ("period=5", "picture_invalid"),
        ("week=yesterday", "picture_invalid"),
        ("bbox=1,2,3", "bbox_invalid"),
        ("bbox=1,2,3,4,5", "bbox_invalid"),
        ("bbox=nan,1,2,3", "bbox_invalid"),
        ("bbox=-73,40,-74,41", "bbox_invalid"),
        ("bbox=-180,-90,180,90", "bbox_invalid"),
        ("from=2026-02-30", "filter_invalid"),
        ("from=2026-02-03&to=2026-01-01", "filter_invalid"),
        ("status=lost", "filter_invalid"),
        ("moon=full", "filter_unknown"),
        ("services=nothing", "filter_code_unknown"),
        ("group=nothing", "filter_code_unknown"),
    ],
)
def test_bad_questions_are_refused_with_a_code(toytown: Toytown, client: Client, query: str, code: str) -> None:
    response = client.get(f"/map.png?{query}")
    assert response.status_code == 400
    assert response.json()["code"] == code
    assert response.json()["detail"]
    assert response["Cache-Control"] == "no-store"


def test_it_is_kept_by_caches_and_answered_by_304(toytown: Toytown, client: Client) -> None:
    first = client.get(f"/map.png?{TOWN}")
    assert first["Cache-Control"] == "public, max-age=300"
    again = client.get(f"/map.png?{TOWN}", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304


def test_equal_questions_are_drawn_once(toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get(f"/map.png?{TOWN}&group=cleanliness,public-works").content
    monkeypatch.setattr("frontend.views.map_picture.picture_of", lambda question: pytest.fail("drawn again"))
    assert client.get(f"/map.png?group=public-works&group=cleanliness&{TOWN}").content == first


def test_any_place_and_the_smallest_and_largest_size_are_drawn(toytown: Toytown, client: Client) -> None:
    assert picture(client, "size=120x120").shape == (120, 120, 3)
    assert picture(client, "size=1600x1000&bbox=179,84,180,85").shape == (1000, 1600, 3)
    assert picture(client, "bbox=-179.9,-85,179.9,85&theme=dark&lang=zh-hans").shape == (600, 800, 3)


def test_a_flood_of_different_pictures_is_drawn_one_by_one_and_most_of_it_refused(
    toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_picture, "WAIT_S", 0.05)
    kept = client.get(f"/map.png?{TOWN}").content
    drawing = threading.Event()
    done = threading.Event()
    at_once: list[int] = []

    def slow(_question: object) -> bytes:
        at_once.append(1)
        drawing.set()
        assert done.wait(20)
        return b"picture"

    monkeypatch.setattr(map_picture, "picture_of", slow)
    question = map_picture.picture_question(QueryDict("size=130x130"), date(2026, 5, 10))
    first = threading.Thread(target=map_picture.kept_picture, args=[question])
    first.start()
    assert drawing.wait(20)
    for size in range(140, 145):
        refused = client.get(f"/map.png?size={size}x{size}")
        assert (refused.status_code, refused.json()["code"]) == (503, "picture_busy")
        assert int(refused["Retry-After"]) >= 0 and refused["Cache-Control"] == "no-store"
    assert client.get(f"/map.png?{TOWN}").content == kept  # what is there is still answered
    done.set()
    first.join()
    assert len(at_once) == 1
    assert client.get("/map.png?size=140x140").content == b"picture"
