"""One attempt to report: what was posted, what it means so far, and what is wrong with it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from frontend.forms.place import PlaceFound, PlaceGiven, PlaceMissing, find_place
from frontend.forms.problems import Problem, problems_of, refuse
from frontend.forms.report import ReportForm
from frontend.report_panel import Panel, panel_at
from geo.errors import CityPinError
from issues.errors import AxesSwapped, OutsideCity, PhotoInvalid, SideUnknown
from issues.selectors.responsibility import check_place
from issues.services.photos import store_photo
from issues.services.submit import Submission
from layers.selectors.places import Place


class ServiceMissing(CityPinError):
    """Nothing says what the report is about."""

    code = "service_missing"


class PlaceUnconfirmed(CityPinError):
    """The place was guessed, and nobody has looked at the guess."""

    code = "place_unconfirmed"


_FIELD_BY_CODE = {
    "service_unknown": "service_code",
    "service_missing": "service_code",
    "side_unknown": "side",
    "description_invalid": "description",
    "photo_unknown": "photo",
    "photo_invalid": "photo",
    "photo_too_large": "photo",
    "photo_format_unsupported": "photo",
}
_TEXT_FIELDS = (
    "photo_id",
    "place",
    "place_for",
    "place_choice",
    "lon",
    "lat",
    "accuracy_m",
    "asset_id",
    "side",
    "service_code",
    "description",
)


@dataclass
class Attempt:
    """`values` is what the page shows again: the input kept, completed by what we found."""

    form: ReportForm
    values: dict[str, str]
    sending: bool = False
    new_photo: uuid.UUID | None = None
    place: PlaceFound | None = None
    options: list[Place] = field(default_factory=list)
    panel: Panel | None = None

    @property
    def problems(self) -> list[Problem]:
        """All refusals so far, in the order of the page."""
        return problems_of(self.form) if self.form.is_bound else []

    @property
    def ready_to_send(self) -> bool:
        """Whether the reporter wants to send and nothing is wrong."""
        return self.sending and not self.problems

    def refuse(self, error: CityPinError) -> None:
        """Note a refusal beside its field; a photo that we do not have is forgotten."""
        refuse(self.form, _FIELD_BY_CODE.get(error.code, "place"), error)
        if error.code == "photo_unknown":
            self.values["photo_id"] = ""


def first_values(asked: Mapping[str, str]) -> dict[str, str]:
    """The empty form, or with the place and service that another page's link hands over."""
    values = dict.fromkeys(_TEXT_FIELDS, "")
    values["idempotency_key"] = str(uuid.uuid4())
    for name in ("lon", "lat", "service_code"):
        values[name] = asked.get(name, "")[:80]
    return values


def panel_for_link(values: Mapping[str, str]) -> Panel | None:
    """The panel for a place that a link handed over, None if the link says nothing usable."""
    if not (values["lon"] and values["lat"]):
        return None
    try:
        return panel_at(*check_place(values["lon"], values["lat"]), values["service_code"])
    except CityPinError:
        return None


def read_attempt(posted: Mapping[str, str], files: MultiValueDict[str, UploadedFile], sending: bool) -> Attempt:
    """Read a posted form as far as it can be read; every refusal is noted, none stops the rest."""
    form = ReportForm(posted, files)
    form.is_valid()
    values = {name: posted.get(name, "").replace("\x00", "") for name in _TEXT_FIELDS}
    values["photo_id"] = str(form.cleaned_data.get("photo_id") or "")
    values["idempotency_key"] = form.cleaned_data.get("idempotency_key") or str(uuid.uuid4())
    attempt = Attempt(form, values, sending)
    photo_lonlat = _take_photo(attempt)
    _find_place(attempt, photo_lonlat)
    _look_up(attempt)
    return attempt


def _take_photo(attempt: Attempt) -> tuple[float, float] | None:
    """Store a photo posted with the form, so that it need not be chosen again."""
    upload = attempt.form.cleaned_data.get("photo")
    if not upload:
        if attempt.form.cleaned_data.get("remove_photo"):
            attempt.form.cleaned_data["photo_id"], attempt.values["photo_id"] = None, ""
        return None
    try:
        stored = store_photo(upload)
    except PhotoInvalid as error:
        attempt.refuse(error)
        return None
    attempt.new_photo = stored.photo.pk
    attempt.form.cleaned_data["photo_id"] = stored.photo.pk
    attempt.values["photo_id"] = str(stored.photo.pk)
    return stored.lonlat


def _find_place(attempt: Attempt, photo_lonlat: tuple[float, float] | None) -> None:
    values = attempt.values
    if "place" in attempt.form.errors:
        return
    given = PlaceGiven(
        text=values["place"],
        text_for=values["place_for"],
        choice=values["place_choice"],
        lon=values["lon"],
        lat=values["lat"],
        accuracy_m=attempt.form.cleaned_data.get("accuracy_m") or 0.0,
        photo_lonlat=photo_lonlat,
    )
    try:
        attempt.place = find_place(given)
    except PlaceMissing as error:
        # Asking for the place is no reproach to somebody who only wants the photo checked.
        if attempt.sending or not attempt.new_photo:
            attempt.refuse(error)
        return
    except CityPinError as error:
        if isinstance(error, AxesSwapped | OutsideCity) and photo_lonlat and not (values["lon"] or values["place"]):
            error = PlaceMissing(_("Your photo was taken outside this city. Tell us where the problem is."))
        attempt.refuse(error)
        attempt.options = given.options
        if given.options:
            values.update(place_for=values["place"], place_choice="", lon="", lat="")
        return
    _keep_place(attempt, attempt.place)


def _keep_place(attempt: Attempt, place: PlaceFound) -> None:
    values = attempt.values
    values.update(lon=f"{place.lon:.6f}", lat=f"{place.lat:.6f}", accuracy_m=f"{place.accuracy_m:g}")
    if place.source == "photo":
        values["place"] = f"{place.lat:.5f}, {place.lon:.5f}"
    values.update(place_for=values["place"], place_choice="")
    if attempt.sending and place.wants_a_look:
        if place.source == "photo":
            sentence = _("We took the place from your photo. Check it on the map or below, then send.")
        else:
            sentence = _("We found this place by its name. Check that it is the right spot, then send.")
        attempt.refuse(PlaceUnconfirmed(sentence))


def _look_up(attempt: Attempt) -> None:
    """Who is responsible, as far as place and service are known."""
    code = attempt.form.cleaned_data.get("service_code", "")
    if not code and attempt.sending:
        attempt.refuse(ServiceMissing(_("What is it? Choose the kind of problem.")))
    if attempt.place is None:
        return
    data, place = attempt.form.cleaned_data, attempt.place
    asked = (place.lon, place.lat, code, place.accuracy_m, data.get("asset_id"))
    try:
        attempt.panel = panel_at(*asked, data.get("side"))
    except SideUnknown as error:
        # Place or kind changed since: without an answer it is asked again, or need not be asked.
        data["side"], attempt.values["side"] = None, ""
        attempt.panel = panel_at(*asked)
        if attempt.panel.side_choice:
            attempt.refuse(error)
    except CityPinError as error:
        attempt.refuse(error)


def submission_of(attempt: Attempt) -> Submission:
    """The posted report as the domain takes it; only for an attempt without problems and with a place."""
    data, place = attempt.form.cleaned_data, cast(PlaceFound, attempt.place)
    photo_id = data.get("photo_id")
    return Submission(
        service_code=data["service_code"],
        lon=place.lon,
        lat=place.lat,
        accuracy_m=place.accuracy_m,
        asset_id=data.get("asset_id"),
        side_boundary_id=data.get("side"),
        description=data["description"],
        photo_ids=(photo_id,) if photo_id else (),
        idempotency_key=_key_of(data["idempotency_key"], data, place),
    )


def _key_of(form_key: str, data: Mapping[str, object], place: PlaceFound) -> str:
    """One key for each content of one form: sent twice it is one report, changed and sent again it is another."""
    content = (data["service_code"], place.lon, place.lat, data.get("asset_id"), data.get("side"), data["description"])
    return str(uuid.uuid5(uuid.UUID(form_key), repr(content)))
