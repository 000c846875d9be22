"""What a ruling would change is counted before it is confirmed."""

import pytest
from django.contrib.gis.geos import GEOSGeometry

from issues.models import Case, Responsibility, Ruling, ServiceRequest
from issues.routing.outcomes import Rule
from issues.services import check_golden_points as golden
from issues.services.arbitration.reverse import undo_ruling
from issues.services.arbitration.rule import confirm_ruling, preview_ruling
from issues.services.transition import transition
from issues.workflow import State
from layers.pack.golden_points import GoldenPoint
from tests import toytown as place
from tests.issues.arbitrating import COMMONS_LAT, COMMONS_LON, NEARBY, People, case_of, report, ruled, zone_ruling
from tests.toytown import Toytown, box


def test_the_preview_counts_what_the_confirmation_then_does(toytown: Toytown, people: People) -> None:
    for number in range(3):
        report(at=(COMMONS_LON - number * 0.0002, COMMONS_LAT))
    fixed = report(at=NEARBY)
    transition(fixed.pk, State.PUBLISHED, user=None)
    transition(fixed.pk, State.FIXED, user=None)
    report("tree")  # another kind, decided by rank
    case = Case.objects.get()
    preview = preview_ruling(zone_ruling(case), user=people.arbitrator)
    assert (preview.open_reports, preview.past_reports, preview.stays) == (3, 1, 0)
    assert [(moves.body, moves.reports) for moves in preview.open_moves] == [(None, 3)]
    assert not Ruling.objects.exists()
    assert not Responsibility.objects.filter(rule=Rule.RULING).exists()
    before = Responsibility.objects.count()
    ruled(people, case)
    assert Responsibility.objects.count() == before + preview.open_reports


def test_the_preview_names_golden_points_that_change(
    toytown: Toytown, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [
        GoldenPoint(
            "overlap", *place.IN_COMMONS_AND_WEST, "litter", 0, None, "contested", ("parks", "sanitation-west"), "?"
        ),
        GoldenPoint("wrong before", *place.IN_WEST, "litter", 0, None, "gap", (), "?"),
    ]
    monkeypatch.setattr(golden, "golden_points", lambda: points)
    report()
    preview = preview_ruling(zone_ruling(Case.objects.get()), user=people.arbitrator)
    assert [(found.point.name, found.bodies) for found in preview.golden] == [("overlap", ("parks",))]


def closed(service_request: ServiceRequest) -> ServiceRequest:
    transition(service_request.pk, State.PUBLISHED, user=None)
    return transition(service_request.pk, State.FIXED, user=None)


def past_moves(people: People, **draft: object) -> dict[str, int]:
    """By slug, "" for nobody; of a ruling over all of Toytown made in the case of a report on the shared edge."""
    edge = report("noise", place.ON_SHARED_EDGE)
    everywhere = GEOSGeometry(box(-74.0, 40.7, -73.98, 40.72).wkt, srid=4326)
    asked = zone_ruling(case_of(edge), zone=everywhere, **draft)
    preview = preview_ruling(asked, user=people.arbitrator)
    return {moves.body.slug if moves.body else "": moves.reports for moves in preview.past_moves}


def test_the_preview_counts_past_reports_by_the_decision_in_force(toytown: Toytown, people: People) -> None:
    """First nobody's, then ruled to Parks and fixed: it would have come from Parks."""
    open_at_first = report()
    ruled(people, case_of(open_at_first))
    closed(open_at_first)
    of_parks = {"scope": "service_in_zone", "service_code": "litter"}
    assert past_moves(people, body="roads", **of_parks) == {"parks": 1}
    assert past_moves(people, body="parks", **of_parks) == {}


def test_the_preview_leaves_out_past_reports_that_a_narrower_ruling_settles(toytown: Toytown, people: People) -> None:
    closed_before = closed(report(at=NEARBY))  # no ruling was there to decide it anew
    first = report()
    ruling = ruled(people, case_of(first))
    closed(first)
    closed(report("noise", place.IN_WEST))
    everything = {"body": "roads", "scope": "all_services_in_zone"}
    assert past_moves(people, **everything) == {"sanitation-west": 1}
    undo_ruling(ruling.pk, "A slip of the hand.", user=people.arbitrator)
    assert past_moves(people, **everything) == {"sanitation-west": 1, "parks": 1, "": 1}
    assert closed_before.responsibilities.get().body is None


def test_the_preview_leaves_out_past_reports_with_a_ruling_of_their_own(toytown: Toytown, people: People) -> None:
    own, other = report(), report(at=NEARBY)
    case = case_of(own)
    confirm_ruling(
        zone_ruling(case, scope="this_report", service_request=own.pk), user=people.arbitrator, version=case.version
    )
    closed(own)
    closed(other)
    assert past_moves(people, body="roads", scope="service_in_zone", service_code="litter") == {"": 1}
