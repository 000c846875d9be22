"""Uploads of areas and things, as a publisher sends them through the pages."""

from pathlib import Path

import geopandas as gpd
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from layers.models import ImportDraft
from tests.layers.district_files import districts, to_geojson


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


def in_chinese(client: Client, draft: ImportDraft) -> str:
    return client.get(address(draft), headers={"accept-language": "zh-hans"}).content.decode()


def draw(client: Client, shape: shapely.Geometry, **fields: str) -> HttpResponse:
    """Change Toytown's western district on the page that draws."""
    file = SimpleUploadedFile("drawing.geojson", shapely.to_geojson(shape).encode())
    posted = {"code": "west", "valid_from": "2025-05-01", "drawing": file, **fields}
    return client.post("/desk/layers/districts/edit/", posted)
