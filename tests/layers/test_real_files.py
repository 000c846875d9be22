"""Real files of three cities, where the shared data is at hand: read, checked and compared without a database."""

import os
from pathlib import Path

import pytest
import shapely
from django.conf import settings

from layers.importing.areas import Area
from layers.importing.checking import Checked, check_shapes, suspect_axes, suspect_shift
from layers.importing.chinese_datum import gcj02_offset_m
from layers.importing.diff import compare
from layers.importing.reading import Batch, ReadOptions, open_file
from layers.pack.sources import as_multipolygon

SHARED = Path(os.environ.get("CITYPIN_SHARED", settings.BASE_DIR.parent / "shared")) / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not on this machine")

MOSCOW, MOSCOW_SRID = (36.8, 55.1, 38.0, 56.1), 32637
GUIYANG, GUIYANG_SRID = (106.1, 26.1, 107.3, 27.4), 32648
SAN_FRANCISCO, SAN_FRANCISCO_SRID = (-123.2, 37.6, -122.3, 37.95), 26910


def read(name: str, **options: object) -> Batch:
    return open_file(SHARED / name, ReadOptions(**options)).read()


def check(batch: Batch, label: str, extent: tuple[float, ...], srid: int, repair: bool = False) -> Checked:
    return check_shapes(batch.frame, batch.unreadable, list(batch.frame[label]), extent, srid, repair=repair)


def areas(checked: Checked, code: str) -> list[Area]:
    frame = checked.frame
    return [
        Area(str(found), {"en": str(found)}, "body", as_multipolygon(shape), int(row))
        for row, found, shape in zip(frame.index, frame[code], frame.geometry, strict=True)
    ]


def test_all_districts_of_moscow_are_usable_and_equal_to_themselves() -> None:
    batch = read("moscow/district.geojson.gz")
    checked = check(batch, "NAME", MOSCOW, MOSCOW_SRID)
    assert (len(checked.frame), checked.refused) == (146, [])
    found = areas(checked, "OKATO")
    assert len(compare(found, found, MOSCOW_SRID).unchanged) == 146
    assert suspect_axes(batch.frame, MOSCOW) == []


def test_all_ten_invalid_districts_of_guiyang_are_refused_with_a_reason_or_repaired_on_request() -> None:
    batch = read("guiyang/district_raw_invalid.geojson")
    checked = check(batch, "name", GUIYANG, GUIYANG_SRID)
    assert len(checked.frame) == 0
    assert len(checked.refused) == 10
    assert all("elf-intersection" in str(found.reason) and found.repaired_m2 is not None for found in checked.refused)
    repaired = check(batch, "name", GUIYANG, GUIYANG_SRID, repair=True)
    assert (len(repaired.repaired), len(repaired.refused)) == (10, 0)
    assert repaired.frame.geometry.is_valid.all()


def test_guiyang_moved_to_gcj02_is_recognised_by_its_offset() -> None:
    found = areas(check(read("guiyang/district.geojson.gz"), "name", GUIYANG, GUIYANG_SRID), "name")

    def moved(area: Area) -> Area:
        middle = area.geometry.centroid
        east, north = gcj02_offset_m(middle.x, middle.y)
        shift = (east / 99_700, north / 110_800)  # metres in a degree at 26.6° N
        shape = shapely.transform(area.geometry, lambda points: points + shift)
        return Area(area.code, area.names, area.body, shape)

    [suspicion] = suspect_shift(found, [moved(area) for area in found], GUIYANG_SRID)
    assert "That is the offset of GCJ-02" in suspicion.text
    [suspicion] = suspect_shift([moved(area) for area in found], found, GUIYANG_SRID)
    assert "the file not" in suspicion.text
    assert suspect_shift(found, found, GUIYANG_SRID) == []


def test_san_francisco_with_axes_exchanged_is_suspected_and_another_city_too() -> None:
    swapped = read("sf/analysis_neighborhood.geojson.gz", axes="latlon")
    assert [found.code for found in suspect_axes(swapped.frame, SAN_FRANCISCO)] == ["axes_swapped"]
    right = read("sf/analysis_neighborhood.geojson.gz")
    assert [found.code for found in suspect_axes(right.frame, MOSCOW)] == ["outside_city"]
    checked = check(right, "name", SAN_FRANCISCO, SAN_FRANCISCO_SRID)
    assert len(checked.frame) == 41


def test_new_council_lines_of_new_york_are_no_shift_of_the_old_ones() -> None:
    extent, srid = settings.CITY.extent, settings.CITY.srid
    frames = [read(f"nyc/council_district{year}.geojson.gz") for year in ("_2013", "")]
    code = next(name for name in frames[0].frame if frames[0].frame[name].nunique() == 51)
    old, new = (areas(check(batch, code, extent, srid), code) for batch in frames)
    diff = compare(old, new, srid)
    assert (len(diff.added), len(diff.removed)) == (0, 0)
    assert len(diff.moved) > 40
    assert suspect_shift(old, new, srid) == []


def test_street_lamps_are_read_from_an_extract_of_openstreetmap() -> None:
    opened = open_file(
        SHARED / "helsinki/Helsinki.osm.pbf",
        ReadOptions(file_layer="points", only={"highway": {"street_lamp"}}, tags=("operator",)),
    )
    frame = opened.read().frame
    assert len(frame) == 586
    assert "operator" in frame
