"""Files and options made to break the import: refused with a sentence, never a crash."""

from pathlib import Path

import pytest
import shapely
from django.conf import settings

from layers.errors import CRSUndeclared, FileUnreadable
from layers.importing.diff import in_metres
from layers.importing.reading import ReadOptions, open_file

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
