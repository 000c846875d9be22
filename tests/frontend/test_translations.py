"""The Chinese catalogue: complete, intact and Chinese. `makemessages` says what the pages ask for."""

import re
import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

import polib
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from django.utils.dateformat import format as format_date

CATALOGUE = Path(settings.BASE_DIR) / "locale/zh_Hans/LC_MESSAGES/django.po"
WITHOUT_MESSAGES = {"tests", "scripts", "var", "fixtures", "docs", "locale"}
RENEW = "Renew the catalogue: its first lines say how."

# What stays Latin in Chinese: names, formats, units, and the words that programs write.
LATIN = {
    *("CityPin", "JavaScript", "Cookie", "API", "JSON", "ASCII", "UUID", "GPS", "MB"),
    *("JPEG", "PNG", "WebP", "PDF", "HEIC", "CSV", "csv"),
    *("QGIS", "MapLibre", "TileJSON", "OpenAPI"),
    *("EPSG", "GeoJSON", "GeoPackage", "FlatGeobuf", "GeoParquet", "Shapefile", "WKT", "zip", "UTF", "gb18030"),
    *("WGS", "GCJ", "CGCS2000", "parks", "Esc"),
    *("accuracy_m", "bbox", "closed", "from", "lat", "lon", "open", "photo", "size", "status", "on", "to", "week"),
    *("residents", "layer", "square", "hexagon", "asset", "CLASS", "Gi", "A", "B"),
    *("x", "xmin", "xmax", "y", "ymin", "ymax", "z", "YYYY", "MM", "DD"),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|</?\w+>")
HAN = "[\u3400-\u9fff]"

Key = tuple[str | None, str, str]


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def originals(entry: polib.POEntry) -> list[str]:
    return [text for text in (entry.msgid, entry.msgid_plural) if text]


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


@pytest.fixture(scope="module")
def chinese(catalogue: polib.POFile) -> list[tuple[polib.POEntry, str]]:
    """Each translation of words with its entry: date formats are letters with a meaning of their own."""
    words = [entry for entry in catalogue if not (entry.msgctxt or "").endswith("format")]
    return [(entry, text) for entry in words for text in translations(entry)]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> set[Key]:
    """What code and templates ask for, as `makemessages` finds it in a copy of them."""
    if shutil.which("xgettext") is None:
        pytest.fail("xgettext is missing: `make test` installs the package gettext.")
    for package in sorted(Path(settings.BASE_DIR).glob("*/__init__.py")):
        if package.parent.name not in WITHOUT_MESSAGES:
            leave_out = shutil.ignore_patterns("static", "node_modules", "__pycache__", "migrations")
            shutil.copytree(package.parent, tmp_path / package.parent.name, ignore=leave_out)
    (tmp_path / "locale").mkdir()
    monkeypatch.chdir(tmp_path)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    call_command("makemessages", locale=["zh_Hans"], no_location=True, verbosity=0)
    return {key(entry) for entry in polib.pofile(str(tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"))}


def test_every_string_of_pages_and_refusals_is_in_the_catalogue_and_nothing_else(
    asked: set[Key], catalogue: polib.POFile
):
    known = {key(entry) for entry in catalogue if not entry.obsolete}
    assert asked - known == set(), RENEW
    assert known - asked == set(), RENEW


def test_no_translation_is_empty_or_fuzzy_or_obsolete(catalogue: polib.POFile):
    assert [key(entry) for entry in catalogue if not all(translations(entry))] == []
    assert catalogue.fuzzy_entries() == []
    assert not catalogue.metadata_is_fuzzy
    assert catalogue.obsolete_entries() == []


def test_placeholders_and_markup_agree(catalogue: polib.POFile):
    def slots(text: str) -> Counter[str]:
        return Counter(PLACEHOLDER.findall(text))

    broken = [
        entry.msgid
        for entry in catalogue
        for text in translations(entry)
        if slots(text) not in [slots(original) for original in originals(entry)]
    ]
    assert broken == []


def test_chinese_text_holds_no_english_words_but_names_and_what_programs_write(
    chinese: list[tuple[polib.POEntry, str]],
):
    words = {word for _, text in chinese for word in re.findall(r"[A-Za-z]\w*", PLACEHOLDER.sub(" ", text), re.ASCII)}
    assert words - LATIN == set()


def test_every_sentence_is_written_in_chinese(chinese: list[tuple[polib.POEntry, str]]):
    latin_only = [
        entry.msgid
        for entry, text in chinese
        if re.search("[A-Za-z]{2}", PLACEHOLDER.sub("", entry.msgid)) and not re.search(HAN, text)
    ]
    assert latin_only == []


def test_chinese_sentences_have_chinese_punctuation_and_end_as_the_english_ones_do(
    chinese: list[tuple[polib.POEntry, str]],
):
    half_width = [text for _, text in chinese if re.search(rf"{HAN}\s*[,.;:?!()]|[,;:?!()]\s*{HAN}", text)]
    assert half_width == []
    unlike = [
        text for entry, text in chinese if text.endswith("。") and not entry.msgid.endswith((".", "?", "”", "。"))
    ]
    assert unlike == []


@pytest.mark.parametrize(
    ("msgctxt", "english", "expected"),
    [
        ("date format", "D j M", "11月30日 星期一"),
        ("date format", "D j M Y", "2026年11月30日 星期一"),
        ("date and time format", "D j M, H:i", "11月30日 星期一 14:05"),
    ],
)
def test_a_day_is_written_month_first_and_weekday_last(
    catalogue: polib.POFile, msgctxt: str, english: str, expected: str
):
    entry = catalogue.find(english, msgctxt=msgctxt)
    assert entry
    with translation.override("zh-hans"):
        assert format_date(datetime(2026, 11, 30, 14, 5), entry.msgstr) == expected


def test_the_compiler_of_the_set_up_accepts_the_catalogue():
    with CATALOGUE.open("rb") as file:
        read = read_po(file, locale="zh_Hans", domain="django", abort_invalid=True)
    assert read.num_plurals == 1
    assert [(message.id, errors) for message, errors in read.check()] == []
