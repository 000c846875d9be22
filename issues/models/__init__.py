"""Reports, decisions and arbitration as tables. Written only by `issues.services`."""

from issues.models.arbitration import Attachment, Case, CaseEvent, CaseReport, HandBack, Position
from issues.models.memory import SettledAnswer
from issues.models.rulings import Ruling, RulingCorrection
from issues.models.service_requests import Event, Photo, Responsibility, ServiceRequest
from issues.models.services import Membership, Service, ServiceGroup
from issues.models.topology import TopologyFinding

__all__ = [
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseReport",
    "Event",
    "HandBack",
    "Membership",
    "Photo",
    "Position",
    "Responsibility",
    "Ruling",
    "RulingCorrection",
    "Service",
    "ServiceGroup",
    "ServiceRequest",
    "SettledAnswer",
    "TopologyFinding",
]
