"""The question "which side are you on" in words: areas and directions, never departments."""

from django.utils.translation import gettext as _

from issues.selectors.sides import Side


def side_name(side: Side) -> str:
    """For example "north side: Manhattan 3"; only the area's name where it lies all around the pin."""
    sentences = {
        "north": _("north side: %(area)s"),
        "northeast": _("northeast side: %(area)s"),
        "east": _("east side: %(area)s"),
        "southeast": _("southeast side: %(area)s"),
        "south": _("south side: %(area)s"),
        "southwest": _("southwest side: %(area)s"),
        "west": _("west side: %(area)s"),
        "northwest": _("northwest side: %(area)s"),
        "": "%(area)s",
    }
    return sentences[side.direction] % {"area": side.boundary.jurisdiction.name}


def question_text() -> str:
    """The question itself."""
    return _("Which side are you on?")
