"""One question to the settled answers: what it asks, what they are, what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np


class Level(StrEnum):
    """On what the answer rests, best first."""

    PLACE_AND_KIND = "place_and_kind"
    KIND = "kind"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Asked:
    """A place, a moment (UTC) and a kind; metres in the city's system.

    `kinds` are numbers from coarse to fine: the service's group, the service.
    `areas` are the jurisdictions that cover the place, by layer.
    """

    x_m: float
    y_m: float
    moment: np.datetime64
    kinds: tuple[int, ...]
    areas: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vote:
    """One settled answer: what had been asked, and the body that it is with. `answer_id` names it."""

    body_id: int
    asked: Asked
    answer_id: int = 0
    report_id: int = 0


@dataclass(frozen=True, slots=True)
class AreaVotes:
    """Of the `of` answers of the kind in a jurisdiction, `votes` went to the body."""

    jurisdiction_id: int
    votes: int
    of: int


@dataclass(frozen=True, slots=True)
class MemoryEvidence:
    """What memory says of one question: `votes` of the `of` answers within `radius_m` went to `body_id`.

    `confidence` is measured: how often answers at least as sure were right, with
    doubt (`issues.memory.calibration.Assured`). Of `record_of` answers of the
    kind foretold from those before them, `record_right` came true.
    """

    body_id: int
    confidence: float
    votes: int
    of: int
    radius_m: float
    level: Level
    record_right: int
    record_of: int
    is_city_body: bool = True
    handed_back_here: bool = False
    """The body has handed back a report of this kind close by: it is proposed, never decided."""
    area: AreaVotes | None = None
    """The covering area that speaks for the body, where it at least doubled its odds."""
