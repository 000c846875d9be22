"""Previews and confirms a ruling. A preview is the ruling itself, looked at and taken back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from geo import sql
from issues.arbitration import CaseState
from issues.models import Case, CaseReport, Ruling, ServiceRequest
from issues.routing.outcomes import Scope
from issues.routing.rules import decide
from issues.selectors.cases import case_of, check_arbitrator
from issues.selectors.evidence import Question, find_evidence
from issues.selectors.service_requests import OPEN_STATES
from issues.services.arbitration.acts import check_unchanged, lock_case, record
from issues.services.arbitration.drafts import RulingDraft, build_ruling
from issues.services.arbitration.questions import SQL
from issues.services.arbitration.turns import wait_for_decisions
from issues.services.assign import decide_again
from issues.services.check_golden_points import Difference, check_golden_points
from layers.models import Body

LOOK_BACK = timedelta(days=365)
BATCH = 500


@dataclass(frozen=True)
class Moves:
    """How many reports would come from a body; None: from nobody, undecided."""

    body: Body | None
    reports: int


@dataclass(frozen=True)
class RulingPreview:
    """What confirming a ruling would do.

    `open_moves` are open reports that get another answer, `past_moves` closed ones of the
    last 365 days that would have another than the one in force, `stays` the case's reports that it leaves open,
    `golden` the golden points that would be answered otherwise than now.
    """

    open_moves: list[Moves]
    past_moves: list[Moves]
    stays: int
    golden: list[Difference]

    @property
    def open_reports(self) -> int:
        """How many open reports move."""
        return sum(moves.reports for moves in self.open_moves)

    @property
    def past_reports(self) -> int:
        """How many past reports would have moved."""
        return sum(moves.reports for moves in self.past_moves)


def preview_ruling(draft: RulingDraft, *, user: User, version: int | None = None) -> RulingPreview:
    """What the ruling would do; nothing is stored. Refuses what `confirm_ruling` refuses.

    `version` is the case's version that the arbitrator has read; None asks nothing.
    """
    check_arbitrator(user)
    case = case_of(user, draft.case_id)
    check_unchanged(case, version)
    before = check_golden_points()
    with transaction.atomic():
        ruling = build_ruling(draft, case, user)
        ruling.save()
        now = ruling.confirmed_at
        covered = _covered_open(ruling)
        moved, stays = _would_move(covered, now, set(_waiting_in(case)))
        golden = check_golden_points(known_at=now)
        past = _past_moves(ruling, now)
        transaction.set_rollback(True)
    known = {str(difference) for difference in before}
    return RulingPreview(
        open_moves=_by_body(moved),
        past_moves=past,
        stays=stays,
        golden=[difference for difference in golden if str(difference) not in known],
    )


@transaction.atomic
def confirm_ruling(draft: RulingDraft, *, user: User, version: int) -> Ruling:
    """Store the ruling, decide the open reports that it covers anew, and settle their cases.

    Parameters
    ----------
    version
        The case's version that the arbitrator has read.

    Raises
    ------
    NotAllowed, CaseUnknown
        No arbitrator; no such case.
    CaseChanged
        Somebody acted on the case meanwhile.
    CaseNotLive
        It is settled, closed or appealed: an appeal is answered first.
    RulingInvalid, ZoneInvalid
        See `issues.services.arbitration.drafts`.
    """
    check_arbitrator(user)
    case_of(user, draft.case_id)
    wait_for_decisions()
    case = lock_case(draft.case_id, version=version, states=(CaseState.OPEN,))
    ruling = build_ruling(draft, case, user)
    ruling.confirmed_at = timezone.now()
    ruling.save()
    record(
        case,
        "ruled",
        user=user,
        at=ruling.confirmed_at,
        data={"ruling": ruling.pk, "body": ruling.body.slug, "reason": ruling.public_reason},
    )
    covered = _covered_open(ruling)
    for start in range(0, len(covered), BATCH):
        decide_again(covered[start : start + BATCH], user=user, ruling=ruling, remember=False)
    settle_if_nobody_waits(case, ruling)
    return ruling


def settle_if_nobody_waits(case: Case, ruling: Ruling) -> None:
    """A case whose reports were all closed before is settled by its ruling, too."""
    case.refresh_from_db(fields=["state", "version"])
    if case.state == CaseState.OPEN and not _waiting_in(case):
        case.state = CaseState.SETTLED.value
        record(case, "settled", user=ruling.user, data={"ruling": ruling.pk})


def _waiting_in(case: Case) -> list[int]:
    return list(CaseReport.objects.filter(case=case, left_at=None).values_list("service_request_id", flat=True))


def _covered_open(ruling: Ruling) -> list[int]:
    """Ids of the open reports that the ruling may settle; `decide` says which it does."""
    reports = ServiceRequest.objects.filter(state__in=OPEN_STATES)
    if ruling.scope == Scope.THIS_REPORT:
        reports = reports.filter(pk=ruling.service_request_id or 0)
    else:
        reports = reports.filter(point__coveredby=ruling.zone)
    if ruling.scope == Scope.SERVICE_IN_ZONE:
        reports = reports.filter(service=ruling.service)
    if ruling.scope == Scope.ASSET_CLASS_IN_ZONE:
        reports = reports.filter(service__asset_classes=ruling.asset_class)
    return list(reports.order_by("pk").values_list("pk", flat=True))


def _would_move(covered: Sequence[int], now: datetime, waiting: set[int]) -> tuple["Counter[int | None]", int]:
    """Open reports with another answer by the body they have now; and how many of the case's still wait."""
    moved: Counter[int | None] = Counter()
    still = set(waiting)
    for start in range(0, len(covered), BATCH):
        reports = list(ServiceRequest.objects.filter(pk__in=covered[start : start + BATCH]).defer("point_m"))
        questions = [
            Question(
                report.service_id,
                report.point.x,
                report.point.y,
                report.accuracy_m,
                report.asset_id,
                timezone.localdate(now),
                now,
                report.pk,
                report.side_boundary_id,
            )
            for report in reports
        ]
        for report, evidence in zip(reports, find_evidence(questions), strict=True):
            decision = decide(evidence, settings.CITY.routing)
            if (decision.outcome.value, decision.body_id) != (report.outcome, report.body_id):
                moved[report.body_id] += 1
            if decision.body_id is not None:
                still.discard(report.pk)
    return moved, len(still)


def _past_moves(ruling: Ruling, now: datetime) -> list[Moves]:
    if ruling.scope == Scope.THIS_REPORT:
        return []
    counted = sql.rows(
        SQL / "past_reports_under_ruling.sql",
        {
            "ruling_id": ruling.pk,
            "since": now - LOOK_BACK,
            "until": now,
            "day": timezone.localdate(now),
            "open_states": OPEN_STATES,
            "scopes": [scope.value for scope in Scope],
        },
    )
    return _by_body(Counter(dict(counted)))


def _by_body(counted: "Counter[int | None]") -> list[Moves]:
    bodies = Body.objects.in_bulk([body for body in counted if body is not None])
    return [Moves(bodies.get(body or 0), count) for body, count in counted.most_common()]
