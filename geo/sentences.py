"""Sentences that are made by one and read by another, later: each reader gets their own language.

A `Sentence` keeps the English text, which is the catalogue's key, and the words
for its places. It is translated when it becomes text, not when it is made: in an
error that a page shows, in a draft that a colleague opens, in what a job is doing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext


@dataclass(frozen=True)
class Sentence:
    """`Sentence(_("%(file)s is empty."), {"file": name})`, where `_` is `gettext_noop`. Words may be sentences."""

    text: str
    words: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """In the active language."""
        said = gettext(self.text)
        return said % self.words if self.words else said


def said_by(problem: BaseException) -> object:
    """What an error says: its sentence, or its text, or the name of its kind."""
    said = problem.args[0] if len(problem.args) == 1 else None
    return said if isinstance(said, Sentence) else str(problem) or type(problem).__name__


def stored(said: object) -> Any:
    """A sentence as JSON; anything else as its text."""
    if isinstance(said, Sentence):
        return {"text": said.text, "words": {name: stored(word) for name, word in said.words.items()}}
    return str(said).replace("\x00", "")  # PostgreSQL's JSON holds no null


def spoken(kept: Any) -> str:
    """What was stored, in the active language."""
    return str(_read(kept))


def _read(kept: Any) -> object:
    if isinstance(kept, dict):
        return Sentence(kept["text"], {name: _read(word) for name, word in kept["words"].items()})
    return kept
