"""The page of a long job: how far it is, a way to stop it, and the way to what came out."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jobs.models import Job
from jobs.services import cancel_job

WORKER_SHOULD_HAVE_TAKEN_IT_S = 10


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One job for the person who started it, and for arbitrators. `?part` answers with the changing part alone."""
    job = get_object_or_404(_visible_to(cast(User, request.user)), pk=pk)
    if request.method == "POST":
        cancel_job(job)
        return redirect("job", pk=job.pk)
    waits_s = (timezone.now() - job.created_at).total_seconds() if job.state == Job.State.QUEUED else 0
    context = {
        "job": job,
        "percent": int(100 * job.done / job.total) if job.total else None,
        "result_url": _result_url(job),
        "no_worker": waits_s > WORKER_SHOULD_HAVE_TAKEN_IT_S,
    }
    return render(request, "frontend/_job.html" if "part" in request.GET else "frontend/job.html", context)


def _visible_to(user: User) -> QuerySet[Job]:
    if user.has_perm("issues.arbitrate"):
        return Job.objects.all()
    return Job.objects.filter(Q(user=user))


def _result_url(job: Job) -> str:
    """Where the result is shown; only ever a path of this site."""
    url = str(job.result.get("url", ""))
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
