"""The tracking link: whoever holds it may see the report as its reporter does.

The key is a signature of the report's number, so nothing about the reporter is
stored and a repeated post can be told the same link again.
"""

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

_SALT = "citypin.tracking"


def tracking_key(service_request_id: int) -> str:
    """The secret part of the report's tracking link."""
    return Signer(salt=_SALT).signature(str(service_request_id))


def key_fits(service_request_id: int, key: str) -> bool:
    """Whether `key` is this report's (old secret keys in SECRET_KEY_FALLBACKS count too)."""
    signer = Signer(salt=_SALT)
    return any(
        constant_time_compare(key, signer.signature(str(service_request_id), secret))
        for secret in [signer.key, *signer.fallback_keys]
    )
