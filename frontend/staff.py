"""Who signed in, and who may see the staff's pages about layers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponse]


def user_of(request: HttpRequest) -> User:
    """The signed-in user of a page behind `login_required`."""
    return cast(User, request.user)


def staff_page(view: View) -> View:
    """Any member of staff (only they have accounts); strangers sign in first."""
    return never_cache(login_required(view))


def publisher_page(view: View) -> View:
    """Staff who may import and publish layers; 403 for the others."""

    @wraps(view)
    def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return permission_required("layers.publish", raise_exception=True)(view)(request, *args, **kwargs)

    return staff_page(allowed)


def may_draft(user: Any) -> bool:
    """Who may draw, upload and try a change: planners too; publishing it is another right."""
    return bool(user.has_perm("layers.publish") or user.has_perm("tiles.plan"))


def drafter_page(view: View) -> View:
    """Staff who may try a change of the borders; 403 for the others."""

    @wraps(view)
    def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_draft(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return staff_page(allowed)
