"""The page of figures: who sees which, the period in the address, honest small numbers."""

import json
import re

from django.test import Client

from issues.services.arbitration.hand_back import hand_back
from issues.services.arbitration.rule import confirm_ruling
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, report, zone_ruling
from tests.issues.settled_reports import remember_parks, settled
from tests.signing_in import signed_in
from tests.toytown import Toytown

PAGE = "/desk/arbitration/metrics/"


def shown(user: object, **query: str) -> str:
    response = signed_in(user).get(PAGE, query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def pins(page: str) -> list[dict[str, object]]:
    return json.loads(re.search(r'id="hand-back-pins" type="application/json">(.*?)</script>', page)[1])


def test_strangers_are_asked_to_sign_in(client: Client, toytown: Toytown) -> None:
    assert client.get(PAGE)["Location"] == f"/login/?next={PAGE}"


def test_arbitrators_see_all_members_their_bodies_others_nothing(toytown: Toytown, people: People) -> None:
    back = report(at=place.IN_WEST)
    hand_back(back.pk, "not_our_area", user=people.west)
    case = case_of(report())
    confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    everything, west, roads, citizen = (
        shown(user) for user in (people.arbitrator, people.west, people.roads, people.citizen)
    )
    assert "All bodies." in everything
    assert "Only what concerns: Sanitation West" in west
    assert "You belong to no body yet" in citizen
    for page in (everything, west):
        [pin] = pins(page)
        assert (pin["lon"], pin["kind"]) == (place.IN_WEST[0], "undecided")
        assert pin["label"].endswith(": Sanitation West → Nobody yet")
        assert '<th scope="row">Sanitation West</th>' in page
    for page in (roads, citizen):
        assert pins(page) == []
        assert "Sanitation West" not in page
        assert "Nothing was handed back in this period." in page
        assert "No ruling over a zone was used or reversed in this period." in page
    assert "1 ruling over a zone was used or reversed, 0 of them reversed in this period." in everything


def test_a_share_of_few_is_not_shown_and_one_of_enough_is(toytown: Toytown, people: People) -> None:
    for _ in range(19):
        report(at=place.IN_WEST)
    row = r"Decided automatically</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)<"
    assert re.search(row, shown(people.arbitrator)).groups() == ("too few to say", "19 / 19 reports")
    report()
    assert re.search(row, shown(people.arbitrator)).groups() == ("95.0 %", "19 / 20 reports")
    for _ in range(4):
        report()
    assert re.search(row, shown(people.arbitrator)).groups() == ("79.2 %", "19 / 24 reports")  # 79.17: rounded, not cut


def test_the_period_stands_in_the_address_and_is_checked(toytown: Toytown, people: People) -> None:
    report(at=place.IN_WEST)
    assert "0 / 0 reports" in shown(people.arbitrator, since="2020-01-01", until="2020-12-31")
    client = signed_in(people.arbitrator)
    for query in (
        {"since": "2021-01-01", "until": "2020-01-01"},
        {"since": "soon"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
    ):
        response = client.get(PAGE, query)
        assert response.status_code == 400, query
        assert b"field__error" in response.content


def test_the_case_shows_the_arbitrator_what_earlier_reports_say(toytown: Toytown, people: People) -> None:
    remember_parks(toytown, 15)
    case = case_of(report(at=place.IN_GAP))
    page = signed_in(people.arbitrator).get(f"/desk/arbitration/{case.pk}/").content.decode()
    assert "What earlier reports say" in page
    assert "Probably <strong>Parks</strong>." in page
    assert re.search(r"Of 100 forecasts as sure as this one, at least \d\d came true\.", page)
    assert re.search(r"Of all forecasts for this kind of problem, the unsure ones included, \d+ of \d+ came true", page)
    assert "15 of 15 earlier reports of this kind within " in page
    assert "They do not tell" not in page
    case.claimants.add(toytown.bodies["roads"])
    assert (
        "What earlier reports say" not in signed_in(people.roads).get(f"/desk/arbitration/{case.pk}/").content.decode()
    )


def test_earlier_reports_that_disagree_name_nobody(toytown: Toytown, people: People) -> None:
    """“Probably” is said above even odds only."""
    for number, body in enumerate(["parks", "roads", "sanitation-west", "sanitation-east"] * 3):
        settled(toytown, body, days_ago=20 + number, shift=0.00001 * number)
    case = case_of(report(at=place.IN_GAP))
    page = signed_in(people.arbitrator).get(f"/desk/arbitration/{case.pk}/").content.decode()
    assert "They do not tell" in page and "Probably" not in page
