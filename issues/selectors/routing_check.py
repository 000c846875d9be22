"""Asks the bulk index and PostGIS the same questions, awkward ones above all, and tells where they differ."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import shapely
from django.db import connection
from django.utils import timezone

from geo.progress import Progress, Silence
from issues.bulk.answers import Answer, answer_of
from issues.bulk.nearby import METRES_PER_DEGREE
from issues.bulk.router import BulkRouter
from issues.bulk.world import Floats, Ints, Questions
from issues.selectors.evidence import Question
from issues.selectors.routing_index import RoutingIndex, decisions_of, questions_of
from layers.selectors.city import outline_index

PHONE_ACCURACY_M = (3.0, 80.0)
CHUNK = 5_000
"""Questions of one thread at a time: some 30 MB of evidence and candidates."""


@dataclass(frozen=True)
class Disagreement:
    """A question with two answers."""

    question: Question
    bulk: Answer
    single: Answer


def awkward_questions(index: RoutingIndex, count: int, seed: int) -> Questions:
    """Places of the city: half anywhere, a quarter on vertices, a quarter on middles of edges.

    Every tenth is by phone, and half of those who ask by phone say in which area they are.
    """
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
    points = rng.permutation(np.concatenate([anywhere, vertices, middles]))
    accuracy = np.where(rng.uniform(size=len(points)) < 0.1, rng.uniform(*PHONE_ACCURACY_M, len(points)), 0.0)
    sides = _sides(router, points, np.where(rng.uniform(size=len(points)) < 0.5, accuracy, 0.0), rng)
    return Questions(rng.choice(services, len(points)), points[:, 0], points[:, 1], accuracy, sides=sides)


def _sides(router: BulkRouter, points: Floats, accuracy_m: Floats, rng: np.random.Generator) -> Ints:
    """For points of some accuracy one of the areas that hold a place as far away; 0 for none."""
    asked = np.flatnonzero(accuracy_m)
    angle, count = rng.uniform(0, 2 * np.pi, len(asked)), len(router.boundaries)
    apart = np.column_stack([np.cos(angle), np.sin(angle)]) * accuracy_m[asked, None] / METRES_PER_DEGREE
    located = router.index.locate(*(points[asked] + apart).T)
    found = np.zeros(len(points), dtype=np.int64)
    for point, number in zip(asked.tolist(), located.sets.tolist(), strict=True):
        areas = [each for each in router.index.sets.members(number) if each < count]
        if areas:
            found[point] = router.boundaries.ids[rng.choice(areas)]
    return found


def disagreements(
    index: RoutingIndex, asked: Questions, progress: Progress | None = None, threads: int = 1
) -> Iterator[Disagreement]:
    """Questions whose outcome, body or rule is another one in PostGIS, as they are found.

    Some thousand questions are in memory at a time. Each thread but the caller's own asks over a
    connection of its own, so two keep both PostgreSQL and this process at work.
    """
    chunks = [asked.chosen(slice(start, start + CHUNK)) for start in range(0, len(asked), CHUNK)]
    progress = progress or Silence()
    if threads == 1:
        for chunk in progress.each(chunks, total=len(chunks)):
            yield from _disagreements(index, chunk)
        return

    def work(chunk: Questions) -> list[Disagreement]:
        try:
            return _disagreements(index, chunk)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        for found in progress.each(pool.map(work, chunks), total=len(chunks)):
            yield from found


def _disagreements(index: RoutingIndex, asked: Questions) -> list[Disagreement]:
    numbers = index.decide(asked)
    questions = questions_of(asked)
    found = []
    for question, number, decision in zip(questions, numbers.tolist(), decisions_of(questions), strict=True):
        bulk, single = index.answers[number], answer_of(decision)
        if (bulk.outcome, bulk.rule, bulk.body_id) != (single.outcome, single.rule, single.body_id):
            found.append(Disagreement(question, bulk, single))
    return found
