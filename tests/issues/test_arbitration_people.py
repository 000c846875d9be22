"""Who may see and do what in arbitration: every act, each role."""

import io
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, connection, transaction

from issues import errors
from issues.models import Attachment, Case, CaseEvent, HandBack, Position, Ruling
from issues.selectors.cases import case_queue, cases_of
from issues.services.arbitration.draft_boundaries import draft_boundaries, publish_drafts
from issues.services.arbitration.hand_back import hand_back
from issues.services.arbitration.reverse import appeal_ruling, dismiss_appeal, reverse_ruling, undo_ruling
from issues.services.arbitration.rule import confirm_ruling, preview_ruling
from issues.services.arbitration.state_position import state_position
from issues.services.correct import change_service, correct_asset, move_point
from issues.services.transition import transition
from issues.workflow import State
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, report, zone_ruling
from tests.pictures import jpeg_with_metadata
from tests.toytown import Toytown


def test_staff_see_the_cases_of_their_bodies_and_offices_arbitrators_all_citizens_none(
    toytown: Toytown, people: People
) -> None:
    west, east = case_of(report()), case_of(report(at=(-73.9875, 40.7055)))
    seen = {
        "arbitrator": {west, east},
        "parks": {west, east},
        "sanitation": {west, east},  # the department of both offices
        "west": {west},
        "roads": set(),
        "citizen": set(),
    }
    for name, expected in seen.items():
        assert set(cases_of(getattr(people, name))) == expected, name
    assert not cases_of(AnonymousUser()).exists()
    people.parks.is_active = False
    assert not cases_of(people.parks).exists()
    assert [found.open_reports for found in case_queue(people.west)] == [1]


ARBITRATORS_ONLY: dict[str, Callable[[Case, Ruling | None, object], object]] = {
    "preview": lambda case, ruling, user: preview_ruling(zone_ruling(case), user=user),
    "confirm": lambda case, ruling, user: confirm_ruling(zone_ruling(case), user=user, version=case.version),
    "undo": lambda case, ruling, user: undo_ruling(ruling.pk, "A slip of the hand.", user=user),
    "reverse": lambda case, ruling, user: reverse_ruling(ruling.pk, "No", user=user, reopen=True),
    "dismiss": lambda case, ruling, user: dismiss_appeal(ruling.pk, "No", user=user),
    "draft boundaries": lambda case, ruling, user: draft_boundaries(ruling.pk, user=user),
    "publish boundaries": lambda case, ruling, user: publish_drafts(ruling.pk, None, user=user),
}


@pytest.mark.parametrize("act", list(ARBITRATORS_ONLY))
@pytest.mark.parametrize("role", ["parks", "sanitation", "west", "roads", "citizen"])
def test_only_arbitrators_rule(toytown: Toytown, people: People, act: str, role: str) -> None:
    report()
    case, ruling = Case.objects.get(), None
    if act not in ("preview", "confirm"):
        ruling = confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
        case.refresh_from_db()
    events = CaseEvent.objects.count()
    with pytest.raises(errors.NotAllowed):
        ARBITRATORS_ONLY[act](case, ruling, getattr(people, role))
    assert CaseEvent.objects.count() == events
    case.refresh_from_db()
    assert case.state == ("settled" if ruling else "open")


@pytest.mark.parametrize(
    ("role", "body", "error"),
    [
        ("west", "sanitation-west", None),
        ("sanitation", "sanitation-west", None),
        ("parks", "parks", None),
        ("parks", "sanitation-west", errors.NotAllowed),
        ("sanitation", "sanitation", errors.NotAllowed),  # the office is asked, not the department
        ("west", "sanitation", errors.NotAllowed),
        ("arbitrator", "parks", errors.NotAllowed),
        ("roads", "roads", errors.CaseUnknown),
        ("citizen", "parks", errors.CaseUnknown),
    ],
)
def test_a_body_speaks_for_itself(
    toytown: Toytown, people: People, role: str, body: str, error: type[Exception] | None
) -> None:
    report()
    case = Case.objects.get()
    if error is None:
        state_position(case.pk, body, "not_ours", "We mow only.", user=getattr(people, role))
        event = case.events.last()
        assert (event.kind, event.user, event.data["body"]) == ("position_stated", getattr(people, role), body)
    else:
        with pytest.raises(error):
            state_position(case.pk, body, "not_ours", "We mow only.", user=getattr(people, role))
        assert not Position.objects.exists()


@pytest.mark.parametrize(("role", "error"), [
    ("parks", None), ("west", None), ("roads", errors.CaseUnknown), ("citizen", errors.CaseUnknown),
    ("arbitrator", errors.NotAllowed),
])  # fmt: skip
def test_bodies_that_were_asked_may_appeal(
    toytown: Toytown, people: People, role: str, error: type[Exception] | None
) -> None:
    report()
    case = Case.objects.get()
    ruling = confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    if error is None:
        appeal_ruling(ruling.pk, "No", user=getattr(people, role))
    else:
        with pytest.raises(error):
            appeal_ruling(ruling.pk, "No", user=getattr(people, role))
    case.refresh_from_db()
    assert case.state == ("settled" if error else "appealed")


@pytest.mark.parametrize(("role", "error"), [
    ("west", None), ("sanitation", None), ("arbitrator", None),
    ("parks", errors.RequestUnknown), ("roads", errors.RequestUnknown), ("citizen", errors.RequestUnknown),
])  # fmt: skip
def test_only_the_body_that_has_a_report_hands_it_back_or_corrects_it(
    toytown: Toytown, people: People, role: str, error: type[Exception] | None
) -> None:
    user = getattr(people, role)
    lon, lat = place.IN_WEST
    acts: list[Callable[[int], object]] = [
        lambda pk: move_point(pk, lon + 0.0001, lat, user=user),
        lambda pk: change_service(pk, "tree", user=user),
        lambda pk: correct_asset(pk, None, user=user),
        lambda pk: hand_back(pk, "not_our_area", user=user),
    ]
    for act in acts:
        service_request = report(at=place.IN_WEST)
        if error is None:
            act(service_request.pk)
        else:
            with pytest.raises(error):
                act(service_request.pk)
            assert [event.kind for event in service_request.events.all()] == ["submitted", "assigned"]


def test_positions_are_appended_and_files_are_made_harmless(toytown: Toytown, people: People) -> None:
    report()
    case = Case.objects.get()
    photo = io.BytesIO(jpeg_with_metadata())
    state_position(case.pk, "parks", "ours", "See the plan.", user=people.parks, file=photo, file_name="plan.jpg")
    pdf = io.BytesIO(b"%PDF-1.7 text")
    state_position(case.pk, "parks", "not_ours", "Sorry, no.", user=people.parks, file=pdf, file_name="a.pdf")
    assert [position.stance for position in case.positions.all()] == ["ours", "not_ours"]
    picture, document = Attachment.objects.order_by("uploaded_at")
    assert (picture.media_type, document.media_type) == ("image/jpeg", "application/pdf")
    assert b"Exif" not in bytes(picture.content)
    for table in ("issues_position", "issues_caseevent", "issues_attachment"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id")


@pytest.mark.parametrize(
    ("stance", "text", "file"),
    [("perhaps", "Text", None), ("ours", "  ", None), ("ours", "Text", b"MZ a program"), ("ours", "x" * 6000, None)],
)
def test_a_position_without_stance_reason_or_a_readable_file_is_refused(
    toytown: Toytown, people: People, stance: str, text: str, file: bytes | None
) -> None:
    report()
    with pytest.raises(errors.PositionInvalid):
        state_position(
            Case.objects.get().pk, "parks", stance, text, user=people.parks, file=io.BytesIO(file) if file else None
        )
    assert not Position.objects.exists() and not Attachment.objects.exists()


def test_a_position_rests_on_evidence_that_was_found_and_on_no_other(toytown: Toytown, people: People) -> None:
    report()
    case, commons = Case.objects.get(), toytown.boundaries["commons"]
    state_position(case.pk, "parks", "ours", "Our lawn.", user=people.parks, evidence=f"boundary:{commons.pk}")
    assert Position.objects.get().boundary == commons
    event = case.events.last()
    assert (event.data["stance"], event.data["reason"]) == ("ours", "Our lawn.")
    east, lamp = toytown.boundaries["east"], toytown.assets["lamp-1"]
    for other in (
        f"boundary:{east.pk}",
        f"asset:{lamp.pk}",
        "ruling:1",
        f"body:{commons.pk}",
        "boundary:",
        "\x00:\x00",
    ):
        with pytest.raises(errors.PositionInvalid):
            state_position(case.pk, "parks", "ours", "Our lawn.", user=people.parks, evidence=other)
    with pytest.raises(IntegrityError, match="position_rests_on_one_thing_at_most"), transaction.atomic():
        Position.objects.create(
            case=case, body=commons.jurisdiction.body, user=people.parks, stance="ours", text="Both",
            boundary=commons, asset=lamp,
        )  # fmt: skip
    assert Position.objects.count() == 1


def test_a_report_handed_back_never_comes_again_by_the_same_rules(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    back = hand_back(
        service_request.pk, "done_by_other", user=people.west, text="Roads sweep here.", proposed_body="roads"
    )
    service_request.refresh_from_db()
    assert (service_request.outcome, service_request.body) == ("contested", None)
    case = case_of(service_request)
    assert case.cause == "handed_back"
    assert set(case.claimants.all()) == {toytown.bodies["sanitation-west"], toytown.bodies["roads"]}
    assert back.responsibility == service_request.responsibilities.last()
    ruling = confirm_ruling(
        zone_ruling(case, "sanitation-west", "this_report"), user=people.arbitrator, version=case.version
    )
    service_request.refresh_from_db()
    assert (service_request.body, ruling.scope) == (toytown.bodies["sanitation-west"], "this_report")
    hand_back(service_request.pk, "other", user=people.west, text="Still not ours.")
    service_request.refresh_from_db()
    assert service_request.outcome == "contested"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM issues_handback")


def test_a_report_handed_back_elsewhere_is_asked_anew(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    hand_back(service_request.pk, "not_our_area", user=people.west)
    move_point(service_request.pk, *place.IN_EAST, user=people.arbitrator)
    service_request.refresh_from_db()
    assert service_request.body == toytown.bodies["sanitation-east"]
    assert Case.objects.get().state == "closed"


def test_hand_backs_for_one_reason_in_one_place_are_one_case(toytown: Toytown, people: People) -> None:
    lon, lat = place.IN_WEST
    for number in range(5):
        hand_back(report(at=(lon + number * 0.00001, lat)).pk, "wrong_service", user=people.west)
    assert Case.objects.count() == 1
    hand_back(report(at=(lon, lat)).pk, "not_our_area", user=people.west)
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    "arguments",
    [
        {"reason": "because"},
        {"reason": "other"},
        {"reason": "not_our_area", "proposed_body": "nobody"},
        {"reason": "not_our_area", "proposed_body": "sanitation-west"},
        {"reason": "not_our_area", "proposed_body": "a\x00b"},
    ],
)
def test_a_hand_back_without_a_reason_or_with_a_wrong_proposal_is_refused(
    toytown: Toytown, people: People, arguments: dict[str, str]
) -> None:
    service_request = report(at=place.IN_WEST)
    with pytest.raises(errors.HandBackRefused):
        hand_back(service_request.pk, user=people.west, **arguments)
    assert not HandBack.objects.exists()


def test_what_nobody_has_or_is_closed_cannot_be_handed_back(toytown: Toytown, people: People) -> None:
    with pytest.raises(errors.HandBackRefused):
        hand_back(report().pk, "not_our_area", user=people.arbitrator)
    closed = report(at=place.IN_WEST)
    transition(closed.pk, State.REFUSED, user=None, reason="Nothing")
    with pytest.raises(errors.HandBackRefused):
        hand_back(closed.pk, "not_our_area", user=people.west)
    with pytest.raises(errors.CorrectionRefused):
        move_point(closed.pk, *place.IN_EAST, user=people.west)
