"""A report is accepted whole or not at all."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from geo.errors import PointInvalid
from issues import errors
from issues.models import Event, Photo, Responsibility, ServiceRequest
from issues.privacy import PRIVATE_NUMBERS
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.workflow import State
from tests import toytown as place
from tests.issues.arbitrating import decided_again
from tests.toytown import Toytown, build_toytown


def litter_at(lonlat: tuple[float, float], **other: object) -> Submission:
    return Submission("litter", *lonlat, **other)


def test_a_report_is_stored_with_decision_events_and_deadline(toytown: Toytown) -> None:
    submitted = submit_service_request(litter_at(place.IN_WEST, description="Bags on the kerb"))
    report = submitted.service_request
    assert submitted.created
    assert report.body == toytown.bodies["sanitation-west"]
    assert report.state == State.SUBMITTED
    assert report.due_date > timezone.localdate()
    assert report.place["en"] == "Old Market, West"
    [responsibility] = report.responsibilities.all()
    assert responsibility.boundary == toytown.boundaries["west"]
    assert [event.kind for event in report.events.all()] == ["submitted", "assigned"]


def test_contested_and_gap_reports_are_accepted_without_a_body(toytown: Toytown) -> None:
    contested = submit_service_request(litter_at(place.IN_COMMONS_AND_WEST)).service_request
    gap = submit_service_request(litter_at(place.IN_GAP)).service_request
    assert [(report.outcome, report.body) for report in (contested, gap)] == [("contested", None), ("gap", None)]


@pytest.mark.parametrize(
    ("submission", "error"),
    [
        (litter_at(place.OUTSIDE), errors.OutsideCity),
        (litter_at((place.IN_WEST[1], place.IN_WEST[0])), errors.AxesSwapped),
        (litter_at((float("nan"), 40.7)), PointInvalid),
        (litter_at(("here", 40.7)), PointInvalid),
        (litter_at((1e300, 40.7)), PointInvalid),
        (Submission("no-such-thing", *place.IN_WEST), errors.ServiceUnknown),
        (litter_at(place.IN_WEST, description="x" * 100_000), errors.DescriptionInvalid),
        (litter_at(place.IN_WEST, description="a\x00b"), errors.DescriptionInvalid),
        (litter_at(place.IN_WEST, description="\ud800"), errors.DescriptionInvalid),
        (litter_at(place.IN_WEST, accuracy_m=float("nan")), errors.AccuracyInvalid),
        (litter_at(place.IN_WEST, accuracy_m=-1), errors.AccuracyInvalid),
        (litter_at(place.IN_WEST, asset_id=1), errors.AssetUnknown),
        (litter_at(place.IN_WEST, photo_ids=(uuid.uuid4(),)), errors.PhotoUnknown),
        (litter_at(place.IN_WEST, idempotency_key=""), errors.IdempotencyKeyInvalid),
        (litter_at(place.IN_WEST, idempotency_key="k" * 81), errors.IdempotencyKeyInvalid),
    ],
)
def test_bad_input_is_refused_and_nothing_is_half_written(
    toytown: Toytown, submission: Submission, error: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        submit_service_request(submission)
    assert str(refused.value).endswith(".")
    counts = [model.objects.count() for model in (ServiceRequest, Responsibility, Event)]
    assert counts == [0, 0, 0]


def test_markup_is_kept_as_text(toytown: Toytown) -> None:
    report = submit_service_request(litter_at(place.IN_WEST, description="<script>alert(1)</script>")).service_request
    assert report.description == "<script>alert(1)</script>"


def test_the_same_key_and_content_give_the_same_report_also_later(toytown: Toytown) -> None:
    first = submit_service_request(litter_at(place.IN_WEST, idempotency_key="k1"))
    ServiceRequest.objects.update(requested_datetime=timezone.now() - timedelta(days=1))
    second = submit_service_request(litter_at(place.IN_WEST, idempotency_key="k1"))
    assert (second.service_request, second.created, second.same_sender) == (first.service_request, False, True)


@pytest.mark.parametrize("other", [{"lonlat": place.IN_EAST}, {"description": "Another bag"}])
def test_a_key_used_for_another_report_is_refused_and_not_answered_with_that_one(
    toytown: Toytown, other: dict[str, object]
) -> None:
    submit_service_request(litter_at(place.IN_WEST, idempotency_key="k1"))
    with pytest.raises(errors.IdempotencyKeyReused):
        submit_service_request(litter_at(**{"lonlat": place.IN_WEST, "idempotency_key": "k1", **other}))
    assert ServiceRequest.objects.count() == 1


def test_the_same_content_within_a_minute_gives_the_same_report(toytown: Toytown) -> None:
    first = submit_service_request(litter_at(place.IN_WEST, description="Bags", idempotency_key="k1"))
    second = submit_service_request(litter_at(place.IN_WEST, description="Bags", idempotency_key="k2"))
    assert (second.service_request, second.same_sender) == (first.service_request, False)
    ServiceRequest.objects.update(requested_datetime=timezone.now() - timedelta(seconds=61))
    third = submit_service_request(litter_at(place.IN_WEST, description="Bags", idempotency_key="k3"))
    assert third.created


def test_a_report_without_a_public_page_leaves_no_hole_in_the_public_numbers(toytown: Toytown) -> None:
    reports = [
        submit_service_request(Submission(code, *place.IN_WEST, description=f"{number}")).service_request
        for number, code in enumerate(("litter", "noise", "noise", "litter"))
    ]
    first, *private, last = [report.pk for report in reports]
    assert last == first + 1
    assert all(number in PRIVATE_NUMBERS for number in private)
    assert len(set(private)) == len(private)


def test_a_photo_is_attached_once(toytown: Toytown) -> None:
    photo = Photo.objects.create(width_px=1, height_px=1, large=b"", small=b"")
    report = submit_service_request(litter_at(place.IN_WEST, photo_ids=(photo.pk,))).service_request
    assert list(report.photos.all()) == [photo]
    with pytest.raises(errors.PhotoUnknown):
        submit_service_request(litter_at(place.IN_EAST, photo_ids=(photo.pk,)))


def test_a_private_service_stores_only_a_coarse_public_point_and_area(toytown: Toytown) -> None:
    reports = [
        submit_service_request(Submission("noise", lon, place.IN_WEST[1])).service_request
        for lon in (place.IN_WEST[0], place.IN_WEST[0] + 0.0001)
    ]
    assert reports[0].point != reports[1].point
    assert reports[0].public_point == reports[1].public_point != reports[0].point
    assert reports[0].place["en"] == "West"


def test_deciding_again_stores_nothing_new_until_the_answer_changes(toytown: Toytown) -> None:
    report = submit_service_request(litter_at(place.IN_WEST)).service_request
    decided_again(report)
    assert report.responsibilities.count() == 1
    report.service = toytown.services["pothole"]
    report.save()
    decided_again(report)
    report.refresh_from_db()
    assert (report.responsibilities.count(), report.body) == (2, toytown.bodies["roads"])


@pytest.mark.parametrize("table", ["issues_event", "issues_responsibility"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_events_and_decisions_cannot_be_changed_or_deleted(toytown: Toytown, table: str, change: str) -> None:
    submit_service_request(litter_at(place.IN_WEST))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))


def test_a_demo_reset_spares_the_facts_of_real_reports(toytown: Toytown) -> None:
    submit_service_request(litter_at(place.IN_WEST))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL citypin.demo_reset = 'on'; DELETE FROM issues_event")


def test_the_database_refuses_a_report_that_is_assigned_to_nobody(toytown: Toytown) -> None:
    report = submit_service_request(litter_at(place.IN_WEST)).service_request
    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceRequest.objects.filter(pk=report.pk).update(body=None)


def test_a_state_follows_only_where_the_table_of_steps_allows(toytown: Toytown) -> None:
    report = submit_service_request(litter_at(place.IN_WEST)).service_request
    with pytest.raises(errors.TransitionRefused):
        transition(report.pk, State.FIXED, user=None)
    transition(report.pk, State.PUBLISHED, user=None)
    with pytest.raises(errors.TransitionRefused):
        transition(report.pk, State.REFUSED, user=None, reason=" ")
    transition(report.pk, State.REFUSED, user=None, reason="Not a public place")
    assert report.events.last().data == {"reason": "Not a public place"}


@pytest.mark.django_db(transaction=True)
def test_eight_identical_posts_at_once_make_one_report() -> None:
    build_toytown()

    def post(number: int) -> int:
        try:
            return submit_service_request(litter_at(place.IN_WEST, idempotency_key=f"key-{number}")).service_request.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        reports = set(pool.map(post, range(8)))
    assert len(reports) == ServiceRequest.objects.count() == 1
