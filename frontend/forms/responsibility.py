"""A question about the past or the future: which kind of problem, where, on which day, as known when."""

from datetime import date, datetime, time, timedelta
from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.forms.parts import DAY, offer
from issues.selectors.services import grouped_services

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Days outside these are slips of the finger, and PostgreSQL and Python end at different ones."""


class ResponsibilityForm(forms.Form):
    """A GET form: every answer has an address of its own. Days left out mean today and now."""

    service = forms.ChoiceField(label=gettext_lazy("Kind of problem"))
    place = forms.CharField(
        label=gettext_lazy("Place"),
        help_text=gettext_lazy("A street, a place, or coordinates with the latitude first. Or click on the map."),
        required=False,
        max_length=200,
    )
    place_for = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    lon = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    lat = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    on = forms.DateField(
        label=gettext_lazy("On which day"),
        required=False,
        widget=DAY,
        error_messages={"invalid": gettext_lazy("Write one day as YYYY-MM-DD, for example 2026-05-31.")},
    )
    known = forms.DateField(
        label=gettext_lazy("As known at the end of"),
        required=False,
        widget=DAY,
        error_messages={"invalid": gettext_lazy("Write one day as YYYY-MM-DD, for example 2026-05-31.")},
    )

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__(data, auto_id="ask-%s")
        groups = [
            (group.name, [(service.service_code, service.name) for service in services])
            for group, services in grouped_services()
        ]
        offer(self, service=groups)

    @property
    def codes(self) -> list[str]:
        """The codes of all services, in the pack's order."""
        choices = cast(forms.ChoiceField, self.fields["service"]).choices
        return [code for _group, services in choices for code, _name in services]  # type: ignore[union-attr, misc]

    def clean_on(self) -> date | None:
        """A day that a database has."""
        return _checked(self.cleaned_data["on"])

    def clean_known(self) -> date | None:
        """Not after today: what will be known nobody knows."""
        day = _checked(self.cleaned_data["known"])
        if day is not None and day > timezone.localdate():
            raise ValidationError(_("That day lies in the future: nobody knows yet what will be known then."))
        return day

    def moment(self) -> datetime | None:
        """The end of the day whose knowledge counts, None for now."""
        day = self.cleaned_data.get("known")
        if day is None or day >= timezone.localdate():
            return None
        return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_default_timezone())


def _checked(day: date | None) -> date | None:
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(_("Write one day as YYYY-MM-DD, for example 2026-05-31."))
    return day
