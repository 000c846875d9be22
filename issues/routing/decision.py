"""The answer: who is responsible by which rule, beside all who could have been."""

from dataclasses import asdict, dataclass

from issues.memory.voting import AreaVotes, Level
from issues.routing.outcomes import Outcome, Rejection, Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """One body that could have been responsible through one ruling, asset, boundary or the memory.

    Of the memory: `votes` of `votes_of` earlier reports went to it, `share` is
    that part and `distance_m` how far the farthest of them lies; `level` says
    what they are about and `area` which covering area counted, None for none.
    """

    body_id: int
    rule: Rule
    is_city_body: bool
    distance_m: float
    covers: bool
    share: float
    boundary_id: int | None = None
    asset_id: int | None = None
    ruling_id: int | None = None
    rejected_because: Rejection | None = None
    votes: int | None = None
    votes_of: int | None = None
    level: Level | None = None
    area: AreaVotes | None = None

    def as_json(self) -> dict[str, object]:
        """Every field by name, for storing (`dataclasses.asdict` takes ten times as long in bulk).

        Level and area are left out where there are none: decisions stored before they were known stay equal.
        """
        fields = {name: getattr(self, name) for name in self.__slots__}
        level, area = fields.pop("level"), fields.pop("area")
        return fields | ({"level": level} if level else {}) | ({"area": asdict(area)} if area else {})


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `candidates` are ordered: winner or claimants first, then by strength."""

    outcome: Outcome
    rule: Rule
    confidence: float
    candidates: tuple[Candidate, ...]
    winner: Candidate | None = None

    @property
    def body_id(self) -> int | None:
        """The responsible body, None unless the outcome is assigned or not_ours."""
        return self.winner.body_id if self.winner else None
