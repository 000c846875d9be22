"""The HTTP side: addresses, methods, caches, TileJSON."""

import gzip
from datetime import date

import brotli
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo.cells import CellKind
from geo.grid import tile_at
from tests.tiles.conftest import decode, make_report
from tests.toytown import IN_WEST, Toytown
from tiles.hotspot_question import HotspotQuestion
from tiles.registry import LAYERS
from tiles.services.compute_hotspots import compute_hotspots

TILE = tile_at(*IN_WEST, 14)
HEAT = f"/tiles/heat/14/{TILE.x}/{TILE.y}.mvt"


@pytest.fixture
def reported(toytown: Toytown) -> Toytown:
    make_report(toytown, "litter", *IN_WEST)
    return toytown


def test_a_tile_is_a_vector_tile_that_caches_may_keep(reported: Toytown, client: Client) -> None:
    response = client.get(HEAT)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert response["Cache-Control"] == "public, max-age=1"
    assert response["ETag"].startswith('"') and len(response["ETag"]) == 34


@pytest.mark.parametrize(
    ("layer", "age"), [("heat", 1), ("reports", 1), ("boundaries", 300), ("assets", 300), ("basemap", 300)]
)
def test_every_layer_says_how_long_it_keeps(reported: Toytown, client: Client, layer: str, age: int) -> None:
    response = client.get(f"/tiles/{layer}/14/{TILE.x}/{TILE.y}.mvt")
    assert response.status_code == 200
    assert response["Cache-Control"] == f"public, max-age={age}"


def test_a_reader_who_has_the_tile_gets_304_without_a_body(reported: Toytown, client: Client) -> None:
    etag = client.get(HEAT)["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = client.get(HEAT, headers={"If-None-Match": known})
        assert response.status_code == 304 and response.content == b""
        assert response["ETag"] == etag and response["Cache-Control"] == "public, max-age=1"
    assert client.get(HEAT, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_new_report_changes_the_etag(reported: Toytown, client: Client) -> None:
    etag = client.get(HEAT)["ETag"]
    make_report(reported, "litter", *IN_WEST)
    assert client.get(HEAT, headers={"If-None-Match": etag})["ETag"] != etag


def test_equal_questions_have_equal_etags(reported: Toytown, client: Client) -> None:
    assert client.get(f"{HEAT}?services=litter,noise")["ETag"] == client.get(f"{HEAT}?services=noise,,litter")["ETag"]


@pytest.mark.parametrize("known", ["", "etag"])
def test_a_tile_is_the_same_for_every_language_and_user(
    reported: Toytown, client: Client, admin_client: Client, known: str
) -> None:
    etag = client.get(HEAT)["ETag"]
    for reader in (client, admin_client):
        reader.cookies["django_language"] = "zh-hans"
        headers = {"Accept-Language": "zh-hans", **({"If-None-Match": etag} if known else {})}
        response = reader.get(HEAT, headers=headers)
        assert response["ETag"] == etag
        assert "Content-Language" not in response and "Set-Cookie" not in response
        vary = response.get("Vary", "").lower()
        assert "cookie" not in vary and "accept-language" not in vary


def test_compressed_tiles_differ_by_encoding_only(toytown: Toytown, client: Client) -> None:
    for number in range(40):
        make_report(toytown, "litter", IN_WEST[0] + number / 10000, IN_WEST[1])
    tile = tile_at(*IN_WEST, 15)
    response = client.get(f"/tiles/reports/15/{tile.x}/{tile.y}.mvt", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    again = client.get(response.request["PATH_INFO"], headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("BR", "br"),
        ("gzip", "gzip"),
        ("gzip;q=0", ""),
        ("xbr, brx, x-gzip", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_each_encoding_has_its_own_headers_and_the_same_tile(
    toytown: Toytown, client: Client, accepted: str, encoding: str
) -> None:
    for number in range(60):
        make_report(toytown, "litter", IN_WEST[0] + number / 10000, IN_WEST[1])
    plain = client.get(HEAT)
    response = client.get(HEAT, headers={"Accept-Encoding": accepted})
    assert response.get("Content-Encoding", "") == encoding
    assert response["Vary"] == "Accept-Encoding" and response["Cache-Control"] == "public, max-age=1"
    assert int(response["Content-Length"]) == len(response.content)
    assert unpacked(response.content, encoding) == plain.content
    assert response["ETag"] == ("W/" if encoding else "") + plain["ETag"]
    for known in (response["ETag"], plain["ETag"]):
        again = client.get(HEAT, headers={"Accept-Encoding": accepted, "If-None-Match": known})
        assert again.status_code == 304 and again.content == b""
        assert (again["ETag"], again["Vary"]) == (response["ETag"], "Accept-Encoding")
        assert "Content-Encoding" not in again


def unpacked(content: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return brotli.decompress(content)
    return gzip.decompress(content) if encoding else content


def test_tiles_for_staff_are_kept_by_their_own_browser_only_and_asked_again(toytown: Toytown) -> None:
    layer = compute_hotspots(
        HotspotQuestion(date(2026, 4, 6), date(2026, 5, 31), services=("litter",), cell=CellKind.SQUARE, size_m=100)
    )
    staff = Client()
    staff.force_login(User.objects.create_superuser("planner"))
    address = reverse("hotspot_tile", args=[layer.pk, TILE.z, TILE.x, TILE.y])
    response = staff.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.status_code == 200 and response["Content-Encoding"] == "gzip"
    assert {part.strip() for part in response["Cache-Control"].split(",")} == {"private", "no-cache"}
    assert {"Cookie", "Accept-Encoding"} <= {part.strip() for part in response["Vary"].split(",")}
    assert staff.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert Client().get(address).status_code == 302


def test_a_tile_is_answered_without_looking_at_sessions_and_still_says_how_to_be_treated(
    reported: Toytown, admin_client: Client
) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = admin_client.get(HEAT + "?services=litter")
    assert len(asked) and not any("session" in query["sql"] or "auth_user" in query["sql"] for query in asked)
    assert response["X-Content-Type-Options"] == "nosniff" and response["Referrer-Policy"] == "same-origin"
    assert not response.cookies
    refused = admin_client.get(HEAT + "?services=unicorn", headers={"Accept-Language": "zh-hans"})
    assert refused.status_code == 400 and "unicorn" in refused.json()["detail"]
    assert not refused.json()["detail"].isascii()


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_outside_the_city_is_204_and_asks_no_statement_of_the_layer(
    toytown: Toytown, client: Client, layer: str, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(1):  # which boundary layers are public, which hotspot layer is newest
        for z, x, y in [(12, 0, 0), (22, 0, 0), (22, 2**22 - 1, 2**22 - 1), (1, 1, 1), (8, 0, 96), (8, 255, 96)]:
            response = client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt")
            assert response.status_code == 204 and response.content == b""
            assert "ETag" not in response and "Content-Type" not in response
            if layer in ("boundaries", "hotspots"):
                break


def test_inside_but_empty_is_204(toytown: Toytown, client: Client) -> None:
    response = client.get(HEAT)
    assert response.status_code == 204 and response["Cache-Control"] == "public, max-age=1"


@pytest.mark.parametrize(
    "address",
    ["23/0/0", "0/1/0", "0/0/1", "-1/0/0", "14/16384/0", "14/-1/0", "1.5/0/0", "z/x/y", "014/0/0", "9/%20/0", "3/8/0"],
)
def test_an_impossible_address_is_400_and_says_what_to_write(client: Client, address: str) -> None:
    response = client.get(f"/tiles/heat/{address}.mvt")
    assert response.status_code == 400
    assert response.json()["code"] == "tile_address_invalid"
    assert "z from 0 to 22" in response.json()["detail"]


def test_an_unknown_layer_is_404_and_lists_those_there_are(client: Client) -> None:
    for address in ("/tiles/unicorns/0/0/0.mvt", "/tiles/unicorns.json"):
        response = client.get(address)
        assert response.status_code == 404
        assert response.json()["code"] == "tile_layer_unknown"
        assert "boundaries" in response.json()["detail"]


def test_head_answers_like_get_without_a_body(reported: Toytown, client: Client) -> None:
    response = client.head(HEAT)
    assert response.status_code == 200 and response.content == b""
    assert response["ETag"] == client.get(HEAT)["ETag"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods_are_405(client: Client, method: str) -> None:
    assert getattr(client, method)(HEAT).status_code == 405
    assert getattr(client, method)("/tiles/heat.json").status_code == 405


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_tilejson_describes_the_layer(toytown: Toytown, client: Client, layer: str, settings) -> None:
    response = client.get(f"/tiles/{layer}.json")
    document = response.json()
    assert response["Content-Type"] == "application/json" and response["ETag"]
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == [f"http://testserver/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"]
    assert document["bounds"] == list(settings.CITY.extent)
    assert document["center"][:2] == list(settings.CITY.center)
    assert document["minzoom"] <= document["center"][2] <= document["maxzoom"] == 22
    assert settings.CITY.attribution[0] in document["attribution"]
    assert all(part["fields"] and part["description"] for part in document["vector_layers"])


def test_tilejson_of_boundaries_credits_the_sources_of_public_layers(toytown: Toytown, client: Client) -> None:
    toytown.layers["wards"].source, toytown.layers["wards"].is_public = "Secret survey", False
    toytown.layers["wards"].save()
    attribution = client.get("/tiles/boundaries.json").json()["attribution"]
    assert attribution.endswith(" · Toytown") and "Secret" not in attribution


def test_tilejson_hands_the_question_on_in_its_one_spelling(toytown: Toytown, client: Client) -> None:
    [address] = client.get("/tiles/heat.json?status=closed&services=noise,litter,noise").json()["tiles"]
    assert address == "http://testserver/tiles/heat/{z}/{x}/{y}.mvt?services=litter,noise&state=fixed"


def test_every_property_of_a_tile_is_described_in_its_tilejson(reported: Toytown, client: Client) -> None:
    for layer in LAYERS:
        described = {part["id"]: part["fields"] for part in client.get(f"/tiles/{layer}.json").json()["vector_layers"]}
        for z in (13, 14, 16):
            tile = tile_at(*IN_WEST, z)
            for name, features in decode(client.get(f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt").content).items():
                for feature in features:
                    assert set(feature["properties"]) <= set(described[name])
