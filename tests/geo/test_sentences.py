"""Sentences that are stored and read later."""

import json

from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from geo.errors import CityPinError
from geo.sentences import Sentence, said_by, spoken, stored

INNER = Sentence(_("polygon"))
OUTER = Sentence(_("is a %(kind)s, not a %(wanted)s"), {"kind": "Point", "wanted": INNER})


def test_a_sentence_is_said_in_the_language_of_whoever_reads_it() -> None:
    kept = json.loads(json.dumps(stored(OUTER)))
    with override("en"):
        assert str(OUTER) == spoken(kept) == "is a Point, not a polygon"
    with override("zh-hans"):
        assert str(OUTER) == spoken(kept)
        assert "polygon" not in spoken(kept)


def test_plain_text_stays_what_it_is_and_a_per_cent_sign_without_words_too() -> None:
    assert spoken(stored("100 % of it")) == "100 % of it"
    assert str(Sentence("100 % of it")) == "100 % of it"
    assert stored("a\x00b") == "ab"


def test_an_error_says_its_sentence_its_text_or_its_kind() -> None:
    assert said_by(CityPinError(OUTER)) is OUTER
    assert said_by(ValueError("no")) == "no"
    assert said_by(ValueError()) == "ValueError"
    with override("zh-hans"):
        assert str(CityPinError(OUTER)) == str(OUTER)
