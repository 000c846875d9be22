"""Files and options made to break the import: refused with a sentence, never a crash."""

from pathlib import Path

import pytest

from layers.errors import CRSUndeclared, FileUnreadable
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
