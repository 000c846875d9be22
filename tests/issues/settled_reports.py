"""Reports whose answer is settled: what memory learns from."""

from datetime import timedelta

from django.contrib.gis.geos import Point
from django.utils import timezone

from issues.models import Responsibility, ServiceRequest
from tests import toytown as place
from tests.toytown import Toytown


def settled(
    town: Toytown,
    body: str,
    *,
    service: str = "litter",
    state: str = "accepted",
    days_ago: float = 10,
    shift: float = 0.0,
) -> ServiceRequest:
    """A report that a body has accepted, `shift` degrees east of Toytown's gap."""
    lon, lat = place.IN_GAP
    point = Point(lon + shift, lat, srid=4326)
    when = timezone.now() - timedelta(days=days_ago)
    report = ServiceRequest.objects.create(
        service=town.services[service],
        point=point,
        public_point=point,
        state=state,
        requested_datetime=when,
        due_date=when.date(),
        body=town.bodies[body],
        outcome="assigned",
    )
    Responsibility.objects.create(
        service_request=report,
        outcome="assigned",
        rule="boundary",
        body=town.bodies[body],
        confidence=1,
        candidates=[],
        rules_version=1,
        valid_on=when.date(),
    )
    return report


def remember_parks(town: Toytown, count: int) -> list[ServiceRequest]:
    """So many reports in the gap, a day between each, that Parks accepted."""
    return [settled(town, "parks", days_ago=20 + number, shift=0.00001 * number) for number in range(count)]
