"""A body says whether a case is its own, and why."""

from typing import IO

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from issues.arbitration import CaseState, Stance
from issues.errors import NotAllowed, PhotoInvalid, PositionInvalid, RulingInvalid
from issues.models import Attachment, Case, Position, Responsibility
from issues.selectors.cases import case_of, staff_bodies
from issues.services.arbitration.acts import check_text, lock_case, record
from issues.services.photos import encode_picture

CITABLE = ("boundary", "asset", "ruling")
FILE_LIMIT_BYTES = 10_000_000
NAME_LIMIT = 120


@transaction.atomic
def state_position(
    case_id: int,
    body_slug: str,
    stance: str,
    text: str,
    *,
    user: User,
    evidence: str = "",
    file: IO[bytes] | None = None,
    file_name: str = "",
) -> Position:
    """Append a body's position to a live case; the newest of a body counts.

    Parameters
    ----------
    stance
        `ours` or `not_ours`.
    evidence
        What of that which was found for the case's reports it rests on: `boundary:ID`,
        `asset:ID` or `ruling:ID`; "" for nothing of it.
    file
        A PDF, kept as it is, or a picture, made anew without metadata.

    Raises
    ------
    CaseUnknown
        None that the user may see.
    NotAllowed
        The user does not speak for that body, or it is not asked to speak.
    PositionInvalid
        No stance, no text, evidence that was not found, or a file that is neither picture nor PDF, or too large.
    CaseNotLive
        Settled or closed.
    """
    case_of(user, case_id)
    case = lock_case(case_id, states=(CaseState.OPEN, CaseState.APPEALED))
    body = staff_bodies(user).filter(slug=body_slug, pk__in=case.claimants.values("pk")).first()
    if body is None:
        raise NotAllowed(_("You do not speak for that body in this case."))
    if stance not in list(Stance):
        raise PositionInvalid(_("Say whether it is yours or not."))
    try:
        text = check_text(text, _("Say why: the arbitrator decides by the reasons."))
    except RulingInvalid as error:
        raise PositionInvalid(str(error)) from None
    position = Position.objects.create(
        case=case,
        body=body,
        user=user,
        stance=stance,
        text=text,
        attachment=_attach(file, file_name),
        **_cited(case, evidence),
    )
    said = {"position": position.pk, "body": body.slug, "stance": position.stance, "reason": text}
    record(case, "position_stated", user=user, at=position.at, data=said)
    return position


def _cited(case: Case, evidence: str) -> dict[str, int]:
    """The column of the evidence and its id; none for ""."""
    if not evidence:
        return {}
    kind, _colon, number = evidence.partition(":")
    if kind in CITABLE and number.isascii() and number.isdecimal() and len(number) < 19:
        column = f"{kind}_id"
        weighed = Responsibility.objects.filter(service_request__case_reports__case=case)
        if weighed.filter(candidates__contains=[{column: int(number)}]).exists():
            return {column: int(number)}
    raise PositionInvalid(_("Choose what it rests on from what was found, or nothing of it."))


def _attach(file: IO[bytes] | None, name: str) -> Attachment | None:
    if file is None:
        return None
    content = file.read(FILE_LIMIT_BYTES + 1)
    if len(content) > FILE_LIMIT_BYTES:
        raise PositionInvalid(_("The file is larger than 10 MB. Send a smaller one."))
    name = name.replace("\x00", "")[-NAME_LIMIT:] or "file"
    if content.startswith(b"%PDF-"):
        return Attachment.objects.create(name=name, media_type="application/pdf", content=content)
    try:
        picture = encode_picture(content)
    except PhotoInvalid:
        raise PositionInvalid(_("Attach a PDF or a picture (JPEG, PNG, WebP).")) from None
    return Attachment.objects.create(name=name, media_type="image/jpeg", content=picture)
