"""What was found for one service at one place and time, before anybody judges it."""

from dataclasses import dataclass
from datetime import datetime

from issues.memory.voting import MemoryEvidence
from issues.routing.outcomes import Scope


@dataclass(frozen=True, slots=True)
class AssetEvidence:
    """An asset within reach of the point, of a class that decides the service."""

    asset_id: int
    body_id: int
    is_city_body: bool
    distance_m: float
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class BoundaryEvidence:
    """A boundary that covers the point, touches its accuracy disc, or is the nearest there is.

    `distance_m` is 0 inside. `share` is the part of the accuracy disc inside
    the boundary; with accuracy 0 it is 1 where the boundary covers, else 0.
    """

    boundary_id: int
    body_id: int
    is_city_body: bool
    rank: int
    covers: bool
    distance_m: float
    share: float


@dataclass(frozen=True, slots=True)
class RulingEvidence:
    """A ruling in force whose scope covers the service and the place."""

    ruling_id: int
    body_id: int
    is_city_body: bool
    scope: Scope
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class HandBackEvidence:
    """A body has said that this very report is not its own."""

    body_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found for one service at one place and time.

    `side_boundary_id` is the reporter's answer to "which side are you on"; a
    boundary that the accuracy disc does not touch is no answer.
    """

    accuracy_m: float = 0.0
    assets: tuple[AssetEvidence, ...] = ()
    boundaries: tuple[BoundaryEvidence, ...] = ()
    rulings: tuple[RulingEvidence, ...] = ()
    hand_backs: tuple[HandBackEvidence, ...] = ()
    side_boundary_id: int | None = None
    memory: MemoryEvidence | None = None
