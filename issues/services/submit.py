"""The one way a report comes into being, for the form, the API and Open311.

Everything that can be refused is refused before the transaction; inside it the
report, its decision, its photos and its events are written, or nothing is.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.arbitration import UNDECIDED
from issues.deadlines import due_date
from issues.errors import DescriptionInvalid, IdempotencyKeyInvalid, IdempotencyKeyReused, PhotoUnknown
from issues.models import Event, Photo, Service, ServiceRequest
from issues.privacy import PRIVATE_NUMBERS, public_point
from issues.routing.decision import Decision
from issues.selectors.evidence import Question
from issues.selectors.memory import find_responsibility_remembering
from issues.selectors.responsibility import (
    check_accuracy,
    check_asset_found,
    check_place,
    check_side_found,
    service_by_code,
)
from issues.services.arbitration.open_cases import join_cases
from issues.services.arbitration.questions import Undecided
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import build_responsibility
from layers.selectors.places import describe_place

DESCRIPTION_LIMIT = 5000
PHOTO_LIMIT = 5
KEY_LIMIT = 80
SAME_CONTENT_WITHIN = timedelta(minutes=1)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")
"""Control characters but tab and line end, and halves of surrogate pairs: no database keeps them."""


@dataclass(frozen=True)
class Submission:
    """What a citizen sends. `lon, lat` in degrees (EPSG:4326), `accuracy_m` as the phone tells it."""

    service_code: str
    lon: object
    lat: object
    accuracy_m: object = 0.0
    asset_id: int | None = None
    side_boundary_id: int | None = None
    description: str = ""
    photo_ids: tuple[UUID, ...] = ()
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Submitted:
    """The report; `created` is False when this post had already been accepted.

    `same_sender` says that the post proved to come from who sent the first one,
    by its idempotency key and content: only they are told the tracking link again.
    """

    service_request: ServiceRequest
    created: bool
    same_sender: bool = True


def submit_service_request(submission: Submission) -> Submitted:
    """Accept a report, decide who is responsible, and store it all at once.

    A second post with the same idempotency key and content, or with the same
    content within a minute, gives the first report again.

    Raises
    ------
    ServiceUnknown, PointInvalid, AxesSwapped, OutsideCity, AssetUnknown, SideUnknown
        See `issues.selectors.responsibility`.
    DescriptionInvalid, PhotoUnknown, IdempotencyKeyInvalid
        Text too long or with control characters; a photo that is not waiting;
        a key that is empty, too long or unprintable.
    IdempotencyKeyReused
        The key belongs to a report with other content: answered with that one,
        this report would be lost, and a guessed key would tell the other's link.
    """
    service = service_by_code(submission.service_code)
    lon, lat = check_place(submission.lon, submission.lat)
    accuracy_m = check_accuracy(submission.accuracy_m)
    description = check_description(submission.description)
    key = _check_key(submission.idempotency_key)
    digest = _content_digest(submission, lon, lat, description)
    place = describe_place(lon, lat, exact=service.exact_point_is_public)
    with transaction.atomic():
        if key:
            _queue_up(f"key {key}")
        _queue_up(digest)  # always after the key: two posts can never wait for each other
        if earlier := _earlier(key, digest):
            asset, side = submission.asset_id, submission.side_boundary_id
            return _again(earlier, key, (service.pk, lon, lat, asset, side, description))
        wait_for_rulings()
        service_request, decision = _decided(submission, service, (lon, lat), accuracy_m)
        service_request.description, service_request.place = description, place
        service_request.idempotency_key, service_request.content_digest = key, digest
        service_request.save(force_insert=True)
        _attach_photos(service_request, submission.photo_ids)
        _store_decision(service_request, decision)
    return Submitted(service_request, created=True)


def _again(earlier: ServiceRequest, key: str | None, content: tuple[object, ...]) -> Submitted:
    """The report of an earlier post; IdempotencyKeyReused if it had that key and other content."""
    same_sender = key is not None and earlier.idempotency_key == key
    if same_sender:
        _check_same_content(earlier, content)
    return Submitted(earlier, created=False, same_sender=same_sender)


def _decided(
    submission: Submission, service: Service, place: tuple[float, float], accuracy_m: float
) -> tuple[ServiceRequest, Decision]:
    """The report, not stored yet, with who is responsible for it now; AssetUnknown, SideUnknown."""
    lon, lat = place
    now = timezone.now()
    today = timezone.localdate(now)
    asset, side = submission.asset_id, submission.side_boundary_id
    decision = find_responsibility_remembering(
        Question(service.pk, lon, lat, accuracy_m, asset, today, now, side_boundary_id=side)
    )
    check_asset_found(decision, asset)
    check_side_found(decision, side)
    service_request = ServiceRequest(
        pk=None if service.exact_point_is_public else _private_number(),
        service=service,
        point=Point(lon, lat, srid=4326),
        public_point=Point(*public_point(lon, lat, service.exact_point_is_public), srid=4326),
        accuracy_m=accuracy_m,
        asset_id=asset,
        side_boundary_id=side,
        requested_datetime=now,
        updated_datetime=now,
        due_date=due_date(today, service.deadline_working_days, settings.CITY.working_days),
        body_id=decision.body_id,
        outcome=decision.outcome.value,
    )
    return service_request, decision


def _private_number() -> int:
    """A free one of the private numbers; the next of the public sequence stays for a public report."""
    while True:
        number = secrets.choice(PRIVATE_NUMBERS)
        if not ServiceRequest.objects.filter(pk=number).exists():
            return number


def _store_decision(service_request: ServiceRequest, decision: Decision) -> None:
    """The decision, the report's first two events and, without a body, its case."""
    now = service_request.requested_datetime
    responsibility = build_responsibility(service_request, decision, timezone.localdate(now), now)
    responsibility.save()
    Event.objects.bulk_create(
        [
            Event(service_request=service_request, kind="submitted", actor=Event.Actor.REPORTER, at=now),
            Event(
                service_request=service_request,
                kind=decision.outcome.value,
                actor=Event.Actor.SYSTEM,
                at=now,
                data={"responsibility": responsibility.pk},
            ),
        ]
    )
    if decision.outcome in UNDECIDED:
        join_cases([Undecided(service_request, decision, responsibility.valid_on)])


def check_description(text: str) -> str:
    """`text` without outer white space, with unified line ends.

    Markup is kept as the characters that were typed; pages escape it.

    Raises
    ------
    DescriptionInvalid
        Longer than 5,000 characters, or with NUL or other control characters.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > DESCRIPTION_LIMIT:
        raise DescriptionInvalid(
            _("The text has %(length)s characters; at most %(limit)s fit. Shorten it.")
            % {"length": len(text), "limit": DESCRIPTION_LIMIT}
        )
    if UNPRINTABLE.search(text):
        raise DescriptionInvalid(_("The text holds characters that cannot be shown. Type it again."))
    return text


def _check_key(key: str | None) -> str | None:
    if key is None:
        return None
    if not (0 < len(key) <= KEY_LIMIT and key.isascii() and key.isprintable()):
        raise IdempotencyKeyInvalid(
            _("The idempotency key must be 1 to %(limit)s printable ASCII characters, a UUID for instance.")
            % {"limit": KEY_LIMIT}
        )
    return key


def _content_digest(submission: Submission, lon: float, lat: float, description: str) -> str:
    photos = sorted(str(photo_id) for photo_id in submission.photo_ids)
    choices = [submission.asset_id, submission.side_boundary_id]
    content = [submission.service_code, lon, lat, *choices, description, photos]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _queue_up(name: str) -> None:
    """Make identical posts wait for each other until the transaction ends."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _earlier(key: str | None, digest: str) -> ServiceRequest | None:
    """The report that the same post made before."""
    if key:
        found = ServiceRequest.objects.filter(idempotency_key=key).first()
        if found:
            return found
    since = timezone.now() - SAME_CONTENT_WITHIN
    return ServiceRequest.objects.filter(content_digest=digest, requested_datetime__gte=since).first()


def _check_same_content(earlier: ServiceRequest, sent: tuple[object, ...]) -> None:
    """IdempotencyKeyReused unless the report says the same. A form sent twice uploads its photo twice: not compared."""
    choices = (earlier.asset_id, earlier.side_boundary_id)
    if sent != (earlier.service_id, earlier.point.x, earlier.point.y, *choices, earlier.description):
        raise IdempotencyKeyReused(
            _("This idempotency key was used for another report. Send this one with a key of its own.")
        )


def _attach_photos(service_request: ServiceRequest, photo_ids: tuple[UUID, ...]) -> None:
    if not photo_ids:
        return
    if len(photo_ids) > PHOTO_LIMIT:
        raise PhotoUnknown(_("At most %(limit)s photos fit into one report.") % {"limit": PHOTO_LIMIT})
    attached = Photo.objects.filter(pk__in=photo_ids, service_request=None).update(service_request=service_request)
    if attached != len(set(photo_ids)):
        raise PhotoUnknown(_("A photo is no longer there: it waits one day for its report. Add it again."))
