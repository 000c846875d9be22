"""The arbitration desk's pages: who sees what, what can be done without script, nothing internal outside."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from issues.models import Case, HandBack, Position, Ruling, ServiceRequest
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling
from issues.services.arbitration.state_position import state_position
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, report, zone_ruling
from tests.signing_in import signed_in
from tests.toytown import Toytown


def path(case: Case) -> str:
    return f"/desk/arbitration/{case.pk}/"


def ruling_fields(case: Case, **other: str) -> dict[str, str]:
    return {
        "act": "confirm",
        "version": str(case.version),
        "body": "parks",
        "scope": "service_in_zone",
        "zone_kind": "proposed",
        "public_reason": "They mow the lawn.",
        "internal_note": "Budget line 7",
        **other,
    }


@pytest.mark.parametrize("address", ["/desk/arbitration/", "/desk/arbitration/1/", "/desk/reports/1/hand-back/"])
def test_strangers_are_asked_to_sign_in(client: Client, toytown: Toytown, address: str) -> None:
    assert client.get(address)["Location"] == f"/login/?next={address}"
    assert client.post("/desk/arbitration/1/preview/").status_code == 302


def test_each_role_sees_its_cases_only(toytown: Toytown, people: People) -> None:
    west, east = case_of(report()), case_of(report(at=(-73.9875, 40.7055)))
    for name, seen in [("west", {west}), ("roads", set()), ("citizen", set()), ("arbitrator", {west, east})]:
        client = signed_in(getattr(people, name))
        page = client.get("/desk/arbitration/").content.decode()
        assert {int(pk) for pk in re.findall(r'data-queue-item="(\d+)"', page)} == {case.pk for case in seen}, name
        for case in (west, east):
            assert client.get(path(case)).status_code == (200 if case in seen else 404)
            assert client.post(path(case), ruling_fields(case)).status_code == (
                404 if case not in seen else 303 if name == "arbitrator" else 403
            )
            case.refresh_from_db()
    assert signed_in(people.arbitrator).get(f"/desk/arbitration/{2**70}/").status_code == 404


def test_the_queue_is_ordered_by_harm_age_or_due_day_and_filtered(toytown: Toytown, people: People) -> None:
    few, many = case_of(report(at=place.IN_GAP)), case_of(report())
    report(at=(place.IN_COMMONS_AND_WEST[0] - 0.0003, place.IN_COMMONS_AND_WEST[1]))
    client = signed_in(people.arbitrator)

    def queue(**query: str) -> list[int]:
        page = client.get("/desk/arbitration/", query).content.decode()
        return [int(pk) for pk in re.findall(r'data-queue-item="(\d+)"', page)]

    assert queue() == [many.pk, few.pk]
    assert queue(order="age") == [few.pk, many.pk]
    assert queue(cause="gap") == [few.pk]
    assert queue(body="parks", state="all") == [many.pk, few.pk]
    assert queue(state="settled") == []
    assert queue(order="nonsense", cause="x", page="999999999999999999999") == [many.pk, few.pk]


def test_a_position_is_stated_with_a_file_that_only_staff_of_the_case_get(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    file = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 plan", content_type="application/pdf")
    fields = {"act": "position", "body": "parks", "stance": "not_ours", "text": "The path is theirs.", "file": file}
    assert signed_in(people.parks).post(path(case), fields).status_code == 303
    position = Position.objects.get()
    address = f"/desk/arbitration/files/{position.attachment_id}/"
    answer = signed_in(people.west).get(address)
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 plan")
    assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"
    assert [signed_in(user).get(address).status_code for user in (people.roads, people.citizen)] == [404, 404]
    page = signed_in(people.west).get(path(case)).content.decode()
    assert "The path is theirs." in page and "Not ours" in page


def test_a_position_names_the_evidence_it_rests_on_and_earlier_ones_stay_in_the_history(
    toytown: Toytown, people: People
) -> None:
    case, client = case_of(report()), signed_in(people.parks)
    fields = {"act": "position", "body": "parks", "stance": "not_ours", "text": "The path is theirs."}
    refused = client.post(path(case), {**fields, "stance": "", "evidence": f"boundary:{toytown.boundaries['west'].pk}"})
    [chosen] = re.findall(r'<option value="boundary:\d+" selected>([^<]*)</option>', refused.content.decode())
    assert "The place lies in West" in chosen
    client.post(path(case), {**fields, "evidence": f"boundary:{toytown.boundaries['west'].pk}"})
    page = client.get(path(case)).content.decode()
    assert re.search(r"It rests on</span> West \(", page)
    client.post(path(case), {**fields, "stance": "ours", "text": "We looked again."})
    page = client.get(path(case)).content.decode()
    assert "Parks stated its position: Not ours (parks)." in page and "The path is theirs." in page
    assert "Parks stated its position: Ours (parks)." in page and not re.search("It rests on</span>", page)


def test_a_refused_position_keeps_what_was_written(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    answer = signed_in(people.parks).post(path(case), {"act": "position", "body": "parks", "text": "<b>Hm</b>"})
    assert answer.status_code == 422
    assert "&lt;b&gt;Hm&lt;/b&gt;" in answer.content.decode() and "yours or not" in answer.content.decode()


def test_without_script_a_ruling_is_previewed_and_then_confirmed(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    client = signed_in(people.arbitrator)
    preview = client.post(path(case), ruling_fields(case, act="preview"))
    page = preview.content.decode()
    assert preview.status_code == 200 and "This ruling moves 1 open report" in page
    assert "They mow the lawn." in page and not Ruling.objects.exists()
    assert client.post(path(case), ruling_fields(case)).status_code == 303
    assert "<kbd>u</kbd> undo" not in page
    ruled = client.get(path(case)).content.decode()
    assert "Undo" in ruled and "<kbd>u</kbd> undo" in ruled
    ruling = Ruling.objects.get()
    case.refresh_from_db()
    undo = {"act": "undo", "ruling": ruling.pk, "version": case.version}
    assert client.post(path(case), {**undo, "reason": " "}).status_code == 422
    assert client.post(path(case), {**undo, "reason": "Wrong body chosen."}).status_code == 303
    case.refresh_from_db()
    assert case.state == "open"
    assert "Wrong body chosen." in client.get(path(case)).content.decode().split('id="case-history"')[1]


def test_the_second_arbitrator_gets_a_409_and_keeps_the_text(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    state_position(case.pk, "parks", "ours", "It is ours.", user=people.parks)
    answer = signed_in(people.other_arbitrator).post(path(case), ruling_fields(case))
    page = answer.content.decode()
    assert answer.status_code == 409 and 'data-code="case_changed"' in page
    assert "They mow the lawn." in page and "Budget line 7" in page and "It is ours." in page
    assert not Ruling.objects.exists()


def test_who_rules_on_a_settled_case_gets_back_what_was_written(toytown: Toytown, people: People) -> None:
    """The form is gone then: without this the second arbitrator's words would be, too."""
    service_request = report()
    case = case_of(service_request)
    late = ruling_fields(case)
    confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    answer = signed_in(people.other_arbitrator).post(path(case), late)
    page = answer.content.decode()
    assert answer.status_code == 409 and "data-ruling-form" not in page
    unsent = page.split('id="case-unsent"')[1].split("</section>")[0]
    assert "Parks" in unsent and "They mow the lawn." in unsent and "Budget line 7" in unsent
    assert 'id="case-unsent"' not in signed_in(people.other_arbitrator).get(path(case)).content.decode()


def test_a_settled_case_names_the_reports_that_it_settled(toytown: Toytown, people: People) -> None:
    service_request = report()
    case = case_of(service_request)
    ruling = confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    page = signed_in(people.arbitrator).get(path(case)).content.decode()
    assert "1 report settled" in page and f'href="/desk/reports/{service_request.pk}/"' in page
    assert "0 reports wait" not in page
    case.refresh_from_db()
    reverse_ruling(ruling.pk, "Wrong plan.", user=people.arbitrator, reopen=True, version=case.version)
    page = signed_in(people.arbitrator).get(path(case)).content.decode()
    assert "1 report waits" in page and "settled</h2>" not in page


def test_a_body_that_has_spoken_is_not_asked_again(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    client = signed_in(people.west)
    assert "Change your position" not in client.get(path(case)).content.decode()
    client.post(path(case), {"act": "position", "body": "sanitation-west", "stance": "ours", "text": "We sweep it."})
    assert "Change your position" in client.get(path(case)).content.decode()


def test_the_zone_can_be_drawn_or_put_around_the_reports(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    client = signed_in(people.arbitrator)
    drawn = json.loads(place.box(-73.9915, 40.706, -73.9905, 40.707).geojson)
    for fields in ({"zone_kind": "drawn", "zone": json.dumps(drawn)}, {"zone_kind": "around", "radius_m": "40"}):
        answer = client.post(f"{path(case)}preview/", ruling_fields(case, **fields))
        assert answer.status_code == 200 and "data-previewed" in answer.content.decode()
    for zone in ("", "{", "POLYGON((0 0", '{"type":"Point","coordinates":[0,0]}', "x" * 1000):
        refused = client.post(f"{path(case)}preview/", ruling_fields(case, zone_kind="drawn", zone=zone))
        assert refused.status_code == 422, zone
    nonsense = client.post(f"{path(case)}preview/", ruling_fields(case, expires_at="soon"))
    assert nonsense.status_code == 422
    client.post(path(case), ruling_fields(case, zone_kind="around", radius_m="40"))
    assert 4800 < Ruling.objects.get().zone_m.area < 5100  # a circle of 40 m


@pytest.mark.parametrize(
    "zone",
    [
        '{"type": "Polygon", "coordinates": ' + "[" * 5000 + "]" * 5000 + "}",
        "CURVEPOLYGON(CIRCULARSTRING(-74 40.7,-73.99 40.71,-73.98 40.7,-74 40.7,-74 40.7))",
    ],
)
def test_a_zone_made_to_break_the_page_is_refused(zone: str, toytown: Toytown, people: People) -> None:
    case = case_of(report())
    fields = ruling_fields(case, act="preview", zone_kind="drawn", zone=zone)
    assert signed_in(people.arbitrator).post(path(case), fields).status_code == 422


def test_appeal_uphold_and_reverse_by_their_forms(toytown: Toytown, people: People) -> None:
    service_request = report()
    case = case_of(service_request)
    ruling = confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)

    def post(user: object, act: str, **fields: str) -> tuple[int, str]:
        case.refresh_from_db()
        fields = {"act": act, "ruling": str(ruling.pk), "version": str(case.version), "reason": "So it is.", **fields}
        status = signed_in(user).post(path(case), fields).status_code
        case.refresh_from_db()
        return status, case.state

    assert "Appeal" in signed_in(people.west).get(path(case)).content.decode()
    assert post(people.west, "appeal") == (303, "appealed")
    assert post(people.west, "dismiss") == (403, "appealed")
    assert post(people.arbitrator, "dismiss") == (303, "settled")
    assert post(people.arbitrator, "reverse", reason=" ") == (422, "settled")
    assert post(people.arbitrator, "reverse", ruling="999") == (422, "settled")
    assert post(people.arbitrator, "reverse", reopen="on") == (303, "open")
    assert post(people.arbitrator, "no such act") == (422, "open")


def test_the_public_page_tells_the_precedent_with_its_public_reason_only(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    later = report(at=(place.IN_COMMONS_AND_WEST[0] - 0.0003, place.IN_COMMONS_AND_WEST[1]))
    for address in (f"/reports/{later.pk}/", f"/api/v1/service-requests/{later.pk}"):
        page = Client().get(address).content.decode()
        assert "A ruling of" in page and "The lawn is mown by them." in page
        assert "Budget" not in page and "arbitrator" not in page


def test_a_report_is_handed_back_by_its_form(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    client = signed_in(people.west)
    address = f"/desk/reports/{service_request.pk}/hand-back/"
    assert address in client.get(f"/desk/reports/{service_request.pk}/").content.decode()
    assert client.post(address, {"reason": ""}).status_code == 409
    answer = client.post(address, {"reason": "done_by_other", "proposed_body": "roads", "text": "Roads sweep."})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/")
    assert HandBack.objects.get().proposed_body == toytown.bodies["roads"]
    assert client.get(address).status_code == 404
    assert signed_in(people.parks).post(address, {"reason": "other"}).status_code == 404
    page = signed_in(people.arbitrator).get(path(case_of(service_request))).content.decode()
    assert "Somebody else does it already" in page and "Roads sweep." in page


def test_a_report_is_corrected_by_its_form_and_only_what_changed(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    client = signed_in(people.sanitation)
    address = f"/desk/reports/{service_request.pk}/correct/"
    lon, lat = place.IN_WEST
    same = {"service_code": "litter", "place": f"{lat:.6f}, {lon:.6f}"}
    assert client.get(address).status_code == 200
    assert client.post(address, same).status_code == 303
    assert service_request.events.count() == 2
    assert client.post(address, {**same, "place": "nowhere"}).status_code == 400
    assert client.post(address, {**same, "place": "0, 0"}).status_code == 422
    east = {**same, "place": f"{place.IN_EAST[1]}, {place.IN_EAST[0]}", "why": "Photo"}
    assert client.post(address, east).status_code == 303
    assert ServiceRequest.objects.get().body == toytown.bodies["sanitation-east"]
    assert signed_in(people.parks).post(address, east).status_code == 404


def test_the_map_of_a_case_holds_areas_zone_reports_and_rulings(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    page = signed_in(people.arbitrator).get(path(case)).content.decode()
    shown = json.loads(re.search(r'<script id="case-map"[^>]*>(.*?)</script>', page, re.S)[1])
    roles = [feature["properties"]["role"] for feature in shown["features"]]
    assert sorted(roles) == ["boundary", "boundary", "report", "zone"]
    confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    other = case_of(report("noise", place.ON_SHARED_EDGE))
    page = signed_in(people.arbitrator).get(path(other)).content.decode()
    assert "1 decision rests on it" in page and "The lawn is mown by them." in page


def test_a_ruling_becomes_a_file_of_boundaries_or_a_publication(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    ruling = confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    address = f"/desk/arbitration/rulings/{ruling.pk}/boundary/"
    client = signed_in(people.arbitrator)
    assert address in client.get(path(case)).content.decode()
    assert "Publish these boundaries" in client.get(address).content.decode()
    file = client.get(address, {"layer": "districts"})
    assert [feature["properties"]["code"] for feature in file.json()["features"]] == ["west"]
    assert client.post(address, {"valid_from": "yesterday"}).status_code == 409
    assert client.post(address, {"valid_from": "2999-01-01"}).status_code == 303
    assert toytown.layers["districts"].jurisdictions.get(code="west").boundaries.count() > 1
    for user in (people.parks, people.citizen):
        assert signed_in(user).get(address).status_code == 404
        assert signed_in(user).post(address, {"valid_from": "2999-01-01"}).status_code == 404
    assert client.get(f"/desk/arbitration/rulings/{2**70}/boundary/").status_code == 404
