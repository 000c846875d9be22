"""Arbitrators and reports at the same moment, and what the database itself refuses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from issues import errors
from issues.models import Case, CaseReport, Ruling, ServiceRequest
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling
from issues.services.submit import Submission, submit_service_request
from tests import toytown as place
from tests.issues.arbitrating import COMMONS_LAT, COMMONS_LON, People, decided_again, hire, report, ruled, zone_ruling
from tests.toytown import Toytown, build_toytown


def test_the_second_arbitrator_is_refused_and_nothing_is_lost(toytown: Toytown, people: People) -> None:
    report()
    case = Case.objects.get()
    read_by_both = case.version
    confirm_ruling(zone_ruling(case), user=people.arbitrator, version=read_by_both)
    with pytest.raises(errors.CaseChanged):
        confirm_ruling(zone_ruling(case, "roads"), user=people.other_arbitrator, version=read_by_both)
    assert [ruling.body for ruling in Ruling.objects.all()] == [toytown.bodies["parks"]]


def test_the_database_lets_nobody_rewrite_a_ruling(toytown: Toytown, people: People) -> None:
    report()
    ruling = ruled(people, Case.objects.get())
    for change in (
        "public_reason = 'x'",
        "body_id = body_id + 1",
        "zone = ST_Translate(zone, 1, 0)",
        "expires_at = now()",
    ):
        with pytest.raises(DatabaseError, match="stands"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE issues_ruling SET {change}")
    reverse_ruling(ruling.pk, "Wrong", user=people.arbitrator, reopen=False)
    for statement in ("UPDATE issues_ruling SET reversed_at = NULL", "DELETE FROM issues_ruling"):
        with pytest.raises(DatabaseError, match="stands"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_database_has_no_ruling_without_what_its_scope_needs(toytown: Toytown, people: People) -> None:
    service_request = report()
    case = Case.objects.get()
    good = {"case": case, "body": toytown.bodies["parks"], "public_reason": "So", "valid_from": date(2026, 1, 1)}
    wrong = [
        {"scope": "this_report"},
        {"scope": "service_in_zone", "zone": case.zone},
        {"scope": "all_services_in_zone", "zone": case.zone, "service": toytown.services["litter"]},
        {"scope": "asset_class_in_zone", "zone": case.zone},
        {"scope": "this_report", "service_request": service_request, "zone": case.zone},
    ]
    for values in wrong:
        with pytest.raises(IntegrityError, match="ruling_has_what_its_scope_needs"), transaction.atomic():
            Ruling.objects.create(**good, **values, user=people.arbitrator)


@pytest.mark.django_db(transaction=True)
def test_two_arbitrators_at_once_make_one_ruling() -> None:
    people = hire(build_toytown())
    report()
    case = Case.objects.get()

    def rule(user: object) -> str:
        try:
            return str(confirm_ruling(zone_ruling(case), user=user, version=case.version).pk)
        except errors.CaseChanged as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(rule, [people.arbitrator, people.other_arbitrator]))
    assert answers[1] == "case_changed" and Ruling.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_reports_that_arrive_while_a_ruling_is_confirmed_are_never_left_out() -> None:
    town = build_toytown()
    people = hire(town)
    report()
    case = Case.objects.get()

    def act(number: int) -> None:
        try:
            if number == 6:
                confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
            else:
                submit_service_request(
                    Submission("litter", COMMONS_LON - number * 0.0001, COMMONS_LAT, description=f"{number}")
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(14)))
    assert set(ServiceRequest.objects.values_list("body", flat=True)) == {town.bodies["parks"].pk}
    assert not CaseReport.objects.filter(left_at=None).exists()
    assert [found.state for found in Case.objects.all()] == ["settled"]


@pytest.mark.django_db(transaction=True)
def test_parallel_decisions_of_one_report_store_one_row() -> None:
    town = build_toytown()
    service_request = report(at=place.IN_WEST)
    ServiceRequest.objects.update(service=town.services["pothole"])

    def decide_it(_number: int) -> None:
        try:
            decided_again(service_request)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide_it, range(16)))
    assert [row.body for row in service_request.responsibilities.all()] == [
        town.bodies["roads"],
        town.bodies["sanitation-west"],
    ]
