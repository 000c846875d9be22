"""The forms of the arbitration desk. What they hold is judged by `issues.services.arbitration`."""

from collections.abc import Iterable, Sequence
from typing import cast

from django import forms
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues.arbitration import CaseState, Cause, HandBackReason
from issues.case_words import case_state_name, cause_name, hand_back_reason_name, scope_name
from issues.errors import ZoneInvalid
from issues.models import Case, Service, ServiceRequest
from issues.routing.outcomes import Scope
from issues.selectors.cases import CaseFilter, zone_around
from issues.services.arbitration.drafts import RulingDraft
from layers.models import AssetClass, Body

ZONE_TEXT_LIMIT = 500_000
PROPOSED, DRAWN, AROUND = "proposed", "drawn", "around"
Choices = list[tuple[str, str]]


class CaseFilterForm(forms.Form):
    """Which cases the queue shows; unreadable values are refused and filter nothing."""

    order = forms.ChoiceField(required=False, label=gettext_lazy("Order"))
    cause = forms.ChoiceField(required=False, label=gettext_lazy("Cause"))
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    body = forms.ChoiceField(required=False, label=gettext_lazy("Claimed by"))

    def __init__(self, data: dict[str, str], bodies: Iterable[Body]) -> None:
        super().__init__(data, auto_id="filter-%s")
        by_name = sorted(((body.slug, body.name) for body in bodies), key=lambda choice: choice[1])
        states = [(state.value, case_state_name(state)) for state in CaseState]
        self._offer(
            "order",
            [("", _("Reports × days waiting")), ("age", _("Longest waiting")), ("due", _("Due soonest"))],
        )
        self._offer("cause", [("", _("All causes")), *((cause.value, cause_name(cause)) for cause in Cause)])
        self._offer("state", [("", _("All that wait")), *states, ("all", _("All"))])
        self._offer("body", [("", _("All")), *by_name])
        if len(by_name) < 2:
            del self.fields["body"]

    def _offer(self, name: str, choices: Choices) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked beside the order."""
        valid = self.is_valid()
        return not valid or any(value for name, value in self.cleaned_data.items() if name != "order")

    def wanted(self) -> CaseFilter:
        """The filter as the domain takes it."""
        self.is_valid()
        chosen = self.cleaned_data
        state = {"": "live", "all": ""}.get(chosen.get("state", ""), chosen.get("state", ""))
        return CaseFilter(chosen.get("cause", ""), chosen.get("body", ""), state, chosen.get("order") or "harm")


class PositionForm(forms.Form):
    """A body's position: who speaks, ours or not, on what it rests, why, a file."""

    body = forms.CharField(required=False)
    stance = forms.CharField(required=False)
    evidence = forms.CharField(required=False)
    text = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False, allow_empty_file=True)


class RulingForm(forms.Form):
    """What an arbitrator rules. Every field may be missing: the service says what to do then."""

    body = forms.ChoiceField(label=gettext_lazy("Who is responsible"))
    scope = forms.ChoiceField(label=gettext_lazy("What it settles"), widget=forms.RadioSelect)
    service_code = forms.ChoiceField(required=False, label=gettext_lazy("Kind of problem"))
    asset_class = forms.ChoiceField(required=False, label=gettext_lazy("Kind of object"))
    service_request = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=gettext_lazy("Which report")
    )
    zone_kind = forms.ChoiceField(required=False, label=gettext_lazy("The zone"), widget=forms.RadioSelect)
    zone = forms.CharField(required=False, max_length=ZONE_TEXT_LIMIT, widget=forms.HiddenInput)
    radius_m = forms.IntegerField(required=False, min_value=5, max_value=1000, initial=50)
    public_reason = forms.CharField(
        label=gettext_lazy("Reason, for everybody"), widget=forms.Textarea({"rows": 3}), strip=False
    )
    internal_note = forms.CharField(
        required=False, label=gettext_lazy("Note, for staff only"), widget=forms.Textarea({"rows": 2}), strip=False
    )
    expires_at = forms.DateField(
        required=False,
        label=gettext_lazy("Holds until (not included)"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
    )

    def __init__(self, case: Case, reports: Sequence[ServiceRequest], data: dict[str, str] | None = None) -> None:
        initial = {"zone_kind": PROPOSED, "service_code": case.service.service_code if case.service else ""}
        initial["scope"] = Scope.SERVICE_IN_ZONE.value
        super().__init__(data, auto_id="ruling-%s", initial=initial)
        self._case = case
        claimants = {body.slug: body.name for body in case.claimants.all()}
        others = [(body.slug, body.name) for body in Body.objects.exclude(slug__in=claimants)]
        body = cast(forms.ChoiceField, self.fields["body"])
        body.choices = [
            ("", "—"),
            (_("Asked to speak"), list(claimants.items())),
            (_("Others"), sorted(others, key=lambda choice: choice[1])),
        ]
        services = {report.service.service_code: report.service.name for report in reports} or {
            service.service_code: service.name for service in Service.objects.filter(is_active=True)
        }
        kinds = {service.pk for service in Service.objects.filter(service_code__in=services)}
        classes = AssetClass.objects.filter(services__in=kinds).distinct()
        self._offer("service_code", list(services.items()))
        self._offer("asset_class", [(found.slug, found.name) for found in classes])
        self._offer("service_request", [(str(each.pk), f"#{each.pk} {each.service.name}") for each in reports])
        self._offer("scope", [(s.value, scope_name(s)) for s in Scope if self._possible(s, reports)])
        zones = [(PROPOSED, _("As proposed")), (AROUND, _("Around the reports")), (DRAWN, _("Drawn on the map"))]
        self._offer("zone_kind", zones)

    def _possible(self, scope: Scope, reports: Sequence[ServiceRequest]) -> bool:
        if scope is Scope.THIS_REPORT:
            return bool(reports)
        return scope is not Scope.ASSET_CLASS_IN_ZONE or bool(
            cast(forms.ChoiceField, self.fields["asset_class"]).choices
        )

    def _offer(self, name: str, choices: Choices) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def draft(self) -> RulingDraft:
        """The draft as the domain takes it; ZoneInvalid where the drawn zone is unreadable."""
        self.is_valid()
        given = self.cleaned_data
        return RulingDraft(
            case_id=self._case.pk,
            body=given.get("body", ""),
            scope=given.get("scope", ""),
            public_reason=given.get("public_reason", ""),
            internal_note=given.get("internal_note", ""),
            service_code=given.get("service_code", ""),
            asset_class=given.get("asset_class", ""),
            service_request=given.get("service_request"),
            zone=self._zone(),
            expires_at=given.get("expires_at"),
        )

    def _zone(self) -> GEOSGeometry | None:
        kind = self.cleaned_data.get("zone_kind")
        if kind == AROUND:
            return zone_around(self._case, self.cleaned_data.get("radius_m") or 50)
        if kind != DRAWN:
            return None
        try:
            return GEOSGeometry(self.cleaned_data.get("zone", ""))
        # Django has no class for curves (KeyError), Python no depth for nests of brackets (RecursionError).
        except (GEOSException, GDALException, ValueError, TypeError, KeyError, RecursionError):
            raise ZoneInvalid(_("Draw the zone on the map first, or take the proposed one.")) from None

    @property
    def unreadable(self) -> str:
        """The first field error that the domain would not name: a day or a radius that is none."""
        for name in ("expires_at", "radius_m"):
            for error in self.errors.get(name, []):
                return f"{self.fields[name].label or _('Radius')}: {error}"
        return ""


class HandBackForm(forms.Form):
    """Why a report is not ours, and whose it is."""

    reason = forms.ChoiceField(required=False, label=gettext_lazy("Why is it not yours?"))
    proposed_body = forms.ChoiceField(required=False, label=gettext_lazy("Whose is it? (if you know)"))
    text = forms.CharField(required=False, max_length=500, label=gettext_lazy("In a sentence, for the arbitrator"))

    def __init__(self, own: Body | None, data: dict[str, str] | None = None) -> None:
        super().__init__(data, auto_id="hand-back-%s")
        bodies = sorted(((b.slug, b.name) for b in Body.objects.all() if b != own), key=lambda choice: choice[1])
        reasons = [(reason.value, hand_back_reason_name(reason)) for reason in HandBackReason]
        cast(forms.ChoiceField, self.fields["reason"]).choices = [("", "—"), *reasons]
        cast(forms.ChoiceField, self.fields["proposed_body"]).choices = [("", _("I do not know")), *bodies]


class CorrectionForm(forms.Form):
    """Another kind of problem, place or object for a report."""

    service_code = forms.ChoiceField(required=False, label=gettext_lazy("Kind of problem"))
    place = forms.CharField(required=False, max_length=100, label=gettext_lazy("Place (latitude, longitude)"))
    asset = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=gettext_lazy("Object"))
    why = forms.CharField(required=False, max_length=500, label=gettext_lazy("Why"))

    def __init__(
        self, report: ServiceRequest, assets: Sequence[tuple[int, str]], data: dict[str, str] | None = None
    ) -> None:
        initial = {
            "service_code": report.service.service_code,
            "place": f"{report.point.y:.6f}, {report.point.x:.6f}",
            "asset": report.asset_id or "",
        }
        super().__init__(data, auto_id="correct-%s", initial=initial)
        services = [(each.service_code, each.name) for each in Service.objects.filter(is_active=True)]
        cast(forms.ChoiceField, self.fields["service_code"]).choices = services
        if assets:
            chosen = [(str(pk), name) for pk, name in assets]
            cast(forms.ChoiceField, self.fields["asset"]).choices = [("", _("None")), *chosen]
        else:
            del self.fields["asset"]
