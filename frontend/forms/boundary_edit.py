"""A drawn area: which one it changes, or what a new one is called and who answers for it."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.forms.parts import DAY, by_name, offer
from layers.models import Body


class BoundaryEditForm(forms.Form):
    """The drawing as GeoJSON text; the map fills it in, and without script it can be pasted."""

    code = forms.CharField(
        label=gettext_lazy("Key of the area"),
        help_text=gettext_lazy("The key of an area in force changes that one; another key makes a new area."),
        max_length=80,
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), help_text=gettext_lazy("Left empty, it stays."), required=False, max_length=200
    )
    body = forms.ChoiceField(label=gettext_lazy("Who answers for it"), required=False)
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        help_text=gettext_lazy("Stored with every boundary, for example a decision of the council."),
        required=False,
        max_length=200,
    )
    neighbours_give_way = forms.BooleanField(
        label=gettext_lazy("Neighbours of this layer lose what it covers"), required=False, initial=True
    )
    geometry = forms.CharField(
        label=gettext_lazy("The area as GeoJSON"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=40_000_000,
        error_messages={"required": gettext_lazy("Draw the area on the map first.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "edit-%s"
        super().__init__(*args, **kwargs)
        offer(self, body=[("", _("as before")), *by_name(Body.objects.all())])
        self.fields["valid_from"].initial = timezone.localdate()
