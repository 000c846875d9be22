"""What became of a demo report by the end of the demo's time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from issues.routing.outcomes import Outcome
from issues.workflow import State

REFUSED_SHARE = 0.04
NEVER_DONE_SHARE = 0.02
STRAIGHT_TO_FIXED_SHARE = 0.15
"""Fixed without a word in between."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state at a moment; `reason` belongs to refusals."""

    state: State
    at: datetime
    reason: str = ""


class Chances:
    """The random numbers of all lives, drawn at once: `n` reports."""

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.hours_to_publish = np.minimum(rng.lognormal(1.3, 0.9, n), 23.5).tolist()
        self.days_to_accept = rng.lognormal(0.0, 0.7, n).tolist()
        self.deadline_share = rng.lognormal(-0.35, 0.45, n).tolist()
        self.days_to_settle = rng.lognormal(2.4, 0.6, n).tolist()
        self.fate = rng.uniform(size=n).tolist()
        self.shortcut = rng.uniform(size=n).tolist()


def live(
    number: int,
    chances: Chances,
    made: datetime,
    due_days: int,
    outcome: Outcome,
    end: datetime,
    reasons: dict[str, str],
) -> list[Step]:
    """The steps of report `number` up to `end`, in order.

    `due_days` are calendar days from the report to its due date. Reports that
    nobody has by rule wait longer and are then settled by hand.
    """
    published = made + timedelta(hours=chances.hours_to_publish[number])
    steps = [Step(State.PUBLISHED, published)]
    fate = chances.fate[number]
    if outcome is Outcome.NOT_OURS:
        refused = published + timedelta(hours=chances.hours_to_publish[number])
        steps.append(Step(State.REFUSED, refused, reasons["not_ours"]))
    elif outcome is not Outcome.ASSIGNED:
        settled = published + timedelta(days=chances.days_to_settle[number])
        if fate > NEVER_DONE_SHARE * 2:
            steps.append(Step(State.FIXED, settled))
    else:
        steps += _assigned(number, chances, published, due_days, reasons)
    return [step for step in steps if step.at <= end]


def _assigned(number: int, chances: Chances, published: datetime, due_days: int, reasons: dict[str, str]) -> list[Step]:
    accepted = published + timedelta(days=chances.days_to_accept[number] * min(1.0, due_days / 6))
    fixed = max(published + timedelta(days=chances.deadline_share[number] * due_days), accepted + timedelta(hours=1))
    fate = chances.fate[number]
    if fate < REFUSED_SHARE:
        return [Step(State.REFUSED, accepted, reasons["nothing_found"])]
    if fate < REFUSED_SHARE + NEVER_DONE_SHARE:
        return [Step(State.ACCEPTED, accepted)]
    if chances.shortcut[number] < STRAIGHT_TO_FIXED_SHARE:
        return [Step(State.FIXED, fixed)]
    return [Step(State.ACCEPTED, accepted), Step(State.FIXED, fixed)]
