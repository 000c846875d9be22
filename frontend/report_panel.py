"""What the report page says about a place before anything is sent: where, who and why, until when, what is near."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.utils import timezone

from frontend.side_choice import SideChoice, side_choice
from geo.translation import localized
from issues.deadlines import due_date
from issues.explanations import Explanation, explain
from issues.models import Service, ServiceRequest
from issues.routing.outcomes import Outcome
from issues.selectors.responsibility import responsibility_at, service_by_code
from issues.selectors.service_requests import nearby_similar
from issues.selectors.services import likely_services
from layers.selectors.places import describe_place


@dataclass(frozen=True)
class Panel:
    """All of it in the active language. `explanation` is None until a service is chosen."""

    place_text: str
    coordinates: str
    service: Service | None = None
    explanation: Explanation | None = None
    due: date | None = None
    nearby: Sequence[ServiceRequest] = ()
    guesses: Sequence[Service] = field(default_factory=list)
    side_choice: SideChoice | None = None


def panel_at(
    lon: float,
    lat: float,
    service_code: str = "",
    accuracy_m: float = 0.0,
    asset_id: int | None = None,
    side_boundary_id: int | None = None,
) -> Panel:
    """The panel for a checked place (EPSG:4326); a domain refusal of service, asset or side passes through."""
    place_text = localized(describe_place(lon, lat, exact=True))
    coordinates = f"{lat:.5f}, {lon:.5f}"
    if not service_code:
        return Panel(place_text, coordinates, guesses=likely_services(lon, lat))
    service = service_by_code(service_code)
    decision = responsibility_at(service_code, lon, lat, accuracy_m, asset_id, side_boundary_id=side_boundary_id)
    due = None
    if decision.outcome is not Outcome.NOT_OURS:
        due = due_date(timezone.localdate(), service.deadline_working_days, settings.CITY.working_days)
    return Panel(
        place_text,
        coordinates,
        service,
        explain(decision, to_reporter=True),
        due,
        nearby_similar(service, lon, lat),
        likely_services(lon, lat),
        side_choice(decision.outcome, decision.rule, decision.candidates, lon, lat, accuracy_m, side_boundary_id),
    )
