"""What an import found, in the words of a page."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from geo.errors import CityPinError
from geo.sentences import spoken
from geo.translation import localized
from issues.models import Service
from issues.routing.outcomes import Outcome
from layers.errors import FileRefused
from layers.models import Body, ImportDraft

SHOWN = 200
"""Lines of one list; what is left out is counted."""


@dataclass(frozen=True)
class ChangeLine:
    """One change of one area: `kind` is removed, handed_over, moved, renamed or added."""

    kind: str
    code: str
    name: str
    gained_m2: float | None = None
    lost_m2: float | None = None
    before: str = ""
    after: str = ""

    @property
    def moved_m2(self) -> float:
        """Gained and lost together."""
        return (self.gained_m2 or 0) + (self.lost_m2 or 0)


@dataclass(frozen=True)
class GoldenLine:
    """A place whose answer would change, with both answers in words."""

    name: str
    service: str
    why: str
    expected: str
    found: str
    place: str


@dataclass(frozen=True)
class DraftWords:
    """All that a draft's page says about its difference."""

    counts: list[tuple[str, int]]
    is_empty: bool
    changes: list[ChangeLine] = field(default_factory=list)
    left_out: int = 0
    notes: list[str] = field(default_factory=list)
    suspicions: list[str] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    repaired: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""
    golden: list[GoldenLine] = field(default_factory=list)


def draft_words(draft: ImportDraft) -> DraftWords:
    """The words for a draft that was compared."""
    found = draft.plan or {}
    difference = found["difference"]
    changes = _changes(difference) if draft.layer_id else []
    return DraftWords(
        counts=_counts(difference),
        is_empty=not any(difference[name] for name in difference if name not in ("unchanged", "vanished"))
        and not difference.get("vanished"),
        changes=changes[:SHOWN],
        left_out=max(0, len(changes) - SHOWN),
        notes=[spoken(note) for note in found["notes"]],
        suspicions=[_suspicion(each) for each in found["suspicions"]],
        refused=[{**row, "reason": spoken(row["reason"])} for row in found["refused"]],
        repaired=[{**row, "reason": spoken(row["reason"])} for row in found["repaired"]],
        refusal=spoken(found.get("refusal", {}).get("text", "")),
        golden=[golden_line(each) for each in found.get("refusal", {}).get("points", [])],
    )


def reading_refused(error: CityPinError) -> str:
    """Why a file cannot be read, and in which field of the page to say what it lacks."""
    fields = {
        "source_crs": _("Write it under “Coordinate system”, for example EPSG:4326 for degrees of GPS."),
        "file_layer": _("Choose it under “Layer inside the file”."),
        "encoding": _("Name its encoding under “Encoding of the text”, for example gb18030."),
        "geometry_fields": _("Choose them under “Column of the longitude, or of WKT” and “Column of the latitude”."),
    }
    field_words = fields.get(error.needs, "") if isinstance(error, FileRefused) else ""
    return f"{error} {field_words}".rstrip()


def _counts(difference: dict[str, Any]) -> list[tuple[str, int]]:
    names = {
        "added": _("added"),
        "removed": _("removed"),
        "moved": _("moved"),
        "handed_over": _("handed over"),
        "renamed": _("renamed"),
        "changed": _("another owner or name"),
        "vanished": _("stored, but not in the file"),
        "unchanged": _("unchanged"),
    }
    counted = []
    for key, words in names.items():
        if key in difference:
            value = difference[key]
            counted.append((words, value if isinstance(value, int) else len(value)))
    return counted


def _changes(difference: dict[str, Any]) -> list[ChangeLine]:
    bodies = {body.slug: body.name for body in Body.objects.all()}
    lines = [_whole_area("removed", each, bodies) for each in difference["removed"]]
    lines += [
        ChangeLine(
            "handed_over",
            each["code"],
            localized(each["names"]),
            before=bodies.get(each["before"], each["before"]),
            after=bodies.get(each["after"], each["after"]),
        )
        for each in difference["handed_over"]
    ]
    lines += [
        ChangeLine(
            "moved", each["code"], localized(each["names"]), gained_m2=each["gained_m2"], lost_m2=each["lost_m2"]
        )
        for each in difference["moved"]
    ]
    lines += [
        ChangeLine("renamed", each["code"], "", before=before, after=after)
        for each in difference["renamed"]
        for before, after in _new_names(each)
    ]
    return lines + [_whole_area("added", each, bodies) for each in difference["added"]]


def _whole_area(kind: str, area: dict[str, Any], bodies: dict[str, str]) -> ChangeLine:
    return ChangeLine(kind, area["code"], localized(area["names"]), after=bodies.get(area["body"], area["body"]))


def _new_names(change: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (change["before"].get(language, "–"), name)
        for language, name in change["after"].items()
        if change["before"].get(language) != name
    ]


def _suspicion(found: dict[str, str]) -> str:
    """The command's text names options; the page names its own fields."""
    return {
        "axes_swapped": _(
            "Most features lie in the city only with the two numbers exchanged: choose “latitude first” below."
        ),
        "not_degrees": _(
            "The numbers are too large for degrees: the file is in a projected system. "
            "Name it under “Coordinate system”."
        ),
        "outside_city": _("No feature lies in the city. Is the file another city's, or in another coordinate system?"),
        "datum_shift": _(
            "All areas lie off those in force by the same distance, with the same shapes: another datum or system? "
            "Chinese map services use GCJ-02; ask for WGS 84 or CGCS2000."
        ),
    }.get(found["code"], found["text"])


def golden_line(point: dict[str, Any]) -> GoldenLine:
    """A point of `GoldenPointsMoved`, as `Difference.as_json` gives it, in words."""
    service = Service.objects.filter(service_code=point["service_code"]).first()
    slugs = [*point["expected"]["bodies"], *point["found"]["bodies"]]
    bodies = {body.slug: body.name for body in Body.objects.filter(slug__in=slugs)}
    return GoldenLine(
        name=point["name"],
        service=service.name if service else point["service_code"],
        why=point["why"],
        expected=_answer(point["expected"], bodies),
        found=_answer(point["found"], bodies),
        place=f"{point['lat']:.5f}, {point['lon']:.5f}",
    )


def _answer(answer: dict[str, Any], bodies: dict[str, str]) -> str:
    names = " / ".join(bodies.get(slug, slug) for slug in answer["bodies"])
    outcome = {
        Outcome.ASSIGNED.value: "",
        Outcome.NOT_OURS.value: _("not the city's"),
        Outcome.CONTESTED.value: _("contested"),
        Outcome.UNCERTAIN.value: _("close to a border"),
        Outcome.GAP.value: _("nobody"),
    }.get(answer["outcome"], answer["outcome"])
    return f"{outcome}: {names}" if outcome and names else outcome or names
