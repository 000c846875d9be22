"""What is wrong with a form, one shape for the page and for scripts."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import JsonResponse

from geo.errors import CityPinError
from issues.api.errors import status_of_code

OTHER_STATUS = 422

# Django's own codes for a field, and ours that stay stable for clients.
_STABLE_CODE = {
    ("photo", "empty"): "photo_invalid",
    ("photo", "max_length"): "photo_invalid",
    ("photo", "invalid"): "photo_invalid",
    ("photo", "null_characters_not_allowed"): "photo_invalid",
    ("photo_id", "invalid"): "photo_unknown",
    ("place", "max_length"): "place_unknown",
    ("place", "null_characters_not_allowed"): "place_unknown",
    ("service_code", "max_length"): "service_unknown",
    ("service_code", "null_characters_not_allowed"): "service_unknown",
    ("side", "invalid"): "side_unknown",
    ("side", "min_value"): "side_unknown",
    ("side", "max_value"): "side_unknown",
    ("asset_id", "invalid"): "asset_unknown",
    ("asset_id", "min_value"): "asset_unknown",
    ("asset_id", "max_value"): "asset_unknown",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: `code` for programs, `detail` for people, `field` to put it beside."""

    field: str
    code: str
    detail: str


def refuse(form: forms.Form, field: str, error: CityPinError) -> None:
    """Put a domain refusal beside the field it is about."""
    form.add_error(field, ValidationError(str(error), code=error.code))


def problems_of(form: forms.Form) -> list[Problem]:
    """All refusals of a bound form in the order of its fields."""
    found = []
    order = [*form.fields, "__all__"]
    by_field = sorted(form.errors.as_data().items(), key=lambda item: order.index(item[0]))
    for field, errors in by_field:
        for error in errors:
            code = _STABLE_CODE.get((field, error.code or ""), error.code or "invalid")
            found.append(Problem(field, code, " ".join(error.messages)))
    return found


def status_of(problems: list[Problem]) -> int:
    """The HTTP status for a refused form: that of the first problem."""
    return status_of_code(problems[0].code, OTHER_STATUS) if problems else 200


def problems_response(problems: list[Problem]) -> JsonResponse:
    """The refusals as JSON: the first one's `code` and `detail`, and all of them by field."""
    first = problems[0]
    body = {
        "code": first.code,
        "detail": first.detail,
        "problems": [{"field": each.field, "code": each.code, "detail": each.detail} for each in problems],
    }
    return JsonResponse(body, status=status_of(problems))
