"""The filters of the desk's queue."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.forms.parts import by_name, offer
from issues.models import ServiceGroup
from issues.selectors.service_requests import RequestFilter
from issues.state_names import state_name
from issues.workflow import State
from layers.models import Body

OPEN, CLOSED, ALL = "open", "closed", "all"


class DeskFilterForm(forms.Form):
    """Which reports the queue shows; unreadable values are refused and filter nothing."""

    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    group = forms.ChoiceField(required=False, label=gettext_lazy("Kind"))
    body = forms.ChoiceField(required=False, label=gettext_lazy("Responsible body"))

    def __init__(self, data: dict[str, str], bodies: Sequence[Body]) -> None:
        super().__init__(data, auto_id="filter-%s")
        groups = [(group.slug, group.name) for group in ServiceGroup.objects.all()]
        states = [(state.value, state_name(state)) for state in State]
        offer(
            self,
            state=[("", _("Open")), (CLOSED, _("Closed")), (ALL, _("Open and closed")), *states],
            group=[("", _("All kinds")), *groups],
            body=[("", _("All")), *by_name(bodies)],
        )
        if len(bodies) < 2:
            del self.fields["body"]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked beside the open reports."""
        return any(self.cleaned_data.values()) if self.is_valid() else True

    def wanted(self) -> RequestFilter:
        """The filter as the domain takes it."""
        self.is_valid()
        state = self.cleaned_data.get("state", "")
        group, body = self.cleaned_data.get("group"), self.cleaned_data.get("body")
        status = {"": OPEN, OPEN: OPEN, CLOSED: CLOSED}.get(state, "")
        return RequestFilter(
            groups=(group,) if group else (),
            bodies=(body,) if body else (),
            states=() if status or state == ALL else (state,),
            status=status,
        )
