"""What the planner sees as files: tables, places, pictures."""

import csv
import io
from typing import Any

import geopandas as gpd
import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client
from PIL import Image

from frontend.heat_scale import pixel_side_km
from frontend.planner.cells import CELL_PX, cell_bounds
from frontend.planner.picture import steps
from frontend.planner.question import read_planner_question
from tests.frontend.conftest import hot_layer
from tests.toytown import Toytown

pytestmark = pytest.mark.django_db
SPRING = "from=2026-04-06&to=2026-05-31"
WEST_BOX = "-74.00000 40.70000,-73.99000 40.70000,-73.99000 40.72000,-74.00000 40.72000"


# Files


def test_csv_has_the_numbers_of_the_table(spring_reports: Toytown, planner_client: Client) -> None:
    answer = planner_client.get(f"/planner/export.csv?{SPRING}&services=litter")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert list(rows[0]) == ["first", "last", "count", "open"]
    assert sum(int(row["count"]) for row in rows) == 14
    assert 'filename="citypin-time-2026-04-06-2026-05-31.csv"' in answer["Content-Disposition"]


def test_a_name_that_looks_like_a_formula_stays_text(spring_reports: Toytown, planner_client: Client) -> None:
    service = spring_reports.services["litter"]
    service.names = {"en": "=HYPERLINK(1)"}
    service.save()
    content = planner_client.get(f"/planner/export.csv?{SPRING}&view=compare").content.decode()
    assert "'=HYPERLINK(1)" in content


def test_a_name_with_dollar_signs_is_drawn_as_it_is(spring_reports: Toytown, planner_client: Client) -> None:
    service = spring_reports.services["litter"]
    service.names = {"en": r"Litter worth $_$ or \frac"}
    service.save()
    answer = planner_client.get(f"/planner/export.png?{SPRING}&view=compare&services=litter")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


def test_a_cell_with_one_report_stands_low_among_the_classes() -> None:
    """Of the bounds that bigger cells need, the smallest cell with a report would already take the highest."""
    asked = read_planner_question(QueryDict(SPRING))
    cell_km2 = (CELL_PX * pixel_side_km(settings.CITY.zoom, settings.CITY.center[1])) ** 2
    one_report = 1 / cell_km2 / (56 / 30.4375)
    bounds = cell_bounds(asked, count=0)
    assert bounds[0] <= one_report < bounds[2]


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet"])
def test_geodata_hold_what_the_map_shows(
    spring_reports: Toytown, planner_client: Client, ending: str, tmp_path: Any
) -> None:
    def read(view: str) -> gpd.GeoDataFrame:
        answer = planner_client.get(f"/planner/export.{ending}?{SPRING}&view={view}&layer=districts")
        assert answer.status_code == 200
        path = tmp_path / f"{view}.{ending}"
        path.write_bytes(answer.content)
        return gpd.read_parquet(path) if ending == "parquet" else gpd.read_file(path)

    hot_layer(spring_reports)
    cells = read("time")
    assert cells["count"].sum() == 30
    km2 = cells.to_crs("EPSG:32118").area / 1e6
    assert cells["density"].tolist() == pytest.approx((cells["count"] / km2 * 30.4375 / 56).tolist(), rel=0.01)
    areas = read("areas")
    assert dict(zip(areas["code"], areas["count"], strict=True)) == {"east": 4, "west": 26}
    assert areas.crs == "EPSG:4326" and areas.geometry.is_valid.all()
    hot = read("hotspots")
    assert len(hot) and set(hot["pattern"]) <= {"new", "persistent", "sporadic", "intensifying", "diminishing"}


@pytest.mark.parametrize(
    ("view", "language"),
    [("time", "zh-hans"), ("areas", "en"), ("hotspots", "en"), ("deadlines", "en"), ("compare", "zh-hans")],
)
def test_a_picture_is_drawn_of_every_view(
    spring_reports: Toytown, planner_client: Client, view: str, language: str
) -> None:
    hot_layer(spring_reports)
    address = f"/planner/export.png?{SPRING}&view={view}&layer=districts"
    answer = planner_client.get(address, headers={"accept-language": language})
    picture = Image.open(io.BytesIO(answer.content))
    assert answer["Content-Type"] == "image/png" and picture.size == (1600, 1200)
    assert len(picture.convert("RGB").getcolors(100_000)) > 20


def test_files_that_a_view_does_not_have_are_404_with_a_sentence(
    spring_reports: Toytown, planner_client: Client
) -> None:
    for path in ("export.gpkg?view=deadlines", "export.xls", "export.csv?view=hotspots"):
        answer = planner_client.get(f"/planner/{path}")
        assert answer.status_code == 404 and answer.json()["code"] == "export_impossible"


def test_classes_begin_at_the_least_value_and_rise() -> None:
    import numpy as np

    assert steps(np.array([0.0])) == [0.0]
    values = np.array([0.385, 0.61, 0.85, 0.98, 1.3, 1.9, 2.4, 0])
    found = steps(values)
    assert found == sorted(set(found)) and 0 < found[0] <= 0.385 and len(found) <= 7
