"""From a ruling about a kind of object to staged corrections of the owners in its zone."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from geo.errors import CityPinError
from issues.errors import CaseUnknown
from issues.models import Ruling
from issues.selectors.cases import case_of, is_arbitrator
from issues.services.arbitration.owner_corrections import stage_owner_corrections


@never_cache
@login_required
@require_POST
def stage_corrections(request: HttpRequest, pk: int) -> HttpResponse:
    """Stage them; then to their group in the queue of corrections, or, without the right to accept them, to the case.

    404 for everybody but arbitrators, as for a case that is not theirs.
    """
    user = cast(User, request.user)
    ruling = Ruling.objects.defer("zone", "zone_m").filter(pk=min(pk, 2**63 - 1)).first()
    try:
        case_of(user, ruling.case_id if ruling else 0)
    except CaseUnknown:
        raise Http404 from None
    if ruling is None or not is_arbitrator(user):
        raise Http404
    address = reverse("arbitration_case", args=[ruling.case_id])
    try:
        staged = stage_owner_corrections(ruling.pk, user=user)
    except CityPinError as error:
        messages.warning(request, str(error))
    else:
        said = ngettext(
            "%(count)d object waits with its new owner until somebody who publishes layers accepts it.",
            "%(count)d objects wait with their new owner until somebody who publishes layers accepts them.",
            staged.count,
        ) % {"count": staged.count}
        if staged.left_out:
            said += " " + _("%(count)d were left out: too many corrections wait for them.") % {"count": staged.left_out}
        messages.success(request, said)
        if user.has_perm("layers.publish"):
            address = reverse("ruling_corrections", args=[ruling.pk])
    response = redirect(address)
    response.status_code = 303
    return response
