"""Figures of arbitration against numbers counted by hand, in real PostGIS."""

from datetime import date, timedelta

from django.utils import timezone

from issues.models import Case, Ruling
from issues.selectors.metrics import Metrics, Period, metrics_of
from issues.services.arbitration.hand_back import hand_back
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, report, zone_ruling
from tests.toytown import Toytown

TODAY = Period(date.today() - timedelta(days=1), date.today() + timedelta(days=1))


def metrics(user: object, **other: object) -> Metrics:
    return metrics_of(user, TODAY, **other)


def in_forty_days() -> object:
    return timezone.now() + timedelta(days=40)


def test_an_empty_city_has_zeros_and_no_hours(toytown: Toytown, people: People) -> None:
    found = metrics(people.arbitrator)
    assert (found.decisions.reports, found.decisions.mature, found.hours.cases, found.hours.median) == (0, 0, 0, None)
    assert (found.handed_over, found.places, found.precedents) == ([], [], [])


def test_decisions_are_counted_by_the_first_and_precision_only_where_thirty_days_are_over(
    toytown: Toytown, people: People
) -> None:
    kept, back = report(at=place.IN_WEST), report(at=place.IN_WEST)
    report()  # contested
    hand_back(back.pk, "not_our_area", user=people.west, proposed_body="parks")
    now = metrics(people.arbitrator).decisions
    assert (now.reports, now.automatic, now.by_ruling, now.by_memory, now.mature, now.kept) == (3, 2, 0, 0, 0, 0)
    later = metrics(people.arbitrator, now=in_forty_days()).decisions
    assert (later.mature, later.kept) == (2, 1)
    assert kept.body_id == toytown.bodies["sanitation-west"].pk
    own = metrics(people.west, now=in_forty_days())
    assert (own.decisions.reports, own.decisions.automatic, own.decisions.kept) == (2, 2, 1)
    assert [body.slug for body in own.bodies] == ["sanitation-west"]
    assert metrics(people.roads).decisions.reports == 0
    assert metrics(people.citizen).decisions.reports == 0
    past = metrics_of(people.arbitrator, Period(date(2020, 1, 1), date(2020, 12, 31)))
    assert (past.decisions.reports, past.places) == (0, [])


def test_what_was_handed_back_is_counted_by_giver_and_who_has_it_now(toytown: Toytown, people: People) -> None:
    first, second = report(at=place.IN_WEST), report(at=place.IN_WEST)
    for each in (first, second):
        hand_back(each.pk, "not_our_area", user=people.west, proposed_body="parks")
    case = case_of(first)
    draft = zone_ruling(case, "parks", "this_report", service_request=first.pk)
    confirm_ruling(draft, user=people.arbitrator, version=case.version)
    west, parks = toytown.bodies["sanitation-west"], toytown.bodies["parks"]
    found = metrics(people.arbitrator)
    counted = {(each.giver, each.taker): each.reports for each in found.handed_over}
    assert counted == {(west, parks): 1, (west, None): 1}
    assert [back.service_request_id for back in found.places] == [second.pk, first.pk]
    assert {each.taker for each in metrics(people.west).handed_over} == {parks, None}
    assert [each.taker for each in metrics(people.parks).handed_over] == [parks]
    assert metrics(people.roads).handed_over == []


def opened_hours_before_its_ruling(case: Case, hours: float) -> None:
    """Rulings are append-only, so the case's opening is moved."""
    confirmed = Ruling.objects.get(case=case).confirmed_at
    Case.objects.filter(pk=case.pk).update(opened_at=confirmed - timedelta(hours=hours))


def test_hours_to_ruling_are_the_median_and_the_ninetieth_percentile(toytown: Toytown, people: People) -> None:
    for hours, at in [(2, place.IN_COMMONS_AND_WEST), (12, place.IN_GAP)]:
        case = case_of(report(at=at))
        confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
        opened_hours_before_its_ruling(case, hours)
    waits = case_of(report(at=(-73.9875, 40.7055)))
    found = metrics(people.arbitrator).hours
    assert (found.cases, found.ruled) == (3, 2)
    assert (round(found.median, 6), round(found.p90, 6)) == (7.0, 11.0)
    own = metrics(people.west).hours
    assert (own.cases, own.ruled) == (
        Case.objects.filter(claimants=toytown.bodies["sanitation-west"]).count(),
        Ruling.objects.filter(case__claimants=toytown.bodies["sanitation-west"]).count(),
    )
    assert waits.rulings.count() == 0


def test_precedents_are_ordered_by_use_and_reversals_are_told(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    ruling = confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    assert report().body_id == toytown.bodies["parks"].pk
    [used] = metrics(people.arbitrator).precedents
    assert (used.ruling, used.uses, used.is_reversed) == (ruling, 2, False)
    assert metrics(people.arbitrator).decisions.by_ruling == 1
    reverse_ruling(ruling.pk, "They sold the lawn.", user=people.arbitrator, reopen=False)
    [used] = metrics(people.parks).precedents
    assert (used.uses, used.is_reversed) == (2, True)
    assert metrics(people.roads).precedents == []
