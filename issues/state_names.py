"""The states of a report in words."""

from django.utils.translation import gettext as _

from issues.workflow import State


def state_name(state: State) -> str:
    """The state in words, in the active language."""
    return {
        State.SUBMITTED: _("Received"),
        State.PUBLISHED: _("Checked"),
        State.ACCEPTED: _("Accepted"),
        State.FIXED: _("Fixed"),
        State.REFUSED: _("Closed without work"),
    }[state]
