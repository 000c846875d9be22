"""Cases as staff may see them, and who may act on them."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.db.models import Collect
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import MultiPolygon
from django.contrib.gis.measure import D
from django.db.models import Case as DbCase
from django.db.models import Count, F, IntegerField, Q, QuerySet, When
from django.db.models.functions import Ceil, Extract, Now
from django.utils.translation import gettext as _

from issues.arbitration import CaseState
from issues.errors import CaseUnknown, NotAllowed
from issues.models import Attachment, Case, Membership, Position, Ruling, ServiceRequest
from issues.models.arbitration import LIVE
from layers.models import Body
from layers.selectors.bodies import bodies_with_offices
from layers.selectors.city import as_multipolygon

Staff = User | AnonymousUser
SECONDS_A_DAY = 86_400.0
NEAR_M = 500.0
NEAR_LIMIT = 20


def is_arbitrator(user: Staff) -> bool:
    """Whether the user may rule on every case."""
    return user.has_perm("issues.arbitrate")


def check_arbitrator(user: Staff) -> None:
    """NotAllowed unless the user is an arbitrator."""
    if not is_arbitrator(user):
        raise NotAllowed(_("Only arbitrators can do that."))


def staff_bodies(user: Staff) -> QuerySet[Body]:
    """The bodies that the user speaks for: their own and those bodies' offices."""
    if not user.is_authenticated or not user.is_active:
        return Body.objects.none()
    return bodies_with_offices(Membership.objects.filter(user=user).values_list("body__slug", flat=True))


def cases_of(user: Staff) -> QuerySet[Case]:
    """All cases for arbitrators, else those on which a body of the user is asked to speak."""
    if is_arbitrator(user):
        return Case.objects.all()
    return Case.objects.filter(pk__in=Case.claimants.through.objects.filter(body__in=staff_bodies(user)).values("case"))


def case_of(user: Staff, case_id: int) -> Case:
    """The case; CaseUnknown where there is none that the user may see."""
    case = cases_of(user).select_related("service").defer("zone_m").filter(pk=case_id).first()
    if case is None:
        raise CaseUnknown(_("There is no such case, or it is not yours to see."))
    return case


@dataclass(frozen=True)
class CaseFilter:
    """Which cases, and in which order. Empty fields ask for nothing; `body` is a slug, with its offices."""

    cause: str = ""
    body: str = ""
    state: str = "live"
    order: str = "harm"


def case_queue(user: Staff, wanted: CaseFilter | None = None) -> QuerySet[Case]:
    """The user's cases, each with `open_reports`, `age_days` and `harm`.

    Harm is the number of reports that wait, times the days since the case opened
    (a day that has begun counts). Orders: `harm`, `age` or `due`; an appeal comes
    first in each.
    """
    wanted = wanted or CaseFilter()
    cases = cases_of(user)
    if wanted.state == "live":
        cases = cases.filter(state__in=LIVE)
    elif wanted.state:
        cases = cases.filter(state=wanted.state)
    if wanted.cause:
        cases = cases.filter(cause=wanted.cause)
    if wanted.body:
        bodies = bodies_with_offices([wanted.body])
        cases = cases.filter(pk__in=Case.claimants.through.objects.filter(body__in=bodies).values("case"))
    first = {"age": "opened_at", "due": "due_date"}.get(wanted.order, "-harm")
    return (
        cases.select_related("service")
        .prefetch_related("claimants")
        .defer("zone", "zone_m")
        .annotate(
            open_reports=Count("case_reports", filter=Q(case_reports__left_at=None)),
            age_days=Ceil(Extract(Now() - F("opened_at"), "epoch") / SECONDS_A_DAY, output_field=IntegerField()),
        )
        .annotate(harm=F("open_reports") * F("age_days"))
        .order_by(DbCase(When(state=CaseState.APPEALED, then=0), default=1), first, "due_date", "pk")
    )


def open_reports_of(case: Case) -> QuerySet[ServiceRequest]:
    """The reports that wait in the case, oldest first."""
    waiting = ServiceRequest.objects.filter(case_reports__case=case, case_reports__left_at=None)
    return waiting.select_related("service").order_by("requested_datetime", "pk")


def standing_positions(case: Case) -> list[Position]:
    """The newest position of each body, by when it was stated."""
    newest = Position.objects.filter(case=case).order_by("body_id", "-pk").distinct("body_id").values("pk")
    joined = ("body", "user", "attachment", "boundary__jurisdiction__layer", "asset__asset_class", "ruling__body")
    large = ("attachment__content", "boundary__geom", "boundary__geom_m", "ruling__zone", "ruling__zone_m")
    return list(Position.objects.filter(pk__in=newest).select_related(*joined).defer(*large))


def rulings_near(case: Case) -> list[Ruling]:
    """Other cases' rulings over zones within 500 m of this one's, nearest first.

    Each has `distance` (a `Distance`; `.m` is metres) and `uses`, the number of
    decisions that rest on it.
    """
    here = case.zone.transform(settings.CITY.srid, clone=True)
    of_zones = (
        Ruling.objects.exclude(case=case)
        .filter(zone_m__dwithin=(here, D(m=NEAR_M)))
        .annotate(distance=Distance("zone_m", here))
    )
    found = of_zones.select_related("body", "service", "asset_class").defer("zone", "zone_m")
    return list(found.annotate(uses=Count("responsibilities")).order_by("distance", "-pk")[:NEAR_LIMIT])


def rulings_of(case: Case) -> list[Ruling]:
    """The case's own rulings, newest first, each with `uses`."""
    found = case.rulings.select_related("body", "service", "asset_class", "user", "reversed_by")
    return list(found.annotate(uses=Count("responsibilities")).order_by("-pk"))


def zone_around(case: Case, radius_m: float) -> MultiPolygon:
    """All places (EPSG:4326) within `radius_m` of a report that waits in the case; empty where none waits."""
    here = open_reports_of(case).aggregate(points=Collect("point_m"))["points"]
    if here is None:
        return MultiPolygon(srid=4326)
    around = here.buffer(radius_m)
    around.transform(4326)
    return as_multipolygon(around)


def attachment_of(user: Staff, attachment_id: UUID) -> Attachment | None:
    """A file of a position in a case that the user may see."""
    return Attachment.objects.filter(pk=attachment_id, position__case__in=cases_of(user)).first()
