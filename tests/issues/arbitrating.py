"""What tests of arbitration share: staff of each role in Toytown, and reports in its awkward places."""

from dataclasses import dataclass

from django.contrib.auth.models import Permission, User
from django.db import transaction

from issues.models import Case, Membership, Responsibility, Ruling, ServiceRequest
from issues.services.arbitration.drafts import RulingDraft
from issues.services.arbitration.rule import confirm_ruling
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import decide_again
from issues.services.submit import Submission, submit_service_request
from tests import toytown as place
from tests.toytown import Toytown

COMMONS_LON, COMMONS_LAT = place.IN_COMMONS_AND_WEST
NEARBY = (COMMONS_LON - 0.0005, COMMONS_LAT)


@dataclass(frozen=True)
class People:
    """One person of each role."""

    arbitrator: User
    other_arbitrator: User
    parks: User
    sanitation: User
    west: User
    roads: User
    citizen: User


def hire(town: Toytown) -> People:
    """Staff for Toytown; `sanitation` works for the department, `west` for its western office."""
    people = {name: User.objects.create_user(name) for name in People.__dataclass_fields__}
    arbitrate = Permission.objects.get(codename="arbitrate", content_type__app_label="issues")
    people["arbitrator"].user_permissions.add(arbitrate)
    people["other_arbitrator"].user_permissions.add(arbitrate)
    for name, body in [
        ("parks", "parks"),
        ("sanitation", "sanitation"),
        ("west", "sanitation-west"),
        ("roads", "roads"),
    ]:
        Membership.objects.create(user=people[name], body=town.bodies[body])
    return People(**people)


def report(
    service: str = "litter", at: tuple[float, float] = place.IN_COMMONS_AND_WEST, **other: object
) -> ServiceRequest:
    """A new report, by default contested between Parks and Sanitation West."""
    number = ServiceRequest.objects.count()
    return submit_service_request(Submission(service, *at, description=f"Bags {number}", **other)).service_request


def case_of(service_request: ServiceRequest) -> Case:
    """The case that the report waits in."""
    return Case.objects.get(case_reports__service_request=service_request, case_reports__left_at=None)


def zone_ruling(case: Case, body: str = "parks", scope: str = "service_in_zone", **other: object) -> RulingDraft:
    """A ruling over the proposed zone."""
    values = {"public_reason": "The lawn is mown by them.", "internal_note": "Budget line 7", **other}
    return RulingDraft(case.pk, body, scope, **values)


def ruled(people: People, case: Case, **other: object) -> Ruling:
    """The arbitrator rules on the case as `zone_ruling` says."""
    return confirm_ruling(zone_ruling(case, **other), user=people.arbitrator, version=case.version)


@transaction.atomic
def decided_again(service_request: ServiceRequest) -> Responsibility:
    """The decision in force after the report was decided anew, as every service that changes something does."""
    wait_for_rulings()
    decide_again([service_request.pk])
    return service_request.responsibilities.all()[0]
