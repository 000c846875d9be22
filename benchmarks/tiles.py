"""Heat tiles beside a plain ST_AsMVT of the same points (what tile servers for PostGIS send)."""

from django.db import connection
from django.test import Client

from benchmarks.__main__ import milliseconds, row
from geo.grid import tile_at

MIDTOWN = (-73.985, 40.750)
PLAIN = """
    SELECT ST_AsMVT(points, 'reports') FROM (
        SELECT id, state, ST_AsMVTGeom(ST_Transform(public_point, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s)) AS geom
        FROM issues_servicerequest
        WHERE public_point && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4326)
    ) AS points"""


def plain(address: dict[str, int]) -> None:
    """The peer: every point of the tile, one connection, no HTTP."""
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, address)
        bytes(cursor.fetchone()[0])


def ours(client: Client, path: str) -> None:
    """Our heat tile as a browser gets it; an error page must not pass for a fast tile."""
    response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code}.")


def measure() -> None:
    """Print the rows of this benchmark."""
    client = Client(SERVER_NAME="127.0.0.1")
    for zoom in (10, 12, 14):
        tile = tile_at(*MIDTOWN, zoom)
        address = {"z": tile.z, "x": tile.x, "y": tile.y}
        path = "/tiles/heat/{z}/{x}/{y}.mvt".format(**address)
        heat, _worst = milliseconds(lambda path=path: ours(client, path), 60)
        peer, _worst = milliseconds(lambda address=address: plain(address), 60)
        row(f"heat tile z{zoom} through Django, p50", f"{heat:.1f} ms", "counted on the fly; bins come with issue 5")
        row(
            f"plain ST_AsMVT of its points z{zoom}, SQL only, p50", f"{peer:.1f} ms", f"ours / peer {heat / peer:.1f} ×"
        )
