"""Publishes finished quarters of sensitive services as squares of at least five reports, once and for ever."""

from collections import defaultdict
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import TruncQuarter
from django.utils import timezone

from geo.grid import tile_at
from issues.models import Service, ServiceRequest
from tiles.models import SensitiveCell
from tiles.privacy import FINEST_ZOOM, first_day_of_quarter, is_finished, merged_squares
from tiles.rules import PUBLIC_STATES

PUBLISH_LOCK = 5_520_002

Group = tuple[int, date, bool]
"""Service, first day of the quarter, whether demo."""


@transaction.atomic
def publish_sensitive(today: date | None = None) -> int:
    """Publish every finished quarter of every sensitive service that is not yet out; returns how many squares.

    A quarter with too few reports stays unpublished and is looked at again next
    time: nothing was said about it. What is out is never touched, whatever
    becomes of its reports, so that before and after tell nothing of one report.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])
    zone = ZoneInfo(settings.CITY.time_zone)
    today = today or timezone.localdate(timezone=zone)
    running = first_day_of_quarter(today)
    before = datetime.combine(running, time.min, tzinfo=zone)
    out: set[Group] = set(SensitiveCell.objects.values_list("service_id", "quarter", "is_demo").distinct())
    groups: dict[Group, list[tuple[int, int]]] = defaultdict(list)
    reports = (
        ServiceRequest.objects.filter(
            service__in=Service.objects.filter(exact_point_is_public=False),
            state__in=PUBLIC_STATES,
            requested_datetime__lt=before,
        )
        .annotate(quarter=TruncQuarter("requested_datetime", tzinfo=zone))
        .order_by()
        .values_list("service_id", "quarter", "is_demo", "public_point")
    )
    for service, quarter, is_demo, point in reports.iterator(chunk_size=10_000):
        group = (service, quarter.date(), is_demo)
        if group not in out and is_finished(quarter.date(), today):
            tile = tile_at(point.x, point.y, FINEST_ZOOM)
            groups[group].append((tile.x, tile.y))
    squares = [
        SensitiveCell(service_id=service, quarter=quarter, is_demo=is_demo, zoom=zoom, x=x, y=y, count=count)
        for (service, quarter, is_demo), cells in sorted(groups.items())
        for (zoom, x, y), count in sorted(merged_squares(cells).items())
    ]
    SensitiveCell.objects.bulk_create(squares, batch_size=5000)
    return len(squares)
