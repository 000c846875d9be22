"""Every refusal as JSON: `{"code", "detail"}` and, for fields, `"fields"`.

One table from domain error to status, for the API and the forms; what is not in it is 400.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from geo.errors import CityPinError, PointInvalid
from issues import errors as issues
from layers import errors as layers

STATUS: dict[type[CityPinError], int] = {
    PointInvalid: 400,
    issues.ServiceUnknown: 422,
    issues.OutsideCity: 422,
    issues.AxesSwapped: 422,
    issues.AssetUnknown: 422,
    issues.SideUnknown: 422,
    issues.SideNotAsked: 409,
    issues.DescriptionInvalid: 422,
    issues.PhotoUnknown: 422,
    issues.IdempotencyKeyReused: 422,
    issues.PhotoTooLarge: 413,
    issues.PhotoFormatUnsupported: 415,
    issues.PhotoInvalid: 415,
    issues.RequestUnknown: 404,
    issues.TransitionRefused: 409,
    issues.NotAllowed: 403,
    issues.CaseUnknown: 404,
    issues.CaseChanged: 409,
    issues.CaseNotLive: 409,
    issues.NothingToArbitrate: 409,
    issues.RulingNotInForce: 409,
    issues.HandBackRefused: 409,
    issues.CorrectionRefused: 409,
    issues.DraftRefused: 409,
    issues.PositionInvalid: 422,
    issues.RulingInvalid: 422,
    layers.LayerUnknown: 404,
    layers.AssetClassUnknown: 404,
    layers.AssetUnknown: 404,
    layers.AssetChangeRefused: 422,
    layers.CorrectionInvalid: 422,
    layers.CorrectionUnknown: 404,
    layers.CorrectionDecided: 409,
    layers.TooManyCorrections: 429,
    layers.GoldenPointsMoved: 409,
    layers.FormatUnknown: 404,
    layers.UploadTooLarge: 413,
    layers.UploadRefused: 415,
    layers.DraftUnknown: 404,
    layers.DrawingInvalid: 422,
    layers.DraftRefused: 409,
    layers.PublicationRefused: 409,
}


def status_of(error: CityPinError) -> int:
    """The HTTP status for a domain error; a subclass may have its own."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), status.HTTP_400_BAD_REQUEST)


def status_of_code(code: str, otherwise: int = status.HTTP_400_BAD_REQUEST) -> int:
    """The same by the error's stable code; `otherwise` for codes that are not in the table."""
    return next((number for kind, number in STATUS.items() if kind.code == code), otherwise)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: domain errors and DRF's own in one shape."""
    if isinstance(error, CityPinError):
        return Response({"code": error.code, "detail": str(error)}, status=status_of(error))
    if isinstance(error, RequestDataTooBig):
        detail = _("The body has more bytes than any report. Send photos first, to their own address.")
        return Response({"code": "body_too_large", "detail": detail}, status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    if isinstance(error, TooManyFieldsSent):
        detail = _("The form has too many fields.")
        return Response({"code": exceptions.ParseError.default_code, "detail": detail}, status.HTTP_400_BAD_REQUEST)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = _validation(error)
    elif isinstance(error, exceptions.APIException):
        response.data = {"code": str(error.default_code), "detail": str(error.detail)}
    else:
        response.data = {"code": "not_found", "detail": str(_("There is nothing here."))}
    return response


def _validation(error: exceptions.ValidationError) -> dict[str, Any]:
    """Field errors with the first one as the sentence."""
    details: Any = error.get_full_details()
    if isinstance(details, list):
        return {"code": details[0]["code"], "detail": details[0]["message"]}
    fields = {name: _first(problem) for name, problem in details.items()}
    name, first = next(iter(fields.items()))
    return {"code": first["code"], "detail": f"{name}: {first['detail']}", "fields": fields}


def _first(problem: Any) -> dict[str, str]:
    while isinstance(problem, list):
        problem = problem[0]
    while "message" not in problem:
        problem = next(iter(problem.values()))
        while isinstance(problem, list):
            problem = problem[0]
    return {"code": str(problem["code"]), "detail": str(problem["message"])}
