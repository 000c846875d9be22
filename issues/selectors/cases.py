"""Cases as staff may see them, and who may act on them."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from issues.errors import CaseUnknown, NotAllowed
from issues.models import Case, Membership
from issues.models.arbitration import LIVE
from layers.models import Body
from layers.selectors.bodies import bodies_with_offices

Staff = User | AnonymousUser


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


def case_queue(user: Staff) -> QuerySet[Case]:
    """The user's live cases with `open_reports`, the longest waiting and most asked first.

    Harm is the number of reports that wait times the days since the case opened
    (each day counted as begun).
    """
    waiting = Count("case_reports", filter=Q(case_reports__left_at=None), distinct=True)
    return (
        cases_of(user)
        .filter(state__in=LIVE)
        .select_related("service")
        .prefetch_related("claimants")
        .defer("zone_m")
        .annotate(open_reports=waiting)
        .order_by("due_date", F("open_reports").desc(), "pk")
    )
