"""What every act on a case has in common: the lock, the version that was read, the event."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.arbitration import CaseState
from issues.errors import CaseChanged, CaseNotLive, RulingInvalid
from issues.models import Case, CaseEvent, Event

TEXT_LIMIT = 5000


def lock_case(case_id: int, *, version: int | None = None, states: tuple[CaseState, ...]) -> Case:
    """The case, locked until the transaction ends.

    Raises
    ------
    CaseChanged
        Somebody acted on it since `version` was read; None asks nothing.
    CaseNotLive
        It is in none of `states`.
    """
    case = Case.objects.select_for_update().defer("zone_m").get(pk=case_id)
    check_unchanged(case, version)
    if CaseState(case.state) not in states:
        raise CaseNotLive(_("The case is not in a state for that any more. Reload the page."))
    return case


def check_unchanged(case: Case, version: int | None) -> None:
    """CaseChanged where somebody has acted on the case since `version` was read; None asks nothing."""
    if version is not None and case.version != version:
        raise CaseChanged(
            _(
                "Somebody, perhaps you in another window, has acted on this case since you opened it. "
                "Look at what is new, then decide again."
            )
        )


def record(
    case: Case, kind: str, *, user: User | None, data: dict[str, Any] | None = None, at: datetime | None = None
) -> CaseEvent:
    """Append the event of an act to a locked case and raise its version."""
    case.version += 1
    case.save(update_fields=["version", "state", "due_date"])
    return CaseEvent.objects.create(
        case=case,
        kind=kind,
        actor=Event.Actor.STAFF if user else Event.Actor.SYSTEM,
        user=user,
        at=at or timezone.now(),
        data=data or {},
    )


def check_text(text: str, missing: str) -> str:
    """`text` without outer white space; RulingInvalid with `missing` as its sentence where nothing is left."""
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise RulingInvalid(missing)
    if len(text) > TEXT_LIMIT:
        raise RulingInvalid(
            _("The text has %(length)s characters; at most %(limit)s fit. Shorten it.")
            % {"length": len(text), "limit": TEXT_LIMIT}
        )
    return text
