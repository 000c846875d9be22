"""Invented cities whose truth is known: districts that own services, owners of things, moves, noise."""

from dataclasses import dataclass

import numpy as np

from issues.memory.history import History, known_before

SIDE_M = 15_000.0


@dataclass(frozen=True)
class InventedCity:
    """What to invent. `noise` is the share of answers that are anybody's."""

    reports: int = 3000
    kinds: int = 6
    districts: int = 8
    noise: float = 0.0
    moved_halfway: bool = False
    renamed: bool = False
    repeated: float = 0.3
    with_kinds: bool = True
    seed: int = 0


def invent(city: InventedCity) -> History:
    """Every third kind belongs to one body, the others to the nearest of the districts' offices."""
    random = np.random.default_rng(city.seed)
    n = city.reports
    offices = random.random((city.districts, 2)) * SIDE_M
    later = offices + (random.normal(0, 2000, offices.shape) if city.moved_halfway else 0)
    kind = np.minimum(random.zipf(1.4, n) - 1, city.kinds - 1)
    points = random.random((n, 2)) * SIDE_M
    again = random.random(n) < city.repeated
    points[again] = points[(random.random(n) * np.arange(n)).astype(int)[again]]
    days = np.sort(random.random(n)) * 1000
    centres = np.where((days > 500)[:, None, None], later, offices)
    district = np.argmin(((centres - points[:, None, :]) ** 2).sum(axis=2), axis=1)
    body = np.where(kind % 3 == 2, city.districts + kind, district)
    if city.renamed:
        body = np.where((days > 600) & (body % 2 == 0), body + 100, body)
    noisy = random.random(n) < city.noise
    body[noisy] = random.permutation(body)[noisy]
    return as_history(points, days, [kind] if city.with_kinds else [], body)


def as_history(points: np.ndarray, days: np.ndarray, kinds: list[np.ndarray], body: np.ndarray) -> History:
    """A history whose bodies are numbered in the order of their first answer."""
    _, first, numbers = np.unique(body, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return History(
        np.asarray(points, dtype=float),
        np.asarray(days, dtype=float),
        known_before(days),
        (np.zeros(len(days), dtype=np.int64), *(np.asarray(kind, dtype=np.int64) for kind in kinds)),
        rank[numbers].astype(np.int64),
        len(first),
    )
