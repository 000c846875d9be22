"""What the planner sees as files: tables, places, pictures."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from django.conf import settings
from django.http import QueryDict
from django.test import Client
from PIL import Image

from frontend.heat_scale import pixel_side_km
from frontend.planner.cells import CELL_PX, cell_bounds
from frontend.planner.picture import steps
from frontend.planner.question import read_planner_question
from issues.selectors.planner import PlannerFilter, planned
from tests.frontend.conftest import hot_layer
from tests.toytown import IN_EAST, IN_WEST, Toytown

pytestmark = pytest.mark.django_db
SPRING = "from=2026-04-06&to=2026-05-31"
WEST_BOX = "-74.00000 40.70000,-73.99000 40.70000,-73.99000 40.72000,-74.00000 40.72000"


# Files


def test_csv_of_the_overview_has_figures_bars_and_kinds(spring_reports: Toytown, planner_client: Client) -> None:
    answer = planner_client.get(f"/planner/export.csv?{SPRING}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert list(rows[0])[:7] == ["part", "first", "last", "code", "name", "count", "open"]
    [total] = [row for row in rows if row["part"] == "total"]
    assert (total["count"], total["open"], total["overdue"]) == ("16", "11", "11")
    assert float(total["kept_share"]) == 3 / 16
    bars = [row for row in rows if row["part"] == "time"]
    assert sum(int(row["count"]) for row in bars) == 16 and bars[0]["first"] == "2026-04-06" and len(bars) == 56
    kinds = {row["code"]: (row["name"], row["count"]) for row in rows if row["part"] == "kind"}
    assert kinds == {"litter": ("Litter", "14"), "pothole": ("Pothole", "2")}
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


Read = Callable[[str], gpd.GeoDataFrame]


@pytest.fixture(params=["geojson", "gpkg", "parquet"])
def read(request: pytest.FixtureRequest, planner_client: Client, tmp_path: Path) -> Read:
    """The places of a view, by the rest of its address, in each format."""

    def exported(view: str) -> gpd.GeoDataFrame:
        answer = planner_client.get(f"/planner/export.{request.param}?{SPRING}&layer=districts&view={view}")
        assert answer.status_code == 200, answer.content
        path = tmp_path / f"places.{request.param}"
        path.write_bytes(answer.content)
        return gpd.read_parquet(path) if request.param == "parquet" else gpd.read_file(path)

    return exported


def test_two_periods_are_the_cells_with_both_counts(spring_reports: Toytown, read: Read) -> None:
    cells = read("compare&with_from=2026-04-06&with_to=2026-04-30")
    assert (cells["first_count"].sum(), cells["second_count"].sum()) == (16, 9)
    assert cells["second_density"].sum() == pytest.approx(cells["first_density"].sum() / 16 * 9 * 56 / 25, rel=1e-3)
    assert cells.geometry.is_valid.all() and cells.crs == "EPSG:4326"


def test_two_areas_are_their_polygons_with_their_figures(spring_reports: Toytown, read: Read) -> None:
    found = read("compare&place=districts/west&with_place=districts/east").set_index("side")
    assert found["name"].to_dict() == {"A": "West", "B": "East"}
    assert found["count"].to_dict() == {"A": 12, "B": 4}
    assert found["count_litter"].to_dict() == {"A": 10, "B": 4} and found["count_pothole"]["A"] == 2
    km2 = found.to_crs("EPSG:32118").area / 1e6
    assert found["km2"].to_dict() == pytest.approx(km2.to_dict())
    assert found["per_km2"]["A"] == pytest.approx(12 / km2["A"])
    drawn = read(f"compare&area={WEST_BOX}&with_place=districts/east").set_index("side")
    assert drawn.geometry["A"].equals(shapely.box(-74, 40.70, -73.99, 40.72)) and drawn["count"]["A"] == 12
    city = read("compare&with_place=districts/east").set_index("side")
    assert city["count"].to_dict() == {"A": 16, "B": 4} and city.geometry["A"].covers(city.geometry["B"])


def test_deadlines_are_the_areas_of_the_bodies(spring_reports: Toytown, read: Read) -> None:
    found = read("deadlines").set_index("body")
    assert found["known"].to_dict() == {"sanitation-east": 4, "sanitation-west": 12}
    assert found["kept"].to_dict() == {"sanitation-east": 0, "sanitation-west": 3}
    assert found.geometry["sanitation-west"].covers(shapely.Point(*IN_WEST))
    assert not found.geometry["sanitation-west"].covers(shapely.Point(*IN_EAST))


def test_a_body_without_an_area_has_its_figures_all_the_same(spring_reports: Toytown, read: Read) -> None:
    asked = PlannerFilter(date(2026, 4, 6), date(2026, 5, 31))
    planned(asked).filter(service__service_code="pothole").update(body=spring_reports.bodies["power-company"])
    found = read("deadlines").set_index("body")
    assert found["known"]["power-company"] == 2 and found.geometry["power-company"] is None


def test_geodata_hold_what_the_map_shows(spring_reports: Toytown, read: Read) -> None:
    layer = hot_layer(spring_reports)
    cells = read("time")
    assert cells["count"].sum() == 30
    km2 = cells.to_crs("EPSG:32118").area / 1e6
    assert cells["density"].tolist() == pytest.approx((cells["count"] / km2 * 30.4375 / 56).tolist(), rel=0.01)
    areas = read("areas")
    assert dict(zip(areas["code"], areas["count"], strict=True)) == {"east": 4, "west": 26}
    assert areas.crs == "EPSG:4326" and areas.geometry.is_valid.all()
    hot = read("hotspots")
    assert len(hot) == layer.cell_count and hot["count"].sum() == layer.counted
    assert "not_significant" in set(hot["pattern"]) and hot.loc[0, "pattern"] != "not_significant"
    assert hot.loc[0, "place"] and "chance of this by accident" in hot.loc[0, "reading"]


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
