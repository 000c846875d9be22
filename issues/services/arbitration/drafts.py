"""A ruling that is being written: what it needs, checked, and as an unsaved row."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import RulingInvalid, ZoneInvalid
from issues.models import Case, CaseReport, Ruling, Service, ServiceRequest
from issues.routing.outcomes import Scope
from issues.services.arbitration.acts import check_text
from layers.models import AssetClass, Body
from layers.selectors.city import as_multipolygon

VERTEX_LIMIT = 20_000
"""A zone proposed from real borders has some thousand vertices; a drawn one has ten."""


@dataclass(frozen=True)
class RulingDraft:
    """What an arbitrator wants to rule.

    `body` and `asset_class` are slugs, `zone` is EPSG:4326, None for the zone that
    the case proposes. `service_request` is needed for the scope `this_report` alone,
    unless the case has but one report; so is `service_code` for a case of one service.
    """

    case_id: int
    body: str
    scope: str
    public_reason: str
    internal_note: str = ""
    service_code: str = ""
    asset_class: str = ""
    service_request: int | None = None
    zone: GEOSGeometry | None = None
    valid_from: date | None = None
    expires_at: date | None = None


def build_ruling(draft: RulingDraft, case: Case, user: User) -> Ruling:
    """The unsaved row.

    Raises
    ------
    RulingInvalid
        Winner, reason, scope or what the scope needs is missing or unknown; it ends before it starts.
    ZoneInvalid
        The zone is no valid area, lies elsewhere, or holds none of the case's reports.
    """
    if draft.scope not in list(Scope):
        raise RulingInvalid(_("Choose what the ruling is about."))
    scope = Scope(draft.scope)
    body = Body.objects.filter(slug=_clean(draft.body)).first()
    if body is None:
        raise RulingInvalid(_("Choose who is responsible."))
    today = timezone.localdate()
    valid_from = draft.valid_from or today
    if draft.expires_at is not None and draft.expires_at <= max(valid_from, today):
        raise RulingInvalid(_("The ruling would end before it begins: choose a later day or none."))
    report = _report(draft, case) if scope is Scope.THIS_REPORT else None
    return Ruling(
        case=case,
        body=body,
        scope=scope.value,
        service_request=report,
        point=report.point if report else None,
        service=report.service if report else _service(draft, case) if scope is Scope.SERVICE_IN_ZONE else None,
        asset_class=_asset_class(draft) if scope is Scope.ASSET_CLASS_IN_ZONE else None,
        zone=None if report else check_zone(case.zone if draft.zone is None else draft.zone, case),
        public_reason=check_text(draft.public_reason, _("Write the reason: everybody concerned reads it.")),
        internal_note=draft.internal_note.replace("\x00", "").strip(),
        valid_from=valid_from,
        expires_at=draft.expires_at,
        user=user,
    )


def check_zone(zone: GEOSGeometry, case: Case) -> MultiPolygon:
    """The zone as a multipolygon; ZoneInvalid with what to do otherwise."""
    if not isinstance(zone, Polygon | MultiPolygon) or zone.empty:
        raise ZoneInvalid(_("The zone is no area. Draw it on the map, or take the proposed one."))
    if zone.num_coords > VERTEX_LIMIT:
        raise ZoneInvalid(_("The zone has too many corners. Draw a simpler one."))
    xmin, ymin, xmax, ymax = zone.extent
    city_xmin, city_ymin, city_xmax, city_ymax = settings.CITY.extent
    # Written so that NaN is outside, too.
    if not (city_xmin <= xmin and city_ymin <= ymin and xmax <= city_xmax and ymax <= city_ymax):
        raise ZoneInvalid(_("The zone reaches beyond the city. Draw it inside."))
    if not zone.valid:
        raise ZoneInvalid(_("The zone's border crosses itself. Draw it again."))
    zone = as_multipolygon(zone)
    zone.srid = 4326
    waiting = ServiceRequest.objects.filter(case_reports__case=case)
    if not waiting.exists():  # opened at a flaw of the borders, before anybody asked
        if not zone.intersects(case.zone):
            raise ZoneInvalid(_("The zone lies outside the place that the case is about."))
    elif not waiting.filter(point__coveredby=zone).exists():
        raise ZoneInvalid(_("The zone holds none of the case's reports. Draw it around them."))
    return zone


def _report(draft: RulingDraft, case: Case) -> ServiceRequest:
    links = CaseReport.objects.filter(case=case, left_at=None).select_related("service_request__service")
    links = links.filter(service_request=draft.service_request) if draft.service_request is not None else links
    found = [link.service_request for link in links[:2]]
    if len(found) != 1:
        raise RulingInvalid(_("Choose the report that is meant: it must wait in this case."))
    return found[0]


def _service(draft: RulingDraft, case: Case) -> Service:
    if not draft.service_code and case.service is not None:
        return case.service
    service = Service.objects.filter(service_code=_clean(draft.service_code)).first()
    if service is None:
        raise RulingInvalid(_("Choose the kind of problem that the ruling is about."))
    return service


def _asset_class(draft: RulingDraft) -> AssetClass:
    found = AssetClass.objects.filter(slug=_clean(draft.asset_class)).first()
    if found is None:
        raise RulingInvalid(_("Choose the kind of object that the ruling is about."))
    return found


def _clean(slug: str) -> str:
    """PostgreSQL's text holds no NUL."""
    return slug.replace("\x00", "")
