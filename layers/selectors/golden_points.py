"""The golden points of the loaded city."""

from layers.models import GoldenPoint as StoredGoldenPoint
from layers.pack.golden_points import GoldenPoint


def golden_points() -> list[GoldenPoint]:
    """As `load_city` read them from the pack, with the changes that publications explained; in the file's order."""
    return [
        GoldenPoint(
            name=found.name,
            lon=found.point.x,
            lat=found.point.y,
            service_code=found.service_code,
            accuracy_m=found.accuracy_m,
            on=found.on,
            outcome=found.outcome,
            bodies=tuple(found.bodies),
            why=found.why,
        )
        for found in StoredGoldenPoint.objects.all()
    ]
