"""What several forms have in common: a field for a day, and choices that are known only when a form is made."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, cast

from django import forms

from layers.models import AssetClass, Body

Choices = list[tuple[str, str]]

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
"""A widget; each field copies it."""


def by_name(found: Iterable[Body | AssetClass]) -> Choices:
    """Slugs with names, in the order of the names."""
    return sorted(((each.slug, each.name) for each in found), key=itemgetter(1))


def offer(form: forms.Form, **choices: Any) -> None:
    """Give fields of the form their choices."""
    for name, offered in choices.items():
        cast(forms.ChoiceField, form.fields[name]).choices = offered
