"""Keeps what the public sees of places in step with what the service allows."""

from django.contrib.gis.geos import Point
from django.db import transaction

from issues.models import Service, ServiceRequest
from issues.privacy import public_point
from layers.selectors.places import describe_place

BATCH = 500


@transaction.atomic
def refresh_public_points(service: Service) -> int:
    """Make anew the public point and place of all reports of `service`; how many changed.

    To be called when `exact_point_is_public` changes: reports that were sent
    before must not stay exact on the map.
    """
    changed = []
    for report in ServiceRequest.objects.filter(service=service).select_for_update().iterator(chunk_size=BATCH):
        lon, lat = report.point.x, report.point.y
        seen = Point(*public_point(lon, lat, service.exact_point_is_public), srid=4326)
        if seen != report.public_point:
            report.public_point = seen
            report.place = describe_place(lon, lat, exact=service.exact_point_is_public)
            changed.append(report)
    ServiceRequest.objects.bulk_update(changed, ["public_point", "place"], batch_size=BATCH)
    return len(changed)
