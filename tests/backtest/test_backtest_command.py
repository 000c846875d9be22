"""`manage.py backtest_routing`, as an operator runs it."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.toytown import Toytown

KEYS = {
    "reports", "accuracy", "baseline_accuracy", "automatic_share", "automatic_precision", "coverage_at_precision",
    "by_month", "confusion", "seconds", "peak_mb",
}  # fmt: skip
SF = Path(settings.BASE_DIR).parent / "shared" / "data" / "sf" / "sf311_2008-2013.csv.gz"


def invented_file(path: Path, n: int = 900, hostile: str = "") -> pd.DataFrame:
    """Four quarters of a town, two kinds; "lamp" goes by quarter, "dog" to one body."""
    random = np.random.default_rng(1)
    lon, lat = 8.5 + random.random(n) * 0.1, 47.3 + random.random(n) * 0.1
    kind = np.where(random.random(n) < 0.6, "lamp", "dog")
    quarter = np.where(lon > 8.55, "East", "West") + np.where(lat > 47.35, " North", " South").astype(object)
    rows = pd.DataFrame(
        {
            "lon": lon,
            "lat": lat,
            "opened": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(n) * 9, "h"),
            "who": np.where(kind == "dog", "Dogs" + hostile, "Lamps " + quarter),
            "kind": kind,
        }
    )
    rows.to_csv(path, index=False)
    return rows


def run(path: Path, out: Path, *options: str) -> dict:
    call_command("backtest_routing", str(path), "--truth", "who", "--out", str(out), *options)
    return json.loads((out / "backtest.json").read_text(encoding="utf-8"))


def test_an_empty_city_needs_no_database(tmp_path: Path) -> None:
    """A process whose database does not exist; pytest-django forbids this one any query besides."""
    invented_file(tmp_path / "past.csv")
    done = subprocess.run(
        [sys.executable, "manage.py", "backtest_routing", str(tmp_path / "past.csv"), "--truth", "who", "--service",
         "kind", "--blank", "--out", str(tmp_path / "out" / "deep")],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": "postgis://nobody@127.0.0.1:1/nothing"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out" / "deep" / "backtest.json").read_text())
    assert result.keys() >= KEYS
    assert result["metre_system"] == "EPSG:32632"


def test_the_figures_are_what_they_say(tmp_path: Path) -> None:
    rows = invented_file(tmp_path / "past.csv")
    result = run(tmp_path / "past.csv", tmp_path / "out", "--service", "kind", "--blank")
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    everything: Counter[str] = Counter()
    usual = 0
    for kind, who in zip(rows["kind"], rows["who"], strict=True):
        known = counts[kind] or everything
        usual += bool(known) and known.most_common(1)[0][0] == who
        counts[kind][who] += 1
        everything[who] += 1
    assert result["reports"] == 900
    assert result["baseline_accuracy"] == pytest.approx(usual / 900, abs=0.02)  # ties aside
    assert result["accuracy"] > 0.9 > 0.65 > result["baseline_accuracy"]
    assert set(result["coverage_at_precision"]) == {"0.95", "0.97", "0.99"}
    confusion = result["confusion"]
    assert sum(sum(row.values()) for row in confusion.values()) == 900
    assert sum(row.get(truth, 0) for truth, row in confusion.items()) == round(result["accuracy"] * 900)
    assert sum(month["reports"] for month in result["by_month"].values()) == 900
    assert next(iter(result["by_month"])) == "2020-01"
    assert result["automatic_precision"] > 0.95
    assert 0 < result["automatic_share"] < 1


def test_only_reports_after_the_training_count(tmp_path: Path) -> None:
    rows = invented_file(tmp_path / "past.csv")
    result = run(tmp_path / "past.csv", tmp_path / "out", "--service", "kind", "--blank", "--train-until", "2020-07-01")
    assert result["reports"] == int((rows["opened"] >= "2020-07-01").sum())
    assert result["reports"] + result["reports_learned_before"] == 900
    assert min(result["by_month"]) == "2020-07"


def test_without_a_kind_the_baseline_is_the_usual_body_of_all(tmp_path: Path) -> None:
    rows = invented_file(tmp_path / "past.csv")
    result = run(tmp_path / "past.csv", tmp_path / "out", "--blank")
    share = (rows["who"] == rows["who"].mode()[0]).mean()
    assert result["baseline_accuracy"] == pytest.approx(share, abs=0.03)


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_is_whole_needs_nobody_and_escapes_labels(tmp_path: Path) -> None:
    invented_file(tmp_path / "past.csv", hostile='<script>alert("1")</script> $x_1$ & 市政')
    run(tmp_path / "past.csv", tmp_path / "out", "--service", "kind", "--blank")
    page = (tmp_path / "out" / "backtest.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    names = [name for name, _ in tags.found]
    assert names.count("h1") == 1
    assert names.count("svg") == 3
    assert not {"script", "link", "iframe", "img"} & set(names)
    assert "://" not in page
    assert "&lt;script&gt;" in page
    for _, attributes in tags.found:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--truth", "body"], "Columns: lon, lat, opened, who, kind"),
        (["--truth", "who", "--service", "nothing"], "There is no column 'nothing'"),
        (["--truth", "who", "--train-until", "soon"], "write it like 2012-01-31"),
        (["--truth", "who", "--train-until", "2030-01-01"], "Choose an earlier day"),
        (["--truth", "who", "--target", "1.5"], "--target"),
        (["--truth", "who", "--lon", "lat", "--lat", "lon"], "exchanged"),
    ],
)
def test_a_bad_option_is_refused_in_one_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    invented_file(tmp_path / "past.csv", 20)
    with pytest.raises(CommandError) as refused:
        call_command("backtest_routing", str(tmp_path / "past.csv"), *options, "--blank", "--out", str(tmp_path / "o"))
    assert sentence in str(refused.value)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    invented_file(tmp_path / "past.csv", 20)
    with pytest.raises(CommandError, match="cannot be made a folder"):
        run(tmp_path / "past.csv", tmp_path / "past.csv" / "out", "--blank")


def toytown_file(path: Path, n: int = 160) -> None:
    """Litter in the two districts; the labels are the bodies' names, the east renamed as the city never heard."""
    random = np.random.default_rng(4)
    west = random.random(n) < 0.5
    lon = np.where(west, -73.9999 + random.random(n) * 0.006, -73.9869 + random.random(n) * 0.0015)
    pd.DataFrame(
        {
            "lon": lon,
            "lat": 40.7001 + random.random(n) * 0.004,
            "opened": pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(n), "h"),
            "who": np.where(west, "sanitation west", "Bureau 9"),
            "kind": "litter",
        }
    ).to_csv(path, index=False)


def rows_everywhere() -> dict[str, int]:
    return {model._meta.db_table: model._base_manager.count() for model in apps.get_models() if model._meta.managed}


def test_the_loaded_city_routes_and_labels_are_learned(toytown: Toytown, tmp_path: Path) -> None:
    toytown_file(tmp_path / "past.csv")
    before = rows_everywhere()
    result = run(tmp_path / "past.csv", tmp_path / "out", "--service", "kind")
    assert rows_everywhere() == before
    assert result["router"] == {"asked": 160, "assigned": 160}
    assert result["accuracy"] > 0.95
    # The name that equals the router's is known at once it was seen; the other after its first answers.
    assert result["by_tenth"][1]["accuracy"] == 1.0
    assert result["city"] == settings.CITY.slug


def test_another_city_or_exchanged_axes_are_refused_on_the_loaded_city(toytown: Toytown, tmp_path: Path) -> None:
    invented_file(tmp_path / "past.csv", 20)
    with pytest.raises(CommandError, match="--blank"):
        run(tmp_path / "past.csv", tmp_path / "out")


@pytest.mark.django_db
def test_without_a_loaded_city_the_command_says_what_to_do(tmp_path: Path) -> None:
    invented_file(tmp_path / "past.csv", 20)
    with pytest.raises(CommandError, match="load_city"):
        run(tmp_path / "past.csv", tmp_path / "out")


@pytest.mark.skipif(not SF.exists(), reason="the shared data of San Francisco is not here")
def test_san_franciscos_queues_are_foretold_better_than_by_the_usual_queue(tmp_path: Path) -> None:
    with gzip.open(SF, "rt") as file:
        assert file.readline().startswith("caseid")
    call_command(
        "backtest_routing", str(SF), "--truth", "responsible_agency", "--service", "category",
        "--train-until", "2011-10-01", "--blank", "--out", str(tmp_path),
    )  # fmt: skip
    result = json.loads((tmp_path / "backtest.json").read_text())
    assert result["reports"] > 2500
    assert result["accuracy"] > result["baseline_accuracy"] + 0.05
    assert result["coverage_at_precision"]["0.97"] > 0.4
    assert result["automatic_precision"] > 0.955
