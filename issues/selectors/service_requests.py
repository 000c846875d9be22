"""Reads of reports: what the public sees, what staff see, what is near."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Polygon
from django.contrib.gis.measure import D
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import TruncWeek
from django.utils import timezone

from issues.deadlines import kept_share
from issues.models import Membership, Service, ServiceRequest
from issues.routing.outcomes import Outcome
from issues.workflow import State
from layers.selectors.bodies import bodies_with_offices
from layers.selectors.city import point_in_metres

OPEN_STATES = [state.value for state in State if state.status == "open"]
CLOSED_STATES = [state.value for state in State if state.status == "closed"]
NEARBY_M = 150.0


@dataclass(frozen=True)
class RequestFilter:
    """Which reports. Empty fields ask for nothing; days are whole days of the city, both included.

    `bbox` is xmin, ymin, xmax, ymax in degrees (EPSG:4326).
    """

    groups: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    status: str = ""
    from_day: date | None = None
    to_day: date | None = None
    bbox: tuple[float, float, float, float] | None = None


def public_service_requests(wanted: RequestFilter | None = None) -> QuerySet[ServiceRequest]:
    """Reports as the public may list and count them, newest first.

    Refused ones are left out, and those of sensitive services: a list, or the
    difference of two counts, would single them out. The public sees them as
    squares of at least five only (docs/tiles.md).
    """
    shown = ServiceRequest.objects.exclude(state=State.REFUSED).filter(service__exact_point_is_public=True)
    return filtered(shown, wanted or RequestFilter())


def filtered(requests: QuerySet[ServiceRequest], wanted: RequestFilter) -> QuerySet[ServiceRequest]:
    """`requests` narrowed to `wanted`, with what lists show already joined."""
    conditions = Q()
    if wanted.groups:
        conditions &= Q(service__group__slug__in=wanted.groups)
    if wanted.services:
        conditions &= Q(service__service_code__in=wanted.services)
    if wanted.bodies:
        conditions &= Q(body__in=bodies_with_offices(wanted.bodies))
    if wanted.states:
        conditions &= Q(state__in=wanted.states)
    if wanted.status:
        conditions &= Q(state__in=OPEN_STATES if wanted.status == "open" else CLOSED_STATES)
    if wanted.from_day:
        conditions &= Q(requested_datetime__gte=_midnight(wanted.from_day))
    if wanted.to_day:
        conditions &= Q(requested_datetime__lt=_midnight(wanted.to_day + timedelta(days=1)))
    if wanted.bbox:
        conditions &= Q(public_point__intersects=Polygon.from_bbox(wanted.bbox))
    return requests.filter(conditions).select_related("service__group", "body").defer("point_m")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def public_service_request(service_request_id: int) -> ServiceRequest | None:
    """One report, None if there is none or its service is sensitive; refused ones are shown as closed."""
    found = reporters_service_request(service_request_id)
    return found if found and found.service.exact_point_is_public else None


def reporters_service_request(service_request_id: int) -> ServiceRequest | None:
    """One report for who sent it, None if there is none. The caller has checked the tracking key."""
    return ServiceRequest.objects.select_related("service__group", "body").filter(pk=service_request_id).first()


def nearby_similar(service: Service, lon: float, lat: float, limit: int = 5) -> list[ServiceRequest]:
    """Open reports of the same service within 150 m of the point (EPSG:4326), nearest first.

    Each has `distance` (a `Distance`; `.m` is metres). Services whose exact points
    are private give none: the distance would tell where they are.
    """
    if not service.exact_point_is_public:
        return []
    here = point_in_metres(lon, lat)
    return list(
        ServiceRequest.objects.filter(service=service, state__in=OPEN_STATES, point_m__dwithin=(here, D(m=NEARBY_M)))
        .annotate(distance=Distance("point_m", here))
        .select_related("service", "body")
        .order_by("distance")[:limit]
    )


def requests_of(user: User | AnonymousUser) -> QuerySet[ServiceRequest]:
    """The reports that a member of staff may see: all for arbitrators, else those of their bodies."""
    if user.has_perm("issues.arbitrate"):
        return ServiceRequest.objects.all()
    if not user.is_authenticated:
        return ServiceRequest.objects.none()
    own = Membership.objects.filter(user=user).values_list("body__slug", flat=True)
    return ServiceRequest.objects.filter(body__in=bodies_with_offices(own))


def desk_queue(user: User | AnonymousUser, wanted: RequestFilter) -> QuerySet[ServiceRequest]:
    """The user's reports in the order of the desk.

    Undecided ones first (contested, gap, uncertain), then what is overdue, then
    what is open by due date, then what is closed.
    """
    today = timezone.localdate()
    urgency = Case(
        When(state__in=CLOSED_STATES, then=Value(9)),
        When(outcome=Outcome.CONTESTED.value, then=Value(0)),
        When(outcome=Outcome.GAP.value, then=Value(1)),
        When(outcome=Outcome.UNCERTAIN.value, then=Value(2)),
        When(due_date__lt=today, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    return filtered(requests_of(user), wanted).annotate(urgency=urgency).order_by("urgency", "due_date", "-id")


@dataclass(frozen=True)
class PublicSummary:
    """How many reports are open and closed, and which share of deadlines was kept (`issues.deadlines.kept_share`)."""

    open: int
    closed: int
    kept_share: float | None


def public_summary(requests: QuerySet[ServiceRequest]) -> PublicSummary:
    """The summary of `requests`."""
    counts = requests.order_by().aggregate(
        open=Count("id", filter=Q(state__in=OPEN_STATES)),
        closed=Count("id", filter=Q(state__in=CLOSED_STATES)),
        kept=Count("id", filter=Q(state__in=CLOSED_STATES, updated_datetime__date__lte=F("due_date"))),
    )
    return summary_of(**counts, overdue=overdue_of(requests).count())


def overdue_of(requests: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    """Those that are open though due."""
    return requests.filter(state__in=OPEN_STATES, due_date__lt=timezone.localdate())


def summary_of(*, open: int, closed: int, kept: int, overdue: int) -> PublicSummary:
    """The summary of counts."""
    return PublicSummary(open, closed, kept_share(kept, closed, overdue))


@dataclass(frozen=True)
class WeeklyCounts:
    """Reports by week, Monday to Sunday in the city's time zone; `counts` has no gaps, a week without is 0."""

    first_monday: date
    counts: tuple[int, ...]


def reports_by_week(requests: QuerySet[ServiceRequest]) -> WeeklyCounts:
    """How many of `requests` were made in each week, from the first to the last that has any; no counts without any."""
    weeks = requests.order_by().values(week=TruncWeek("requested_datetime")).annotate(count=Count("id"))
    found = {timezone.localdate(row["week"]): row["count"] for row in weeks}
    if not found:
        return WeeklyCounts(timezone.localdate(), ())
    first = min(found)
    length = (max(found) - first).days // 7 + 1
    return WeeklyCounts(first, tuple(found.get(first + timedelta(weeks=index), 0) for index in range(length)))
