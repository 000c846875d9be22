"""The GDAL of the wheels, as uploads meet it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pyogrio
import pytest
from django.contrib.gis.gdal import DataSource


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a server inside the network, and the paths it was asked for."""
    paths: list[str] = []

    class Inside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Inside) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


@pytest.mark.parametrize(("kind", "member"), [("link", "href"), ("URL", "url")])
def test_a_file_that_links_to_its_crs_makes_gdal_ask_nobody(
    kind: str, member: str, asked: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, paths = asked
    crs = {"type": kind, "properties": {member: f"{address}/secret"}}
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [-74, 40.7]}}
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [point]}))
    assert pyogrio.read_info(file)["features"] == 1
    assert len(DataSource(str(file))[0]) == 1
    assert paths == []
