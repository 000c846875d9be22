"""New York's real polygons: PostGIS and shapely must name the same boundaries."""

from collections import defaultdict
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely

from geo import sql
from issues.selectors.evidence import EVIDENCE_SQL
from tests.live import connect

POINTS = 10_000
TODAY = date(2026, 11, 21)
SRID = 32118


@pytest.fixture(scope="module")
def cursor(new_york_database: str) -> object:
    connection = connect(new_york_database)
    with connection, connection.cursor() as cursor:
        yield cursor
    connection.close()


@pytest.fixture(scope="module")
def boundaries(cursor: object) -> dict[int, tuple[int, shapely.Geometry]]:
    """Id to layer and polygon of all boundaries in force."""
    cursor.execute(
        """SELECT boundary.id, jurisdiction.layer_id, ST_AsBinary(boundary.geom) FROM layers_boundary AS boundary
           JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
           WHERE valid_from <= %(today)s AND (valid_to IS NULL OR valid_to > %(today)s) AND superseded_at IS NULL""",
        {"today": TODAY},
    )
    return {pk: (layer, shapely.from_wkb(bytes(wkb))) for pk, layer, wkb in cursor.fetchall()}


def covering_by_postgis(cursor: object, services: list[int], points: np.ndarray) -> list[set[int]]:
    """The covering boundaries of each point, by the statement that the product runs."""
    count = len(points)
    cursor.execute(
        sql.statement(EVIDENCE_SQL),
        {
            "service_ids": services,
            "lons": points[:, 0].tolist(),
            "lats": points[:, 1].tolist(),
            "accuracies_m": [0.0] * count,
            "asset_ids": [None] * count,
            "days": [TODAY] * count,
            "known_at": [datetime.now(UTC)] * count,
            "service_request_ids": [None] * count,
            "srid": SRID,
            "chosen_limit_m": 100,
            "nearest_limit_m": 2000,
        },
    )
    found: list[set[int]] = [set() for _ in range(count)]
    for question, _kind, _asset, boundary, _body, _city, _rank, covers, *_rest in cursor.fetchall():
        if covers and boundary is not None:  # rulings of the journeys cover places too
            found[question - 1].add(boundary)
    return found


def covering_by_shapely(
    boundaries: dict[int, tuple[int, shapely.Geometry]], layers: list[set[int]], points: np.ndarray
) -> list[set[int]]:
    """The same by shapely's tree and `covers`, on whole polygons."""
    ids = list(boundaries)
    tree = shapely.STRtree([boundaries[pk][1] for pk in ids])
    found: list[set[int]] = [set() for _ in points]
    for point, polygon in zip(*tree.query(shapely.points(points), predicate="covered_by"), strict=True):
        if boundaries[ids[polygon]][0] in layers[point]:
            found[point].add(ids[polygon])
    return found


def compare(cursor: object, boundaries: dict[int, tuple[int, shapely.Geometry]], points: np.ndarray) -> int:
    """Compare both for each point with some service; returns how many covering boundaries there were."""
    cursor.execute("SELECT service_id, layer_id FROM issues_service_layers")
    deciding: dict[int, set[int]] = defaultdict(set)
    for service, layer in cursor.fetchall():
        deciding[service].add(layer)
    services = sorted(deciding)
    asked = [services[number % len(services)] for number in range(len(points))]
    by_postgis = covering_by_postgis(cursor, asked, points)
    by_shapely = covering_by_shapely(boundaries, [deciding[service] for service in asked], points)
    assert by_postgis == by_shapely
    return sum(len(found) for found in by_postgis)


def test_ten_thousand_random_points_have_the_boundaries_that_shapely_computes(
    cursor: object, boundaries: dict[int, tuple[int, shapely.Geometry]]
) -> None:
    rng = np.random.default_rng(20261121)
    xmin, ymin, xmax, ymax = shapely.total_bounds([geom for _layer, geom in boundaries.values()])
    points = rng.uniform((xmin, ymin), (xmax, ymax), (POINTS, 2))
    assert compare(cursor, boundaries, points) > POINTS / 4


def test_corners_of_boundaries_have_the_boundaries_that_shapely_computes(
    cursor: object, boundaries: dict[int, tuple[int, shapely.Geometry]]
) -> None:
    rng = np.random.default_rng(7)
    corners = shapely.get_coordinates([geom for _layer, geom in boundaries.values()])
    points = rng.choice(corners, 2_000, replace=False)
    assert compare(cursor, boundaries, points) > 0
