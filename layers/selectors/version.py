"""The version of all that decides who is responsible."""

from typing import NamedTuple

from django.db.models import Count, Max

from layers.models import GeographyChange


class GeographyVersion(NamedTuple):
    """Differs whenever boundaries, assets, layers, bodies or services differ; later is not always larger."""

    changes: int
    newest: int


def geography_version() -> GeographyVersion:
    """The version that this transaction sees."""
    found = GeographyChange.objects.aggregate(changes=Count("pk"), newest=Max("pk"))
    return GeographyVersion(found["changes"], found["newest"] or 0)
