"""A simulation's result in the words of its page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from issues.models import Service
from issues.routing.outcomes import Outcome
from layers.models import Body

MOST_FROM, MOST_TO = 12, 8
"""Rows and columns of the table of bodies; the rest is added up."""
LISTED = 50
"""Reports of one list; what is left out is counted."""
KINDS = ("contested", "homeless", "uncertain", "settled", "moved")


@dataclass(frozen=True)
class Matrix:
    """Moved reports by who had them (rows) and who would (columns); a cell is 0 where none moved so."""

    columns: list[str]
    rows: list[tuple[str, list[int], int]]


@dataclass(frozen=True)
class Load:
    """A body's reports before and after, and the share of its open ones that are late or nearly.

    `risky_in` of these come from elsewhere, `risky_out` leave.
    """

    body: str
    all_before: int
    all_after: int
    open_before: int
    open_after: int
    risky_before: int
    risky_after: int
    risk_before: float
    risk_after: float
    risky_in: int
    risky_out: int

    @property
    def is_changed(self) -> bool:
        """Whether it gets more or less; also other ones at risk for those that it had."""
        return any((self.all_change, self.open_change, self.risky_in, self.risky_out))

    @property
    def all_change(self) -> int:
        """How many more reports."""
        return self.all_after - self.all_before

    @property
    def open_change(self) -> int:
        """How many more open ones."""
        return self.open_after - self.open_before


@dataclass(frozen=True)
class MovedLine:
    """One report: who had it and who would have had it."""

    number: int
    kind: str
    service: str
    before: str
    after: str
    lon: float
    lat: float


@dataclass(frozen=True)
class MovedList:
    """Reports of one kind of change; `count` is of all of them."""

    kind: str
    title: str
    count: int
    lines: list[MovedLine]

    @property
    def left_out(self) -> int:
        """How many are not listed."""
        return self.count - len(self.lines)


@dataclass(frozen=True)
class SimulationWords:
    """All that the page says; `unchanged` is how many bodies keep exactly what they have."""

    reports: int
    moved: int
    share: float
    matrix: Matrix
    loads: list[Load]
    unchanged: int
    lists: list[MovedList]
    on_map: int


def simulation_words(result: dict[str, Any]) -> SimulationWords:
    """The words for the result of a job `simulate_draft`."""
    names = body_names()
    lines = moved_lines(result, names)
    loads = [_load(each, names) for each in result["workloads"]]
    changed = [load for load in loads if load.is_changed]
    counts = {
        "contested": result["newly_contested"],
        "homeless": result["newly_homeless"],
        "uncertain": result["newly_uncertain"],
        "settled": result["settled"],
    }
    counts["moved"] = result["moved"] - sum(counts.values())
    return SimulationWords(
        reports=result["reports"],
        moved=result["moved"],
        share=100 * result["moved"] / max(result["reports"], 1),
        matrix=_matrix(result["table"], names),
        loads=changed,
        unchanged=len(loads) - len(changed),
        lists=[
            MovedList(kind, title, counts[kind], [line for line in lines if line.kind == kind][:LISTED])
            for kind, title in kind_titles().items()
        ],
        on_map=len(lines),
    )


def kind_titles() -> dict[str, str]:
    """The kinds of change, the worst first."""
    return {
        "contested": _("Newly contested"),
        "homeless": _("Newly nobody's"),
        "uncertain": _("Newly too close to a border"),
        "settled": _("Settled: somebody answers at last"),
        "moved": _("From one body to another"),
    }


def body_names() -> dict[str, str]:
    """Names of all bodies by slug."""
    return {body.slug: body.name for body in Body.objects.all()}


def moved_lines(result: dict[str, Any], names: dict[str, str]) -> list[MovedLine]:
    """The moved reports that the result holds, in its order."""
    services = {service.service_code: service.name for service in Service.objects.all()}
    return [
        MovedLine(
            number=row["service_request"],
            kind=_kind(row),
            service=services.get(row["service_code"], row["service_code"]),
            before=_side(row["from_body"] or f"({row['from_outcome']})", names),
            after=_side(row["to_body"] or f"({row['to_outcome']})", names),
            lon=row["lon"],
            lat=row["lat"],
        )
        for row in result["moved_reports"]
    ]


def _kind(row: dict[str, Any]) -> str:
    undecided = {
        Outcome.CONTESTED.value: "contested",
        Outcome.GAP.value: "homeless",
        Outcome.UNCERTAIN.value: "uncertain",
    }
    return undecided.get(row["to_outcome"]) or ("moved" if row["from_body"] else "settled")


def _side(label: str, names: dict[str, str]) -> str:
    """The body's name; outcomes without one stand in brackets in the result."""
    outcomes = {
        f"({Outcome.NOT_OURS.value})": _("not the city's"),
        f"({Outcome.CONTESTED.value})": _("contested"),
        f"({Outcome.UNCERTAIN.value})": _("close to a border"),
        f"({Outcome.GAP.value})": _("nobody"),
    }
    return outcomes.get(label) or names.get(label, label)


def _matrix(table: Sequence[dict[str, Any]], names: dict[str, str]) -> Matrix:
    given: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for each in table:
        given[each["from"]] += each["reports"]
        taken[each["to"]] += each["reports"]
    rows = [label for label, _count in given.most_common(MOST_FROM)]
    columns = [label for label, _count in taken.most_common(MOST_TO)]
    cells: Counter[tuple[str, str]] = Counter()
    for each in table:
        row = each["from"] if each["from"] in rows else ""
        column = each["to"] if each["to"] in columns else ""
        cells[row, column] += each["reports"]
    rows += [""] if len(given) > len(rows) else []
    columns += [""] if len(taken) > len(columns) else []

    def name(label: str) -> str:
        return _side(label, names) if label else _("all others")

    return Matrix(
        columns=[name(column) for column in columns],
        rows=[
            (name(row), [cells[row, column] for column in columns], sum(cells[row, column] for column in columns))
            for row in rows
        ],
    )


def _load(found: dict[str, Any], names: dict[str, str]) -> Load:
    return Load(
        body=names.get(found["body"], found["body"]),
        **{name: found[name] for name in ("all_before", "all_after", "open_before", "open_after")},
        risky_before=found["late_before"] + found["near_due_before"],
        risky_after=found["late_after"] + found["near_due_after"],
        risk_before=100 * found["risk_before"],
        risk_after=100 * found["risk_after"],
        # Results of an earlier release do not know them.
        risky_in=found.get("risky_in", 0),
        risky_out=found.get("risky_out", 0),
    )
