"""What GEOS says of an invalid shape, as sentences of ours: the same in English, and translated."""

from django.utils.translation import gettext_noop as _

from geo.sentences import Sentence

FLAWS = {
    "Self-intersection": _("Self-intersection[%(place)s]"),
    "Ring Self-intersection": _("Ring Self-intersection[%(place)s]"),
    "Hole lies outside shell": _("Hole lies outside shell[%(place)s]"),
    "Holes are nested": _("Holes are nested[%(place)s]"),
    "Nested shells": _("Nested shells[%(place)s]"),
    "Interior is disconnected": _("Interior is disconnected[%(place)s]"),
    "Duplicate Rings": _("Duplicate Rings[%(place)s]"),
    "Too few points in geometry component": _("Too few points in geometry component[%(place)s]"),
}


def flaw(reason: str) -> Sentence | str:
    """`reason` is what `shapely.is_valid_reason` gives; what is not known here stays as it is."""
    what, _bracket, place = reason.partition("[")
    return Sentence(FLAWS[what], {"place": place.rstrip("]")}) if what in FLAWS else reason
