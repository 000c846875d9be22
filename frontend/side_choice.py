"""The question "which side are you on" as report and tracking page show it: names, letters, a small drawing."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from issues.routing.decision import Candidate
from issues.routing.outcomes import Outcome, Rule
from issues.selectors.sides import Side, asks_for_side, side_question
from issues.side_words import question_text, side_name

HATCHES = {"accent": 45, "contested": 135, "soon": 90, "overdue": 0}
"""Tokens of the sides' colours by letter, each with its hatch in degrees; `js/side-map.js` has the same."""


@dataclass(frozen=True)
class SideOption:
    """One answer: the area's name with its direction. `look` names colour and hatch."""

    side: Side
    name: str
    look: str
    angle: int
    is_chosen: bool


@dataclass(frozen=True)
class SideChoice:
    """The question with its answers; `map_data` is JSON for `js/side-map.js`, lengths are metres."""

    text: str
    options: list[SideOption]
    accuracy_m: float
    view_m: float
    map_data: str

    @property
    def view_box(self) -> str:
        """The drawing's SVG viewBox: metres around the pin."""
        return f"{-self.view_m:g} {-self.view_m:g} {2 * self.view_m:g} {2 * self.view_m:g}"

    @property
    def letter_size(self) -> float:
        """Metres that a letter is high, so that it looks the same for each accuracy."""
        return self.view_m / 6

    @property
    def pin_radius(self) -> float:
        """Metres, as `letter_size`."""
        return self.view_m / 25

    @property
    def hatch_scale(self) -> float:
        """Metres a unit of the hatch, whose lines lie 8 units apart."""
        return self.view_m / 120

    @property
    def is_answered(self) -> bool:
        """Whether one of the sides is chosen."""
        return any(option.is_chosen for option in self.options)


def side_choice(
    outcome: Outcome,
    rule: Rule,
    candidates: Iterable[Candidate],
    lon: float,
    lat: float,
    accuracy_m: float,
    chosen: int | None = None,
) -> SideChoice | None:
    """What to ask at a place (EPSG:4326) for a decision; None where the side decides nothing."""
    question = side_question(candidates, lon, lat, accuracy_m) if asks_for_side(outcome, rule) else None
    if question is None:
        return None
    options = [
        SideOption(side, side_name(side), look, angle, side.boundary.pk == chosen)
        for side, (look, angle) in zip(question.sides, HATCHES.items(), strict=False)
    ]
    map_data = {
        "lon": lon,
        "lat": lat,
        "accuracy_m": accuracy_m,
        "sides": [
            {
                "letter": option.side.letter,
                "look": option.look,
                "geometry": option.side.geometry,
                "label": [option.side.label_lon, option.side.label_lat],
            }
            for option in options
        ],
    }
    return SideChoice(question_text(), options, accuracy_m, question.view_m, json.dumps(map_data))
