"""A case is opened at a flaw of the borders, before or after citizens ask there."""

import pytest
from django.contrib.gis.geos import MultiPolygon

from issues.case_words import case_history
from issues.errors import NotAllowed, NothingToArbitrate
from issues.models import Case
from issues.services.arbitration.open_cases import open_case_for_zone
from issues.services.arbitration.rule import confirm_ruling
from tests.issues.arbitrating import People, case_of, report, zone_ruling
from tests.toytown import IN_COMMONS_AND_WEST, IN_WEST, box

pytestmark = pytest.mark.django_db
OVERLAP = box(-73.993, 40.705, -73.99, 40.708)
GAP = box(-73.985, 40.7, -73.98, 40.72)


def opened(people: People, zone: MultiPolygon = OVERLAP, *services: str) -> Case:
    return open_case_for_zone(zone=zone, services=services or ("litter",), user=people.arbitrator)


def test_a_case_opens_with_the_zone_and_its_claimants_and_the_first_report_joins_it(people: People):
    case = opened(people)
    assert (case.cause, case.state, case.service.service_code) == ("contested", "open", "litter")
    assert {body.slug for body in case.claimants.all()} == {"parks", "sanitation-west"}
    assert case.zone.area == pytest.approx(OVERLAP.area)
    [entry] = case_history(case)
    assert entry.sentence == "arbitrator opened the case at a flaw of the borders."
    assert case_of(report(at=IN_COMMONS_AND_WEST)) == case
    assert Case.objects.count() == 1


def test_where_a_case_waits_already_it_is_that_one(people: People):
    waiting = case_of(report(at=IN_COMMONS_AND_WEST))
    assert opened(people) == waiting
    assert opened(people) == opened(people)
    assert Case.objects.count() == 1


def test_a_gap_asks_its_neighbours(people: People):
    case = opened(people, GAP, "noise", "street-lamp")
    assert case.cause == "gap" and case.service is None
    inside = case.zone.point_on_surface  # a gap as wide as this is cut to a cell around the place asked
    assert GAP.buffer(1e-9).covers(case.zone)
    assert case_of(report("noise", inside.tuple)) == case


def test_where_somebody_answers_there_is_nothing_to_open(people: People):
    with pytest.raises(NothingToArbitrate):
        opened(people, box(IN_WEST[0], IN_WEST[1], IN_WEST[0] + 0.001, IN_WEST[1] + 0.001))
    with pytest.raises(NothingToArbitrate):
        opened(people, MultiPolygon(srid=4326))
    with pytest.raises(NothingToArbitrate):
        opened(people, OVERLAP, "no-such-service")
    case = opened(people)
    confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    case.refresh_from_db()
    assert case.state == "settled"
    with pytest.raises(NothingToArbitrate):
        opened(people)


def test_only_arbitrators_open_cases(people: People):
    with pytest.raises(NotAllowed):
        open_case_for_zone(zone=OVERLAP, services=["litter"], user=people.parks)
    assert not Case.objects.exists()
