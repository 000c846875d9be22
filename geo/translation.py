"""Names that a city pack gives in several languages."""

from collections.abc import Mapping

from django.utils.translation import get_language


def localized(names: Mapping[str, str]) -> str:
    """The name in the active language, else in English, else any; "" if there is none."""
    language = get_language() or "en"
    return names.get(language) or names.get("en") or next(iter(names.values()), "")
