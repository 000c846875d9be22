"""Cases open, group and end by themselves."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from issues.models import Case, CaseEvent, CaseReport, ServiceRequest
from issues.services.arbitration.hand_back import hand_back
from issues.services.delete_demo import delete_demo_reports
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.workflow import State
from layers.models import Boundary, Jurisdiction
from tests import toytown as place
from tests.issues.arbitrating import case_of, hire, report
from tests.toytown import Toytown, build_toytown


def shape(geometry: object) -> shapely.Geometry:
    return shapely.from_wkb(bytes(geometry.wkb))


def test_a_contested_report_opens_a_case_with_its_claimants_and_the_exact_overlap(toytown: Toytown) -> None:
    case = case_of(report())
    assert (case.cause, case.state, case.service) == ("contested", "open", toytown.services["litter"])
    assert set(case.claimants.all()) == {toytown.bodies["parks"], toytown.bodies["sanitation-west"]}
    expected = shape(toytown.boundaries["commons"].geom) & shape(toytown.boundaries["west"].geom)
    assert shapely.equals(shape(case.zone), expected)
    assert case.due_date > timezone.localdate()
    assert [event.kind for event in case.events.all()] == ["opened"]


def test_two_hundred_reports_on_one_overlap_are_one_case(toytown: Toytown) -> None:
    lon, lat = place.IN_COMMONS_AND_WEST
    for number in range(200):
        report(at=(lon - 0.0015 + number * 0.00001, lat))
    assert Case.objects.count() == 1
    assert case_of(ServiceRequest.objects.first()).case_reports.count() == 200


def test_the_other_overlap_of_the_same_area_is_another_case(toytown: Toytown) -> None:
    west, east = report(), report(at=(-73.9875, 40.7055))
    assert case_of(west) != case_of(east)


def test_a_case_about_several_kinds_of_problems_names_none(toytown: Toytown) -> None:
    toytown.services["pothole"].layers.set([toytown.layers["districts"], toytown.layers["parks"]])
    report("litter")
    case = case_of(report("pothole"))
    assert (Case.objects.count(), case.service) == (1, None)


def test_what_a_layer_of_higher_rank_decides_is_not_in_the_zone(toytown: Toytown) -> None:
    higher = shapely.box(-73.9945, 40.7, -73.9925, 40.72)
    Boundary.objects.create(
        jurisdiction=Jurisdiction.objects.create(
            layer=toytown.layers["wards"], body=toytown.bodies["roads"], code="strip", names={"en": "Strip"}
        ),
        geom=place.box(*higher.bounds),
        valid_from=place.LONG_AGO,
    )
    toytown.services["litter"].layers.add(toytown.layers["wards"])  # rank 15 before 10
    assert report(at=(-73.9928, 40.7065)).body == toytown.bodies["roads"]
    overlap = shape(toytown.boundaries["commons"].geom) & shape(toytown.boundaries["west"].geom)
    assert shapely.equals(shape(case_of(report()).zone), overlap - higher)


def test_a_gap_is_proposed_whole_and_reports_all_over_it_are_one_case(toytown: Toytown) -> None:
    first = report(at=place.IN_GAP)
    case = case_of(first)
    assert case.cause == "gap"
    assert toytown.bodies["sanitation-east"] in case.claimants.all()
    second = report(at=(place.IN_GAP[0] + 0.001, place.IN_GAP[1] + 0.001))
    assert case_of(second) == case
    gap = shapely.box(-73.985, 40.7, -73.98, 40.72)
    zone = shape(case.zone)
    assert shapely.covers(zone, shape(first.point)) and shapely.area(zone - gap) < 1e-12


def test_a_point_on_a_shared_edge_opens_a_case_with_a_disc(toytown: Toytown) -> None:
    case = case_of(report("noise", place.ON_SHARED_EDGE))
    assert case.cause == "contested"
    assert shapely.covers(shape(case.zone), shapely.Point(place.ON_SHARED_EDGE))
    assert 10 < shapely.minimum_bounding_radius(shape(case.zone_m)) < 20


def test_an_uncertain_report_opens_a_case_and_neighbours_widen_it(toytown: Toytown) -> None:
    lon, lat = place.NEAR_EDGE_IN_WEST
    case = case_of(report("noise", (lon, lat), accuracy_m=30))
    assert case.cause == "uncertain"
    before = shapely.area(shape(case.zone))
    for step in (0.0003, -0.0003):
        report("noise", (lon, lat + step), accuracy_m=30)
    assert Case.objects.count() <= 2  # the cells of the grid meet somewhere
    assert any(shapely.area(shape(found.zone)) > before for found in Case.objects.all())


def test_an_assigned_report_has_no_case(toytown: Toytown) -> None:
    report(at=place.IN_WEST)
    assert not Case.objects.exists()


def test_a_case_whose_last_report_is_closed_ends_without_a_ruling(toytown: Toytown) -> None:
    first, second = report(), report()
    case = case_of(first)
    for service_request in (first, second):
        assert Case.objects.get(pk=case.pk).state == "open"
        transition(service_request.pk, State.REFUSED, user=None, reason="Nothing there")
    case.refresh_from_db()
    assert case.state == "closed"
    assert [event.kind for event in case.events.all()] == ["opened", "closed"]
    assert case_of(report()) != case


def test_the_database_has_no_second_live_case_of_a_cause(toytown: Toytown) -> None:
    case = case_of(report())
    values = {name: getattr(case, name) for name in ("key", "cause", "zone", "due_date")}
    with pytest.raises(IntegrityError, match="one_live_case_of_a_cause"), transaction.atomic():
        Case.objects.create(**values, state="appealed")
    Case.objects.create(**values, state="settled")


def test_the_database_has_no_report_in_two_cases(toytown: Toytown) -> None:
    service_request = report()
    other = case_of(report(at=place.IN_GAP))
    with pytest.raises(IntegrityError, match="report_is_in_one_case_at_most"), transaction.atomic():
        CaseReport.objects.create(case=other, service_request=service_request)


@pytest.mark.django_db(transaction=True)
def test_many_reports_at_once_on_a_new_overlap_open_one_case() -> None:
    build_toytown()
    lon, lat = place.IN_COMMONS_AND_WEST

    def send(number: int) -> None:
        try:
            submit_service_request(Submission("litter", lon - number * 0.00005, lat, description=f"Bag {number}"))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(24)))
    assert Case.objects.count() == 1
    assert CaseReport.objects.filter(left_at=None).count() == 24
    assert CaseEvent.objects.filter(kind="opened").count() == 1


def test_demo_cases_go_with_the_demo_and_others_stay(toytown: Toytown) -> None:
    people = hire(toytown)
    handed = report(at=place.IN_WEST)
    hand_back(handed.pk, "not_our_area", user=people.sanitation)
    demo, real = report(), report(at=place.IN_GAP)
    ServiceRequest.objects.filter(pk__in=[demo.pk, handed.pk]).update(is_demo=True)
    Case.objects.filter(case_reports__service_request__in=[demo, handed]).update(is_demo=True)
    with transaction.atomic():
        delete_demo_reports()
    assert list(ServiceRequest.objects.all()) == [real]
    assert list(Case.objects.all()) == [case_of(real)]
