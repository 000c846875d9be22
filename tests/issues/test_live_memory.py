"""What a process remembers is what is settled, whoever writes meanwhile."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from geo.city import RoutingThresholds
from issues.explanations import explain_publicly
from issues.memory.voting import AreaVotes, Level, MemoryEvidence
from issues.memory_words import memory_reasons
from issues.models import Event, Service, ServiceGroup, ServiceRequest, SettledAnswer
from issues.routing.evidence import Evidence
from issues.routing.rules import decide
from issues.selectors import live_memory as module
from issues.selectors.evidence import Question
from issues.selectors.live_memory import LiveMemory
from issues.selectors.memory import propose_from_memory
from issues.services.arbitration.hand_back import hand_back
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.assign import build_responsibility
from issues.services.correct import change_service, move_point
from issues.services.delete_demo import delete_demo_reports
from issues.services.transition import transition
from issues.workflow import State
from layers.models import Layer
from tests import toytown as place
from tests.issues.arbitrating import case_of, hire, report, ruled
from tests.issues.settled_reports import settled
from tests.toytown import Toytown, build_toytown

T = TypeVar("T")


def in_force() -> set[tuple[int, int, int]]:
    return set(SettledAnswer.objects.filter(is_withdrawn=False).values_list("service_request", "service", "body"))


def by_view() -> set[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT service_request_id, service_id, body_id FROM issues_settled")
        return set(cursor.fetchall())


def remembered(memory: LiveMemory) -> set[tuple[int, int, int]]:
    return {(vote.report_id, vote.asked.kinds[-1], vote.body_id) for vote in memory.votes()}


@pytest.fixture
def memory() -> LiveMemory:
    """That of a process that has just begun."""
    return LiveMemory()


def test_every_act_that_settles_or_unsettles_is_remembered_at_once(toytown: Toytown, memory: LiveMemory) -> None:
    people = hire(toytown)
    sizes = []

    def look() -> None:
        assert in_force() == by_view() == remembered(memory)
        sizes.append(len(in_force()))

    look()
    routed = report(at=place.IN_EAST)
    look()
    transition(routed.pk, State.PUBLISHED, user=None)
    transition(routed.pk, State.ACCEPTED, user=None)
    look()
    change_service(routed.pk, "litter", user=people.arbitrator)
    move_point(routed.pk, place.IN_EAST[0] + 0.0005, place.IN_EAST[1], user=people.arbitrator)
    look()
    [answer] = SettledAnswer.objects.filter(is_withdrawn=False)
    assert answer.service_request == routed
    disputed = report()
    ruling = ruled(people, case_of(disputed))
    look()
    accepted_after = settled(toytown, "parks")
    look()
    Event.objects.create(service_request=accepted_after, kind="handed_back", actor=Event.Actor.STAFF)
    look()
    reverse_ruling(ruling.pk, "Nobody mows it.", user=people.arbitrator, reopen=False)
    look()
    transition(routed.pk, State.FIXED, user=None)
    look()
    assert sizes == [0, 0, 1, 1, 2, 3, 2, 1, 1]


def test_a_body_that_hands_back_what_it_had_accepted_is_forgotten(toytown: Toytown, memory: LiveMemory) -> None:
    people = hire(toytown)
    case = report()
    ruled(people, case_of(case))
    case.refresh_from_db()
    assert len(remembered(memory)) == 1
    hand_back(case.pk, "not_our_area", user=people.parks)
    assert remembered(memory) == by_view() == set()


def test_a_kind_that_becomes_sensitive_is_forgotten_at_once(toytown: Toytown, memory: LiveMemory) -> None:
    settled(toytown, "parks")
    settled(toytown, "roads", service="noise")  # never public
    litter = toytown.services["litter"]
    assert [vote.asked.kinds for vote in memory.votes()] == [(litter.group_id, litter.pk)]
    litter.exact_point_is_public = False
    litter.save()
    assert memory.votes() == []
    assert not SettledAnswer.objects.filter(is_withdrawn=False).exists()
    litter.exact_point_is_public = True
    litter.group = ServiceGroup.objects.create(slug="streets", names={"en": "Streets"})
    litter.save()
    [vote] = memory.votes()
    assert vote.asked.kinds == (litter.group_id, litter.pk)


def test_an_answer_knows_the_areas_that_covered_it_on_the_day_of_its_decision(toytown: Toytown) -> None:
    asked = report(at=place.IN_MOVED_WARD)
    transition(asked.pk, State.PUBLISHED, user=None)
    transition(asked.pk, State.ACCEPTED, user=None)
    [answer] = SettledAnswer.objects.all()
    west = toytown.boundaries["west"].jurisdiction  # the ward withdrew to the west of it two years ago
    assert answer.areas == {str(west.layer_id): west.pk}


def test_the_area_that_counted_is_named_to_the_arbitrator(toytown: Toytown) -> None:
    """Two districts whose answers lie side by side: the border alone tells them apart."""
    east, west = toytown.boundaries["east"], toytown.boundaries["west"]
    gap = place.IN_GAP[0]
    for number in range(160):
        is_east = number % 2 == 0
        lon = -73.9899 + (number * 7 % 40) * 0.00001 if is_east else -73.9901 - (number * 11 % 40) * 0.00001
        settled(toytown, "parks" if is_east else "roads", days_ago=200 - number, shift=lon - gap)
    found = propose_from_memory(Question(toytown.services["litter"].pk, -73.98999, 40.702))
    assert found is not None
    assert found.body_id == toytown.bodies["parks"].pk
    assert found.area is not None
    assert found.area.jurisdiction_id in {east.jurisdiction_id, west.jurisdiction_id}
    assert (found.area.votes, found.area.of) == (80, 80)
    expected = f"The area counted: in {east.jurisdiction.name}, 80 of 80 earlier reports of this kind went to Parks."
    assert expected in memory_reasons(found)
    with translation.override("zh-hans"):
        assert any("所在区域是依据之一" in reason for reason in memory_reasons(found))


def test_the_public_sentence_of_a_decision_by_memory_names_the_area_that_counted(toytown: Toytown) -> None:
    east = toytown.boundaries["east"].jurisdiction
    found = MemoryEvidence(
        toytown.bodies["parks"].pk, 0.98, 14, 15, 119.6, Level.PLACE_AND_KIND, 90, 99, area=AreaVotes(east.pk, 80, 82)
    )
    decision = decide(Evidence(memory=found), RoutingThresholds())
    asked = report(at=place.IN_GAP)
    today = timezone.localdate()
    build_responsibility(asked, decision, today, timezone.now()).save()
    said = explain_publicly(asked)
    assert said.because == (
        "14 of 15 earlier reports of this kind within 120 m went to Parks. "
        "The area counted: in East, 80 of 82 earlier reports of this kind went to Parks."
    )
    assert [item.candidate for item in said.candidates] == [decision.winner]
    with translation.override("zh-hans"):
        assert "负责。所在区域是依据之一" in explain_publicly(asked).because
    Layer.objects.update(is_public=False)
    assert explain_publicly(asked).because == "14 of 15 earlier reports of this kind within 120 m went to Parks."
    Service.objects.filter(pk=asked.service_id).update(exact_point_is_public=False)
    asked.service.refresh_from_db()
    assert explain_publicly(asked).because == ""


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Toytown]:
    """Toytown, seen by all connections."""
    yield build_toytown()


def elsewhere(act: Callable[[], T]) -> T:
    """`act` in a connection of its own, committed."""

    def run() -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_processes_learn_what_the_other_wrote_and_read_no_more_than_that(committed: Toytown) -> None:
    one, other = LiveMemory(), LiveMemory()
    for number in range(5):
        settled(committed, "parks", days_ago=20 - number)
    assert len(one.votes()) == len(elsewhere(other.votes)) == 5
    elsewhere(lambda: settled(committed, "roads"))
    with CaptureQueriesContext(connection) as captured:
        assert one.votes() == elsewhere(other.votes) == LiveMemory().votes()
    assert len(one.votes()) == 6
    assert "changed_in >= 0" not in captured[0]["sql"]


def test_a_process_may_remember_before_it_is_asked(committed: Toytown, memory: LiveMemory) -> None:
    settled(committed, "parks", days_ago=30)
    elsewhere(memory.warm_up)
    with CaptureQueriesContext(connection) as captured:
        assert len(memory.votes()) == 1
    assert len(captured) == 1


def test_what_commits_late_is_not_missed(committed: Toytown, memory: LiveMemory) -> None:
    """A transaction that began to write first and commits last."""
    settled(committed, "parks", days_ago=30)
    assert len(memory.votes()) == 1
    written, may_commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            settled(committed, "roads", days_ago=20)
            written.set()
            assert may_commit.wait(30)

    slow = threading.Thread(target=lambda: elsewhere(slowly))
    slow.start()
    assert written.wait(30)
    settled(committed, "parks", days_ago=10)
    for _look in range(2):
        assert [vote.body_id for vote in memory.votes()] == [committed.bodies["parks"].pk] * 2
    may_commit.set()
    slow.join()
    assert remembered(memory) == in_force()
    assert len(memory.votes()) == 3


def test_what_is_rolled_back_was_never_remembered(committed: Toytown, memory: LiveMemory) -> None:
    kept = settled(committed, "parks", days_ago=30)
    for fresh in (memory, LiveMemory()):  # one that remembers before, one that begins inside the transaction
        if fresh is memory:
            assert len(memory.votes()) == 1
        with transaction.atomic():
            ServiceRequest.objects.filter(pk=kept.pk).update(state="published")
            settled(committed, "roads", days_ago=5)
            assert [vote.body_id for vote in fresh.votes()] == [committed.bodies["roads"].pk]
            transaction.set_rollback(True)
        assert [vote.report_id for vote in fresh.votes()] == [kept.pk]


def test_a_change_that_an_own_one_hid_comes_back_with_the_rollback(committed: Toytown, memory: LiveMemory) -> None:
    kept = settled(committed, "parks", days_ago=30)
    assert len(memory.votes()) == 1
    late = elsewhere(lambda: settled(committed, "roads", days_ago=20))
    with transaction.atomic():
        ServiceRequest.objects.filter(pk=late.pk).update(state="published")
        assert [vote.report_id for vote in memory.votes()] == [kept.pk]
        transaction.set_rollback(True)
    assert [vote.report_id for vote in memory.votes()] == [kept.pk, late.pk]


def test_deleted_and_emptied_answers_are_forgotten(committed: Toytown, memory: LiveMemory) -> None:
    for number in range(3):
        settled(committed, "parks", days_ago=20 - number)
    demo = settled(committed, "roads", days_ago=3)
    ServiceRequest.objects.filter(pk=demo.pk).update(is_demo=True)
    assert len(memory.votes()) == 4
    with transaction.atomic():
        delete_demo_reports()
    assert len(memory.votes()) == 3
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE issues_settledanswer")
    assert memory.votes() == []


def test_many_changes_at_once_are_replayed(
    committed: Toytown, memory: LiveMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(committed, "parks", days_ago=30)
    assert len(memory.votes()) == 1
    monkeypatch.setattr(module, "REPLAY_FROM", 4)
    for number in range(9):
        settled(committed, "parks", days_ago=20 - number)
    assert memory.votes() == LiveMemory().votes()
    newest = [vote.report_id for vote in memory.votes()][-4:]
    # Not below REPLAY_FROM: while any transaction of the server runs, so many changes are read again after the newest.
    monkeypatch.setattr(module, "MOST", 4)
    assert [vote.report_id for vote in LiveMemory().votes()] == newest
    settled(committed, "parks", days_ago=1)
    # It had grown to more than twice as many: only the newest were read again.
    assert [vote.report_id for vote in memory.votes()] == [*newest[1:], ServiceRequest.objects.latest("pk").pk]


def test_a_question_of_the_past_hears_what_was_asked_before_it(committed: Toytown, memory: LiveMemory) -> None:
    settled(committed, "parks", days_ago=30)
    settled(committed, "roads", days_ago=2)
    lamp = Question(committed.services["litter"].pk, *place.IN_GAP)
    found = propose_from_memory(lamp, before=timezone.now() - timedelta(days=10))
    assert found is not None
    assert (found.body_id, found.of) == (committed.bodies["parks"].pk, 1)
