"""Importing areas and things: upload, say what the columns mean, look at the difference, publish.

The same services as `import_boundaries` and `import_assets`. A large file is
read by a job, whose page shows how far it is and leads back here.
"""

from dataclasses import replace
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadhandler import load_handler
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from frontend.forms.imports import DraftOptionsForm, UploadForm
from frontend.import_words import draft_words, reading_refused
from frontend.small_map import map_basics
from frontend.staff import drafter_page
from geo.errors import CityPinError
from issues.api.errors import status_of
from jobs.errors import AlreadyRunning
from jobs.services import start_job
from layers.importing.uploads import unpacked_bytes
from layers.models import ImportDraft
from layers.services.drafts import DraftOptions, discard_draft, store_draft

AT_ONCE_BYTES = 1_500_000
"""A larger file is read by a job: a megabyte of polygons takes about two seconds here."""


@csrf_exempt  # for the upload handlers, which must be set before anything is read; `_upload` checks the token
@drafter_page
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """The form for a file."""
    request.upload_handlers = [load_handler(path, request) for path in settings.LAYER_FILE_HANDLERS]
    return _upload(request)


@csrf_protect
def _upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"target": request.GET.get("target", "")},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                draft = store_draft(
                    target=form.target_found(), name=file.name, content=file.read(), user=cast(User, request.user)
                )
            except CityPinError as error:
                form.add_error("file", str(error))
                status = status_of(error)
            else:
                return _see(reverse("import_draft", args=[draft.pk]))
    return render(request, "frontend/layer_import.html", {"form": form}, status=status)


@drafter_page
@require_http_methods(["GET", "HEAD", "POST"])
def draft_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One draft: first its columns, then its difference; posted `compare`, `repair`, `publish`, `day` or `discard`.

    Planners act on their own drafts; only publishers publish.
    """
    draft = ImportDraft.objects.select_related("layer", "asset_class", "user").filter(pk=pk).first()
    if draft is None:
        raise Http404
    if request.method == "POST" and draft.settled_at is None:
        act = {"compare": _compare, "repair": _repair, "publish": _publish, "day": _set_day, "discard": _discard}.get(
            request.POST.get("action", "")
        )
        if act is None:
            return _show(request, draft, refused=_("There is no such step. Reload the page."), status=409)
        is_own = draft.user_id == request.user.pk and act not in (_publish, _set_day)
        if not is_own and not request.user.has_perm("layers.publish"):
            raise PermissionDenied
        return act(request, draft)
    return _show(request, draft)


@drafter_page
@require_safe
def draft_preview(request: HttpRequest, pk: UUID) -> JsonResponse:
    """The difference as GeoJSON (EPSG:4326): old and new outlines, what is gained and lost, by code."""
    draft = ImportDraft.objects.filter(pk=pk).only("preview").first()
    if draft is None:
        raise Http404
    return JsonResponse(draft.preview or {"type": "FeatureCollection", "features": []})


def _show(
    request: HttpRequest, draft: ImportDraft, form: DraftOptionsForm | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"draft": draft, "refused": refused, "map_basics": map_basics()}
    if draft.settled_at is None and (form or not draft.plan or "options" in request.GET or _is_small(draft)):
        problem = ""
        if form is None:
            form, _facts, problem = _options_form(draft, None)
        context |= {"form": form, "facts": form.facts, "refused": refused or problem}
    if draft.plan:
        context |= {"found": draft.plan, "words": draft_words(draft), "options": DraftOptions.of(draft)}
    return render(request, "frontend/import_draft.html", context, status=status)


def _options_form(draft: ImportDraft, data: Any) -> tuple[DraftOptionsForm, Any, str]:
    """The form for what the file's columns mean, what the file says about itself, and why it cannot be read ("")."""
    from layers.services.plan_draft import FileFacts, look_into  # imports geopandas, which no other page must pay

    options = DraftOptions.of(draft)
    if data is not None:
        options = DraftOptions(
            **{
                **options.as_json(),
                "file_layer": data.get("file_layer", options.file_layer),
                "encoding": data.get("encoding", options.encoding),
            }
        )
    problem = ""
    try:
        facts = look_into(draft, options)
    except CityPinError as error:
        facts, problem = FileFacts([], [], [], ""), reading_refused(error)
    return DraftOptionsForm(data, draft, facts), facts, problem


def _compare(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    form, facts, problem = _options_form(draft, request.POST)
    if problem:
        return _show(request, draft, form, problem, status=422)
    if "code_field" not in request.POST and request.POST.get("file_layer") in facts.layers:
        draft.options["file_layer"] = request.POST["file_layer"]  # next its columns are named
        draft.save(update_fields=["options"])
        return _see(reverse("import_draft", args=[draft.pk]))
    if not form.is_valid():
        return _show(request, draft, form, status=422)
    return _compared(request, draft, form.options(), form)


def _repair(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    rows = [int(row) for row in request.POST.getlist("repair") if row.isascii() and row.isdigit() and len(row) < 10]
    return _compared(request, draft, DraftOptions.of(draft).with_repairs(rows), None)


def _compared(
    request: HttpRequest, draft: ImportDraft, options: DraftOptions, form: DraftOptionsForm | None
) -> HttpResponse:
    if not _is_small(draft):
        return _as_job(request, draft, "compare_draft", {"options": options.as_json()})
    from layers.services.plan_draft import plan_draft

    try:
        plan_draft(draft.pk, options)
    except CityPinError as error:
        return _show(request, draft, form, reading_refused(error), status=status_of(error))
    return _see(reverse("import_draft", args=[draft.pk]))


def _publish(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    names = request.POST.getlist("point")
    orders: dict[str, Any] = {
        "skip_refused": "skip_refused" in request.POST,
        "trust_coordinates": "trust_coordinates" in request.POST,
        "remove_vanished": "remove_vanished" in request.POST,
        "explained": dict(zip(names, request.POST.getlist("explanation"), strict=False)),
    }
    if not _is_small(draft):
        return _as_job(request, draft, "publish_draft", {"orders": orders, "user": request.user.pk})
    from issues.services.publish_draft import PublishOrders, try_to_publish

    if try_to_publish(draft.pk, PublishOrders(**orders), user=cast(User, request.user)):
        messages.success(request, _("Published. It is in force everywhere at once."))
        return _see(reverse("import_draft", args=[draft.pk]))
    draft.refresh_from_db()
    return _show(request, draft, status=409)


def _set_day(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    """Compare anew for the day from which it is to hold; publishing is the next step."""
    options = DraftOptions.of(draft)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        return _show(request, draft, refused=_("Choose the first day."), status=422)
    if options.last_day and day >= options.last_day:
        return _show(request, draft, refused=_("The first day must come before the day on which it ends."), status=422)
    return _compared(request, draft, replace(options, valid_from=day.isoformat()), None)


def _discard(request: HttpRequest, draft: ImportDraft) -> HttpResponse:
    discard_draft(draft)
    messages.success(request, _("The draft is thrown away. Nothing was changed."))
    return _see(reverse("layers"))


def _as_job(request: HttpRequest, draft: ImportDraft, kind: str, arguments: dict[str, Any]) -> HttpResponse:
    arguments |= {
        "draft": str(draft.pk),
        "url": reverse("import_draft", args=[draft.pk]),
        "language": get_language() or "en",
    }
    try:
        job = start_job(kind, arguments, key=str(draft.pk), user=cast(User, request.user)).pk
    except AlreadyRunning as running:
        job = running.job_id
    return _see(reverse("job", args=[job]))


def _is_small(draft: ImportDraft) -> bool:
    return unpacked_bytes(draft.file_name, bytes(draft.content)) <= AT_ONCE_BYTES


def _see(address: str) -> HttpResponse:
    response = redirect(address)
    response.status_code = 303
    return response
