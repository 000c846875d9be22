"""Rulings: previewed, confirmed, and in force over what comes later."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import GEOSGeometry, Point
from django.utils import timezone, translation

from issues import errors
from issues.explanations import explain, explain_publicly
from issues.models import Case, CaseReport, Ruling, ServiceRequest
from issues.routing.outcomes import Outcome, Rule
from issues.selectors.evidence import Question, find_evidence, find_responsibility
from issues.selectors.responsibility import responsibility_at
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling, preview_ruling
from issues.services.transition import transition
from issues.timeline import timeline
from issues.workflow import State
from layers.models import AssetClass
from tests import toytown as place
from tests.issues.arbitrating import NEARBY, People, case_of, report, ruled, zone_ruling
from tests.toytown import Toytown


def test_a_zone_ruling_settles_what_waits_and_what_comes_next(toytown: Toytown, people: People) -> None:
    first, second = report(), report(at=NEARBY)
    case = case_of(first)
    ruling = ruled(people, case)
    for service_request in (first, second):
        service_request.refresh_from_db()
        assert (service_request.outcome, service_request.body) == ("assigned", toytown.bodies["parks"])
        assert service_request.responsibilities.all()[0].ruling == ruling
    case.refresh_from_db()
    assert case.state == "settled"
    assert set(CaseReport.objects.values_list("ruling", flat=True)) == {ruling.pk}
    later = report(at=NEARBY)
    assert (later.body, later.responsibilities.get().rule) == (toytown.bodies["parks"], Rule.RULING)
    assert Case.objects.count() == 1


def test_a_ruling_on_one_report_leaves_the_others_of_its_case(toytown: Toytown, people: People) -> None:
    first, second = report(), report(at=NEARBY)
    case = case_of(first)
    ruled(people, case, scope="this_report", service_request=first.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    case.refresh_from_db()
    assert (first.body, second.body, case.state) == (toytown.bodies["parks"], None, "open")
    assert preview_ruling(zone_ruling(case), user=people.arbitrator).open_reports == 1


def test_all_services_in_the_zone_settle_other_kinds_too(toytown: Toytown, people: People) -> None:
    report()
    tree = report("tree")
    assert tree.body == toytown.bodies["parks"]
    ruled(people, Case.objects.get(), body="roads", scope="all_services_in_zone")
    tree.refresh_from_db()
    assert tree.body == toytown.bodies["roads"]


def test_an_asset_class_ruling_counts_only_where_such_a_thing_is_in_reach(toytown: Toytown, people: People) -> None:
    lamps = AssetClass.objects.get(slug="lamp")
    service_request = report("street-lamp", place.AT_LAMP)
    case = Case.objects.create(
        key="by hand", cause="contested", zone=place.box(-73.996, 40.709, -73.994, 40.711), due_date=date(2030, 1, 1)
    )
    CaseReport.objects.create(case=case, service_request=service_request)
    ruled(people, case, body="sanitation", scope="asset_class_in_zone", asset_class=lamps.slug)
    at_lamp, beside = place.AT_LAMP, (place.AT_LAMP[0] - 0.0008, place.AT_LAMP[1])
    street_lamp, litter = toytown.services["street-lamp"].pk, toytown.services["litter"].pk
    assert find_responsibility(Question(street_lamp, *at_lamp)).body_id == toytown.bodies["sanitation"].pk
    assert find_responsibility(Question(street_lamp, *beside)).rule is Rule.BOUNDARY
    assert find_responsibility(Question(litter, *at_lamp)).rule is Rule.BOUNDARY


def test_a_zone_is_closed_and_ends_at_its_edge(toytown: Toytown, people: People) -> None:
    report()
    zone = place.box(-73.992, 40.706, -73.9905, 40.707)
    ruled(people, Case.objects.get(), zone=zone)
    litter = toytown.services["litter"].pk
    on_edge = find_responsibility(Question(litter, -73.992, 40.7065))
    outside = find_responsibility(Question(litter, -73.99201, 40.7065))
    assert (on_edge.rule, outside.outcome) == (Rule.RULING, Outcome.CONTESTED)


def test_the_narrower_ruling_wins_and_of_equal_ones_the_newer(toytown: Toytown, people: People) -> None:
    report()
    ruled(people, Case.objects.get(), body="sanitation-west")
    report(at=place.IN_GAP)
    # A gap's case with a zone drawn over everything, so that both rulings cover the commons.
    everything = place.box(-73.9999, 40.7001, -73.9801, 40.7199)
    wide = case_of(ServiceRequest.objects.latest("pk"))
    ruled(people, wide, body="roads", scope="all_services_in_zone", zone=everything)
    litter = toytown.services["litter"].pk
    decision = find_responsibility(Question(litter, *place.IN_COMMONS_AND_WEST))
    assert decision.body_id == toytown.bodies["sanitation-west"].pk
    assert [found.rejected_because for found in decision.candidates][1] == "narrower_ruling"
    newer = report(at=place.ON_SHARED_EDGE)
    assert newer.body == toytown.bodies["roads"]


def test_time_travel_knows_a_ruling_from_its_confirmation_to_its_reversal(toytown: Toytown, people: People) -> None:
    report()
    before = timezone.now()
    ruling = ruled(people, Case.objects.get(), expires_at=timezone.localdate() + timedelta(days=30))
    during = timezone.now()
    reverse_ruling(ruling.pk, "Wrong", user=people.arbitrator, reopen=False)
    litter = toytown.services["litter"].pk

    def rule_at(known_at: object, day: date | None = None) -> Rule:
        return find_responsibility(Question(litter, *place.IN_COMMONS_AND_WEST, known_at=known_at, valid_on=day)).rule

    today = timezone.localdate()
    assert [rule_at(moment) for moment in (before, during, timezone.now())] == [
        Rule.BOUNDARY,
        Rule.RULING,
        Rule.BOUNDARY,
    ]
    assert rule_at(during, today - timedelta(days=1)) is Rule.BOUNDARY
    assert rule_at(during, today + timedelta(days=29)) is Rule.RULING
    assert rule_at(during, today + timedelta(days=30)) is Rule.BOUNDARY


def test_many_questions_and_one_statement_find_the_same_rulings(
    toytown: Toytown, people: People, django_assert_num_queries: object
) -> None:
    service_request = report()
    ruled(people, Case.objects.get(), scope="this_report")
    litter, tree = toytown.services["litter"].pk, toytown.services["tree"].pk
    here = place.IN_COMMONS_AND_WEST
    questions = [
        Question(litter, *here, service_request_id=service_request.pk),
        Question(litter, *here),
        Question(tree, *here, service_request_id=service_request.pk),
        Question(litter, *NEARBY, service_request_id=service_request.pk),
    ]
    with django_assert_num_queries(1):
        together = find_evidence(questions)
    assert [len(evidence.rulings) for evidence in together] == [1, 0, 0, 0]
    assert [find_evidence([question])[0].rulings for question in questions] == [each.rulings for each in together]


def test_the_public_reads_the_ruling_its_day_and_its_public_reason_only(toytown: Toytown, people: People) -> None:
    report()
    ruled(people, Case.objects.get())
    later = report(at=NEARBY)
    said = explain_publicly(later)
    assert said.because.startswith("A ruling of ")
    assert "Parks" in said.because and "The lawn is mown by them." in said.because
    everything = " ".join(
        [said.headline, said.because, *(item.sentence + item.rejected_because for item in said.candidates)]
    )
    assert "Budget" not in everything and people.arbitrator.username not in everything
    assert [entry.sentence for entry in timeline(later)][-1] == "By a ruling we sent it to Parks."
    with translation.override("zh-hans"):
        assert "裁定" in explain(later.responsibilities.get()).because


def test_a_ruling_over_private_places_tells_the_public_no_reason(toytown: Toytown, people: People) -> None:
    service_request = report("noise", place.ON_SHARED_EDGE)
    ruled(people, case_of(service_request), body="sanitation-west", public_reason="The house at the corner")
    service_request.refresh_from_db()
    said = explain_publicly(service_request)
    assert (said.because, said.candidates) == ("Arbitration settled who is responsible.", [])
    asked_there = explain(responsibility_at("noise", *place.ON_SHARED_EDGE), to_reporter=True)
    assert asked_there.because == asked_there.candidates[0].sentence == "Arbitration settled who is responsible."


def test_what_one_body_accepted_is_not_accepted_by_the_next(toytown: Toytown, people: People) -> None:
    tree = report("tree")
    report()
    transition(tree.pk, State.PUBLISHED, user=None)
    transition(tree.pk, State.ACCEPTED, user=people.parks)
    ruled(people, Case.objects.get(), body="roads", scope="all_services_in_zone")
    tree.refresh_from_db()
    assert tree.state == State.PUBLISHED


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"body": "nobody"}, errors.RulingInvalid),
        ({"body": "pa\x00rks"}, errors.RulingInvalid),
        ({"scope": "everything"}, errors.RulingInvalid),
        ({"public_reason": " \n"}, errors.RulingInvalid),
        ({"public_reason": "x" * 6000}, errors.RulingInvalid),
        ({"expires_at": date(2020, 1, 1)}, errors.RulingInvalid),
        ({"scope": "asset_class_in_zone"}, errors.RulingInvalid),
        ({"scope": "this_report", "service_request": 0}, errors.RulingInvalid),
        ({"zone": Point(*place.IN_WEST, srid=4326)}, errors.ZoneInvalid),
        ({"zone": GEOSGeometry("SRID=4326;POLYGON EMPTY")}, errors.ZoneInvalid),
        ({"zone": place.box(-73.9999, 40.701, -73.9995, 40.702)}, errors.ZoneInvalid),
        ({"zone": place.box(10, 10, 11, 11)}, errors.ZoneInvalid),
        (
            {
                "zone": GEOSGeometry(
                    "SRID=4326;POLYGON((-73.99 40.70,-73.98 40.71,-73.98 40.70,-73.99 40.71,-73.99 40.70))"
                )
            },
            errors.ZoneInvalid,
        ),
    ],
)
def test_a_ruling_that_means_nothing_is_refused_before_anything_is_stored(
    toytown: Toytown, people: People, change: dict[str, object], error: type[Exception]
) -> None:
    report()
    case = Case.objects.get()
    draft = replace(zone_ruling(case), **change)
    if change == {"body": "pa\x00rks"}:
        draft = replace(draft, body="parks\x00x")
    for attempt in (preview_ruling, lambda d, user: confirm_ruling(d, user=user, version=case.version)):
        with pytest.raises(error):
            attempt(draft, user=people.arbitrator)
    case.refresh_from_db()
    assert (case.version, Ruling.objects.count()) == (1, 0)
