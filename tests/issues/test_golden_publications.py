"""A publication that changes the answer at a golden point is refused, unless somebody explained that very point."""

import io
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from issues.services.check_golden_points import check_golden_points
from layers.errors import GoldenPointsMoved
from layers.importing.areas import Area
from layers.models import Asset, Boundary, Publication
from layers.models import GoldenPoint as StoredGoldenPoint
from layers.pack.golden_points import GoldenPoint
from layers.selectors.golden_points import golden_points
from layers.services.golden_points import load_golden_points
from layers.services.publish import Published, publish_boundaries
from tests import toytown as place
from tests.toytown import Toytown

FROM = date(2026, 6, 1)


def point(name: str, where: tuple[float, float], outcome: str, *bodies: str, service: str = "noise") -> GoldenPoint:
    return GoldenPoint(name, *where, service, 0.0, None, outcome, bodies, "Awkward.")


EDGE = point("edge", place.ON_SHARED_EDGE, "contested", "sanitation-east", "sanitation-west")
GAP = point("gap", place.IN_GAP, "gap")
LAMP = point("lamp", place.AT_LAMP, "assigned", "roads", service="street-lamp")


@pytest.fixture
def golden(toytown: Toytown) -> Toytown:
    load_golden_points([EDGE, GAP, LAMP])
    assert check_golden_points() == []
    return toytown


def widen(town: Toytown, east_to: float, valid_from: date = FROM, **more: object) -> Published:
    """Publish the districts with an eastern one that reaches to that longitude: the gap begins at -73.985."""
    areas = [
        Area("west", {}, "sanitation-west", shapely.MultiPolygon([shapely.box(-74.0, 40.7, -73.99, 40.72)])),
        Area("east", {}, "sanitation-east", shapely.MultiPolygon([shapely.box(-73.99, 40.7, east_to, 40.72)])),
    ]
    return publish_boundaries(town.layers["districts"], areas, valid_from, source="Test", **more)


def everything() -> list[object]:
    return [list(Boundary.objects.order_by("pk").values_list("pk", "superseded_at", "valid_to")), golden_points()]


@pytest.mark.parametrize("valid_from", [FROM, date(2999, 1, 1)], ids=["past", "future"])
def test_an_unexplained_change_is_refused_and_nothing_is_stored(golden: Toytown, valid_from: date) -> None:
    before = everything()
    with pytest.raises(GoldenPointsMoved, match=r"gap \(noise at .*\): gap expected, assigned sanitation-east found"):
        widen(golden, -73.98, valid_from)
    with pytest.raises(GoldenPointsMoved):
        widen(golden, -73.98, valid_from, accept_changes={"edge": "The wrong name"})
    assert everything() == before
    assert not Publication.objects.exists()


def test_a_change_that_moves_no_point_is_published_and_recorded(golden: Toytown) -> None:
    published = widen(golden, -73.9849)
    row = Publication.objects.get()
    assert published.publication == row
    assert (row.layer, row.added, row.superseded) == (golden.layers["districts"], 2, 1)
    assert row.jurisdictions == [golden.boundaries["east"].jurisdiction_id]
    assert widen(golden, -73.9849).publication is None, "nothing changed, nothing to record"
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.update(added=0)


def test_an_explained_change_passes_is_recorded_and_expected_from_then_on(golden: Toytown) -> None:
    widen(golden, -73.98, accept_changes={"gap": "The city took the strip over", "lamp": "Not needed"})
    [accepted] = Publication.objects.get().accepted_changes
    assert accepted == {
        "name": "gap",
        "before": "gap",
        "after": "assigned sanitation-east",
        "reason": "The city took the strip over",
    }
    assert check_golden_points() == []
    with pytest.raises(GoldenPointsMoved, match="assigned sanitation-east expected, gap found"):
        widen(golden, -73.985, timezone.localdate())


def test_a_point_that_was_wrong_before_does_not_block_other_publications(golden: Toytown) -> None:
    StoredGoldenPoint.objects.filter(name="gap").update(outcome="assigned", bodies=["parks"])
    assert widen(golden, -73.9849).publication is not None
    with pytest.raises(GoldenPointsMoved):
        widen(golden, -73.98, FROM + timedelta(days=1))


def imported(path: Path, *options: str, layer: str = "districts") -> str:
    out = io.StringIO()
    fields = ["--code-field=code", "--keep-missing", f"--valid-from={FROM}", "--commit"]
    call_command("import_boundaries", str(path), f"--layer={layer}", *fields, *options, stdout=out)
    return out.getvalue()


def test_the_command_refuses_explains_and_records(golden: Toytown, tmp_path: Path) -> None:
    file = tmp_path / "east.gpkg"
    shape = shapely.box(-73.99, 40.7, -73.98, 40.72)
    gpd.GeoDataFrame({"code": ["east"]}, geometry=[shape], crs=4326).to_file(file)
    with pytest.raises(CommandError, match="golden points would get another answer"):
        imported(file)
    with pytest.raises(CommandError, match="NAME=REASON"):
        imported(file, "--explain=gap")
    assert "1 superseded" in imported(file, "--explain=gap=Taken over")
    assert Publication.objects.get().accepted_changes[0]["reason"] == "Taken over"


def test_an_import_of_things_is_judged_too(golden: Toytown, tmp_path: Path) -> None:
    file = tmp_path / "lamps.csv"
    file.write_text("id,owner,lon,lat\nlamp-1,parks,-73.995,40.71\n")
    command = ["import_assets", str(file), "--class=lamp", "--id-field=id", "--body-field=owner", "--commit"]
    with pytest.raises(CommandError, match="assigned roads expected, assigned parks found"):
        call_command(*command, "--source-crs=EPSG:4326", stdout=io.StringIO())
    assert Asset.objects.get(external_id="lamp-1").owner.slug == "roads"
    call_command(*command, "--source-crs=EPSG:4326", "--explain=lamp=Sold", stdout=io.StringIO())
    assert Asset.objects.get(external_id="lamp-1").owner.slug == "parks"
    assert Publication.objects.get().asset_class == golden.assets["lamp-1"].asset_class
