"""What browsers and search engines ask for by fixed addresses."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static

ROBOTS = """User-agent: *
Disallow: /desk/
Disallow: /planner/
Disallow: /planner/
Disallow: /jobs/
Disallow: /admin/
Disallow: /login/
Disallow: /report/
Disallow: /reports/*/mine/
"""


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Send to the icon where a page names none, the admin for instance."""
    return HttpResponseRedirect(static("frontend/icons/favicon.svg"))


def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read the map and public reports."""
    return HttpResponse(ROBOTS, content_type="text/plain")
