"""Corrections of things: what waits, what each would change, and the acceptance or refusal of one or of a ruling's."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from frontend.correction_words import correction_shapes, correction_words, decision_words
from frontend.forms.asset_corrections import CorrectionFilterForm, DecideCorrectionForm
from frontend.import_words import golden_line
from frontend.posted import see_other
from frontend.queue_page import Fact, QueueRow, queue_page
from frontend.small_map import map_basics
from frontend.staff import publisher_page, user_of
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.models import Ruling
from issues.selectors.asset_corrections import (
    corrections_of_ruling,
    reports_to_ask_again,
    rulings_with_corrections,
    single_corrections,
)
from issues.services.asset_corrections import Accepted, accept_and_decide_anew
from layers.errors import CorrectionDecided, CorrectionInvalid, GoldenPointsMoved
from layers.models import AssetCorrection
from layers.services.decide_corrections import refuse_asset_corrections

GROUP_SHOWN = 200
LARGEST_ID = 2**63 - 1


@publisher_page
@require_safe
def corrections_page(request: HttpRequest) -> HttpResponse:
    """The queue and its map."""
    return render(request, "frontend/corrections.html", _queue(request))


@publisher_page
@require_http_methods(["GET", "HEAD", "POST"])
def correction_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One correction beside the queue; posted `accept` or `refuse` it is decided, once."""
    correction = _found(pk)
    refused: CityPinError | None = None
    form = DecideCorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            _decide(request, form, [pk])
        except CityPinError as error:
            refused, correction = error, _found(pk)
        else:
            return _back(request)
    context = {
        **_queue(request),
        "correction": correction,
        "words": correction_words(correction),
        "decision": decision_words(correction),
        "is_open": True,
        **_what_may_be_done(correction.state == AssetCorrection.State.PROPOSED),
        "to_ask": reports_to_ask_again(correction) if correction.state == AssetCorrection.State.PROPOSED else 0,
        "shapes": correction_shapes([correction]),
        **_outcome(request, form, refused),
    }
    return render(request, "frontend/correction.html", context, status=status_of(refused) if refused else 200)


@publisher_page
@require_http_methods(["GET", "HEAD", "POST"])
def ruling_corrections_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a ruling asked for and still waits; posted, all of it is decided at once."""
    ruling = Ruling.objects.select_related("body", "asset_class").defer("zone", "zone_m").filter(pk=min(pk, LARGEST_ID))
    found = ruling.exclude(corrections=None).first()
    if found is None:
        raise Http404
    refused: CityPinError | None = None
    form = DecideCorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        waiting = list(corrections_of_ruling(found.pk).values_list("pk", flat=True))
        try:
            # Who accepts "all 34" means those that the page showed: neither fewer nor others.
            if not waiting or request.POST.get("seen") != _listed(waiting):
                raise CorrectionDecided(_("Somebody decided some of them meanwhile. Look at what is left."))
            _decide(request, form, waiting, source=f"Ruling {found.pk}")
        except CityPinError as error:
            refused = error
        else:
            return _back(request)
    group = list(corrections_of_ruling(found.pk))
    context = {
        **_queue(request),
        "ruling": found,
        "is_open": True,
        **_what_may_be_done(bool(group)),
        "group": [correction_words(each) for each in group[:GROUP_SHOWN]],
        "left_out": max(0, len(group) - GROUP_SHOWN),
        "count": len(group),
        "seen": _listed([each.pk for each in group]),
        "shapes": correction_shapes(group[:GROUP_SHOWN]),
        **_outcome(request, form, refused),
    }
    return render(request, "frontend/correction_group.html", context, status=status_of(refused) if refused else 200)


def _decide(request: HttpRequest, form: DecideCorrectionForm, ids: Collection[int], source: str = "") -> None:
    """Do what was posted and say it."""
    user = user_of(request)
    act = request.POST.get("act", "")
    if not form.is_valid():
        raise CorrectionInvalid(" ".join(str(error) for errors in form.errors.values() for error in errors))
    reason = form.cleaned_data["reason"].replace("\x00", "")
    if act == "refuse":
        refuse_asset_corrections(ids, user=user, reason=reason)
        messages.success(request, _("Refused. Nothing was changed."))
    elif act == "accept":
        since: date | None = form.cleaned_data["since"]
        explained = _explained(request.POST)
        done = accept_and_decide_anew(
            *ids, user=user, since=since, reason=reason, accept_changes=explained, source=source
        )
        messages.success(request, _said(done))
    else:
        raise CorrectionInvalid(_("There is no such step. Reload the page."))


def _listed(ids: Collection[int]) -> str:
    """One field: a form of a thousand fields is refused."""
    return ",".join(str(each) for each in ids)


def _explained(posted: Any) -> Mapping[str, str]:
    reasons = zip(posted.getlist("point"), posted.getlist("explanation"), strict=False)
    return {name: reason.strip() for name, reason in reasons if reason.strip()}


def _said(done: Accepted) -> str:
    asked = ngettext(
        "Accepted. %(count)d open report was decided again",
        "Accepted. %(count)d open reports were decided again",
        done.asked,
    ) % {"count": done.asked}
    moved = ngettext(
        "%(count)d of them went to somebody else.", "%(count)d of them went to somebody else.", len(done.moved)
    ) % {"count": len(done.moved)}
    return f"{asked}; {moved}"


def _what_may_be_done(may_decide: bool) -> dict[str, Any]:
    accept = {"key": "a", "verb": pgettext("a correction", "Accept")}
    return {"may_decide": may_decide, "actions": [accept, {"key": "r", "verb": _("Refuse")}] if may_decide else []}


def _outcome(request: HttpRequest, form: DecideCorrectionForm, refused: CityPinError | None) -> dict[str, Any]:
    """The form with what stood against it; golden points with both answers, and what was explained already."""
    text, golden = str(refused) if refused else "", []
    if isinstance(refused, GoldenPointsMoved):
        text = _("Places whose answer must not change by accident would get another one. Explain each, or mend it.")
        golden = [golden_line(each.as_json()) for each in refused.differences]
    explained = _explained(request.POST).items()
    return {"decide": form, "refused": refused, "refusal": text, "golden": golden, "explained": explained}


def _found(pk: int) -> AssetCorrection:
    joined = AssetCorrection.objects.select_related(
        "asset__asset_class", "asset__owner", "body", "proposed_by", "decided_by", "by_ruling__ruling"
    ).defer("by_ruling__ruling__zone", "by_ruling__ruling__zone_m")
    found = joined.filter(pk=min(pk, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def _queue(request: HttpRequest) -> dict[str, Any]:
    """The filtered queue, one page of it; what rulings asked for stands above the first page."""
    form = CorrectionFilterForm(request.GET)
    wanted = form.wanted
    page = queue_page(request, single_corrections(**wanted))
    are_shown = page.context["page_number"] == 1 and wanted["kind"] in ("", AssetCorrection.Kind.OWNER.value)
    groups = [_ruling_row(each) for each in rulings_with_corrections(wanted["asset_class"])] if are_shown else []
    return {
        "form": form,
        "queue": [*groups, *(_row(each) for each in page.rows)],
        "pins": correction_shapes(page.rows),
        "shapes": [],
        "map_basics": map_basics(),
        **page.context,
    }


def _ruling_row(ruling: Any) -> QueueRow:
    """A row for all that one ruling, counted by `rulings_with_corrections`, asks for."""
    objects = ngettext("%(count)s object", "%(count)s objects", ruling.waiting) % {"count": ruling.waiting}
    return QueueRow(
        path=reverse("ruling_corrections", args=[ruling.pk]),
        title=f"{ruling.asset_class.name} → {ruling.body.name}",
        at=ruling.since,
        facts=(Fact(_("Ruling %(number)s") % {"number": ruling.pk}, "tag tag--contested"), Fact(objects, "numbers")),
    )


def _row(correction: AssetCorrection) -> QueueRow:
    words = correction_words(correction)
    text = f": “{Truncator(correction.text).chars(80)}”" if correction.text else ""
    return QueueRow(
        path=reverse("asset_correction", args=[correction.pk]),
        pk=correction.pk,
        title=words.thing,
        at=correction.proposed_at,
        line=f"{words.claim}{text}",
        facts=(Fact(correction.asset.owner.name, "muted"),),
    )


def _back(request: HttpRequest) -> HttpResponse:
    query = request.META["QUERY_STRING"]
    return see_other(reverse("asset_corrections") + (f"?{query}" if query else ""))
