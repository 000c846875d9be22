"""Evidence for tests of `decide`, a piece at a time."""

from datetime import UTC, datetime, timedelta

from geo.city import RoutingThresholds
from issues.memory.voting import Level, MemoryEvidence
from issues.routing.evidence import AssetEvidence, BoundaryEvidence, RulingEvidence
from issues.routing.outcomes import Scope

THRESHOLDS = RoutingThresholds()
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def area(boundary: int, body: int, rank: int = 10, covers: bool = True, **other: object) -> BoundaryEvidence:
    values = {"is_city_body": True, "distance_m": 0.0, "share": 1.0 if covers else 0.0, **other}
    return BoundaryEvidence(boundary, body, rank=rank, covers=covers, **values)


def thing(asset: int, body: int, distance_m: float, **other: object) -> AssetEvidence:
    return AssetEvidence(asset, body, **{"is_city_body": True, "distance_m": distance_m, **other})


def ruling(number: int, body: int, scope: Scope = Scope.SERVICE_IN_ZONE, hours: float = 0) -> RulingEvidence:
    return RulingEvidence(number, body, True, scope, NOON + timedelta(hours=hours))


def remembered(body: int, confidence: float = 0.99, **other: object) -> MemoryEvidence:
    values = {"votes": 14, "of": 15, "radius_m": 120.0, "level": Level.PLACE_AND_KIND, **other}
    return MemoryEvidence(body, confidence, record_right=98, record_of=99, **values)
