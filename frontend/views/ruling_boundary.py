"""A ruling as a draft of boundaries: what would change, as a file, or published from a day on."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from frontend.posted import see_other
from frontend.staff import user_of
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.errors import CaseUnknown
from issues.models import Ruling
from issues.selectors.cases import case_of, is_arbitrator
from issues.services.arbitration.draft_boundaries import BoundaryDraft, draft_boundaries, publish_drafts
from layers.services.publish import Published


class FirstDayForm(forms.Form):
    """The day from which the new boundaries hold."""

    valid_from = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ruling_boundary_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The changes layer by layer; `?layer=` gives that layer's changed areas as GeoJSON; posted, they are published."""
    ruling = _found(request, pk)
    user = user_of(request)
    refused: CityPinError | None = None
    drafts: list[BoundaryDraft] = []
    try:
        if request.method == "POST":
            form = FirstDayForm(request.POST)
            form.is_valid()
            published = publish_drafts(ruling.pk, form.cleaned_data.get("valid_from"), user=user)
            messages.success(request, _("Published: %(count)d records of boundaries.") % {"count": _added(published)})
            return see_other("arbitration_case", pk=ruling.case_id)
        drafts = draft_boundaries(ruling.pk, user=user)
    except CityPinError as error:
        refused = error
    wanted = next((draft for draft in drafts if draft.layer.slug == request.GET.get("layer")), None)
    if wanted is not None:
        name = f"ruling-{ruling.pk}-{wanted.layer.slug}.geojson"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return JsonResponse(wanted.as_geojson(), content_type="application/geo+json", headers=headers)
    context = {"ruling": ruling, "drafts": drafts, "refused": refused}
    return render(request, "frontend/ruling_boundary.html", context, status=status_of(refused) if refused else 200)


def _found(request: HttpRequest, pk: int) -> Ruling:
    ruling = Ruling.objects.select_related("body").defer("zone", "zone_m").filter(pk=min(pk, 2**63 - 1)).first()
    try:
        case_of(request.user, ruling.case_id if ruling else 0)
    except CaseUnknown:
        raise Http404 from None
    if ruling is None or not is_arbitrator(request.user):
        raise Http404
    return ruling


def _added(published: list[Published]) -> int:
    return sum(each.added for each in published)
