"""The table of contents of CityPin's addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import health
from frontend.views.for_machines import favicon, robots

urlpatterns = [
    path("", include("frontend.urls")),
    path("tiles/", include("tiles.urls")),
    path("api/v1/", include("layers.api.urls")),
    path("api/v1/", include("issues.api.urls")),  # last: it answers for unknown addresses below it, too
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api_schema"), name="api_docs"),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    # Pages without our head (the admin) are asked for it by browsers.
    path("favicon.ico", favicon),
    path("robots.txt", robots),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
