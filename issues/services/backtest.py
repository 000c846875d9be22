"""Replays a city's past reports and writes what CityPin would have decided. Stores nothing in the database."""

import json
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from pyproj import CRS

from issues.backtest.metrics import measure
from issues.backtest.projection import metre_system, name_of, near_the_city, to_metres
from issues.backtest.reading import PastReports, Wanted, read_past_reports
from issues.backtest.replay import Clues, measured_after, replay
from issues.errors import HistoryInvalid

BACKTEST_VERSION = 3
"""Stored in backtest.json; raise it when the same file gives other figures."""

Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class BacktestOptions:
    """What to replay and how. `blank`: without the loaded city, without a database."""

    wanted: Wanted
    train_until: np.datetime64 | None = None
    blank: bool = False
    target: float = 0.97


def run_backtest(
    path: Path, out: Path, options: BacktestOptions, say: Say = lambda what, done, total: None
) -> dict[str, Any]:
    """Replay `path`, write `backtest.json` and `backtest.html` into `out` (made if missing), return the figures.

    Raises
    ------
    HistoryInvalid
        The file or the options cannot be used; the message says why.
    """
    began = time.perf_counter()
    if not 0.5 <= options.target < 1:
        raise HistoryInvalid("--target must be a precision of at least 0.5 and less than 1, for example 0.97.")
    out = _folder(out)
    say("reading", 0, 1)
    reports = read_past_reports(path, options.wanted)
    system = _system(reports, options.blank)
    points_m = to_metres(reports.lon, reports.lat, system)
    near = near_the_city(points_m)
    reports, points_m = reports.part(near, "far_away"), points_m[near]
    measured_after(reports, options.train_until)
    clues = Clues() if options.blank else _city_clues(reports, say)
    replayed = replay(
        reports,
        points_m,
        name_of(system),
        clues=clues,
        train_until=options.train_until,
        target=options.target,
        advance=lambda done, total: say("replaying", done, total),
    )
    say("measuring", 0, 1)
    result = measure(replayed) | _circumstances(reports, clues, replayed.system, options)
    # Matplotlib costs a second to import and is not needed to refuse a file.
    from issues.backtest.page import render_page

    result |= _cost(began)
    page = render_page(result, replayed, path.name)
    result |= _cost(began)
    (out / "backtest.html").write_text(page, encoding="utf-8")
    (out / "backtest.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result


def _circumstances(reports: PastReports, clues: Clues, system: str, options: BacktestOptions) -> dict[str, Any]:
    """What the figures were measured on, and how."""
    return {
        "version": BACKTEST_VERSION,
        "city": None if options.blank else settings.CITY.slug,
        "router": clues.summary,
        "metre_system": system,
        "extent": [round(float(edge), 5) for edge in (*_low(reports), *_high(reports))],
        "columns": reports.columns,
        "rows_in_file": reports.rows_in_file,
        "excluded": reports.excluded,
        "notes": [*reports.notes, *clues.notes],
        "options": {
            "blank": options.blank,
            "target": options.target,
            "train_until": None if options.train_until is None else str(options.train_until),
            **asdict(options.wanted),
        },
    }


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HistoryInvalid(f"--out {out} cannot be made a folder: {error.strerror}.") from None
    return out


def _system(reports: PastReports, blank: bool) -> CRS:
    return metre_system(reports.lon, reports.lat) if blank else CRS.from_epsg(settings.CITY.srid)


def _city_clues(reports: PastReports, say: Say) -> Clues:
    """What the loaded city says. Refuses a file of another place, or with exchanged axes."""
    # Imported late: --blank must work without a database.
    from issues.selectors.past_clues import city_clues
    from layers.models import City

    if not City.objects.exists():
        raise HistoryInvalid("No city is loaded: load one with load_city, or replay on an empty city with --blank.")
    inside = _share_inside(reports.lon, reports.lat)
    if inside == 0:
        if _share_inside(reports.lat, reports.lon) > 0:
            raise HistoryInvalid("Longitude and latitude are exchanged: swap the columns with --lon and --lat.")
        raise HistoryInvalid(
            f"No report lies in {settings.CITY.slug}: replay another city's file on an empty city with --blank."
        )
    return city_clues(reports, lambda done, total: say("routing", done, total))


def _share_inside(lon: np.ndarray, lat: np.ndarray) -> float:
    xmin, ymin, xmax, ymax = settings.CITY.extent
    return float(((lon >= xmin) & (lon <= xmax) & (lat >= ymin) & (lat <= ymax)).mean())


def _low(reports: PastReports) -> tuple[float, float]:
    return float(reports.lon.min()), float(reports.lat.min())


def _high(reports: PastReports) -> tuple[float, float]:
    return float(reports.lon.max()), float(reports.lat.max())


def _cost(began: float) -> dict[str, float]:
    """Seconds since `began`, and the most memory that this process ever held."""
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": round(time.perf_counter() - began, 2), "peak_mb": round(peak_kb / 1024, 1)}
