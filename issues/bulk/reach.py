"""Assets in reach of many questions, and the answers where one of them was chosen or leads clearly."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from issues.bulk.answers import Answer, Answers
from issues.bulk.nearby import AssetTree
from issues.bulk.runs import firsts, runs
from issues.bulk.world import Bools, Floats, Ints, Questions
from issues.routing.outcomes import Outcome, Rule

MARGIN_M = 0.001
"""Distances computed here and in PostGIS agree to far less; this near to a threshold PostGIS is asked."""


class Reach(NamedTuple):
    """Assets in reach of questions, in columns; `chosen` where the question chose that asset."""

    questions: Ints
    classes: Ints
    assets: Ints
    owners: Ints
    is_city_body: Bools
    distance_m: Floats
    chosen: Bools

    def some(self, rows: Bools | Ints) -> "Reach":
        """Some rows."""
        return Reach(
            self.questions[rows],
            self.classes[rows],
            self.assets[rows],
            self.owners[rows],
            self.is_city_body[rows],
            self.distance_m[rows],
            self.chosen[rows],
        )


class Answered(NamedTuple):
    """Questions and the numbers of their answers; `unsure` where a rounding could give another one."""

    questions: Ints
    numbers: Ints
    unsure: Bools


def assets_in_reach(
    asked: Questions, questions: Ints, asset_class: int, tree: AssetTree, chosen_limit_m: float, x: Floats, y: Floats
) -> tuple[Reach, Ints]:
    """Assets of the class within its snap distance (and the accuracy), and the chosen one within its limit.

    `x, y` are the places of `questions` in metres of the city's SRID. The second
    array are questions with an asset all but at the limit.
    """
    assets = tree.assets
    reach = assets.snap_distance_m + asked.accuracy_m[questions]
    wanted = asked.assets[questions]
    farthest = np.where(wanted > 0, np.maximum(reach, chosen_limit_m), reach)
    point, each, distance = tree.in_reach(x, y, farthest + MARGIN_M)
    days = asked.days[questions[point]]
    held = np.flatnonzero((assets.valid_from[each] <= days) & (days < assets.valid_to[each]))
    point, each, distance = point[held], each[held], distance[held]
    chosen = assets.ids[each] == wanted[point]
    limit = np.where(chosen, farthest[point], reach[point])
    unsure = questions[point[np.abs(distance - limit) < MARGIN_M]]
    within = np.flatnonzero(distance <= limit)
    point, each = point[within], each[within]
    found = Reach(
        questions[point],
        np.full(len(within), asset_class),
        assets.ids[each],
        assets.owners[each],
        assets.is_city_body[each],
        distance[within],
        chosen[within],
    )
    return found, unsure


def nearest_first(found: Sequence[Reach]) -> Reach:
    """All together, by question; there the chosen asset first, then by distance, as `issues.routing.rules` sorts."""
    none = np.empty(0, dtype=np.int64)
    empty = Reach(none, none, none, none, none.astype(bool), np.empty(0), none.astype(bool))
    reach = Reach(*(np.concatenate(columns) for columns in zip(empty, *found, strict=True)))
    return reach.some(np.lexsort((reach.assets, reach.distance_m, ~reach.chosen, reach.questions)))


def decide_by_assets(reach: Reach, accuracy_m: Floats, lead_m: float, answers: Answers) -> Answered:
    """The answers of those questions of which an asset in reach was chosen or leads the next owner's clearly.

    `reach` as of `nearest_first`, `accuracy_m` by question, `lead_m` the city's `asset_lead_m`.
    """
    first = firsts(reach.questions)
    nearest = reach.some(first)
    run = np.repeat(np.arange(len(first)), runs(first, len(reach.questions)))
    others = np.where(reach.owners != nearest.owners[run], reach.distance_m, np.inf)
    lead = (np.minimum.reduceat(others, first) if len(first) else others) - nearest.distance_m
    needed = np.maximum(lead_m, accuracy_m[nearest.questions])
    clear = np.flatnonzero(nearest.chosen | (lead >= needed))
    nearest, lead, needed = nearest.some(clear), lead[clear], needed[clear]
    with np.errstate(invalid="ignore"):  # 0 needed and no other owner
        confidence = np.where(nearest.chosen | np.isinf(lead), 1.0, np.minimum(1.0, 0.5 + lead / (4 * needed)))
    unsure = ~nearest.chosen & (np.abs(lead - needed) < MARGIN_M)
    return Answered(nearest.questions, _numbers(nearest, confidence, answers), unsure)


def _numbers(nearest: Reach, confidence: Floats, answers: Answers) -> Ints:
    columns = (nearest.assets, nearest.owners, nearest.is_city_body, nearest.chosen, confidence)
    return np.array(
        [
            answers.number(
                Answer(
                    Outcome.ASSIGNED if is_city_body else Outcome.NOT_OURS,
                    Rule.CHOSEN_ASSET if chosen else Rule.ASSET,
                    owner,
                    round(sure, 6),
                    None,
                    asset,
                )
            )
            for asset, owner, is_city_body, chosen, sure in zip(*(each.tolist() for each in columns), strict=True)
        ],
        dtype=np.int64,
    )
