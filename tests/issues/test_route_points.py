"""`manage.py route_points`: a table in, the same table with answers out, whatever its rows hold."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from issues.routing.outcomes import Rule
from issues.selectors.evidence import Question, find_responsibility
from issues.selectors.memory import find_responsibility_remembering
from tests import toytown as place
from tests.issues.settled_reports import settled
from tests.live import ROOT, environment
from tests.toytown import Toytown


def routed(folder: Path, text: str, *options: str) -> list[dict[str, str]]:
    source, target = folder / "in.csv", folder / "out.csv"
    source.write_text(text, encoding="utf-8")
    call_command("route_points", source, target, *options, stderr=io.StringIO())
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def line(service: str, lonlat: tuple[float, float], *others: object) -> str:
    return ",".join(map(str, (service, *lonlat, *others))) + "\n"


def test_each_row_keeps_its_columns_and_gets_its_answer(toytown: Toytown, tmp_path: Path) -> None:
    rows = routed(
        tmp_path,
        "id,service_code,lon,lat\n"
        + "a1," + line("litter", place.IN_WEST)
        + "a2," + line("noise", place.ON_SHARED_EDGE)
        + "a3," + line("litter", place.IN_GAP)
        + "a4," + line("street-lamp", (-73.987, 40.715)),
    )  # fmt: skip
    assert [(row["id"], row["outcome"], row["body"], row["rule"], row["error"]) for row in rows] == [
        ("a1", "assigned", "sanitation-west", "boundary", ""),
        ("a2", "contested", "", "boundary", ""),
        ("a3", "gap", "", "none", ""),
        ("a4", "not_ours", "power-company", "asset", ""),
    ]
    assert rows[0]["confidence"] == "1"


def test_accuracy_chosen_asset_and_day_count_and_may_be_empty(toytown: Toytown, tmp_path: Path) -> None:
    lamp = toytown.assets["lamp-2"].pk
    rows = routed(
        tmp_path,
        "service_code,lon,lat,accuracy_m,asset_id,at\n"
        + line("noise", place.NEAR_EDGE_IN_WEST, 30, "", "")
        + line("street-lamp", place.AT_LAMP, "", lamp, "")
        + line("pothole", place.IN_MOVED_WARD, "", "", "2023-12-31")
        + line("pothole", place.IN_MOVED_WARD, "", "", "2024-01-01T04:30:00+00:00")  # still 2023 in New York
        + line("pothole", place.IN_MOVED_WARD, "", "", ""),
    )
    assert [(row["outcome"], row["body"]) for row in rows] == [
        ("uncertain", ""),
        ("not_ours", "power-company"),
        ("assigned", "roads"),
        ("assigned", "roads"),
        ("gap", ""),
    ]


def test_the_side_that_a_row_names_decides_where_the_border_is_too_close(toytown: Toytown, tmp_path: Path) -> None:
    east, commons = toytown.boundaries["east"].pk, toytown.boundaries["commons"].pk
    rows = routed(
        tmp_path,
        "service_code,lon,lat,accuracy_m,side_boundary_id\n"
        + line("noise", place.NEAR_EDGE_IN_WEST, 30, east)
        + line("noise", place.NEAR_EDGE_IN_WEST, 3, toytown.boundaries["west"].pk)
        + line("noise", place.NEAR_EDGE_IN_WEST, 30, commons)
        + line("noise", place.NEAR_EDGE_IN_WEST, 30, "left"),
    )
    assert [(row["body"], row["rule"], row["error"].partition(":")[0]) for row in rows] == [
        ("sanitation-east", "chosen_side", ""),
        ("sanitation-west", "boundary", ""),
        ("", "", "side_unknown"),
        ("", "", "side_unknown"),
    ]


def test_memory_is_asked_only_if_wanted_and_only_about_now(toytown: Toytown, tmp_path: Path) -> None:
    for number in range(200):
        settled(toytown, "parks", days_ago=5 + number / 2, shift=0.00001 * (number % 20))
    text = "service_code,lon,lat,at\n" + line("litter", place.IN_GAP, "") + line("litter", place.IN_GAP, "2026-01-01")
    single = find_responsibility_remembering(Question(toytown.services["litter"].pk, *place.IN_GAP))
    assert single.rule is Rule.MEMORY
    assert [row["rule"] for row in routed(tmp_path, text)] == ["none", "none"]
    now, then = routed(tmp_path, text, "--remember", "--explain")
    assert (now["rule"], now["body"], then["rule"]) == ("memory", "parks", "none")
    assert "earlier reports" in now["explanation"]


def test_a_row_that_cannot_be_decided_says_why_and_stops_no_other(toytown: Toytown, tmp_path: Path) -> None:
    lamp = toytown.assets["lamp-5"].pk
    rows = routed(
        tmp_path,
        "service_code,lon,lat,accuracy_m,asset_id,at\n"
        + line("flying", place.IN_WEST, "", "", "")
        + line("litter", ("here", 40.7), "", "", "")
        + line("litter", (float("nan"), 400), "", "", "")
        + line("litter", place.OUTSIDE, "", "", "")
        + line("litter", tuple(reversed(place.IN_WEST)), "", "", "")
        + line("litter", place.IN_WEST, -3, "", "")
        + line("street-lamp", place.AT_LAMP, "", lamp, "")
        + line("street-lamp", place.AT_LAMP, "", "lamp", "")
        + line("litter", place.IN_WEST, "", "", "soon")
        + line("litter", place.IN_WEST, "", "", ""),
    )
    assert [row["error"].partition(":")[0] for row in rows] == [
        "service_unknown", "point_invalid", "point_invalid", "outside_city", "axes_swapped", "accuracy_invalid",
        "asset_unknown", "asset_unknown", "day_invalid", "",
    ]  # fmt: skip
    assert all(row["outcome"] == row["body"] == row["rule"] == row["confidence"] == "" for row in rows[:-1])
    assert rows[-1]["body"] == "sanitation-west"


def test_answers_of_an_earlier_run_are_replaced_not_repeated(toytown: Toytown, tmp_path: Path) -> None:
    [row] = routed(tmp_path, "service_code,lon,lat,body,error\n" + line("litter", place.IN_WEST, "parks", "old"))
    assert (row["body"], row["error"]) == ("sanitation-west", "")


def test_batches_make_one_table(toytown: Toytown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issues.management.commands.route_points.BATCH", 2)
    rows = routed(tmp_path, "service_code,lon,lat\n" + line("litter", place.IN_EAST) * 5)
    assert [row["body"] for row in rows] == ["sanitation-east"] * 5


def test_explained_rows_say_why_in_a_sentence(toytown: Toytown, tmp_path: Path) -> None:
    [row, refused] = routed(
        tmp_path, "service_code,lon,lat\n" + line("litter", place.IN_WEST) + line("x", place.IN_WEST), "--explain"
    )
    assert "Sanitation West" in row["explanation"]
    assert refused["explanation"] == ""


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"place,service_code\nx,litter\n", "no column lon, lat"),
        (b"", "is empty"),
        (b'lon,lat,service_code\n1,2,"litter\n', "line 2 has not the cells"),
        (b"lon,lat,service_code\n1,2,litter\n\n1,2\n", r"line 4 has not the cells .*2 ≠ 3"),
        (b"lon,lat,service_code\n1,2,litter,more\n", r"line 2 has not the cells .*4 ≠ 3"),
        (b"lon,lat,service_code\n\xff\xfe,2,x\n", "--encoding"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_a_sentence(
    toytown: Toytown, tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(CommandError, match=complaint):
        call_command("route_points", tmp_path / "in.csv", tmp_path / "out.csv", stderr=io.StringIO())
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_file_is_named(toytown: Toytown, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        call_command("route_points", tmp_path / "none.csv", tmp_path / "out.csv", stderr=io.StringIO())


def test_the_command_agrees_with_single_questions(toytown: Toytown, tmp_path: Path) -> None:
    spots = [place.IN_WEST, place.IN_EAST, place.ON_SHARED_EDGE, place.IN_COMMONS_AND_WEST, place.IN_HOLE_OF_COMMONS]
    asked = [(service, lonlat) for service in toytown.services for lonlat in spots]
    rows = routed(tmp_path, "service_code,lon,lat\n" + "".join(line(*each) for each in asked))
    for (service, lonlat), row in zip(asked, rows, strict=True):
        decision = find_responsibility(Question(toytown.services[service].pk, *lonlat))
        slug = next((slug for slug, body in toytown.bodies.items() if body.pk == decision.body_id), "")
        assert (row["outcome"], row["rule"], row["body"]) == (decision.outcome, decision.rule, slug)


def test_a_pipe_gets_the_table_and_nothing_else(new_york_database: str) -> None:
    asked = "service_code,lon,lat\n" + "dirty_street,-73.95,40.72\n" * 3
    done = subprocess.run(
        [sys.executable, "manage.py", "route_points", "-", "-"],
        cwd=ROOT,
        env=environment("new_york", new_york_database),
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["outcome"] for row in rows] == ["assigned"] * 3
    assert "3 rows, 3 decided, 0 refused" in done.stderr
