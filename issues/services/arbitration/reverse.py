"""Takes rulings back: undone within the grace time, reversed later, appealed by a body, appeals dismissed."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.arbitration import CaseState
from issues.errors import CaseNotLive, NotAllowed, RulingNotInForce
from issues.models import Case, Responsibility, Ruling, ServiceRequest
from issues.models.arbitration import LIVE
from issues.selectors.cases import case_of, check_arbitrator, staff_bodies
from issues.selectors.service_requests import OPEN_STATES
from issues.services.arbitration.acts import check_text, lock_case, record
from issues.services.arbitration.open_cases import case_due_date, end_case
from issues.services.arbitration.rule import BATCH
from issues.services.arbitration.turns import wait_for_decisions
from issues.services.assign import decide_again

ANY_STATE = tuple(CaseState)


def undo_until(ruling: Ruling) -> datetime:
    """The moment until which the ruling can simply be undone."""
    return ruling.confirmed_at + timedelta(minutes=settings.CITY.arbitration.undo_grace_minutes)


def undo_ruling(ruling_id: int, reason: str, *, user: User, version: int | None = None) -> Ruling:
    """Take a ruling back within its grace time, with all that it settled.

    Raises
    ------
    NotAllowed, CaseUnknown
        No arbitrator; no such ruling.
    RulingInvalid
        No reason.
    RulingNotInForce
        Taken back before, or the grace time is over: reverse it, with a reason.
    CaseChanged
        Somebody acted on the case since `version` was read.
    """
    reason = check_text(reason, _("Write why the ruling is undone."))
    with transaction.atomic():
        ruling, case = _locked(ruling_id, user, version)
        if timezone.now() > undo_until(ruling):
            raise RulingNotInForce(_("The time to undo is over. Reverse the ruling and say why."))
        return _take_back(ruling, case, reason, user, is_undo=True, reopen=True)


def reverse_ruling(ruling_id: int, reason: str, *, user: User, reopen: bool, version: int | None = None) -> Ruling:
    """Stop a ruling at once: no later report is settled by it.

    Parameters
    ----------
    reopen
        Whether the open reports that it settled are decided anew and its case waits
        again; otherwise they stay where they are.

    Raises
    ------
    NotAllowed, CaseUnknown, CaseChanged
        As `undo_ruling`.
    RulingInvalid
        No reason.
    RulingNotInForce
        Taken back before.
    """
    reason = check_text(reason, _("Write why the ruling is reversed."))
    with transaction.atomic():
        ruling, case = _locked(ruling_id, user, version)
        return _take_back(ruling, case, reason, user, is_undo=False, reopen=reopen)


@transaction.atomic
def appeal_ruling(ruling_id: int, reason: str, *, user: User, version: int | None = None) -> Case:
    """A claimant asks the arbitrators to look again; the ruling holds meanwhile.

    Raises
    ------
    CaseUnknown
        No such ruling that the user may see.
    NotAllowed
        The user speaks for no body that was asked.
    RulingInvalid
        No reason.
    CaseNotLive, CaseChanged
        The case is not settled, or changed since `version` was read.
    RulingNotInForce
        Taken back before.
    """
    reason = check_text(reason, _("Write why the ruling is wrong."))
    ruling = _known(ruling_id, user)
    case = lock_case(ruling.case_id, version=version, states=(CaseState.SETTLED,))
    body = staff_bodies(user).filter(pk__in=case.claimants.values("pk")).first()
    if body is None:
        raise NotAllowed(_("Only bodies that were asked to speak can appeal."))
    _check_in_force(ruling)
    if not _key_is_free(case):
        raise CaseNotLive(_("A new case asks the same question: state your position there."))
    case.state = CaseState.APPEALED.value
    case.due_date = case_due_date(timezone.localdate())
    record(case, "appealed", user=user, data={"ruling": ruling.pk, "body": body.slug, "reason": reason})
    return case


@transaction.atomic
def dismiss_appeal(ruling_id: int, reason: str, *, user: User, version: int | None = None) -> Case:
    """The ruling stays; the case is settled again. Errors as `appeal_ruling`, for arbitrators only."""
    check_arbitrator(user)
    reason = check_text(reason, _("Write why the ruling stays."))
    ruling = _known(ruling_id, user)
    case = lock_case(ruling.case_id, version=version, states=(CaseState.APPEALED,))
    case.state = CaseState.SETTLED.value
    if case.case_reports.filter(left_at=None).exists():
        case.state = CaseState.OPEN.value
    record(case, "appeal_dismissed", user=user, data={"ruling": ruling.pk, "reason": reason})
    return case


def _known(ruling_id: int, user: User) -> Ruling:
    ruling = Ruling.objects.select_related("body").filter(pk=ruling_id).first()
    case_of(user, ruling.case_id if ruling else 0)
    assert ruling is not None  # noqa: S101 (case_of has refused)
    return ruling


def _locked(ruling_id: int, user: User, version: int | None) -> tuple[Ruling, Case]:
    check_arbitrator(user)
    ruling = _known(ruling_id, user)
    wait_for_decisions()
    case = lock_case(ruling.case_id, version=version, states=ANY_STATE)
    _check_in_force(ruling)
    return ruling, case


def _check_in_force(ruling: Ruling) -> None:
    ruling.refresh_from_db(fields=["reversed_at"])
    if ruling.reversed_at is not None:
        raise RulingNotInForce(_("That ruling was taken back before."))


def _take_back(ruling: Ruling, case: Case, reason: str, user: User, *, is_undo: bool, reopen: bool) -> Ruling:
    now = timezone.now()
    ruling.reversed_at, ruling.reversed_by, ruling.reversal_reason = now, user, reason
    ruling.save(update_fields=["reversed_at", "reversed_by", "reversal_reason"])
    if case.state != CaseState.OPEN:
        asked = (reopen and _key_is_free(case)) or case.case_reports.filter(left_at=None).exists()
        case.state = (CaseState.OPEN if asked else CaseState.CLOSED).value
        if not is_undo:  # then all is as before: no clock is won by a ruling and its undo
            case.due_date = case_due_date(timezone.localdate(now))
    record(
        case,
        "ruling_undone" if is_undo else "ruling_reversed",
        user=user,
        at=now,
        data={"ruling": ruling.pk, "reason": reason, "reopened": reopen},
    )
    if reopen:
        settled = _open_reports_settled_by(ruling)
        for start in range(0, len(settled), BATCH):
            decide_again(settled[start : start + BATCH], user=user, remember=False)
    case.refresh_from_db(fields=["state", "version"])
    if case.state == CaseState.OPEN and not case.case_reports.filter(left_at=None).exists():
        end_case(case, CaseState.CLOSED, now)
    return ruling


def _key_is_free(case: Case) -> bool:
    return not Case.objects.filter(key=case.key, state__in=LIVE).exclude(pk=case.pk).exists()


def _open_reports_settled_by(ruling: Ruling) -> list[int]:
    """Ids of the open reports whose decision in force is by this ruling."""
    used = Responsibility.objects.filter(ruling=ruling).values("service_request")
    reports = ServiceRequest.objects.filter(pk__in=used, state__in=OPEN_STATES).order_by("pk")
    newest = dict(
        Responsibility.objects.filter(service_request__in=reports.values("pk"))
        .order_by("service_request_id", "-id")
        .distinct("service_request_id")
        .values_list("service_request_id", "ruling_id")
    )
    return [pk for pk, ruling_id in sorted(newest.items()) if ruling_id == ruling.pk]
