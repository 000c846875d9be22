"""Asks the bulk index and PostGIS the same questions, awkward ones above all, and tells where they differ."""

from dataclasses import dataclass

import numpy as np
import shapely
from django.utils import timezone

from issues.bulk.router import Answer, answer_of
from issues.bulk.world import Questions
from issues.selectors.evidence import Question
from issues.selectors.routing_index import RoutingIndex, decisions_of
from layers.selectors.city import outline_index

PHONE_ACCURACY_M = (3.0, 80.0)


@dataclass(frozen=True)
class Disagreement:
    """A question with two answers."""

    question: Question
    bulk: Answer
    single: Answer


def awkward_questions(index: RoutingIndex, count: int, seed: int) -> Questions:
    """Places of the city: half anywhere, a quarter on vertices, a quarter on middles of edges; every tenth by phone."""
    rng = np.random.default_rng(seed)
    router = index.router(timezone.localdate())
    services = np.array([service for service, layers in router.world.layers_of.items() if layers], dtype=np.int64)
    shapes = router.boundaries.geometries
    if not len(shapes) or not len(services):
        return Questions(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    first = rng.choice(np.flatnonzero(owner[1:] == owner[:-1]), count // 4)
    middles = (corners[first] + corners[first + 1]) / 2
    vertices = corners[rng.integers(0, len(corners), count // 4)]
    outline = outline_index()
    low, high = shapely.total_bounds(shapes).reshape(2, 2)
    anywhere = rng.uniform(low, high, (4 * count, 2))
    anywhere = anywhere[outline.locate(anywhere[:, 0], anywhere[:, 1]).sets > 0][: count - 2 * (count // 4)]
    points = np.concatenate([anywhere, vertices, middles])
    accuracy = np.where(rng.uniform(size=len(points)) < 0.1, rng.uniform(*PHONE_ACCURACY_M, len(points)), 0.0)
    return Questions(rng.choice(services, len(points)), points[:, 0], points[:, 1], accuracy)


def disagreements(index: RoutingIndex, asked: Questions) -> list[Disagreement]:
    """Questions whose outcome, body or rule is another one in PostGIS."""
    numbers = index.decide(asked)
    accuracy = asked.accuracy_m if len(asked.accuracy_m) else np.zeros(len(asked))
    columns = (asked.services, asked.lon, asked.lat, accuracy)
    questions = [Question(*each) for each in zip(*(column.tolist() for column in columns), strict=True)]
    found = []
    for question, number, decision in zip(questions, numbers.tolist(), decisions_of(questions), strict=True):
        bulk, single = index.answers[number], answer_of(decision)
        if (bulk.outcome, bulk.rule, bulk.body_id) != (single.outcome, single.rule, single.body_id):
            found.append(Disagreement(question, bulk, single))
    return found
