"""Which draft is tried on the reports of which days."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.forms.parts import DAY, offer
from layers.models import ImportDraft

DAYS = 365


class WhatIfForm(forms.Form):
    """A draft for a layer that was compared and is not settled, and a period of days, both included."""

    draft = forms.ChoiceField(label=gettext_lazy("The change"))
    since = forms.DateField(label=gettext_lazy("Reports from"), widget=DAY)
    until = forms.DateField(label=gettext_lazy("to the end of"), widget=DAY)

    def __init__(self, data: Any, asked: Any) -> None:
        today = timezone.localdate()
        days = {"since": today - timedelta(days=DAYS - 1), "until": today}
        given = {name: asked[name] for name in ("draft", "since", "until") if asked.get(name)}
        super().__init__(data, initial=days | given)
        found = ImportDraft.objects.filter(state=ImportDraft.State.PLANNED, layer__isnull=False)
        # Their files and previews are large and not needed.
        found = found.select_related("layer", "user").defer("content", "preview", "plan")
        self.drafts = [
            (str(draft.pk), f"{draft.layer.name}: {draft.file_name} ({draft.user.get_username()})")  # type: ignore[union-attr]
            for draft in found
        ]
        offer(self, draft=self.drafts)

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        given = self.cleaned_data
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            raise ValidationError(_("The first day must not come after the last one."), code="days_swapped")
        return given


def day_of(text: str) -> date | None:
    """A day as YYYY-MM-DD, None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
