"""Corrections of things: which ones staff look at, what they decide, and what a citizen says."""

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from layers.models import AssetClass, AssetCorrection
from layers.services.asset_corrections import TEXT_LIMIT


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
        classes = sorted(((found.slug, found.name) for found in AssetClass.objects.all()), key=lambda each: each[1])
        offered = {"kind": list(kind_words().items()), "asset_class": classes}
        for name, choices in offered.items():
            cast(forms.ChoiceField, self.fields[name]).choices = [("", _("All")), *choices]

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
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write one day as YYYY-MM-DD, for example 2026-05-31.")},
        required=False,
    )
    reason = forms.CharField(required=False, max_length=TEXT_LIMIT)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"since": timezone.localdate()}, auto_id="decide-%s")
