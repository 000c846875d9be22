"""A change of New York's borders for journeys: Manhattan 5 loses its western half to Manhattan 4."""

import json
from contextlib import closing
from pathlib import Path

import shapely

from tests.live import LiveCity, connect

LOSES, GAINS = "105", "104"
SHAPE = """
    SELECT ST_AsGeoJSON(boundary.geom, 15)
    FROM layers_boundary AS boundary JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = jurisdiction_id
    JOIN layers_layer AS layer ON layer.id = layer_id
    WHERE layer.slug = 'sanitation_districts' AND code = %s AND superseded_at IS NULL AND valid_to IS NULL"""


def district(city: LiveCity, code: str) -> shapely.Geometry:
    """The district in force (EPSG:4326)."""
    with closing(connect(city.database_url)) as database, database.cursor() as cursor:
        cursor.execute(SHAPE, [code])
        return shapely.from_geojson(cursor.fetchone()[0])


def write_moved_border(city: LiveCity, path: Path) -> shapely.Point:
    """Write the two districts after the change as GeoJSON; a point (EPSG:4326) in what moves."""
    old = district(city, LOSES)
    west, south, east, north = old.bounds
    half = shapely.intersection(old, shapely.box(west, south, (west + east) / 2, north))
    shapes = {LOSES: shapely.difference(old, half), GAINS: shapely.union(district(city, GAINS), half)}
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in shapes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return half.representative_point()
