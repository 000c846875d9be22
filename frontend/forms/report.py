"""The report form: shapes only. What a place, service or photo means is judged by the domain."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from issues.errors import DescriptionInvalid
from issues.services.submit import check_description

_HIDDEN = forms.HiddenInput


class ReportForm(forms.Form):
    """One report as posted. `lon`, `lat` stay text here so that the domain can say what is wrong with them.

    `place_for` is the text of `place` for which `lon, lat` were found: when the
    two differ, somebody typed another place since.
    """

    photo = forms.FileField(
        required=False,
        error_messages={"empty": _("This file is empty. Choose the photo again, or report without one.")},
    )
    photo_id = forms.UUIDField(
        required=False,
        widget=_HIDDEN,
        error_messages={
            "invalid": _("We no longer have this photo. Please choose it again."),
        },
    )
    remove_photo = forms.BooleanField(required=False)
    place = forms.CharField(
        required=False,
        max_length=200,
        error_messages={
            "max_length": _("This is too long for a place. Write a street and number, or coordinates."),
            "null_characters_not_allowed": _("The place holds characters that we cannot read. Please type it again."),
        },
    )
    place_for = forms.CharField(required=False, max_length=200, widget=_HIDDEN)
    place_choice = forms.CharField(required=False, max_length=100)
    lon = forms.CharField(required=False, max_length=40, widget=_HIDDEN)
    lat = forms.CharField(required=False, max_length=40, widget=_HIDDEN)
    accuracy_m = forms.CharField(required=False, max_length=40, widget=_HIDDEN)
    asset_id = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=_HIDDEN)
    side = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("We do not know that side. Choose one of those below, or none.")
        ),
    )
    service_code = forms.CharField(
        required=False,
        max_length=80,
        error_messages=dict.fromkeys(
            ("max_length", "null_characters_not_allowed"), _("We do not know that kind of problem. Choose one below.")
        ),
    )
    description = forms.Field(required=False, widget=forms.Textarea)
    idempotency_key = forms.CharField(required=False, max_length=80, widget=_HIDDEN)

    def clean_description(self) -> str:
        """The text as the domain takes it."""
        try:
            return check_description(self.cleaned_data["description"] or "")
        except DescriptionInvalid as error:
            raise ValidationError(str(error), code=error.code) from None

    def clean_idempotency_key(self) -> str:
        """The posted key if it is one of ours, else a new one."""
        try:
            return str(uuid.UUID(self.cleaned_data["idempotency_key"]))
        except ValueError:
            return str(uuid.uuid4())

    def clean_accuracy_m(self) -> float:
        """Metres; 0 (a pin set by hand) for anything that is no sensible number."""
        try:
            accuracy_m = float(self.cleaned_data["accuracy_m"] or 0)
        except ValueError:
            return 0.0
        return accuracy_m if 0 <= accuracy_m < 100_000 else 0.0
