"""Beside chance: how a number stands out, as a look for its mark and in words."""

from django.utils.translation import gettext as _


def look_of(value: float, low: float, high: float, *, is_enough: bool = True) -> str:
    """high, low, inside, or few where there is not enough to say."""
    if not is_enough:
        return "few"
    return "high" if value > high else "low" if value < low else "inside"


def verdict_words(look: str, more: str, fewer: str) -> str:
    """A look of the funnel in words."""
    return {
        "high": more,
        "low": fewer,
        "inside": _("as chance explains"),
        "few": _("too few to say"),
    }[look]
