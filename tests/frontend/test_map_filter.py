"""What the map page reads from its address, and the letters on its pins."""

from datetime import date

import pytest
from django.http import QueryDict

from frontend.map_filter import read_map_filter
from frontend.views.map import distinct_letters
from issues.models import ServiceGroup

TODAY = date(2026, 11, 21)
GROUPS = [ServiceGroup(slug="roads"), ServiceGroup(slug="trees")]


def read(query: str):
    return read_map_filter(QueryDict(query), GROUPS)


def test_without_a_question_the_last_90_days_are_shown():
    wanted = read("").request_filter(TODAY)
    assert (wanted.groups, wanted.status, wanted.from_day, wanted.to_day) == ((), "", date(2026, 8, 24), None)


def test_groups_may_be_repeated_or_separated_by_commas_and_unknown_ones_are_dropped():
    assert read("group=trees&group=roads").groups == read("group=trees,roads,moon").groups == ("roads", "trees")


def test_exact_days_win_over_the_period():
    wanted = read("period=7&from=2026-01-01&to=2026-01-31").request_filter(TODAY)
    assert (wanted.from_day, wanted.to_day) == (date(2026, 1, 1), date(2026, 1, 31))


def test_days_in_the_wrong_order_are_swapped():
    asked = read("from=2026-02-01&to=2026-01-01")
    assert (asked.from_day, asked.to_day) == (date(2026, 1, 1), date(2026, 2, 1))


def test_all_time_has_no_first_day():
    assert read("period=all").request_filter(TODAY).from_day is None


@pytest.mark.parametrize(
    "query", ["period=5", "status=lost", "from=yesterday", "from=2026-02-30", "to=0001-01-01", "from=%00"]
)
def test_nonsense_counts_as_not_asked(query):
    assert read(query) == read("")


def test_each_group_has_its_own_letter():
    assert distinct_letters(["Streets, lights", "Street order", "Trees and parks"]) == ["S", "O", "T"]
    assert distinct_letters(["街面秩序", "街道设施"]) == ["街", "道"]


def test_letters_run_out_without_an_error():
    assert distinct_letters(["A", "A", ""]) == ["A", "A", ""]
