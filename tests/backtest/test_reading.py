"""Files of past reports as cities write them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from issues.backtest.projection import metre_system, name_of, near_the_city, to_metres
from issues.backtest.reading import Wanted, read_past_reports
from issues.backtest.times import read_moments
from issues.errors import HistoryInvalid


def table(tmp_path: Path, text: str, name: str = "past.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "2019-12-31T23:59:11.000",
        "2019-12-31 23:59:11",
        "2019-12-31T23:59:11Z",
        "2019-12-31T15:59:11-08:00",
        "12/31/2019 11:59:11 PM",
        "12/31/2019 23:59:11",
        "31/12/2019 23:59:11",
        "31.12.2019 23:59:11",
        "2019/12/31 23:59:11",
        "2019年12月31日 23:59:11",
        "31-Dec-2019 23:59:11",
        "Dec 31, 2019 11:59:11 PM",
        "1577836751",
        "1577836751000",
    ],
)
def test_moments_are_read_as_cities_write_them(text: str) -> None:
    moments, _ = read_moments(pd.Series([text, text, ""]))
    assert moments[0] == np.datetime64("2019-12-31T23:59:11")
    assert np.isnat(moments[2])


def test_days_without_a_clock_and_mixed_formats_are_read() -> None:
    moments, _ = read_moments(pd.Series(["20191231", "20200101"]))
    assert [str(moment)[:10] for moment in moments] == ["2019-12-31", "2020-01-01"]
    moments, _ = read_moments(pd.Series(["2019-12-31", "12/31/2019", "nonsense"]))
    assert [str(moment)[:10] for moment in moments] == ["2019-12-31", "2019-12-31", "NaT"]


def test_an_order_of_day_and_month_that_the_file_leaves_open_is_said() -> None:
    moments, notes = read_moments(pd.Series(["02/03/2020", "04/05/2020"]))
    assert str(moments[0])[:10] == "2020-02-03"
    assert "month first" in notes[0]
    _, notes = read_moments(pd.Series(["02/03/2020", "14/05/2020"]))
    assert "day first" in notes[0]


def test_rows_without_place_truth_or_time_are_counted(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Longitude,LATITUDE,opened,who,kind\n"
        "-73.9,40.7,2020-01-02,Parks,tree\n"
        ",40.7,2020-01-02,Parks,tree\n"
        "0,0,2020-01-02,Parks,tree\n"
        "-73.9,40.7,2020-01-02,,tree\n"
        "-73.9,40.7,never,Parks,tree\n"
        "-73.9,40.7,2020-01-01,Roads,\n",
    )
    found = read_past_reports(path, Wanted("who", ("kind",)))
    assert found.truth.tolist() == ["Roads", "Parks"]
    assert found.row.tolist() == [6, 1]
    assert found.services[0].tolist() == ["", "tree"]
    assert found.excluded == {"no_coordinates": 2, "no_truth": 1, "no_time": 1}


def test_a_file_without_times_is_taken_in_its_order_and_says_so(tmp_path: Path) -> None:
    found = read_past_reports(table(tmp_path, "x;y;who\n8.5;47.3;b\n8.6;47.4;a\n"), Wanted("who"))
    assert found.moment is None
    assert found.truth.tolist() == ["b", "a"]
    assert "order of the file" in found.notes[0]


def test_parquet_and_compressed_csv_give_the_same(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "lng": [8.5, 8.6, None],
            "lat": [47.3, 47.4, 47.5],
            "created_at": pd.to_datetime(["2020-01-02", "2020-01-01", "2020-01-03"]),
            "who": ["a", "b", "c"],
        }
    )
    rows.to_parquet(tmp_path / "past.parquet")
    rows.to_csv(tmp_path / "past.csv.gz", index=False)
    one, two = (read_past_reports(tmp_path / name, Wanted("who")) for name in ("past.parquet", "past.csv.gz"))
    assert one.truth.tolist() == two.truth.tolist() == ["b", "a"]
    assert (one.moment == two.moment).all()
    assert one.excluded == two.excluded


LON, LAT = [-73.95, -73.94], [40.70, 40.71]


@pytest.mark.parametrize(
    "cells",
    [
        [f"POINT ({lon} {lat})" for lon, lat in zip(LON, LAT, strict=True)],
        [f"SRID=4326;POINT({lon} {lat})" for lon, lat in zip(LON, LAT, strict=True)],
        shapely.to_wkb(shapely.points(LON, LAT), hex=True).tolist(),
        [f"POLYGON (({x} {y}, {x} {y}, {x} {y}, {x} {y}))" for x, y in zip(LON, LAT, strict=True)],
    ],
)
def test_points_in_one_column_are_read_and_broken_ones_counted(tmp_path: Path, cells: list[str]) -> None:
    rows = pd.DataFrame({"the_geom": [*cells, "POINT (", ""], "who": ["a", "b", "c", "d"]})
    rows.to_csv(tmp_path / "past.csv", index=False)
    found = read_past_reports(tmp_path / "past.csv", Wanted("who"))
    assert found.lon.tolist() == pytest.approx(LON)
    assert found.lat.tolist() == pytest.approx(LAT)
    assert found.excluded["no_coordinates"] == 2
    assert found.columns["point"] == "the_geom"


def test_geoparquets_points_are_read(tmp_path: Path) -> None:
    rows = pd.DataFrame({"geometry": [*shapely.to_wkb(shapely.points(LON, LAT)), None], "who": ["a", "b", "c"]})
    rows.to_parquet(tmp_path / "past.parquet")
    found = read_past_reports(tmp_path / "past.parquet", Wanted("who"))
    assert found.lon.tolist() == pytest.approx(LON)
    assert found.excluded["no_coordinates"] == 1


def test_other_systems_are_made_degrees(tmp_path: Path) -> None:
    path = table(tmp_path, "x,y,who\n997000,194000,a\n")
    found = read_past_reports(path, Wanted("who", srid=2263))  # New York, feet
    assert (found.lon[0], found.lat[0]) == pytest.approx((-73.9541, 40.6991), abs=1e-3)
    with pytest.raises(HistoryInvalid, match="EPSG number"):
        read_past_reports(path, Wanted("who", srid=999_999))


def test_excels_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "comma.csv").write_bytes("lon;lat;who\n8,5;47,25;Straße\n".encode("utf-8-sig"))
    (tmp_path / "wide.csv").write_bytes("lon\tlat\twho\n8.5\t47.25\tStraße\n".encode("utf-16"))
    for name in ("comma.csv", "wide.csv"):
        found = read_past_reports(tmp_path / name, Wanted("who"))
        assert (found.lon[0], found.lat[0], found.truth[0]) == (8.5, 47.25, "Straße")


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("", {}, "cannot be read"),
        ("lon,lat,who\n", {}, "no rows"),
        ("lon,lat,who\n1,2,a\n", {"truth": "body"}, "There is no column 'body' for --truth. Columns: lon, lat, who"),
        ("lon,lat,who\n1,2,a\n", {"services": ("kind",)}, "for --service"),
        ("lon,lat,who\n1,2,a\n", {"time": "when"}, "for --time"),
        ("lon,lat,who\n1,2,a\n", {"services": ("who",)}, "peeking"),
        ("who,lat\na,2\n", {}, "name it with --lon"),
        ("lon,lat,who\n40.7,-73.9,a\n", {}, "exchanged"),
        ("lon,lat,who\n37.7,-122.4,a\n", {}, "exchanged"),
        ("lon,lat,who\n1,2,a\n", {"lon": "lat", "lat": "lon"}, "exchanged"),
        ("x,y,who\n986000,205000,a\n", {}, "--srid"),
        ("wkt,who\nnowhere,a\n", {}, "has a point (WKT or WKB) in 'wkt'"),
        ("wkt,who\nPOINT (40.7 -73.9),a\n", {}, "POINT (longitude latitude)"),
        ("who,place\na,2\n", {"point": "spot"}, "for --point"),
        ("lon,lat,who\nhere,there,a\n", {}, "has numbers in both"),
        ("lon,lat,who\n1,2,\n", {}, "1 no truth"),
        ("lon,lat,time,who\n1,2,soon,a\n", {}, "is a time"),
        ('lon,lat,who\n1,2,"a\n', {}, "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    tmp_path: Path, text: str, options: dict[str, object], sentence: str
) -> None:
    wanted = Wanted(**{"truth": "who", **options})
    with pytest.raises(HistoryInvalid) as refused:
        read_past_reports(table(tmp_path, text), wanted)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"no parquet at all")
    (tmp_path / "a.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "a.csv").write_bytes(b"lon,lat,who\n1,2,\xff\xfe")
    (tmp_path / "b.csv").write_bytes(b"\0\0\0")
    for name in ("a.parquet", "a.csv.gz", "a.csv", "b.csv", "absent.csv", "."):
        with pytest.raises(HistoryInvalid):
            read_past_reports(tmp_path / name, Wanted("who"))


@pytest.mark.parametrize(
    ("lon", "lat", "name"), [(-122.4, 37.8, "EPSG:32610"), (151.2, -33.9, "EPSG:32756"), (179.99, 1, "EPSG:32660")]
)
def test_metres_come_from_the_file(lon: float, lat: float, name: str) -> None:
    lons, lats = np.array([lon, lon, lon + 0.001]), np.array([lat, lat + 0.001, lat])
    system = metre_system(lons, lats)
    assert name_of(system) == name
    points = to_metres(lons, lats, system)
    assert np.hypot(*(points[1] - points[0])) == pytest.approx(111, abs=1)
    far = to_metres(np.r_[lons, 30.0], np.r_[lats, 80.0], system)
    assert near_the_city(far).tolist() == [True, True, True, False]


def test_wide_extents_get_a_system_of_their_own() -> None:
    system = metre_system(np.linspace(0, 40, 50), np.full(50, 60.0))
    assert "aeqd" in name_of(system)
