"""Photos: public once the report's text and photo are; before that for its reporter and its staff only."""

import uuid
from collections.abc import Iterable

from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from issues.models import Photo, ServiceRequest
from issues.selectors.service_requests import requests_of
from issues.services.photos import discard_drafts
from issues.tracking import key_fits
from issues.workflow import State

_DRAFTS = "draft_photos"
_DRAFTS_KEPT = 10


def remember_draft(session: SessionBase, photo_id: uuid.UUID) -> None:
    """Let this browser see the photo that it has just uploaded; of many only the newest go on waiting."""
    drafts = [*session.get(_DRAFTS, []), str(photo_id)]
    session[_DRAFTS] = drafts[-_DRAFTS_KEPT:]
    if dropped := drafts[:-_DRAFTS_KEPT]:
        discard_drafts(uuid.UUID(each) for each in dropped)


def forget_drafts(session: SessionBase, photo_ids: Iterable[uuid.UUID]) -> None:
    """Once they are sent nothing in the session may point at their report."""
    if drafts := session.get(_DRAFTS):
        sent = {str(each) for each in photo_ids}
        session[_DRAFTS] = [each for each in drafts if each not in sent]


@require_safe
def photo(request: HttpRequest, pk: uuid.UUID, size: str) -> HttpResponse:
    """The JPEG in `size` large or small; 404 also for those who may not see it."""
    if size not in ("large", "small"):
        raise Http404
    found = Photo.objects.select_related("service_request__service").only("service_request", size).filter(pk=pk).first()
    if found is None:
        raise Http404
    report = found.service_request
    is_public = (
        report is not None
        and State(report.state).shows_text_and_photo
        and report.service.exact_point_is_public  # reports of sensitive services are nobody else's to see
    )
    if not is_public and not _may_see(request, found, report):
        raise Http404
    response = HttpResponse(bytes(getattr(found, size)), content_type="image/jpeg")
    # Five minutes: a photo that staff take back must not live on in caches for long.
    response["Cache-Control"] = f"{'public' if is_public else 'private'}, max-age=300"
    return response


def _may_see(request: HttpRequest, found: Photo, report: ServiceRequest | None) -> bool:
    if report is None:
        return str(found.pk) in request.session.get(_DRAFTS, [])
    if key_fits(report.pk, request.GET.get("key", "")):
        return True
    return request.user.is_authenticated and requests_of(request.user).filter(pk=report.pk).exists()
