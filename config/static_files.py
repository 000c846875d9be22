"""How static files are stored: hashed names and gzip, as before tiles brought the brotli package along."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class GzipManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise packs with brotli's slowest level once that package is there: 49 s at a start instead of a few."""

    def create_compressor(self, **kwargs: Any) -> Compressor:  # noqa: D102 (see WhiteNoise)
        return Compressor(use_brotli=False, **kwargs)
