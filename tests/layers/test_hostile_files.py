"""Files and options made to break the import: refused with a sentence, never a crash."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pytest
import shapely
from django.conf import settings

from layers.errors import CRSUndeclared, FileUnreadable
from layers.importing.diff import in_metres
from layers.importing.reading import ReadOptions, open_file
from tests.layers.hostile_files import SQUARE, UNREADABLE, described, parquet

PLACES = b"code,x,y\n1,-74,40.7\n"


@pytest.fixture
def places(tmp_path: Path) -> Path:
    file = tmp_path / "places.csv"
    file.write_bytes(PLACES)
    return file


@pytest.mark.parametrize("encoding", ["undefined", "punycode", "utf-16", "hex", "no such thing", "a\0b"])
def test_an_encoding_that_reads_no_such_file_is_refused(encoding: str, places: Path) -> None:
    options = ReadOptions(source_crs="EPSG:4326", encoding=encoding, geometry_fields=("x", "y"))
    with pytest.raises(FileUnreadable, match=r"places\.csv is not text in"):
        next(iter(open_file(places, options).batches()))


@pytest.mark.parametrize(
    "crs", ["IAU_2015:30100", "+proj=longlat +a=1 +b=1", 'LOCAL_CS["site"]', "/etc/passwd", "a\0b"]
)
def test_a_crs_without_a_way_to_degrees_on_earth_is_refused(crs: str, places: Path) -> None:
    with pytest.raises(CRSUndeclared):
        open_file(places, ReadOptions(source_crs=crs, geometry_fields=("x", "y")))


def test_a_curve_is_unreadable_and_its_neighbours_are_not(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(
        'code,wkt\n1,"CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))"\n2,"POLYGON((0 0,1 1,1 0,0 0))"\n'
    )
    [batch] = open_file(file, ReadOptions(source_crs="EPSG:4326")).batches()
    assert list(batch.unreadable) == [1]
    assert batch.frame.geometry[2].area == 0.5


def test_an_area_around_the_earth_is_refused_with_what_to_do() -> None:
    with pytest.raises(FileUnreadable, match="cut it to the city first"):
        in_metres([shapely.box(-180, -90, 180, 90)], settings.CITY.srid)


@pytest.mark.parametrize(("shape", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_shape_in_parquet_that_cannot_be_used_is_named_and_its_neighbours_are_read(
    tmp_path: Path, shape: bytes, why: str
) -> None:
    file = parquet(tmp_path / "areas.parquet", [SQUARE, shape, None], described())
    [batch] = open_file(file, ReadOptions()).batches()
    assert list(batch.unreadable) == [2]
    assert why in str(batch.unreadable[2])
    assert [shape is None for shape in batch.frame.geometry] == [False, True, True]


@pytest.mark.parametrize(
    "geo",
    [
        None, b"{", b"\xff", b"null", [], {}, described() | {"primary_column": "shape"}, described() | {"columns": []},
        described() | {"columns": None}, described() | {"columns": {"geometry": None}}, described(encoding="WKT"),
        described(encoding="point"), described(encoding=3), described() | {"primary_column": 5},
    ],
)  # fmt: skip
def test_parquet_whose_metadata_name_no_places_is_refused(tmp_path: Path, geo: object) -> None:
    file = parquet(tmp_path / "areas.parquet", [SQUARE], geo)
    with pytest.raises(FileUnreadable, match=r"areas\.parquet"):
        next(iter(open_file(file, ReadOptions()).batches()))


@pytest.mark.parametrize(("shapes", "kind"), [([1, 2], pa.int64()), (["POINT(0 0)"], pa.string())])
def test_parquet_whose_places_are_no_bytes_is_refused(tmp_path: Path, shapes: list[Any], kind: pa.DataType) -> None:
    with pytest.raises(FileUnreadable, match="does not say"):
        open_file(parquet(tmp_path / "areas.parquet", shapes, described(), kind), ReadOptions()).read()


@pytest.mark.parametrize("crs", [None, {"type": "x"}, 7, [1], "Atlantis"])
def test_parquet_that_declares_no_crs_is_asked_for_it(tmp_path: Path, crs: object) -> None:
    file = parquet(tmp_path / "areas.parquet", [SQUARE], described(crs=crs))
    with pytest.raises(CRSUndeclared):
        open_file(file, ReadOptions())
    assert len(open_file(file, ReadOptions(source_crs="EPSG:4326")).read().frame) == 1


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_parquet_as_geopandas_writes_it_is_read(tmp_path: Path, encoding: str) -> None:
    frame = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=gpd.points_from_xy([-74, -73.9], [40.7, 40.8]), crs=4326)
    frame.to_crs(2263).to_parquet(tmp_path / "points.parquet", geometry_encoding=encoding)
    [batch] = open_file(tmp_path / "points.parquet", ReadOptions()).batches()
    assert list(batch.frame.columns) == ["code", "geometry"]
    assert batch.frame.geometry.distance(frame.geometry.set_axis([1, 2])).max() < 1e-9


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("code,x,y\n1,-74,40.7\n2,-74\n", r"line 3 has not the cells of the first line \(2 ≠ 3\)"),
        ("code,x,y\n\n1,-74,40.7,9\n", r"line 3 .*4 ≠ 3"),
        ('code,x,y\n"a\nb",-74,40.7\n2,1\n', r"line 4 .*2 ≠ 3"),
        ('code,x,y\n1,-74,"40.7\n2,-74,40.7\n', r"line 3 .*unexpected end"),
        ('code,x,y\n"a"b,-74,40.7\n', "line 2 "),
        ("\n\n", "is empty"),
    ],
)
def test_a_ragged_line_is_refused_by_its_number(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "places.csv").write_text(text)
    with pytest.raises(FileUnreadable, match=complaint):
        open_file(tmp_path / "places.csv", ReadOptions(source_crs="EPSG:4326")).read()


def test_separators_at_the_end_of_lines_empty_lines_and_equal_names_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_bytes(b"\xef\xbb\xbfname,name,x,y\r\n1,2,-74,40.7,,\r\n\r\n3,,-74,40.8\r\n")
    [batch] = open_file(tmp_path / "places.csv", ReadOptions(source_crs="EPSG:4326")).batches()
    assert batch.frame.drop(columns="geometry").to_numpy().tolist() == [
        ["1", "2", "-74", "40.7"], ["3", "", "-74", "40.8"]
    ]  # fmt: skip
    assert list(batch.frame.columns) == ["name", "name.1", "x", "y", "geometry"]


def test_an_area_with_more_corners_than_pythons_csv_takes_is_read(tmp_path: Path) -> None:
    corners = ", ".join(f"{number / 1000} {number % 2}" for number in range(40_000))
    (tmp_path / "areas.csv").write_text(f'code,wkt\n1,"POLYGON(({corners}, 0 0))"\n')
    assert len(open_file(tmp_path / "areas.csv", ReadOptions(source_crs="EPSG:4326")).read().frame) == 1
