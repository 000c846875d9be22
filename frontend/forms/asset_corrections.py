"""Corrections of things: which ones staff look at, what they decide, and what a citizen says."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.context import example_of_coordinates
from frontend.forms.parts import DAY, by_name, offer
from geo.points import parse_lonlat
from layers.models import Asset, AssetClass, AssetCorrection, Body
from layers.services.asset_corrections import TEXT_LIMIT, Proposal


def kind_words() -> dict[str, str]:
    """What may be wrong with a thing, by the code of the kind."""
    kinds = AssetCorrection.Kind
    return {
        kinds.NOT_HERE.value: _("It is not here"),
        kinds.BROKEN.value: _("It is broken"),
        kinds.OWNER.value: _("It belongs to somebody else"),
        kinds.MOVED.value: _("It stands elsewhere"),
    }


class CorrectionFilterForm(forms.Form):
    """Which corrections the queue shows; unreadable values filter nothing."""

    kind = forms.ChoiceField(required=False, label=gettext_lazy("What is wrong"))
    asset_class = forms.ChoiceField(required=False, label=gettext_lazy("Class"))

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter-%s")
        every = ("", _("All"))
        offer(self, kind=[every, *kind_words().items()], asset_class=[every, *by_name(AssetClass.objects.all())])

    @property
    def wanted(self) -> dict[str, str]:
        """The filters that can be read."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.wanted.values())


class DecideCorrectionForm(forms.Form):
    """Since when it is so, and why. What the reason lacks, the service says."""

    since = forms.DateField(
        label=gettext_lazy("Since when is it so?"),
        widget=DAY,
        error_messages={"invalid": gettext_lazy("Write one day as YYYY-MM-DD, for example 2026-05-31.")},
        required=False,
    )
    reason = forms.CharField(required=False, max_length=TEXT_LIMIT)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"since": timezone.localdate()}, auto_id="decide-%s")


class SayCorrectionForm(forms.Form):
    """What a citizen says of a thing. What it lacks for its kind, the service says."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is wrong with it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what is wrong."),
            "invalid_choice": gettext_lazy("Choose what is wrong."),
        },
    )
    body = forms.ChoiceField(
        label=gettext_lazy("Whose is it?"),
        help_text=gettext_lazy("Only if it belongs to somebody else."),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the names.")},
    )
    place = forms.CharField(
        label=gettext_lazy("Where does it stand?"),
        required=False,
        max_length=100,
    )
    text = forms.CharField(
        label=gettext_lazy("How do you know? (if you like)"),
        help_text=gettext_lazy("For example what the sign on it says. Only staff read it. No names or phone numbers."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=TEXT_LIMIT,
    )

    def __init__(self, asset: Asset, data: Any = None) -> None:
        super().__init__(data, auto_id="say-%s")
        can_move = asset.geom.geom_type == "Point"
        kinds = [(code, words) for code, words in kind_words().items() if can_move or code != "moved"]
        others = by_name(Body.objects.exclude(pk=asset.owner_id))
        offer(self, kind=kinds, body=[("", _("Choose")), *others])
        hint = _("Only if elsewhere: latitude and longitude as map apps show them, such as %(example)s.")
        self.fields["place"].help_text = hint % {"example": example_of_coordinates()}
        if not can_move:
            del self.fields["place"]

    def proposal(self, asset: Asset) -> Proposal:
        """The proposal; fields of other kinds are left aside. PointInvalid for a place that is none."""
        given = self.cleaned_data
        kind = given["kind"]
        lon, lat = parse_lonlat(given["place"]) if kind == "moved" else (None, None)
        body = given["body"] if kind == "owner" else None
        return Proposal(asset.pk, kind, given["text"], body, lon, lat)
