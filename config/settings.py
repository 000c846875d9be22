"""Django's settings. What an operator may set is read in `config.environment`."""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.environment import read_environment
from config.private_postgres import var_directory
from geo import native_libraries
from geo.city import read_city
from geo.raster import tile_origin

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read_environment()
PACKS_DIR = BASE_DIR / "fixtures"
CITY = read_city(PACKS_DIR / ENVIRONMENT.city)
RASTER_BASEMAP = CITY.raster_basemap_with(ENVIRONMENT.basemap_url)

# Geometry libraries: the wheels' own GDAL and GEOS, so that GeoDjango, shapely
# and geopandas run one version of each (docs/adr/0003).
GDAL_LIBRARY_PATH, GEOS_LIBRARY_PATH = native_libraries.paths()
native_libraries.point_gdal_to_its_data(GDAL_LIBRARY_PATH)
native_libraries.keep_gdal_offline(GDAL_LIBRARY_PATH)

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.csrf_trusted_origins
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "geo",
    "jobs",
    "layers",
    "issues",
    "tiles",
    "frontend",
    "config",  # for `manage.py work`
    "leaflet",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.gis",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tiles.middleware.TilesFirst",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "frontend.context.site",
            ]
        },
    }
]

DATABASES = {"default": {**ENVIRONMENT.database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "map"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = CITY.time_zone
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = var_directory() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is stored as a file
    "staticfiles": {"BACKEND": "config.static_files.GzipManifestStaticFilesStorage"},
}

# Uploads: a photo of 20 MB is refused with a sentence, not cut off (frontend and API say how large).
PHOTO_MAX_BYTES = 20 * 1024 * 1024
LAYER_FILE_MAX_BYTES = 50 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "config.uploads.DropTheRest",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
LAYER_FILE_HANDLERS = ["config.uploads.DropTheRestOfALayer", *FILE_UPLOAD_HANDLERS[1:]]

TILES_VERSION_KEEPS_S = 0.5
"""So long a process trusts its last look at the data; browsers keep report tiles another second (tiles/registry.py)."""

LEAFLET_CONFIG = {
    "SPATIAL_EXTENT": CITY.extent,
    "DEFAULT_CENTER": (CITY.center[1], CITY.center[0]),
    "DEFAULT_ZOOM": CITY.zoom,
    "MIN_ZOOM": 8,
    "MAX_ZOOM": 19,
    "TILES": [],
    "ATTRIBUTION_PREFIX": "Leaflet",
    "RESET_VIEW": False,
    "SCALE": "metric",
    "NO_GLOBALS": False,
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # all of /api/v1/ is public; staff work on the desk
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "issues.api.errors.handle",
    "ALLOWED_VERSIONS": ["1"],  # else /api/schema/?version= would reach a header as it was typed
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CityPin",
    "DESCRIPTION": _("Who is responsible for this place, and what was reported there."),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# Nothing loads from another host but the raster base map's tiles, where there is one.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *tile_origin(RASTER_BASEMAP)],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.behind_tls
if ENVIRONMENT.behind_tls:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = True

# Log lines hold no query strings, no bodies and no tracking keys: a place or a text may identify a person.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_tracking_keys": {"()": "config.log_lines.WithoutTrackingKeys"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_tracking_keys"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
