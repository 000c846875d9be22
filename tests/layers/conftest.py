"""What tests of layers share."""

import pytest


@pytest.fixture(params=["geojson", "gpkg", "parquet"])
def ending(request: pytest.FixtureRequest) -> str:
    """The ending of an exported file, once for each format."""
    return request.param
