"""Residents of a pack: tax lots summed into squares, and what is read of them."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.city import read_city
from layers.errors import ResidentsUnknown
from layers.selectors.residents import residents, residents_are_known
from scripts.new_york_residents import LOTS, SQUARE_M, main, read_lots, squares, write_rows
from tests.live import ROOT

PACK = ROOT / "fixtures" / "new_york"
NEW_YORK_SRID = 32118
CENSUS_2020 = 8_804_190


def lots(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["longitude", "latitude", "bbl_population_estimate"], dtype=np.float64)


def test_new_yorks_residents_are_all_there_in_the_city_and_in_squares() -> None:
    with (PACK / "residents.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (PACK / "residents.csv").stat().st_size < 700_000
    assert sum(int(row["residents"]) for row in rows) == CENSUS_2020
    assert {row["square_m"] for row in rows} == {str(SQUARE_M)}
    assert all(int(row["residents"]) > 0 for row in rows)
    west, south, east, north = read_city(PACK).extent
    assert all(west <= float(row["lon"]) <= east and south <= float(row["lat"]) <= north for row in rows)
    assert len({(row["lon"], row["lat"]) for row in rows}) == len(rows)


def test_lots_of_one_square_become_one_row_where_their_people_live_on_average() -> None:
    near = lots((-73.98, 40.75, 30.0), (-73.9796, 40.75, 10.0), (-73.9, 40.75, 5.2), (-73.95, 40.70, 0.0))
    assert squares(near, NEW_YORK_SRID) == [
        {"lon": "-73.97990", "lat": "40.75000", "residents": "40", "square_m": "150"},
        {"lon": "-73.90000", "lat": "40.75000", "residents": "5", "square_m": "150"},
    ]


def test_nobody_is_lost_by_rounding() -> None:
    chance = np.random.default_rng(1)
    many = lots(
        *np.column_stack([chance.uniform(-74, -73.9, 900), chance.uniform(40.7, 40.8, 900), chance.random(900)])
    )
    found = squares(many, NEW_YORK_SRID)
    assert sum(int(row["residents"]) for row in found) == round(many["bbl_population_estimate"].sum())


@pytest.mark.parametrize("bad", [(-73.9, np.nan, 3.0), (-73.9, 40.7, np.nan), (-73.9, 40.7, -1.0)])
def test_a_lot_without_place_or_count_is_refused_and_not_dropped(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="no place or no count"):
        squares(lots((-73.98, 40.75, 30.0), bad), NEW_YORK_SRID)


def test_the_command_reads_the_wheel_and_writes_the_same_bytes_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "councilcount.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            LOTS,
            "borough,latitude,longitude,bbl_population_estimate\nMN,40.75,-73.98,2.4\nMN,40.76,-73.98,1.6\n",
        )
    assert len(read_lots(wheel)) == 2
    for name in ("one.csv", "two.csv"):
        monkeypatch.setattr("sys.argv", ["residents", str(wheel), "--out", str(tmp_path / name)])
        main()
    assert "4 people of 2 lots in 2 squares of 150 m" in capsys.readouterr().out
    expected = b"lon,lat,residents,square_m\n-73.98000,40.75000,2,150\n-73.98000,40.76000,2,150\n"
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes() == expected


# What is read


def test_a_city_without_the_file_does_not_know_and_says_so(residents_file: Path) -> None:
    assert not residents_are_known()
    with pytest.raises(ResidentsUnknown, match="live where"):
        residents()


@pytest.mark.parametrize(
    ("text", "word"),
    [("lon,lat\n1,2\n", "columns"), ("lon,lat,residents\n1,2,many\n", "columns"), ("lon,lat,residents\n", "nobody"),
     ("lon,lat,residents\n1,2,0\n", "nobody"), ("lon,lat,residents\n1,2,9\n1,2,-1\n", "nobody"),
     ("lon,lat,residents\n1,2,nan\n", "columns"), ("lon,lat,residents\n1,inf,3\n", "columns")],
)  # fmt: skip
def test_a_file_that_cannot_be_right_is_refused_with_what_is_wrong(residents_file: Path, text: str, word: str) -> None:
    residents_file.write_text(text)
    with pytest.raises(ResidentsUnknown, match=word):
        residents()
    assert not residents_are_known()


@pytest.mark.django_db
def test_squares_are_spread_around_their_place_and_points_are_not(residents_file: Path) -> None:
    write_rows([{"lon": "-73.99", "lat": "40.71", "residents": "360", "square_m": "150"}], residents_file)
    places, people = residents().spread()
    assert people.sum() == pytest.approx(360) and len(people) == 36
    low, high = places.min(axis=0), places.max(axis=0)
    assert high - low == pytest.approx([125, 125])
    middle = (low + high) / 2
    residents_file.write_text("lon,lat,residents\n-73.99,40.71,360\n")
    places, people = residents().spread()
    assert people.sum() == pytest.approx(360)
    assert places == pytest.approx(np.tile(middle, (36, 1)))
