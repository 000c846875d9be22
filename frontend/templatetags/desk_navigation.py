"""Numbers in the navigation of the desk."""

from django import template

from layers.selectors.assets import waiting_corrections

register = template.Library()


@register.simple_tag
def corrections_waiting() -> int:
    """How many corrections of things wait for staff."""
    return waiting_corrections().count()
