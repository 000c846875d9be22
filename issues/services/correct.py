"""Corrects what a report asks: its place, its kind, the object it is about. Each decides it anew.

What was ruled or said about the report as it was does not hold for it as it is: the side that the
reporter named goes when the place or the kind changes.
"""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import AssetUnknown, CorrectionRefused, RequestUnknown
from issues.models import Event, ServiceRequest
from issues.privacy import public_point
from issues.selectors.evidence import Question, find_evidence
from issues.selectors.responsibility import check_accuracy, check_place, service_by_code
from issues.selectors.service_requests import requests_of
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import decide_again
from issues.workflow import State
from layers.selectors.places import describe_place

REASON_LIMIT = 500


@transaction.atomic
def move_point(
    service_request_id: int, lon: object, lat: object, *, user: User, reason: str = "", accuracy_m: object = 0.0
) -> ServiceRequest:
    """Set the place (`lon, lat`, EPSG:4326). The same place again changes nothing.

    Raises
    ------
    RequestUnknown
        None that the user may see.
    CorrectionRefused
        The report is closed.
    PointInvalid, AxesSwapped, OutsideCity, AccuracyInvalid
        See `issues.selectors.responsibility`.
    """
    new_lon, new_lat = check_place(lon, lat)
    accuracy = check_accuracy(accuracy_m)
    report = _locked(service_request_id, user)
    before = {"lon": report.point.x, "lat": report.point.y, "accuracy_m": report.accuracy_m}
    after = {"lon": new_lon, "lat": new_lat, "accuracy_m": accuracy}
    report.point, report.accuracy_m = Point(new_lon, new_lat, srid=4326), accuracy
    report.side_boundary_id = None
    _refresh_public_place(report)
    return _store(report, "point_moved", before, after, user, reason)


@transaction.atomic
def change_service(service_request_id: int, service_code: str, *, user: User, reason: str = "") -> ServiceRequest:
    """Set the kind of problem; an object that does not belong to it is dropped. Its due date stays.

    Raises
    ------
    RequestUnknown, CorrectionRefused
        As `move_point`.
    ServiceUnknown
        No active service has that code.
    """
    service = service_by_code(service_code)
    report = _locked(service_request_id, user)
    before = {"service_code": report.service.service_code}
    report.service, report.side_boundary_id = service, None
    if report.asset_id is not None and not _asset_fits(report):
        report.asset_id = None
    _refresh_public_place(report)
    return _store(report, "service_changed", before, {"service_code": service.service_code}, user, reason)


@transaction.atomic
def correct_asset(service_request_id: int, asset_id: int | None, *, user: User, reason: str = "") -> ServiceRequest:
    """Set the object that the report is about, None for none.

    Raises
    ------
    RequestUnknown, CorrectionRefused
        As `move_point`.
    AssetUnknown
        It does not exist, is too far away, or is of a class that does not decide this service.
    """
    report = _locked(service_request_id, user)
    before = {"asset": report.asset_id}
    report.asset_id = asset_id
    if asset_id is not None and not _asset_fits(report):
        raise AssetUnknown(
            _("That object is not here, or does not belong to this kind of problem: choose another one or none.")
        )
    return _store(report, "asset_corrected", before, {"asset": asset_id}, user, reason)


def _locked(service_request_id: int, user: User) -> ServiceRequest:
    if not requests_of(user).filter(pk=service_request_id).exists():
        raise RequestUnknown(_("There is no such report, or it is not yours to see."))
    wait_for_rulings()
    # Without a join: a lock that waited for a change of the service would not find the row any more.
    report = ServiceRequest.objects.select_for_update().get(pk=service_request_id)
    if State(report.state).status == "closed":
        raise CorrectionRefused(_("The report is closed: it stays as it is."))
    return report


def _asset_fits(report: ServiceRequest) -> bool:
    [evidence] = find_evidence(
        [Question(report.service_id, report.point.x, report.point.y, report.accuracy_m, report.asset_id)]
    )
    return any(found.chosen for found in evidence.assets)


def _refresh_public_place(report: ServiceRequest) -> None:
    lon, lat, exact = report.point.x, report.point.y, report.service.exact_point_is_public
    report.public_point = Point(*public_point(lon, lat, exact), srid=4326)
    report.place = describe_place(lon, lat, exact=exact)


def _store(
    report: ServiceRequest, kind: str, before: dict[str, Any], after: dict[str, Any], user: User, reason: str
) -> ServiceRequest:
    if before == after:
        return ServiceRequest.objects.get(pk=report.pk)
    report.updated_datetime = timezone.now()
    place = ["point", "public_point", "place", "accuracy_m"]
    report.save(update_fields=[*place, "service", "asset", "side_boundary", "updated_datetime"])
    reason = reason.replace("\x00", "").strip()[:REASON_LIMIT]
    Event.objects.create(
        service_request=report,
        kind=kind,
        actor=Event.Actor.STAFF,
        user=user,
        at=report.updated_datetime,
        data={"before": before, "after": after, "reason": reason},
    )
    decide_again([report.pk], user=user)
    return ServiceRequest.objects.get(pk=report.pk)
