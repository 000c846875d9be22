"""Decisions without their candidates, each different one kept once."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from issues.routing.decision import Decision
from issues.routing.outcomes import Outcome, Rule


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision without its candidates; `boundary_id` and `asset_id` are the winner's.

    `confidence` is rounded to a millionth, so that there are few different answers.
    """

    outcome: Outcome
    rule: Rule
    body_id: int | None
    confidence: float
    boundary_id: int | None = None
    asset_id: int | None = None
    ruling_id: int | None = None


def answer_of(decision: Decision) -> Answer:
    """The decision without its candidates."""
    winner = decision.winner
    return Answer(
        decision.outcome,
        decision.rule,
        decision.body_id,
        round(decision.confidence, 6),
        winner.boundary_id if winner else None,
        winner.asset_id if winner else None,
        winner.ruling_id if winner else None,
    )


class Answers:
    """Different answers by number, shared by routers whose results are put side by side."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._numbers: dict[Answer, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def __getitem__(self, number: int) -> Answer:
        return self._answers[number]

    def __iter__(self) -> Iterator[Answer]:
        return iter(self._answers)

    def number(self, answer: Answer) -> int:
        """The number of that answer, a new one if it was never given before."""
        known = self._numbers.get(answer)
        if known is not None:
            return known
        with self._lock:
            if answer not in self._numbers:
                self._answers.append(answer)
                self._numbers[answer] = len(self._answers) - 1
            return self._numbers[answer]
