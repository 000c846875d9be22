"""Settings of the tests: those of the product, without static manifests and slow passwords."""

import os

os.environ.setdefault("CITYPIN_ENV", "test")

from config.settings import *  # noqa: F403
from config.settings import STORAGES

WHITENOISE_AUTOREFRESH = True  # else the static root is scanned for every test client
WHITENOISE_USE_FINDERS = True
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
TILES_VERSION_KEEPS_S = 0  # tests look at a tile right after a change
