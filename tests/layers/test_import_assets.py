"""`manage.py import_assets` in Toytown: ids keep their things."""

import io
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.utils import timezone

from issues.selectors.responsibility import responsibility_at
from issues.services.submit import Submission, submit_service_request
from layers.models import Asset
from layers.services import import_assets as service
from tests import toytown as place
from tests.toytown import Toytown

FIELDS = ["--class=lamp", "--id-field=id", "--body-field=owner"]


def run(file: Path, *options: str, fields: list[str] = FIELDS) -> str:
    out = io.StringIO()
    call_command("import_assets", str(file), *fields, *options, stdout=out)
    return out.getvalue()


def lamps() -> gpd.GeoDataFrame:
    """Lamp 1 as it is, lamp 2 half a metre off, lamp 3 10 m off, lamp 4 of another owner; 5 is gone, 9 is new."""
    return gpd.GeoDataFrame(
        {
            "id": ["lamp-1", "lamp-2", "lamp-3", "lamp-4", "lamp-9"],
            "owner": ["roads", "power-company", "roads", "roads", "parks"],
        },
        geometry=shapely.points(
            [-73.99500, -73.994806, -73.99403, -73.99397, -73.99], [40.71, 40.71, 40.71509, 40.715, 40.71]
        ),
        crs=4326,
    )


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        table = frame.drop(columns="geometry").assign(lon=frame.geometry.x, lat=frame.geometry.y)
        table.to_csv(path, index=False)
    else:
        frame.to_file(path)
    return path


def stored() -> list[tuple[object, ...]]:
    return list(Asset.objects.order_by("pk").values_list("pk", "external_id", "owner__slug", "names", "geom"))


@pytest.mark.parametrize("name", ["lamps.geojson", "lamps.gpkg", "lamps.shp", "lamps.csv", "lamps.fgb", "lamps.gml"])
def test_every_format_tells_what_was_added_moved_changed_and_vanished(
    toytown: Toytown, tmp_path: Path, name: str
) -> None:
    file = write(lamps(), tmp_path / name)
    told = run(file, *(["--source-crs=EPSG:4326"] if name.endswith("csv") else []))
    assert "Of 5 things: 1 added, 1 moved, 1 changed, 2 unchanged; 1 stored ones vanished\n  vanished  lamp-5" in told


def test_a_dry_run_writes_nothing_and_a_commit_keeps_the_ids_of_moved_things(toytown: Toytown, tmp_path: Path) -> None:
    file, before = write(lamps(), tmp_path / "lamps.gpkg"), stored()
    assert "Nothing was written" in run(file)
    assert stored() == before
    run(file, "--commit")
    after = {lamp.external_id: lamp for lamp in Asset.objects.all()}
    assert len(after) == 6
    assert after["lamp-3"].pk == toytown.assets["lamp-3"].pk
    assert after["lamp-3"].geom.y == pytest.approx(40.71509)
    assert after["lamp-2"].geom.equals_exact(toytown.assets["lamp-2"].geom)
    assert after["lamp-4"].owner.slug == "roads"
    assert after["lamp-9"].owner.slug == "parks"
    again = stored()
    assert "0 added, 0 moved, 0 changed, 5 unchanged; 1 stored ones vanished" in run(file, "--commit")
    assert stored() == again


def test_vanished_things_are_gone_only_on_request_and_stay_askable(toytown: Toytown, tmp_path: Path) -> None:
    lon, lat = place.AT_LAMP
    stored_report = submit_service_request(Submission("street-lamp", lon, lat)).service_request
    before = timezone.now()
    file = write(lamps()[4:], tmp_path / "lamps.gpkg")
    run(file, "--commit")
    assert not Asset.objects.exclude(gone_on=None).exists()
    told = run(file, "--commit", "--remove-vanished", "--valid-from=2026-05-03")
    assert "5 vanished ones are gone" in told
    assert set(Asset.objects.filter(gone_on=None).values_list("external_id", flat=True)) == {"lamp-9"}
    decided_by = stored_report.responsibilities.get().asset
    assert decided_by is not None
    assert decided_by.gone_on == date(2026, 5, 3)

    def answer(day: date, known_at: datetime | None = None) -> str:
        return responsibility_at("street-lamp", lon, lat, valid_on=day, known_at=known_at).rule.value

    assert answer(date(2026, 5, 2)) == "asset"
    assert answer(date(2026, 5, 3)) == "boundary"
    assert answer(date(2026, 5, 3), before) == "asset"
    # Seen again: it is the same thing, and its days of absence stay.
    told = run(write(lamps(), tmp_path / "again.gpkg"), "--commit")
    assert "0 added, 1 moved, 3 changed, 1 unchanged" in told
    assert answer(date(2026, 5, 3)) == "boundary"
    assert answer(timezone.localdate()) == "asset"


def test_a_day_to_come_is_refused(toytown: Toytown, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="a day to come"):
        run(write(lamps(), tmp_path / "lamps.gpkg"), "--commit", "--valid-from=2999-01-01")


def test_refused_rows_stop_the_import_unless_they_may_be_skipped(toytown: Toytown, tmp_path: Path) -> None:
    file = tmp_path / "lamps.csv"
    file.write_text(
        "id,owner,lon,lat\n"
        "a,roads,-73.99,40.71\n"
        "b,nobody,-73.99,40.71\n"
        "c,roads,,\n"
        "d,roads,east,40.71\n"
        ",roads,-73.99,40.71\n"
        "f,roads,2.35,48.85\n"
        "g,roads,-73.99,40.71\n"
        "g,roads,-73.98,40.71\n"
    )
    before = stored()
    with pytest.raises(CommandError, match="Nothing was stored"):
        run(file, "--source-crs=EPSG:4326", "--commit")
    assert stored() == before
    told = run(file, "--source-crs=EPSG:4326", "--commit", "--skip-refused")
    for line in [
        "row 2  b: there is no body 'nobody'",
        "row 3  c: has no geometry",
        "row 4  d: lon, lat are no numbers: 'east', '40.71'",
        "row 5  (no code): the column id is empty",
        "row 6  f: lies outside the city's extent",
        "row 7  g: has the same id as row 8",
        "row 8  g: has the same id as row 7",
    ]:
        assert line in told
    assert set(Asset.objects.values_list("external_id", flat=True)) == {"a", *toytown.assets}


def test_swapped_axes_are_suspected(toytown: Toytown, tmp_path: Path) -> None:
    frame = lamps()
    frame.geometry = shapely.points(frame.geometry.y, frame.geometry.x)
    file = write(frame, tmp_path / "lamps.geojson")
    assert "add --axes latlon" in run(file)
    assert "1 added, 1 moved" in run(file, "--axes=latlon")


def test_rows_keep_their_numbers_over_many_batches(
    toytown: Toytown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.importing.reading.OpenedFile.batches.__defaults__", (2,))
    frame = lamps()
    frame.loc[4, "owner"] = "nobody"
    for name, options in [("a.geojson", []), ("a.gpkg", []), ("a.csv", ["--source-crs=EPSG:4326"])]:
        told = run(write(frame, tmp_path / name), *options)
        assert "row 5  lamp-9: there is no body 'nobody'" in told
        assert "Of 5 things: 0 added, 1 moved, 1 changed, 2 unchanged" in told


def test_an_unknown_class_and_owner_are_refused(toytown: Toytown, tmp_path: Path) -> None:
    file = write(lamps(), tmp_path / "lamps.gpkg")
    with pytest.raises(CommandError, match=r"There is no asset class 'moon'. Classes: lamp"):
        run(file, fields=["--class=moon", "--id-field=id"])
    with pytest.raises(CommandError, match="There is no body 'nobody'"):
        run(file, fields=["--class=lamp", "--id-field=id", "--body=nobody"])
    assert "no owner is named" in run(file, fields=["--class=lamp", "--id-field=id"])


def test_only_so_many_refusals_are_kept_and_all_are_counted(
    toytown: Toytown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "KEPT", 2)
    frame = lamps()
    frame["owner"] = "nobody"
    assert "and 3 more refused" in run(write(frame, tmp_path / "lamps.gpkg"))
