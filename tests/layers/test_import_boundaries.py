"""`manage.py import_boundaries` in Toytown, dry and committed, through every format."""

import gzip
import io
import json
from datetime import date
from pathlib import Path

import pytest
import shapely
from django.core.management import CommandError, call_command

from layers.models import Boundary, Jurisdiction
from tests.layers.district_files import (
    Writer,
    districts,
    to_csv,
    to_flatgeobuf,
    to_geojson,
    to_geojson_gz,
    to_geopackage,
    to_parquet,
    to_shapefile,
    to_zipped_shapefile,
)
from tests.layers.grid import cells
from tests.toytown import Toytown

FIELDS = ["--layer=districts", "--code-field=code", "--name-field=title", "--body-field=owner"]
DAY = date(2025, 5, 1)


def run(file: Path, *options: str, fields: list[str] = FIELDS) -> str:
    out = io.StringIO()
    call_command("import_boundaries", str(file), *fields, f"--valid-from={DAY}", *options, stdout=out)
    return out.getvalue()


def stored() -> dict[str, list[tuple[object, ...]]]:
    return {
        "boundaries": list(Boundary.objects.order_by("pk").values_list("pk", "valid_to", "superseded_at")),
        "jurisdictions": list(Jurisdiction.objects.order_by("pk").values_list("pk", "code", "body", "names")),
    }


@pytest.mark.parametrize(
    ("write", "options"),
    [
        (to_geojson, []),
        (to_geojson_gz, []),
        (to_parquet, []),
        (to_geopackage, []),
        (to_shapefile, []),
        (to_zipped_shapefile, []),
        (to_flatgeobuf, []),
        (to_csv, ["--source-crs=EPSG:4326"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_format_tells_the_same_difference(
    toytown: Toytown, tmp_path: Path, write: Writer, options: list[str]
) -> None:
    told = run(write(districts(), tmp_path), *options)
    assert "1 added, 0 removed, 2 moved, 0 handed over, 1 renamed, 0 unchanged" in told
    assert "renamed      east  East → East End (en)" in told
    [gained, lost] = [line.split()[2] for line in told.splitlines() if line.startswith("  moved")]
    assert gained == lost
    assert float(gained.replace(",", "")) == pytest.approx(187_700, rel=0.01)  # 0.001° × 0.02° at 40.7° N


def test_a_dry_run_writes_nothing(toytown: Toytown, tmp_path: Path) -> None:
    before = stored()
    assert "Nothing was written" in run(to_geojson(districts(), tmp_path))
    assert stored() == before


def test_a_committed_file_is_in_force_from_its_day_and_the_same_file_again_changes_nothing(
    toytown: Toytown, tmp_path: Path
) -> None:
    file = to_shapefile(districts(), tmp_path)
    assert "5 records added, 2 superseded" in run(file, "--commit")
    north = Boundary.objects.get(jurisdiction__code="north")
    assert (north.valid_from, north.source, north.jurisdiction.body.slug) == (DAY, "areas.shp", "parks")
    west = Boundary.objects.filter(jurisdiction__code="west", superseded_at=None).order_by("valid_from")
    assert [found.valid_to for found in west] == [DAY, None]
    before = stored()
    assert "0 added, 0 removed, 0 moved, 0 handed over, 0 renamed, 3 unchanged" in run(file, "--commit")
    assert stored() == before


def test_areas_without_a_named_body_keep_theirs_and_new_ones_are_refused(toytown: Toytown, tmp_path: Path) -> None:
    fields = ["--layer=districts", "--code-field=code"]
    told = run(to_geojson(districts(), tmp_path), fields=fields)
    assert "row 3  north: no body is named" in told
    assert "0 added, 0 removed, 2 moved, 0 handed over" in told


def test_one_refused_feature_stops_the_publication_unless_it_may_be_skipped(toytown: Toytown, tmp_path: Path) -> None:
    frame = districts()
    frame.loc[1, "owner"] = "nobody"
    file, before = to_geojson(frame, tmp_path), stored()
    with pytest.raises(CommandError, match="1 features were refused"):
        run(file, "--commit")
    assert stored() == before
    told = run(file, "--commit", "--skip-refused")
    assert "row 2  east: there is no body 'nobody'" in told
    # The refused row's area is not taken for removed.
    assert "1 added, 0 removed, 1 moved" in told
    assert Boundary.objects.filter(jurisdiction__code="east", valid_to=None, superseded_at=None).exists()


def test_an_invalid_ring_is_refused_with_its_reason_and_repaired_only_on_request(
    toytown: Toytown, tmp_path: Path
) -> None:
    frame = districts()
    frame.loc[2, "geometry"] = shapely.from_wkt(
        "POLYGON ((-74.0 40.72, -73.985 40.73, -73.985 40.72, -74.0 40.73, -74.0 40.72))"
    )
    file = to_geojson(frame, tmp_path)
    told = run(file)
    assert "row 3  north: Self-intersection[-73.9925 40.725]; --repair would change its area by" in told
    told = run(file, "--repair", "--commit")
    assert "Repaired: 1 features" in told
    assert "now 703," in told
    assert Boundary.objects.get(jurisdiction__code="north").geom.valid


def test_each_kind_of_unusable_feature_is_refused_by_row(toytown: Toytown, tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[-74, 40.7], [-73.99, 40.7], [-73.99, 40.71], [-74, 40.7]]]}
    features = [
        ("a", None),
        ("b", {"type": "Point", "coordinates": [-74, 40.7]}),
        ("c", {"type": "Polygon", "coordinates": []}),
        ("d", {"type": "Polygon", "coordinates": [[[2, 48], [2.1, 48], [2.1, 48.1], [2, 48]]]}),
        ("twice", square),
        ("twice", square),
        ("", square),
        ("good", square),
        ("open", {"type": "Polygon", "coordinates": [[[-74, 40.7], [-73.99, 40.7]]]}),
    ]
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": code, "owner": "parks", "title": code}, "geometry": geometry}
            for code, geometry in features
        ],
    }
    file = tmp_path / "areas.geojson"
    file.write_text(json.dumps(content))
    told = run(file)
    assert "Refused: 8 of 9 features" in told
    for line in [
        "row 1  a: has no geometry",
        "row 2  b: is a Point, not a polygon",
        "row 3  c: has no geometry",
        "row 4  d: lies outside the city's extent, at lon 2.00000, lat 48.00000",
        "row 5  twice: has the same code as row 6",
        "row 6  twice: has the same code as row 5",
        "row 7  (no code): the column code is empty",
        "row 9  open: ",
    ]:
        assert line in told


def test_swapped_axes_are_suspected_and_read_right_when_told(toytown: Toytown, tmp_path: Path) -> None:
    frame = districts()
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1])
    file = to_geojson(frame, tmp_path)
    assert "Suspicious: 3 of 3 features lie in the city only with lon and lat exchanged: add --axes latlon." in run(
        file
    )
    with pytest.raises(CommandError, match="suspicious"):
        run(file, "--commit", "--skip-refused")
    assert "1 added, 0 removed, 2 moved" in run(file, "--axes=latlon")


def test_a_constant_shift_of_all_areas_is_suspected_as_another_datum(toytown: Toytown, tmp_path: Path) -> None:
    frame = districts()[:2]
    frame.geometry = [
        shapely.transform(shapely.from_wkb(bytes(toytown.boundaries[code].geom.wkb)), lambda points: points + 0.001)
        for code in ("west", "east")
    ]
    file = to_geojson(frame, tmp_path)
    assert "All areas lie about 140 m off those in force (84 m east, 111 m north)" in run(file)
    with pytest.raises(CommandError, match="suspicious"):
        run(file, "--commit")
    run(file, "--commit", "--trust-coordinates")


def test_projected_numbers_in_a_geojson_are_suspected(toytown: Toytown, tmp_path: Path) -> None:
    frame = districts().to_crs(32118).set_crs(4326, allow_override=True)
    file = to_csv(frame, tmp_path)
    assert "too large for degrees" in run(file, "--source-crs=EPSG:4326")
    assert "1 added, 0 removed, 2 moved" in run(file, "--source-crs=EPSG:32118")


def test_an_undeclared_crs_is_asked_for_and_a_declared_one_can_be_overruled_openly(
    toytown: Toytown, tmp_path: Path
) -> None:
    file = to_shapefile(districts(), tmp_path)
    (tmp_path / "areas.prj").unlink()
    with pytest.raises(CommandError, match="does not say in which coordinate reference system"):
        run(file)
    assert "2 moved" in run(file, "--source-crs=EPSG:32118")
    with pytest.raises(CommandError, match="'nonsense' is no coordinate reference system"):
        run(file, "--source-crs=nonsense")
    other = to_geopackage(districts(), tmp_path)
    assert "The file declares NAD83 / New York Long Island (ftUS); read as" in run(other, "--source-crs=EPSG:32118")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.geojson", None, "There is no file"),
        ("empty.geojson", b"", "empty.geojson is empty"),
        ("cut.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "cut.geojson"),
        ("no_features.geojson", b'{"type": "FeatureCollection", "features": []}', "holds no feature"),
        ("picture.jpg", b"\xff\xd8\xff\xe0 not a map", "damaged, or of a format"),
        ("broken.zip", b"PK\x03\x04 no archive", "no zip archive"),
        ("broken.gpkg", b"SQLite format 3\0" + b"\1" * 5000, "broken.gpkg"),
        ("latin.csv", "code,wkt\nM\u00fcll,POINT (0 0)\n".encode("latin-1"), "is not text in utf-8"),
        ("binary.csv", b"\0\1\2\3" * 50, "binary.csv"),
        ("ragged.csv", b"code,wkt\na,b\n1,2,3,4,5\n", "line 3 has not the cells of the first line"),
        ("columns.csv", b"code,where\n1,here\n", "which columns hold the place"),
        ("areas.parquet", b"PAR1", "areas.parquet cannot be read"),
        ("cut.geojson.gz", gzip.compress(b'{"type": "FeatureCollection"' * 999)[:40], "cut.geojson.gz"),
        ("cut.csv.gz", gzip.compress(b"code,wkt\n" + b"a,POINT (1 2)\n" * 9999)[:60], "cut.csv.gz"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and " " not in value else "",
)
def test_a_file_that_cannot_be_read_is_refused_with_one_sentence(
    toytown: Toytown, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        run(file, "--source-crs=EPSG:4326")
    assert sentence in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_an_encrypted_archive_is_refused(toytown: Toytown, tmp_path: Path) -> None:
    file = to_zipped_shapefile(districts(), tmp_path)
    content = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag "encrypted" of each entry
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    file.write_bytes(bytes(content))
    with pytest.raises(CommandError, match="is encrypted"):
        run(file)


def test_unknown_names_are_refused_with_those_there_are(toytown: Toytown, tmp_path: Path) -> None:
    file = to_geojson(districts(), tmp_path)
    with pytest.raises(CommandError, match=r"There is no layer 'moon'. Layers: districts, "):
        run(file, fields=["--layer=moon", "--code-field=code"])
    with pytest.raises(CommandError, match=r"has no column 'kode'. Columns: code, title, owner"):
        run(file, fields=["--layer=districts", "--code-field=kode"])


def test_chinese_text_in_gb18030_is_read_when_named(toytown: Toytown, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    text = f'code,名称,owner,wkt\nnorth,北区,parks,"{cells(0, row=5).wkt}"\n'
    file.write_bytes(text.encode("gb18030"))
    fields = ["--layer=districts", "--code-field=code", "--name-field-zh=名称", "--body-field=owner", "--keep-missing"]
    run(file, "--source-crs=EPSG:4326", "--encoding=gb18030", "--commit", fields=fields)
    assert Jurisdiction.objects.get(code="north").names == {"zh-hans": "北区"}
