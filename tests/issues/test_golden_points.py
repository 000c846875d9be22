"""Golden points: the file, the replay in Toytown, and both packs."""

from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from issues.services.check_golden_points import check_golden_points
from layers.errors import GoldenPointsInvalid
from layers.pack.golden_points import COLUMNS, GoldenPoint, read_golden_points
from tests import toytown as place
from tests.live import ROOT, manage
from tests.toytown import Toytown

HEADER = ",".join(COLUMNS)
LINE = "West,-73.997,40.702,litter,,,assigned,sanitation-west,Plain"


def point(
    name: str, where: tuple[float, float], service: str, outcome: str, *bodies: str, on: date | None = None
) -> GoldenPoint:
    return GoldenPoint(name, *where, service, 0.0, on, outcome, bodies, "Awkward.")


AWKWARD = [
    point("edge", place.ON_SHARED_EDGE, "litter", "contested", "sanitation-east", "sanitation-west"),
    point("overlap", place.IN_COMMONS_AND_WEST, "litter", "contested", "parks", "sanitation-west"),
    point("hole", place.IN_HOLE_OF_COMMONS, "litter", "assigned", "sanitation-east"),
    point("gap", place.IN_GAP, "litter", "gap"),
    point("ward", place.IN_MOVED_WARD, "pothole", "assigned", "roads", on=date(2023, 5, 3)),
    point("ward now", place.IN_MOVED_WARD, "pothole", "gap"),
    replace(
        point("border", place.NEAR_EDGE_IN_WEST, "noise", "uncertain", "sanitation-east", "sanitation-west"),
        accuracy_m=50.0,
    ),
]


def test_points_with_the_expected_answer_are_no_difference(toytown: Toytown) -> None:
    assert check_golden_points(AWKWARD) == []


def test_a_moved_point_is_named_with_both_answers(toytown: Toytown) -> None:
    wrong = replace(AWKWARD[3], outcome="assigned", bodies=("parks",))
    [difference] = check_golden_points([*AWKWARD, wrong])
    assert (difference.point.name, difference.outcome, difference.bodies) == ("gap", "gap", ())
    assert "assigned parks expected, gap found" in str(difference)


def test_an_explained_change_is_let_through(toytown: Toytown) -> None:
    wrong = replace(AWKWARD[3], outcome="assigned", bodies=("parks",))
    assert check_golden_points([wrong], explained=["gap"]) == []


def test_the_day_of_a_publication_counts_for_points_without_their_own(toytown: Toytown) -> None:
    assert check_golden_points([AWKWARD[4]], day=date(2026, 1, 1)) == []
    [difference] = check_golden_points([AWKWARD[5]], day=date(2023, 5, 3))
    assert difference.bodies == ("roads",)


def test_a_service_that_is_gone_is_a_difference(toytown: Toytown) -> None:
    [difference] = check_golden_points([replace(AWKWARD[0], service_code="none")])
    assert difference.outcome == "no such service"


def test_the_whole_file_is_one_query_for_evidence(
    toytown: Toytown, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_num_queries(3):  # services, evidence, bodies
        check_golden_points(AWKWARD)
    with django_assert_num_queries(0):
        check_golden_points([])


def written(tmp_path: Path, *lines: str) -> Path:
    (tmp_path / "golden_points.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_the_file_is_read(tmp_path: Path) -> None:
    [found] = read_golden_points(written(tmp_path, HEADER, LINE))
    assert found == GoldenPoint("West", -73.997, 40.702, "litter", 0.0, None, "assigned", ("sanitation-west",), "Plain")


def test_a_pack_without_the_file_has_no_golden_points(tmp_path: Path) -> None:
    assert read_golden_points(tmp_path) == []


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["name,lon"], "lacks the columns lat"),
        ([HEADER, LINE, LINE], "names a point twice: West"),
        ([HEADER, LINE.replace("-73.997", "west")], "line 2"),
        ([HEADER, LINE.replace("40.702", "140.7")], "no place on Earth"),
        ([HEADER, LINE.replace("40.702", "nan")], "no place on Earth"),
        ([HEADER, LINE.replace("Plain", "")], "must not be empty"),
    ],
)
def test_a_file_that_means_nothing_is_refused_with_its_place(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(GoldenPointsInvalid, match=says):
        read_golden_points(written(tmp_path, *lines))


@pytest.mark.parametrize("city", ["new_york", "helsinki"])
def test_each_pack_has_golden_points_of_every_outcome(city: str) -> None:
    points = read_golden_points(ROOT / "fixtures" / city)
    assert len(points) >= 10
    assert {found.outcome for found in points} == {"assigned", "contested", "gap", "not_ours", "uncertain"}


def test_new_yorks_golden_points_are_answered_as_expected(new_york_database: str) -> None:
    stored = manage("new_york", new_york_database, "check_golden_points")
    of_the_pack = manage("new_york", new_york_database, "check_golden_points", "--pack")
    assert (stored.returncode, of_the_pack.returncode) == (0, 0), stored.stdout + of_the_pack.stdout
    assert "of 0 golden points" not in stored.stdout


def test_the_command_exits_1_on_a_difference(toytown: Toytown, tmp_path: Path, settings: pytest.FixtureRequest) -> None:
    settings.PACKS_DIR = tmp_path
    (tmp_path / settings.CITY.slug).mkdir()
    folder = written(tmp_path / settings.CITY.slug, HEADER, LINE)
    out = StringIO()
    call_command("check_golden_points", "--pack", stdout=out)
    assert "1 of 1 golden points as expected" in out.getvalue()
    written(folder, HEADER, LINE.replace("sanitation-west", "parks"))
    with pytest.raises(SystemExit) as refused:
        call_command("check_golden_points", "--pack", stdout=out)
    assert refused.value.code == 1
    written(folder, "nothing")
    with pytest.raises(CommandError, match="lacks the columns"):
        call_command("check_golden_points", "--pack", stdout=out)
