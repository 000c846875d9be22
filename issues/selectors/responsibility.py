"""Who is responsible at a place, with everything that a client may get wrong refused by name."""

import math
from datetime import date, datetime

from django.utils.translation import gettext as _

from geo.points import check_lonlat
from issues.errors import AccuracyInvalid, AssetUnknown, AxesSwapped, OutsideCity, ServiceUnknown, SideUnknown
from issues.models import Service
from issues.routing.decision import Decision
from issues.selectors.evidence import Question, find_responsibility
from issues.selectors.memory import find_responsibility_remembering
from layers.selectors.city import city_covers


def service_by_code(service_code: str) -> Service:
    """The active service with that code; ServiceUnknown otherwise."""
    asked = Service.objects.select_related("group").filter(service_code=service_code, is_active=True)
    service = None if "\x00" in service_code else asked.first()  # PostgreSQL's text holds no NUL
    if service is None:
        raise ServiceUnknown(
            _("There is no service with the code “%(code)s”: choose one from the list.")
            % {"code": service_code[:60].replace("\x00", "")}
        )
    return service


def check_place(lon: object, lat: object) -> tuple[float, float]:
    """`lon, lat` (EPSG:4326) as floats inside the city.

    Raises
    ------
    PointInvalid
        No place on Earth.
    AxesSwapped
        Outside the city, but inside with the two numbers exchanged.
    OutsideCity
        Elsewhere.
    """
    lon, lat = check_lonlat(lon, lat)
    if city_covers(lon, lat):
        return lon, lat
    if -90 <= lon <= 90 and city_covers(lat, lon):
        raise AxesSwapped(
            _("lon and lat are exchanged: with lon=%(lon)s and lat=%(lat)s the place lies in the city.")
            % {"lon": lat, "lat": lon}
        )
    raise OutsideCity(_("That place is outside the city. Move the pin, or check the numbers."))


def check_accuracy(accuracy_m: object) -> float:
    """The radius in metres within which the place is; AccuracyInvalid if it is none."""
    try:
        accuracy = float(accuracy_m)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        accuracy = math.nan
    if not (math.isfinite(accuracy) and accuracy >= 0):
        raise AccuracyInvalid(_("accuracy_m must be a distance in metres, 0 or more."))
    return accuracy


def responsibility_at(
    service_code: str,
    lon: object,
    lat: object,
    accuracy_m: object = 0.0,
    asset_id: int | None = None,
    valid_on: date | None = None,
    known_at: datetime | None = None,
    side_boundary_id: int | None = None,
) -> Decision:
    """The decision for a service at a place (EPSG:4326); nothing is stored.

    Earlier answers count only for today's: they are not kept as known on another day.

    Raises
    ------
    ServiceUnknown, PointInvalid, AxesSwapped, OutsideCity, AccuracyInvalid
        See `service_by_code`, `check_place` and `check_accuracy`.
    AssetUnknown
        The chosen asset does not exist, is too far away, or is of a class that
        does not decide this service.
    SideUnknown
        The chosen side is no area within the accuracy of the place.
    """
    service = service_by_code(service_code)
    lon, lat = check_place(lon, lat)
    accuracy_m = check_accuracy(accuracy_m)
    question = Question(
        service.pk, lon, lat, accuracy_m, asset_id, valid_on, known_at, side_boundary_id=side_boundary_id
    )
    is_about_now = valid_on is None and known_at is None
    decision = find_responsibility_remembering(question) if is_about_now else find_responsibility(question)
    check_asset_found(decision, asset_id)
    check_side_found(decision, side_boundary_id)
    return decision


def check_asset_found(decision: Decision, asset_id: int | None) -> None:
    """AssetUnknown when an asset was chosen that is no evidence here."""
    if asset_id is not None and all(candidate.asset_id != asset_id for candidate in decision.candidates):
        raise AssetUnknown(
            _("That object is not here, or does not belong to this kind of problem: choose another one or none.")
        )


def check_side_found(decision: Decision, side_boundary_id: int | None) -> None:
    """SideUnknown when a side was named that the accuracy disc does not touch."""
    if side_boundary_id is not None and not any(
        candidate.boundary_id == side_boundary_id and candidate.share > 0 for candidate in decision.candidates
    ):
        raise SideUnknown(_("That side is not near this place: choose one of the sides again, or none."))
