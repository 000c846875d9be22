"""Keeps the loaded city's golden points, so that every process can replay them without the pack's files."""

from collections.abc import Sequence

from django.contrib.gis.geos import Point
from django.db import transaction

from layers.models import GoldenPoint as StoredGoldenPoint
from layers.pack.golden_points import GoldenPoint


@transaction.atomic
def load_golden_points(points: Sequence[GoldenPoint]) -> int:
    """Replace what is stored; the number of points."""
    StoredGoldenPoint.objects.all().delete()
    made = StoredGoldenPoint.objects.bulk_create(
        StoredGoldenPoint(
            name=point.name,
            point=Point(point.lon, point.lat, srid=4326),
            service_code=point.service_code,
            accuracy_m=point.accuracy_m,
            on=point.on,
            outcome=point.outcome,
            bodies=list(point.bodies),
            why=point.why,
            position=position,
        )
        for position, point in enumerate(points)
    )
    return len(made)


def expect(name: str, outcome: str, bodies: Sequence[str]) -> None:
    """From now on this answer is the expected one at the point of that name: its change was explained."""
    StoredGoldenPoint.objects.filter(name=name).update(outcome=outcome, bodies=list(bodies))
