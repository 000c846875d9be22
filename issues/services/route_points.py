"""Decides the rows of a table: places in, responsible bodies out, a batch at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.utils import timezone

from issues.bulk.answers import Answer, answer_of
from issues.bulk.world import Questions
from issues.errors import AssetUnknown, SideUnknown
from issues.explanations import explain
from issues.models import Service
from issues.selectors.evidence import find_responsibility
from issues.selectors.memory import find_responsibility_remembering
from issues.selectors.responsibility import check_asset_found, check_side_found
from issues.selectors.routing_index import RoutingIndex, questions_of
from layers.errors import FileColumnsInvalid
from layers.models import Body
from layers.selectors.city import outline_index

NEEDED = ("lon", "lat", "service_code")
ANSWERS = ("outcome", "body", "rule", "confidence", "error")

OPTIONAL = ("accuracy_m", "asset_id", "side_boundary_id", "at")

Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]


@dataclass
class Counts:
    """What became of the rows so far."""

    rows: int = 0
    refused: int = 0


class PointRouter:
    """Decides tables of text with the columns lon, lat, service_code and perhaps those of `OPTIONAL`.

    The city is read when the router is made: all rows of a file get answers of
    one version.
    """

    def __init__(self, explained: bool = False, remembering: bool = False, threads: int = 2) -> None:
        """Read the city.

        Parameters
        ----------
        explained
            Adds a sentence a row, asked one by one (5 ms each).
        remembering
            Asks earlier answers, too, about rows without a day that the rules leave open, as a
            single question does (5 ms each); otherwise these stay open.
        threads
            Of the index.
        """
        self.index = RoutingIndex()
        self.counts = Counts()
        self._explained, self._remembering, self._threads = explained, remembering, threads
        self._outline = outline_index()
        self._services = dict(Service.objects.filter(is_active=True).values_list("service_code", "pk"))
        self._bodies = dict(Body.objects.values_list("pk", "slug"))
        self._today = np.datetime64(timezone.localdate(), "D")

    def routed(self, tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Each table with the columns outcome, body, rule, confidence and error (and explanation) at its end.

        Raises
        ------
        FileColumnsInvalid
            A needed column is missing.
        """
        for table in tables:
            missing = [name for name in NEEDED if name not in table]
            if missing:
                raise FileColumnsInvalid(
                    f"The table has no column {', '.join(missing)}. It has: {', '.join(map(str, table.columns))}."
                )
            yield self._route(table)

    def _route(self, table: pd.DataFrame) -> pd.DataFrame:
        errors = np.full(len(table), "", dtype=object)
        asked = self._read(table, errors)
        good = np.flatnonzero(errors == "")
        chosen = asked.chosen(good)
        numbers = self.index.decide(chosen, self._threads)
        remembers = np.full(len(table), self._remembering)
        if "at" in table:
            remembers &= table["at"].str.strip().to_numpy() == ""
        self._remember(chosen, numbers, remembers[good])
        answers = list(self.index.answers)
        texts = {column: np.full(len(table), "", dtype=object) for column in ANSWERS[:-1]}
        for column, values in self._words(answers).items():
            texts[column][good] = values[numbers] if len(values) else ""
        self._refuse_unknown_choices(chosen, numbers, answers, good, texts, errors)
        if self._explained:
            texts["explanation"] = _explanations(asked, errors == "", remembers)
        self.counts.rows += len(table)
        self.counts.refused += int(np.count_nonzero(errors != ""))
        return table.assign(**texts, error=errors)[
            [*(name for name in table.columns if name not in {*texts, "error"}), *texts, "error"]
        ]

    def _read(self, table: pd.DataFrame, errors: npt.NDArray[np.object_]) -> Questions:
        """The questions that the rows ask; why a row asks none goes into `errors`."""
        lon, lat = _numbers(table["lon"]), _numbers(table["lat"])
        services = table["service_code"].map(self._services)
        accuracy, days = self._accuracy(table, errors), self._days(table, errors)
        assets = _ids(table, "asset_id", errors, "asset_unknown: asset_id must be the number of an asset")
        sides = _ids(table, "side_boundary_id", errors, "side_unknown: side_boundary_id must be the number of an area")
        unknown = services.isna().to_numpy()
        codes = table["service_code"].str.slice(0, 60)
        errors[unknown] = "service_unknown: " + codes[unknown] + " is not the code of an active service"
        on_earth = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # NaN is not
        inside = self._outline.locate(lon, lat).sets > 0
        swapped = on_earth & ~inside & (self._outline.locate(lat, lon).sets > 0)
        errors[~inside] = "outside_city: the place is outside the city"
        errors[swapped] = "axes_swapped: outside the city, but inside with lon and lat exchanged"
        errors[~on_earth] = "point_invalid: lon and lat must be two numbers in degrees"
        return Questions(services.fillna(0).to_numpy(dtype=np.int64), lon, lat, accuracy, assets, days, sides=sides)

    def _accuracy(self, table: pd.DataFrame, errors: Texts) -> npt.NDArray[np.float64]:
        """An empty cell says exact; without the column all are."""
        if "accuracy_m" not in table:
            return np.empty(0)
        accuracy = _numbers(table["accuracy_m"], 0.0)
        errors[~(np.isfinite(accuracy) & (accuracy >= 0))] = "accuracy_invalid: accuracy_m must be 0 or more metres"
        return accuracy

    def _days(self, table: pd.DataFrame, errors: Texts) -> npt.NDArray[np.datetime64]:
        """An empty cell says today; without the column all do."""
        if "at" not in table:
            return np.full(len(table), self._today)
        texts, where = np.unique(table["at"].str.strip().to_numpy(dtype=str), return_inverse=True)
        known = [_day(text) if text else self._today for text in texts.tolist()]
        wrong = np.array([day is None for day in known], dtype=bool)[where]
        errors[wrong] = "day_invalid: at must be a day or a moment, as 2026-05-03 or 2026-05-03T12:00:00+02:00"
        return np.array([day or self._today for day in known], dtype="datetime64[D]")[where]

    def _remember(self, asked: Questions, numbers: npt.NDArray[np.int32], wanted: Bools) -> None:
        """Ask the memory what the rules leave open; not about a day: earlier answers are not kept as known then."""
        is_open = np.array([answer.body_id is None for answer in self.index.answers], dtype=bool)[numbers]
        rows = np.flatnonzero(is_open & wanted)
        for row, question in zip(rows.tolist(), questions_of(asked.chosen(rows)), strict=True):
            numbers[row] = self.index.answers.number(answer_of(find_responsibility_remembering(question)))

    def _words(self, answers: list[Answer]) -> dict[str, Texts]:
        """Each column's text for each answer."""
        return {
            "outcome": np.array([answer.outcome.value for answer in answers], dtype=object),
            "body": np.array([self._bodies.get(answer.body_id or 0, "") for answer in answers], dtype=object),
            "rule": np.array([answer.rule.value for answer in answers], dtype=object),
            "confidence": np.array([f"{answer.confidence:.4g}" for answer in answers], dtype=object),
        }

    def _refuse_unknown_choices(
        self,
        asked: Questions,
        numbers: npt.NDArray[np.int32],
        answers: list[Answer],
        rows: npt.NDArray[np.int64],
        texts: dict[str, Texts],
        errors: Texts,
    ) -> None:
        """As for a single question: a chosen asset or side that is no evidence there is a mistake."""
        doubtful = np.zeros(len(asked), dtype=bool)
        for chosen, found in (
            (asked.assets, [answer.asset_id or 0 for answer in answers]),
            (asked.sides, [answer.boundary_id or 0 for answer in answers]),
        ):
            if chosen.any():
                # Another rule may have decided although the asset or side is there.
                doubtful |= (chosen > 0) & (np.array(found, dtype=np.int64)[numbers] != chosen)
        for question, row in zip(questions_of(asked.chosen(np.flatnonzero(doubtful))), rows[doubtful], strict=True):
            decision = find_responsibility(question)
            try:
                check_asset_found(decision, question.asset_id)
                check_side_found(decision, question.side_boundary_id)
            except (AssetUnknown, SideUnknown) as error:
                errors[row] = f"{error.code}: {error}"
                for column in texts.values():
                    column[row] = ""


def _explanations(asked: Questions, wanted: Bools, remembers: Bools) -> Texts:
    texts = np.full(len(asked), "", dtype=object)
    rows = np.flatnonzero(wanted)
    for row, question in zip(rows.tolist(), questions_of(asked.chosen(rows)), strict=True):
        find = find_responsibility_remembering if remembers[row] else find_responsibility
        explanation = explain(find(question))
        texts[row] = f"{explanation.headline} {explanation.because}".strip()
    return texts


def _ids(table: pd.DataFrame, column: str, errors: Texts, wrong_text: str) -> npt.NDArray[np.int64]:
    """The ids in the column, 0 for an empty cell or a wrong one, which is said; without the column none."""
    if column not in table:
        return np.empty(0, dtype=np.int64)
    wanted = _numbers(table[column], 0.0)
    wrong = ~((wanted >= 0) & (wanted < 2**53) & (wanted == np.floor(wanted)))
    errors[wrong] = wrong_text
    return np.where(wrong, 0, wanted).astype(np.int64)


def _numbers(column: "pd.Series[str]", empty: float = np.nan) -> npt.NDArray[np.float64]:
    """The cells as numbers: `empty` for empty ones, NaN for other text."""
    text = column.str.strip()
    return np.where(text == "", empty, pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64))


def _day(text: str) -> date | None:
    """The day in the city that a day or a moment means; None if it is neither."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.date()
    try:
        return timezone.localdate(moment)
    except OverflowError:
        return None
