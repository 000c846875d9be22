"""The word that reading, checking, comparing and publishing share."""

from dataclasses import dataclass

import shapely


@dataclass(frozen=True)
class Area:
    """What one body answers for, by the source's own `code`.

    `body` is a slug, `geometry` is EPSG:4326, `row` the number in the file that
    it came from (1 is the first feature), None for an area of the database.
    """

    code: str
    names: dict[str, str]
    body: str
    geometry: shapely.MultiPolygon
    row: int | None = None
