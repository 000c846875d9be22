"""Hotspots computed from reports: what is hot, per what, and which questions are refused."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import LineString

from issues.models import ServiceRequest
from layers.models import BasemapFeature
from tests.tiles.conftest import make_report
from tests.tiles.hot_reports import HOT, cell_at, gather, question, scatter
from tests.toytown import IN_WEST, Toytown
from tiles.errors import ExposureMissing, HotspotQuestionInvalid
from tiles.hotspot_question import read_hotspot_question
from tiles.models import HotspotLayer
from tiles.services.compute_hotspots import compute_hotspots


def test_a_corner_with_far_more_than_chance_is_hot_and_little_else_is(littered: Toytown) -> None:
    layer = compute_hotspots(question())
    cell = cell_at(layer, HOT)
    assert cell.q < 0.01 and cell.pattern == "persistent"
    assert cell.around_count >= 40 and cell.expected < 15
    assert len(cell.period_counts) == 8 and sum(cell.period_counts) == cell.around_count
    hot = layer.cells.exclude(pattern="not_significant")
    assert 1 <= hot.count() <= 25  # the cell, its neighbours, and a few that touch these
    assert all(abs(found.column - cell.column) <= 2 and abs(found.row - cell.row) <= 2 for found in hot)


def test_every_report_of_the_question_is_counted_once(littered: Toytown) -> None:
    scatter(littered, "tree", 5, seed=2)
    make_report(littered, "litter", *IN_WEST, state="refused")
    make_report(littered, "litter", *IN_WEST, requested_datetime=datetime(2026, 6, 1, 12, tzinfo=UTC))
    for kind in ("square", "hexagon"):
        layer = compute_hotspots(question(cell=kind))
        assert layer.counted == 100 == sum(layer.cells.values_list("count", flat=True))
        assert layer.outside == 0
        assert layer.cell_count == layer.cells.count()


def test_days_begin_at_the_citys_midnight(toytown: Toytown) -> None:
    # 31 May 23:30 in New York is 1 June 03:30 UTC; 5 April 23:30 there is before the first day.
    make_report(toytown, "litter", *IN_WEST, requested_datetime=datetime(2026, 6, 1, 3, 30, tzinfo=UTC))
    make_report(toytown, "litter", *IN_WEST, requested_datetime=datetime(2026, 4, 6, 3, 30, tzinfo=UTC))
    assert compute_hotspots(question()).counted == 1


def test_something_that_began_last_week_is_new(toytown: Toytown) -> None:
    scatter(toytown, "litter", 200, seed=3)
    gather(toytown, "litter", 30, range(49, 56))
    assert cell_at(compute_hotspots(question()), HOT).pattern == "new"


def test_a_neighbourhood_below_the_minimum_count_is_not_called_hot(littered: Toytown) -> None:
    layer = compute_hotspots(question(min_count="60"))
    assert set(layer.cells.values_list("pattern", flat=True)) == {"not_significant"}
    assert cell_at(layer, HOT).q < 0.01  # what was measured is still told


def test_no_reports_make_a_layer_of_no_significance(toytown: Toytown) -> None:
    layer = compute_hotspots(question())
    assert set(layer.cells.values_list("pattern", "z", "p")) == {("not_significant", 0.0, 1.0)}


def test_cells_share_their_edges_and_cover_the_city(toytown: Toytown) -> None:
    for kind in ("square", "hexagon"):
        layer = compute_hotspots(question(cell=kind))
        polygons = [shapely.from_wkb(bytes(cell.geom.wkb)) for cell in layer.cells.all()]
        assert shapely.coverage_is_valid(polygons)
        assert shapely.from_wkb(bytes(layer.area.wkb)).covers(shapely.box(-74, 40.7, -73.98, 40.72))


def test_a_rate_per_all_reports_finds_a_kind_that_is_unusual_there(littered: Toytown) -> None:
    scatter(littered, "tree", 300, seed=4)
    gather(littered, "tree", 400, range(56), at=(-73.9835, 40.7035))  # a busy corner with no litter
    layer = compute_hotspots(question(per="all_reports"))
    assert cell_at(layer, HOT).pattern != "not_significant"
    busy = cell_at(layer, (-73.9835, 40.7035))
    assert busy.pattern == "not_significant" and busy.expected > busy.around_count
    assert layer.total_exposure == 800


def test_cells_without_exposure_are_no_data(littered: Toytown) -> None:
    layer = compute_hotspots(question(per="asset:lamp"))
    assert layer.total_exposure == 5
    told = layer.cells.filter(exposure__gt=0)
    assert 3 <= told.count() <= 5 and not told.filter(pattern="no_data").exists()
    assert layer.cells.filter(pattern="no_data", expected=None, p=1).count() == layer.cell_count - told.count()


def test_rates_that_the_city_has_no_data_for_are_refused_with_a_sentence(
    littered: Toytown, residents_file: Path
) -> None:
    with pytest.raises(ExposureMissing, match="no streets"):
        compute_hotspots(question(per="street_km"))
    with pytest.raises(ExposureMissing, match="live where"):
        compute_hotspots(question(per="resident"))
    with pytest.raises(ExposureMissing, match="lamp"):
        compute_hotspots(question(per="asset:bench"))
    assert not HotspotLayer.objects.exists()


def test_residents_of_a_pack_are_read_by_place(littered: Toytown, residents_file: Path) -> None:
    residents_file.write_text("lon,lat,residents\n-73.9965,40.7125,4000\n-73.985,40.705,200\n-73.0,40.705,999\n")
    layer = compute_hotspots(question(per="resident"))
    assert layer.total_exposure == pytest.approx(4200)
    assert cell_at(layer, HOT).exposure == pytest.approx(4000)
    residents_file.write_text("lon,lat\n1,2\n")
    with pytest.raises(ExposureMissing, match="columns"):
        compute_hotspots(question(per="resident"))


def test_squares_of_residents_are_spread_over_cells_and_finer_cells_are_refused(
    littered: Toytown, residents_file: Path
) -> None:
    residents_file.write_text("lon,lat,residents,square_m\n-73.9965,40.7125,3600,150\n")
    with pytest.raises(ExposureMissing, match="squares of 150 m"):
        compute_hotspots(question(per="resident"))
    for kind in ("square", "hexagon"):
        layer = compute_hotspots(question(per="resident", cell=kind, size_m="150"))
        lived_in = layer.cells.filter(exposure__gt=0)
        assert layer.total_exposure == pytest.approx(3600)
        assert 2 <= lived_in.count() <= 5 and max(lived_in.values_list("exposure", flat=True)) < 3600


def test_streets_count_by_their_length_in_metres(toytown: Toytown) -> None:
    street = LineString((-73.999, 40.71), (-73.981, 40.71), srid=4326)
    BasemapFeature.objects.create(kind="street", geom=street)
    layer = compute_hotspots(question(per="street_km"))
    street.transform(32118)
    assert layer.total_exposure == pytest.approx(street.length / 1000, rel=1e-6)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"since": "2026-06-01"}, "exchange"),
        ({"since": "soon"}, "YYYY-MM-DD"),
        ({"size_m": "5"}, "5 m"),
        ({"size_m": "x"}, "number"),
        ({"size_m": "50"}, None),
        ({"periods": "61"}, "periods"),
        ({"periods": "0"}, "periods"),
        ({"fdr": "0"}, "false discoveries"),
        ({"fdr": "0.9"}, "false discoveries"),
        ({"min_count": "0"}, "minimum"),
        ({"cell": "triangle"}, "triangle"),
        ({"per": "head"}, "head"),
        ({"per": "asset:a b"}, "asset"),
        ({"services": "x' OR 1=1"}, "letters"),
        ({"services": "unicorn"}, "unicorn"),
        ({"group": "unicorn"}, "unicorn"),
        ({"services": "noise"}, "not public"),
        ({"body": "unicorn"}, "unicorn"),
        ({"state": "refused"}, "refused"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_what_to_do(toytown: Toytown, parts: dict, word: str | None) -> None:
    if word is None:
        compute_hotspots(question(**parts))
        return
    with pytest.raises(HotspotQuestionInvalid, match=word):
        compute_hotspots(question(**parts))


def test_equal_questions_have_one_spelling() -> None:
    one = read_hotspot_question({"since": "2026-04-06", "until": "2026-05-31", "services": "tree, litter"})
    other = read_hotspot_question(
        {"services": "litter,tree,litter", "until": "2026-05-31", "since": "2026-04-06", "fdr": "0.050", "cell": ""}
    )
    assert one.canonical() == other.canonical()
    assert read_hotspot_question(one.texts()) == one


def test_a_layer_of_three_thousand_reports_tells_the_planted_corners_from_chance(toytown: Toytown) -> None:
    """The maths at work through SQL: hot corners planted, everything else uniform."""
    chance = np.random.default_rng(11)
    places = chance.uniform((-74, 40.7), (-73.98, 40.72), (3000, 2))
    planted = np.repeat([[-73.995, 40.703], [-73.984, 40.717]], 150, axis=0) + chance.normal(0, 3e-4, (300, 2))
    rows = [
        ServiceRequest(
            service=toytown.services["litter"],
            point=f"SRID=4326;POINT({lon} {lat})",
            public_point=f"SRID=4326;POINT({lon} {lat})",
            requested_datetime=datetime(2026, 4, 6, 12, tzinfo=UTC) + timedelta(days=int(chance.integers(56))),
            due_date=date(2026, 6, 1),
            state="published",
            outcome="gap",
        )
        for lon, lat in np.vstack([places, planted])
    ]
    ServiceRequest.objects.bulk_create(rows)
    layer = compute_hotspots(question())
    for lon, lat in ((-73.995, 40.703), (-73.984, 40.717)):
        assert cell_at(layer, (lon, lat)).pattern == "persistent"
    assert layer.cells.exclude(pattern="not_significant").count() < 40
