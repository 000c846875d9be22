"""Tiles as they are serve programs that know nothing of us: GDAL reads them as QGIS does, browsers from any site."""

from pathlib import Path

import pyogrio
import pytest
from django.test import Client
from pyproj import Transformer

from geo.grid import tile_at
from tests.tiles.conftest import make_report
from tests.toytown import AT_LAMP, IN_WEST, Toytown


@pytest.mark.parametrize("layer", ["heat", "reports", "boundaries", "assets"])
def test_gdal_reads_a_tile_with_its_described_fields_in_its_place(
    toytown: Toytown, client: Client, tmp_path: Path, layer: str
) -> None:
    make_report(toytown, "litter", *AT_LAMP)
    tile = tile_at(*AT_LAMP, 14)
    z, x, y = tile.z, tile.x, tile.y
    file = tmp_path / str(z) / str(x) / f"{y}.mvt"  # GDAL takes the place of a tile from its path
    file.parent.mkdir(parents=True)
    file.write_bytes(client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt").content)
    described = {each["id"]: each["fields"] for each in client.get(f"/tiles/{layer}.json").json()["vector_layers"]}
    found = pyogrio.read_info(f"MVT:{file}", layer=layer, force_feature_count=True)
    assert found["features"] >= 1 and found["crs"] == "EPSG:3857"
    assert set(found["fields"]) - {"mvt_id"} <= set(described[layer])
    west, south, east, north = Transformer.from_crs(3857, 4326, always_xy=True).transform_bounds(
        *pyogrio.read_info(f"MVT:{file}", layer=layer, force_total_bounds=True)["total_bounds"]
    )
    reach = 0.0005  # a cell of heat is 0.0003 degrees wide here
    assert west - reach <= AT_LAMP[0] <= east + reach and south - reach <= AT_LAMP[1] <= north + reach


def test_pages_of_any_site_may_read_what_is_public_and_nothing_else(toytown: Toytown, client: Client) -> None:
    make_report(toytown, "litter", *IN_WEST)
    here = tile_at(*IN_WEST, 14)
    z, x, y = here.z, here.x, here.y
    address = f"/tiles/heat/{z}/{x}/{y}.mvt"
    tile = client.get(address)
    answers = {
        200: tile,
        204: client.get(f"/tiles/heat/{z}/0/0.mvt"),
        304: client.get(address, headers={"if-none-match": tile["ETag"]}),
        400: client.get(f"{address}?services=nothing"),
        404: client.get("/tiles/nothing.json"),
    }
    for status, answer in {**answers, 200: client.get("/tiles/heat.json")}.items():
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, "*")
    assert tile["Access-Control-Allow-Origin"] == "*"
    for private in ("/", "/desk/", f"/planner/hotspots/1/{z}/{x}/{y}.mvt", "/login/"):
        assert "Access-Control-Allow-Origin" not in client.get(private)
