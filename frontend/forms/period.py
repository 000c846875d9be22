"""From which day to which: a period in the address of a page."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.forms.parts import DAY
from issues.selectors.metrics import Period


class PeriodForm(forms.Form):
    """`since` and `until` as days, both included. Empty or refused ones stand for the default period's."""

    since = forms.DateField(required=False, label=gettext_lazy("From"), widget=DAY)
    until = forms.DateField(required=False, label=gettext_lazy("To"), widget=DAY)

    def __init__(self, data: dict[str, str] | None, default: Period) -> None:
        super().__init__(data or {}, auto_id="period-%s")
        self._default = default
        self.period = self._read()

    def _read(self) -> Period:
        if not self.is_valid():
            return self._default
        first = self.cleaned_data.get("since") or self._default.first
        last = self.cleaned_data.get("until") or self._default.last
        if not first <= last:
            self.add_error("until", _("The last day lies before the first: exchange them."))
            return self._default
        if not 1900 <= first.year <= last.year <= 9000:
            self.add_error("since", _("Choose days between 1900 and 9000."))
            return self._default
        return Period(first, last)
