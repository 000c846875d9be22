"""A year of an invented city, replayed by `backtest_routing --blank`: seconds, memory, and a peer's accuracy.

    .venv/bin/python -m benchmarks.backtest [REPORTS] [DIR]

120,000 reports unless told otherwise; the file stays in DIR if one is named, so
that anybody can repeat the run. Nothing here touches a database. The peer is
scikit-learn's random forest on longitude, latitude, day, weekday, hour and kind,
trained anew five times over the second half: what a careful analyst would try first.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20
REPORTS = 120_000
GROUPS, KINDS, DISTRICTS, AREAS = 6, 30, 60, 12
NOISE = 0.02
DEGREES = 0.18
PEER_ROWS = 20_000
"""The forest's first half is cut to its newest so many reports: more take minutes and change little."""


def invent(reports: int, seed: int = SEED) -> pd.DataFrame:
    """A table of past reports: lon, lat, opened, group, kind, body.

    A third of the kinds belongs to one body each, a third to 60 districts, a
    third to 12 areas; one kind near main roads belongs to their owner; every
    fifth kind changes its rule in the middle, some districts move a little;
    2 % of the answers are anybody's.
    """
    random = np.random.default_rng(seed)
    centres = random.random((40, 2))
    place = centres[random.integers(0, 40, reports)] + random.normal(0, 0.06, (reports, 2))
    again = np.flatnonzero(random.random(reports) < 0.1)
    place[again] = place[(random.random(len(again)) * again).astype(int)]
    place = np.clip(place, 0, 1)
    hours = np.sort(random.random(reports)) * 365 * 24
    late = hours > hours[-1] / 2
    kind = np.minimum(random.zipf(1.35, reports) - 1, KINDS - 1)
    district = _nearest(place, late, random, DISTRICTS)
    area = _nearest(place, late, random, AREAS)
    owner = (kind + np.where(late & (kind % 5 == 4), 1, 0)) % 3
    body = np.select(
        [owner == 0, owner == 1],
        [np.char.add("Department ", kind.astype(str)), np.char.add("District office ", district.astype(str))],
        np.char.add("Area office ", area.astype(str)),
    )
    on_road = (np.abs(place * 8 % 1 - 0.5).min(axis=1) < 0.03) & (kind == 7)
    body[on_road] = "Road authority"
    noisy = np.flatnonzero(random.random(reports) < NOISE)
    body[noisy] = random.permutation(body)[noisy]
    return pd.DataFrame(
        {
            "lon": np.round(116.3 + place[:, 0] * DEGREES, 6),
            "lat": np.round(39.8 + place[:, 1] * DEGREES, 6),
            "opened": (pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, "h")).round("s"),
            "group": np.char.add("group ", (kind % GROUPS).astype(str)),
            "kind": np.char.add("kind ", kind.astype(str)),
            "body": body,
        }
    )


def _nearest(place: np.ndarray, late: np.ndarray, random: np.random.Generator, count: int) -> np.ndarray:
    """(n,) the nearest of `count` offices, which all moved a little when it became late."""
    offices = random.random((count, 2))
    moved = offices + random.normal(0, 0.01, offices.shape)
    found = np.empty(len(place), dtype=np.int64)
    for rows, centres in ((~late, offices), (late, moved)):
        apart = np.square(place[rows, None, :] - centres[None]).sum(axis=2)
        found[rows] = apart.argmin(axis=1)
    return found


def peer_accuracy(rows: pd.DataFrame) -> float:
    """The share of the second half that a random forest names, learned from all before each tenth of the whole."""
    from sklearn.ensemble import RandomForestClassifier

    moment = rows["opened"].dt
    features = np.column_stack(
        [
            rows["lon"],
            rows["lat"],
            moment.day_of_year,
            moment.day_of_week,
            moment.hour,
            pd.get_dummies(rows["kind"]).to_numpy(dtype=float),
        ]
    )
    truth, _ = pd.factorize(rows["body"])
    right = []
    half = np.arange(len(rows) // 2, len(rows))
    for part in np.array_split(half, 5):
        known = np.arange(max(0, part[0] - PEER_ROWS), part[0])
        forest = RandomForestClassifier(100, max_features=0.5, n_jobs=2, random_state=SEED)
        forest.fit(features[known], truth[known])
        right.append(forest.predict(features[part]) == truth[part])
    return float(np.concatenate(right).mean())


def replay(path: Path, out: Path, services: str, until: str) -> dict[str, object]:
    """Run the command as an operator does, in a process of its own; its figures and the processor's seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "manage.py", "backtest_routing", str(path), "--truth", "body", "--service", services,
         "--train-until", until, "--blank", "--out", str(out)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DATABASE_URL": "postgis://nobody@127.0.0.1:1/nothing"},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result: dict[str, object] = json.loads((out / "backtest.json").read_text(encoding="utf-8"))
    result["processor_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result


def main(reports: int, folder: Path) -> None:
    """Invent, replay with one and with two levels of kinds, compare with the peer, print."""
    rows = invent(reports)
    path = folder / "past.csv"
    rows.to_csv(path, index=False)
    until = f"{rows['opened'].iloc[len(rows) // 2]:%Y-%m-%d}"
    sys.stdout.write(f"{reports:,} invented reports, {rows['body'].nunique()} bodies, {NOISE:.0%} noise; {path}\n")
    for services in ("kind", "group,kind"):
        found = replay(path, folder / services.replace(",", "-"), services, until)
        coverage: dict[str, float] = found["coverage_at_precision"]  # type: ignore[assignment]
        sys.stdout.write(
            f"--service {services:<12} {found['seconds']:>7} s, processor {found['processor_s']:.1f} s, "
            f"{found['peak_mb']} MB; right {found['accuracy']:.2%}, usual body {found['baseline_accuracy']:.2%}, "
            f"coverage at 97 % {coverage['0.97']:.1%}, automatic {found['automatic_share']:.1%} "
            f"of these right {found['automatic_precision']:.2%}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"random forest: right {peer_accuracy(rows):.2%}\n")


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS
    if len(sys.argv) > 2:
        Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
        main(size, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(size, Path(scratch))
