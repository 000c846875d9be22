"""The icon that browsers ask for where a page names none, the admin for instance."""

from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Send them to the icon."""
    return HttpResponseRedirect(static("frontend/icons/favicon.svg"))
