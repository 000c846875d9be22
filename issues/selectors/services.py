"""The services a citizen can choose from."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Count

from issues.models import Service, ServiceGroup, ServiceRequest
from layers.selectors.city import box_around

NEARBY_M = 400
"""What is reported within five minutes' walk is a good guess for the next report."""


def active_services() -> list[Service]:
    """All services that can be reported, with their group, in the pack's order."""
    services = Service.objects.filter(is_active=True).select_related("group")
    return list(services.order_by("group__position", "id"))


def service_ids(codes: Collection[str], groups: Collection[str]) -> list[int] | None:
    """Ids of the services with one of these codes and of one of these groups (slugs); None where neither is asked."""
    if not (codes or groups):
        return None
    wanted = Service.objects.order_by("id")
    if codes:
        wanted = wanted.filter(service_code__in=codes)
    if groups:
        wanted = wanted.filter(group__slug__in=groups)
    return list(wanted.values_list("id", flat=True))


def grouped_services() -> list[tuple[ServiceGroup, list[Service]]]:
    """Active services by group, both in the pack's order."""
    by_group: dict[ServiceGroup, list[Service]] = defaultdict(list)
    for service in active_services():
        by_group[service.group].append(service)
    return list(by_group.items())


def likely_services(lon: float, lat: float, limit: int = 3) -> list[Service]:
    """The services reported most often near the point (EPSG:4326), most frequent first.

    Sensitive services are left out: whoever asks from many points would learn where one was reported.
    """
    around = box_around(lon, lat, NEARBY_M)
    frequent = (
        ServiceRequest.objects.filter(
            public_point__coveredby=around, service__is_active=True, service__exact_point_is_public=True
        )
        .values_list("service_id")
        .annotate(times=Count("id"))
        .order_by("-times", "service_id")[:limit]
    )
    services = Service.objects.select_related("group").in_bulk([service_id for service_id, _times in frequent])
    return [services[service_id] for service_id, _times in frequent]
