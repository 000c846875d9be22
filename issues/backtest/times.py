"""Moments as files write them: ISO 8601, American, European, Chinese, Unix seconds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

YEAR_FIRST = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
)
CLOCKS = ("%I:%M:%S %p", "%H:%M:%S", "%I:%M %p", "%H:%M", "")
WORDS = ("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m.%d.%Y")
DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y")

Moments = NDArray[np.datetime64]


def read_moments(column: pd.Series) -> tuple[Moments, list[str]]:
    """Moments (n,) in UTC or as written, NaT where a cell is none, and what to tell about them."""
    if pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dtype, pd.DatetimeTZDtype):
        return _plain(pd.to_datetime(column, utc=True)), []
    text = column.astype("string").fillna("").str.strip()
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().mean() > 0.5:
        return _from_numbers(numbers), []
    found = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    found = _fill(found, text, YEAR_FIRST)
    found = _fill(found, text, _with_clocks(WORDS))
    open_cells = found.isna() & (text != "")
    if not open_cells.any():
        return _plain(found), []
    by_month, by_day = (_fill(found, text, _with_clocks(days)) for days in (MONTH_FIRST, DAY_FIRST))
    month_more, day_more = int(by_month.notna().sum()), int(by_day.notna().sum())
    if day_more > month_more:
        return _plain(by_day), ["Dates are read with the day first (31/12)."]
    if month_more == day_more > int(found.notna().sum()):
        return _plain(by_month), [
            "Dates are read with the month first (12/31); nothing in the file contradicts either."
        ]
    return _plain(by_month), []


def _with_clocks(days: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{day} {clock}".strip() for day in days for clock in CLOCKS)


def _fill(found: pd.Series, text: pd.Series, formats: tuple[str, ...]) -> pd.Series:
    """`found` with the cells that one of `formats` reads, the format that reads most of a sample first."""
    found = found.copy()
    missing = text[found.isna() & (text != "")]
    sample = missing.iloc[:: max(1, len(missing) // 200)]
    ranked = sorted(
        formats, key=lambda form: -int(pd.to_datetime(sample, format=form, errors="coerce", utc=True).notna().sum())
    )
    for form in ranked:
        if missing.empty:
            break
        read = pd.to_datetime(missing, format=form, errors="coerce", utc=True).dropna()
        found.loc[read.index] = read
        missing = missing.drop(read.index)
    return found


def _from_numbers(numbers: pd.Series) -> Moments:
    """Unix seconds or milliseconds, or days written as 20191231."""
    size = float(numbers.abs().median())
    if 1.8e7 < size < 2.2e7:
        days = numbers.astype("Int64").astype("string")
        return _plain(pd.to_datetime(days, format="%Y%m%d", errors="coerce", utc=True))
    unit = "s" if size < 1e11 else "ms" if size < 1e14 else "us"
    return _plain(pd.to_datetime(numbers, unit=unit, errors="coerce", utc=True))


def _plain(column: pd.Series) -> Moments:
    plain: Moments = column.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return plain
