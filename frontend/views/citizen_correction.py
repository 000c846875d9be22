"""What a citizen says of a thing in the street: it is not here, broken, somebody else's, or elsewhere.

Nothing about the citizen is kept, not even an account that is signed in.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from frontend.correction_words import thing_words
from frontend.forms.asset_corrections import SayCorrectionForm
from frontend.small_map import map_basics
from geo.errors import CityPinError
from issues.api.errors import status_of
from layers.errors import AssetUnknown
from layers.models import Asset
from layers.selectors.assets import asset_by_id
from layers.services.asset_corrections import propose_asset_correction

LARGEST_ID = 2**63 - 1


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def citizen_correction_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for one thing; sent, a thank-you. `?report=` is the report from whose page somebody came."""
    asset = _found(pk)
    form = SayCorrectionForm(asset, request.POST if request.method == "POST" else None)
    refused, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                propose_asset_correction(form.proposal(asset))
            except CityPinError as error:
                refused, status = str(error), status_of(error)
            else:
                return _thanks(request, asset)
    centre = asset.geom.centroid
    context = {
        "asset": asset,
        "thing": thing_words(asset),
        "form": form,
        "refused": refused,
        "was_sent": request.GET.get("sent") == "1",
        "report_number": _report_number(request),
        "lon": centre.x,
        "lat": centre.y,
        "map_basics": map_basics(),
    }
    return render(request, "frontend/citizen_correction.html", context, status=status)


def _found(pk: int) -> Asset:
    try:
        return asset_by_id(min(pk, LARGEST_ID))
    except AssetUnknown:
        raise Http404 from None


def _report_number(request: HttpRequest) -> str:
    """The report to lead back to; "" for none."""
    number = request.GET.get("report", "")
    return number if number.isascii() and number.isdigit() and len(number) < 19 else ""


def _thanks(request: HttpRequest, asset: Asset) -> HttpResponse:
    report = _report_number(request)
    address = reverse("citizen_correction", args=[asset.pk]) + "?sent=1" + (f"&report={report}" if report else "")
    response = redirect(address)
    response.status_code = 303  # a reload after it must not post again
    return response
