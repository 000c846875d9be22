"""Questions: one spelling, right rows, and sentences for what cannot be asked."""

from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation

from geo.grid import tile_at
from tests.tiles.conftest import TileFeatures, make_report, properties
from tests.toytown import IN_WEST, Toytown
from tiles import filters, query_texts, shape_filters
from tiles.errors import FilterInvalid

HERE = tile_at(*IN_WEST, 12)


def counted(features: list) -> int:
    return sum(cell["count"] for cell in properties(features))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("services=litter,noise", "services=noise,litter"),
        ("services=litter,litter, noise", "services=noise&services=litter"),
        ("services=&group=&from=&status=", ""),
        ("status=open,closed", ""),
        ("state=accepted,fixed,published,submitted", ""),
        ("status=closed", "state=fixed"),
        ("status=open", "state=submitted,published,accepted"),
        ("to=2026-05-02&from=2026-05-01&body=parks", "body=parks&from=2026-05-01&to=2026-05-02"),
    ],
)
def test_two_spellings_of_one_question_are_one_question(one: str, other: str) -> None:
    assert filters.report_question(QueryDict(one)) == filters.report_question(QueryDict(other))


@pytest.mark.parametrize(
    "text", ["", "services=a,b&to=2026-05-02", "status=open", "group=g&body=b&from=2026-01-01&state=published"]
)
def test_the_canonical_spelling_asks_the_same(text: str) -> None:
    question = filters.report_question(QueryDict(text))
    again = filters.report_question(QueryDict(question.canonical()))
    assert again == question and again.canonical() == question.canonical()


def test_everything_is_the_empty_question() -> None:
    assert filters.report_question(QueryDict("status=closed,open&services=")).canonical() == ""


def test_boundaries_of_today_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_texts, "today", lambda: date(2026, 5, 10))
    for query, canonical in [
        ("on=2026-05-10", ""),
        ("from=2026-05-10&to=2026-05-10", ""),
        ("on=2026-05-09", "on=2026-05-09"),
        ("to=2026-05-09&from=2026-05-09", "on=2026-05-09"),
        ("from=2026-05-09", "from=2026-05-09"),
        ("state=fixed&status=closed&services=tree,litter", "services=litter,tree"),
        ("body=parks&group=trees&services=", "body=parks&group=trees"),
    ]:
        for read in (shape_filters.boundary_question, shape_filters.asset_question):
            question = read(QueryDict(query))
            assert question.canonical() == canonical
            assert read(QueryDict(canonical)) == question


def test_days_are_those_of_the_city_and_inclusive(toytown: Toytown, tile_features: TileFeatures) -> None:
    for moment in [(10, 3, 59), (10, 4, 0), (11, 3, 59), (11, 4, 0)]:  # New York's 10 May is 04:00 to 04:00 UTC
        day, hour, minute = moment
        make_report(toytown, "litter", *IN_WEST, requested_datetime=datetime(2026, 5, day, hour, minute, tzinfo=UTC))
    assert counted(tile_features("heat", HERE, from_="2026-05-10", to="2026-05-10")) == 2
    assert counted(tile_features("heat", HERE, from_="2026-05-10")) == 3
    assert counted(tile_features("heat", HERE, to="2026-05-10")) == 3


def test_filters_choose_by_service_group_body_and_state(toytown: Toytown, tile_features: TileFeatures) -> None:
    make_report(toytown, "litter", *IN_WEST, body="sanitation-west")
    make_report(toytown, "tree", *IN_WEST, body="parks", state="fixed")
    make_report(toytown, "pothole", *IN_WEST, body="sanitation", state="submitted")
    make_report(toytown, "pothole", *IN_WEST)
    for query, expected in [
        ({"services": "litter"}, 1),
        ({"services": "litter,tree"}, 2),
        ({"group": "cleanliness"}, 2),
        ({"group": "cleanliness,public-works"}, 4),
        ({"group": "cleanliness", "services": "pothole"}, 0),
        ({"body": "sanitation"}, 2),
        ({"body": "sanitation-west"}, 1),
        ({"body": "parks"}, 1),
        ({"state": "submitted"}, 1),
        ({"status": "closed"}, 1),
        ({"status": "open", "services": "pothole"}, 2),
    ]:
        assert counted(tile_features("heat", HERE, **query)) == expected, query
        assert counted(tile_features("reports", HERE, **query)) == expected, query
        assert len(tile_features("reports", tile_at(*IN_WEST, 16), **query)) == expected, query


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("colour=red", "filter_unknown"),
        ("service=litter", "filter_unknown"),
        ("services=unicorn", "filter_code_unknown"),
        ("group=unicorn", "filter_code_unknown"),
        ("body=unicorn", "filter_code_unknown"),
        ("services=litter,unicorn", "filter_code_unknown"),
        ("from=yesterday", "filter_invalid"),
        ("from=2026-02-30", "filter_invalid"),
        ("from=20260501", "filter_invalid"),
        ("from=2026-05-01,2026-05-02", "filter_invalid"),
        ("from=0001-01-01", "filter_invalid"),
        ("to=9999-12-31", "filter_invalid"),
        ("from=２０２６-05-01", "filter_invalid"),
        ("from=2026-05-02&to=2026-05-01", "filter_invalid"),
        ("state=refused", "filter_invalid"),
        ("state=lost", "filter_invalid"),
        ("status=perhaps", "filter_invalid"),
        ("status=open&state=fixed", "filter_invalid"),
        ("services=%00", "filter_invalid"),
        ("services=%25(states)s", "filter_invalid"),
        ("services=' OR 1=1 --", "filter_invalid"),
        ("services=litter') OR true; DROP TABLE issues_event; --", "filter_invalid"),
        ("body=parks' UNION SELECT description FROM issues_servicerequest --", "filter_invalid"),
        ("from=2026-01-01'::date OR true --", "filter_invalid"),
        ("state=published' OR 'a'='a", "filter_invalid"),
        ("services=" + "a" * 81, "filter_invalid"),
    ],
)
@pytest.mark.parametrize("layer", ["heat", "reports"])
def test_what_cannot_be_asked_is_refused_with_a_sentence(
    toytown: Toytown, client: Client, layer: str, query: str, code: str
) -> None:
    response = client.get(f"/tiles/{layer}/12/{HERE.x}/{HERE.y}.mvt?{query}")
    assert response.status_code == 400
    assert response.json()["code"] == code
    assert len(response.json()["detail"]) > 20
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("layer", "query"),
    [
        ("boundaries", "layer=unicorn"),
        ("boundaries", "services=unicorn"),
        ("boundaries", "group=unicorn"),
        ("boundaries", "body=unicorn"),
        ("boundaries", "on=soon"),
        ("boundaries", "on=2026-05-01&from=2026-05-01"),
        ("boundaries", "state=lost"),
        ("boundaries", "layer=x' OR 1=1 --"),
        ("assets", "class=unicorn"),
        ("assets", "services=unicorn"),
        ("assets", "body=unicorn"),
        ("assets", "from=2026-05-02&to=2026-05-01"),
        ("assets", "layer=districts"),
        ("basemap", "kind=water"),
    ],
)
def test_other_layers_refuse_what_they_cannot_answer(toytown: Toytown, client: Client, layer: str, query: str) -> None:
    assert client.get(f"/tiles/{layer}/14/0/0.mvt?{query}").status_code == 400
    assert client.get(f"/tiles/{layer}.json?{query}").status_code == 400


def test_refusals_can_be_translated() -> None:
    with translation.override("zh-hans"), pytest.raises(FilterInvalid, match="2026-05-02"):
        filters.report_question(QueryDict("from=2026-05-02&to=2026-05-01"))
