"""What a replay was worth, in numbers that can be stored as JSON."""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np

from issues.backtest.replay import Replay
from issues.memory.calibration import Flags
from issues.memory.history import Floats

PRECISIONS = (0.95, 0.97, 0.99)
WORST_PLACES = 10
CELLS_ACROSS = 30


def measure(replay: Replay) -> dict[str, Any]:
    """All figures of the measured reports."""
    chosen = replay.measured
    right, confidence = replay.right[chosen], replay.confidence[chosen]
    baseline = (replay.baseline == replay.truth)[chosen]
    automatic = replay.automatic[chosen]
    return {
        "reports": int(chosen.sum()),
        "accuracy": share(right),
        "baseline_accuracy": share(baseline),
        "automatic_share": share(automatic),
        "automatic_precision": share(right[automatic]),
        "coverage_at_precision": {f"{wanted}": coverage(confidence, right, wanted) for wanted in PRECISIONS},
        "calibration": _calibration(confidence, right),
        "by_month": _by_month(replay),
        "by_tenth": _by_tenth(right, baseline, automatic),
        "confusion": _confusion(replay),
        "worst_places": worst_places(replay),
        "bodies": len(set(replay.truth[chosen].tolist())),
        "reports_learned_before": int((~chosen).sum()),
    }


def share(flags: Flags) -> float:
    """The share of true ones; 0 for none at all."""
    return round(float(flags.mean()), 6) if len(flags) else 0.0


def coverage(confidence: Floats, right: Flags, wanted: float) -> float:
    """The largest share of reports, surest first, of which at least `wanted` are right; 0 if none.

    Reports of one confidence are taken together or not at all.
    """
    sizes, precision, _ = coverage_curve(confidence, right)
    good = np.flatnonzero(precision >= wanted)
    return round(float(sizes[good[-1]]), 6) if len(good) else 0.0


def coverage_curve(confidence: Floats, right: Flags) -> tuple[Floats, Floats, Floats]:
    """Share of reports taken, surest first, their precision, and the confidence of the last; one entry each cut."""
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    cuts = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True]) if len(ranked) else np.empty(0, dtype=np.int64)
    n = np.arange(1, len(order) + 1)
    return n[cuts] / max(1, len(order)), (np.cumsum(right[order]) / n)[cuts], ranked[cuts]


def _calibration(confidence: Floats, right: Flags) -> list[dict[str, float]]:
    """How often answers of each confidence were right: what was promised against what was kept."""
    edges = np.array([0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0000001])
    rows = []
    for low, high in pairwise(edges.tolist()):
        inside = (confidence >= low) & (confidence < high)
        if inside.any():
            rows.append(
                {
                    "from": round(float(low), 2),
                    "to": round(min(1.0, float(high)), 2),
                    "reports": int(inside.sum()),
                    "promised": round(float(confidence[inside].mean()), 4),
                    "kept": share(right[inside]),
                }
            )
    return rows


def _by_month(replay: Replay) -> dict[str, dict[str, float]]:
    """Figures by calendar month; empty for a file without times."""
    if replay.reports.moment is None:
        return {}
    months = replay.reports.moment.astype("datetime64[M]")[replay.measured]
    right = replay.right[replay.measured]
    baseline = (replay.baseline == replay.truth)[replay.measured]
    automatic = replay.automatic[replay.measured]
    found = {}
    for month in np.unique(months):
        rows = months == month
        found[str(month)] = {
            "reports": int(rows.sum()),
            "accuracy": share(right[rows]),
            "baseline_accuracy": share(baseline[rows]),
            "automatic_share": share(automatic[rows]),
            "automatic_precision": share(right[rows & automatic]),
        }
    return found


def _by_tenth(right: Flags, baseline: Flags, automatic: Flags) -> list[dict[str, float]]:
    """The learning curve: ten equal parts in order of time."""
    parts = [rows for rows in np.array_split(np.arange(len(right)), 10) if len(rows)]
    return [
        {
            "reports": len(rows),
            "accuracy": share(right[rows]),
            "baseline_accuracy": share(baseline[rows]),
            "automatic_share": share(automatic[rows]),
        }
        for rows in parts
    ]


def _confusion(replay: Replay) -> dict[str, dict[str, int]]:
    """Reports by true body and foretold body; "" where nothing was foretold."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    pairs, counts = np.unique(
        np.column_stack([replay.truth, replay.foretold])[replay.measured], axis=0, return_counts=True
    )
    for (truth, foretold), count in zip(pairs.tolist(), counts.tolist(), strict=True):
        found[replay.bodies[truth]][replay.bodies[foretold] if foretold >= 0 else ""] = count
    return dict(found)


def worst_places(replay: Replay) -> list[dict[str, Any]]:
    """The square cells with most wrong answers, most first."""
    rows = np.flatnonzero(replay.measured)
    size = cell_size_m(replay)
    cells = np.floor(replay.points_m[rows] / size).astype(np.int64)
    _, number = np.unique(cells, axis=0, return_inverse=True)
    number = number.reshape(-1)
    wrong = ~replay.right[rows]
    worst = np.argsort(-np.bincount(number, wrong), kind="stable")[:WORST_PLACES]
    found = []
    for cell in worst:
        inside = rows[number == cell]
        mistaken = inside[~replay.right[inside]]
        if len(mistaken):
            found.append(_place(replay, inside, mistaken))
    return found


def cell_size_m(replay: Replay) -> float:
    """The side of the cells of the map: a thirtieth of the city's wider side."""
    points = replay.points_m[replay.measured]
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    return max(50.0, float((high - low).max()) / CELLS_ACROSS)


def _place(replay: Replay, inside: np.ndarray, mistaken: np.ndarray) -> dict[str, Any]:
    pairs, counts = np.unique(np.column_stack([replay.truth, replay.foretold])[mistaken], axis=0, return_counts=True)
    truth, foretold = pairs[int(np.argmax(counts))].tolist()
    return {
        "lon": round(float(np.median(replay.reports.lon[mistaken])), 5),
        "lat": round(float(np.median(replay.reports.lat[mistaken])), 5),
        "x_m": round(float(np.median(replay.points_m[mistaken, 0])), 1),
        "y_m": round(float(np.median(replay.points_m[mistaken, 1])), 1),
        "reports": len(inside),
        "wrong": len(mistaken),
        "most_often_belongs_to": replay.bodies[truth],
        "but_was_given_to": replay.bodies[foretold] if foretold >= 0 else "",
        "times": int(counts.max()),
    }
