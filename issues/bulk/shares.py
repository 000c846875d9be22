"""Places known to some metres: how much of each accuracy disc boundaries hold, and what that makes of an answer."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.discs import Touched
from issues.bulk.answers import Answer, Answers
from issues.bulk.reach import Answered
from issues.bulk.runs import firsts, runs
from issues.bulk.world import Bools, Floats, Ints
from issues.routing.outcomes import Outcome, Rule

MARGIN_SHARE = 1e-6
"""Shares computed here and in PostGIS agree to far less; this near to a threshold PostGIS is asked."""


class Shares(NamedTuple):
    """Boundaries that hold a question's place or touch its disc; sorted by question, then boundary."""

    questions: Ints
    boundaries: Ints
    covers: Bools
    share: Floats

    def chosen(self, chosen: Bools) -> "Shares":
        """Some of them."""
        return Shares(self.questions[chosen], self.boundaries[chosen], self.covers[chosen], self.share[chosen])


class Chances(NamedTuple):
    """The chance that a body is responsible for a question; sorted by question, then body."""

    questions: Ints
    bodies: Ints
    chance: Floats


def shares_of(questions: Ints, touched: Touched, holding: tuple[Ints, Ints], boundaries: int) -> Shares:
    """Put together what edges and the centre say.

    `questions[i]` is the question of disc i, ascending; `holding` are pairs of a
    disc and a boundary that holds its centre, sorted; `boundaries` how many there are.
    """
    near, inside = touched.discs * boundaries + touched.polygons, holding[0] * boundaries + holding[1]
    pairs = np.union1d(near, inside)
    covers = np.zeros(len(pairs), dtype=bool)
    covers[np.searchsorted(pairs, inside)] = True
    share = covers.astype(np.float64)
    share[np.searchsorted(pairs, near)] += touched.change
    # A centre all but on an edge may be inside in degrees and outside in metres.
    share += (share < -MARGIN_SHARE).astype(np.float64) - (share > 1 + MARGIN_SHARE)
    disc, boundary = np.divmod(pairs, max(boundaries, 1))
    return Shares(questions[disc], boundary, covers, np.clip(share, 0.0, 1.0))


def chances_by_body(shares: Shares, bodies: Ints, ranks: Ints) -> Chances:
    """As `issues.routing.rules` reckons for one question: higher ranks take their share first, lower get what is left.

    `bodies[i]` and `ranks[i]` are those of boundary i.
    """
    if not len(shares.questions):
        return Chances(shares.questions, shares.boundaries, shares.share)
    body, rank = bodies[shares.boundaries], ranks[shares.boundaries]
    order = np.lexsort((body, -rank, shares.questions))
    question, rank, body = shares.questions[order], rank[order], body[order]
    first = firsts(question, rank, body)
    share = np.add.reduceat(shares.share[order], first)
    question, rank, body = question[first], rank[first], body[first]
    first = firsts(question, rank)
    taken = np.add.reduceat(share, first)
    before = np.cumsum(taken) - taken
    starts = firsts(question[first])
    before -= np.repeat(before[starts], runs(starts, len(taken)))
    chance = np.minimum(share, np.repeat(np.maximum(0.0, 1.0 - before), runs(first, len(share))))
    order = np.lexsort((body, question))
    question, body = question[order], body[order]
    first = firsts(question, body)
    return Chances(question[first], body[first], np.add.reduceat(chance[order], first))


def decide_by_shares(
    shares: Shares, bodies: Ints, ranks: Ints, exact: npt.NDArray[np.int32], answers: Answers, below: float
) -> Answered:
    """The answers of questions that have no other evidence than their shares.

    `exact[i]` is the answer of question i were its place exact, by the boundaries
    that cover it. What is contested there stays so; the body named there stays if
    its chance is not `below`; else the border is too close (`issues.routing.rules`).
    """
    first = firsts(shares.questions)
    questions = shares.questions[first]
    chances = chances_by_body(shares, bodies, ranks)
    known, which = np.unique(exact[questions], return_inverse=True)
    body = np.array([answers[number].body_id or 0 for number in known.tolist()], dtype=np.int64)[which]
    is_contested = np.array([answers[number].outcome is Outcome.CONTESTED for number in known.tolist()], dtype=bool)[
        which
    ]
    starts = firsts(chances.questions)
    run = np.repeat(np.arange(len(questions)), runs(starts, len(chances.questions)))
    own = chances.bodies == body[run]
    chance = np.zeros(len(questions))
    chance[run[own]] = chances.chance[own]
    largest = np.maximum.reduceat(chances.chance, starts) if len(questions) else chance
    is_sure = (body > 0) & (chance >= below)
    unsure = (body > 0) & (np.abs(chance - below) <= MARGIN_SHARE)
    unsure |= np.minimum.reduceat(shares.share, first) < MARGIN_SHARE if len(questions) else unsure
    millionths = np.rint(np.minimum(np.where(is_sure, chance, largest), 1.0) * 1e6).astype(np.int64)
    kind = np.where(is_sure, known[which], -1)
    kind, millionths = kind[~is_contested], millionths[~is_contested]
    found = exact[questions].astype(np.int64)
    found[~is_contested] = _numbers(kind, millionths, answers)
    return Answered(questions, found, unsure)


def _numbers(kinds: Ints, millionths: Ints, answers: Answers) -> Ints:
    """Numbers of the answers `kinds[i]` with that confidence; -1 stands for a border that is too close."""
    # Numbers of answers come as 32 bits, which 20 more would overflow.
    pairs, which = np.unique(kinds.astype(np.int64) << 20 | millionths, return_inverse=True)
    different = [
        answers.number(
            _surer(answers[kind], millionth / 1e6)
            if kind >= 0
            else Answer(Outcome.UNCERTAIN, Rule.BOUNDARY, None, millionth / 1e6)
        )
        for kind, millionth in zip((pairs >> 20).tolist(), (pairs & 0xFFFFF).tolist(), strict=True)
    ]
    return np.array(different, dtype=np.int64)[which]


def _surer(answer: Answer, confidence: float) -> Answer:
    """The same with another confidence, at a tenth of the cost of `replace`."""
    return Answer(answer.outcome, answer.rule, answer.body_id, confidence, answer.boundary_id)
