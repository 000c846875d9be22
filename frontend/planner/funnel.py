"""The funnel plot as a drawing that needs no script: expected across, counted up, limits of chance as lines."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from frontend.planner.areas import AreaAnswer
from geo.chance_limits import poisson_limits

WIDTH, HEIGHT = 360.0, 240.0
LEFT, BOTTOM, TOP, RIGHT = 36.0, 28.0, 8.0, 8.0
LEVELS = ((0.95, "inner"), (0.998, "outer"))


@dataclass(frozen=True)
class Funnel:
    """Coordinates in a box of 360 × 240. The square roots of numbers are drawn, so that small areas are seen, too."""

    points: list[dict[str, Any]]
    lines: list[dict[str, str]]
    diagonal: str
    ticks: list[dict[str, Any]]


def funnel_drawing(areas: AreaAnswer) -> Funnel | None:
    """The drawing; None where there is nothing to compare."""
    most = max((max(point["expected"], point["count"]) for point in areas.funnel), default=0)
    if most <= 0:
        return None
    edge = most**0.5 * 1.05

    def across(value: float) -> float:
        return LEFT + (max(value, 0.0) ** 0.5 / edge) * (WIDTH - LEFT - RIGHT)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (max(value, 0.0) ** 0.5 / edge) * (HEIGHT - TOP - BOTTOM)

    expected = np.linspace(0, edge, 60) ** 2
    lines = []
    for level, name in LEVELS:
        for side, limits in zip(("low", "high"), poisson_limits(expected, level), strict=True):
            wide = expected + (limits - expected) * areas.spread**0.5
            kept = [(across(e), up(min(w, edge**2))) for e, w in zip(expected, wide, strict=True)]
            lines.append({"name": f"{name} {side}", "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in kept)})
    points = [
        {**point, "x": round(across(point["expected"]), 1), "y": round(up(point["count"]), 1)} for point in areas.funnel
    ]
    ticks = [{"value": value, "x": round(across(value), 1), "y": round(up(value), 1)} for value in _round_numbers(most)]
    return Funnel(points, lines, f"{across(0):.1f},{up(0):.1f} {across(edge**2):.1f},{up(edge**2):.1f}", ticks)


def _round_numbers(most: float) -> list[int]:
    """A few round numbers up to `most`, spread over its square root."""
    wanted = [most * share**2 for share in (0.35, 0.65, 0.95)]
    return sorted({int(float(f"{value:.1g}")) for value in wanted if value >= 1})
