"""When demo reports are made, and of what service: weeks, seasons, hours of the day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

WEEKDAY_WEIGHTS = (1.12, 1.08, 1.05, 1.05, 1.08, 0.86, 0.76)
"""Monday to Sunday: people report on working days, and catch up on Mondays."""

HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 8, 11, 11, 10, 9, 9, 9, 8, 8, 8, 9, 8, 7, 6, 6, 5, 3)

MONTHLY_GROWTH = 0.012
"""The demo's citizens use it a little more each month."""


def draw_days(count: int, last: date, days: int, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """`count` days out of the `days` that end with `last`."""
    calendar = np.datetime64(last) - np.arange(days)[::-1].astype("timedelta64[D]")
    weekday = (calendar.astype("datetime64[D]").view("int64") + 3) % 7  # 1970-01-01 was a Thursday
    weight = np.array(WEEKDAY_WEIGHTS)[weekday] * (1 + MONTHLY_GROWTH) ** (np.arange(days) / 30.4)
    weight *= rng.lognormal(0, 0.15, days)
    return rng.choice(calendar, size=count, p=weight / weight.sum())


def draw_recent_days(count: int, last: date, days: int, rng: np.random.Generator) -> npt.NDArray[np.datetime64]:
    """`count` days of the last `days`, ever more towards the end: something that grows."""
    back = np.minimum((rng.triangular(0, 0, days, count)).astype(int), days - 1)
    return np.datetime64(last) - back.astype("timedelta64[D]")


def draw_moments(
    days: npt.NDArray[np.datetime64], end: datetime, zone: ZoneInfo, rng: np.random.Generator
) -> list[datetime]:
    """A moment on each day in the city's time zone, none after `end`."""
    hours = rng.choice(24, size=len(days), p=np.array(HOUR_WEIGHTS) / sum(HOUR_WEIGHTS))
    seconds = rng.integers(0, 3600, len(days))
    moments = []
    for day, hour, second in zip(days.astype("datetime64[D]").tolist(), hours.tolist(), seconds.tolist(), strict=True):
        moment = datetime(day.year, day.month, day.day, hour, second // 60, second % 60, tzinfo=zone)
        # Later than now on the last day: somewhere in the part of the day that is over.
        moments.append(moment if moment <= end else end - timedelta(seconds=1 + second * 2))
    return moments


def draw_services(
    mixes: list[str],
    days: npt.NDArray[np.datetime64],
    weights: dict[str, dict[str, float]],
    seasons: dict[str, list[float]],
    rng: np.random.Generator,
) -> list[str]:
    """A service code for each report, from the mix of its place and the season of its day.

    `weights` maps mix to service to weight; `seasons` maps service to twelve
    factors, January first.
    """
    months = days.astype("datetime64[M]").view("int64") % 12
    names = np.array(mixes)
    drawn = np.empty(len(days), dtype=object)
    for mix, of_services in weights.items():
        codes = list(of_services)
        for month in range(12):
            here = np.flatnonzero((names == mix) & (months == month))
            weight = np.array([of_services[code] * seasons.get(code, [1] * 12)[month] for code in codes])
            drawn[here] = rng.choice(codes, size=len(here), p=weight / weight.sum())
    return drawn.tolist()
