"""Publishing areas: versions, corrections, and answers of the past that never change."""

from datetime import date, datetime, timedelta

import pytest
import shapely
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from layers.errors import BodyUnknown, PublicationRefused
from layers.importing.areas import Area
from layers.models import Boundary, Jurisdiction, Layer
from layers.services.publish import Published, publish_boundaries
from tests.layers.grid import FIRST_DAY, area, middle, new_bodies, new_layer

LATER = date(2024, 1, 1)
BETWEEN = date(2022, 6, 1)


@pytest.fixture
def layer(db: None) -> Layer:
    new_bodies("roads", "parks")
    return new_layer()


def publish(layer: Layer, day: date, *areas: Area, **options: object) -> Published:
    return publish_boundaries(layer, areas, day, source="Test", **options)


def bodies_at(layer: Layer, column: int, day: date, known_at: datetime | None = None) -> list[str]:
    """Bodies whose area covers the middle of a cell, as `responsibility_evidence.sql` asks."""
    known_at = known_at or timezone.now()
    found = (
        Boundary.objects.filter(
            jurisdiction__layer=layer, geom__covers=Point(*middle(column), srid=4326), valid_from__lte=day
        )
        .exclude(valid_to__lte=day)
        .filter(recorded_at__lte=known_at)
        .exclude(superseded_at__lte=known_at)
    )
    return sorted(found.values_list("jurisdiction__body__slug", flat=True))


def test_a_first_publication_holds_from_its_day_on(layer: Layer) -> None:
    published = publish(layer, FIRST_DAY, area("a", 0, 1), area("b", 2, body="parks"))
    assert [found.code for found in published.diff.added] == ["a", "b"]
    assert (published.added, published.superseded) == (2, 0)
    assert bodies_at(layer, 0, FIRST_DAY) == ["roads"]
    assert bodies_at(layer, 0, FIRST_DAY - timedelta(1)) == []


def test_publishing_the_same_again_writes_nothing(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0, 1))
    again = publish(layer, LATER, area("a", 0, 1))
    assert again.diff.is_empty
    assert Boundary.objects.count() == 1


def test_only_what_changed_is_recorded_anew(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0, 1), area("b", 2), area("c", 3))
    untouched = Boundary.objects.get(jurisdiction__code="c")
    published = publish(layer, LATER, area("a", 0), area("b", 1, 2), area("c", 3))
    assert {moved.code for moved in published.diff.moved} == {"a", "b"}
    assert published.diff.moved[1].gained_m2 == pytest.approx(published.diff.moved[0].lost_m2, rel=1e-9)
    assert 200_000 < published.diff.moved[0].moved_m2 < 260_000
    assert list(Boundary.objects.filter(jurisdiction__code="c")) == [untouched]
    assert Boundary.objects.get(pk=untouched.pk).superseded_at is None
    assert bodies_at(layer, 1, LATER - timedelta(1)) == bodies_at(layer, 1, LATER) == ["roads"]
    current = Boundary.objects.filter(jurisdiction__code="a", superseded_at=None).order_by("valid_from")
    assert list(current.values_list("valid_from", "valid_to")) == [(FIRST_DAY, LATER), (LATER, None)]


def test_a_removed_area_ends_on_the_day_and_stays_known_before_it(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0), area("b", 1))
    publish(layer, LATER, area("a", 0))
    assert bodies_at(layer, 1, LATER - timedelta(1)) == ["roads"]
    assert bodies_at(layer, 1, LATER) == []


def test_an_incomplete_publication_leaves_the_other_areas_alone(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0), area("b", 1))
    publish(layer, LATER, area("a", 0, 2), complete=False)
    assert bodies_at(layer, 1, LATER) == bodies_at(layer, 2, LATER) == ["roads"]


def test_a_body_that_takes_over_answers_from_the_day_and_the_past_keeps_its_body(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0))
    published = publish(layer, LATER, area("a", 0, body="parks"))
    [handed] = published.diff.handed_over
    assert (handed.before, handed.after) == ("roads", "parks")
    assert bodies_at(layer, 0, LATER - timedelta(1)) == ["roads"]
    assert bodies_at(layer, 0, LATER) == ["parks"]
    assert Jurisdiction.objects.filter(layer=layer, code="a").count() == 2


def test_a_new_name_makes_no_new_record(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0, names={"en": "Old", "zh-hans": "旧"}))
    published = publish(layer, LATER, area("a", 0, names={"en": "New"}))
    assert [renamed.code for renamed in published.diff.renamed] == ["a"]
    assert published.added == 0
    assert Jurisdiction.objects.get(layer=layer).names == {"en": "New", "zh-hans": "旧"}


def test_a_correction_from_the_same_day_is_a_new_record_and_the_old_one_stays_askable(layer: Layer) -> None:
    first = publish(layer, FIRST_DAY, area("a", 0))
    publish(layer, FIRST_DAY, area("a", 1))
    assert bodies_at(layer, 0, BETWEEN) == []
    assert bodies_at(layer, 1, BETWEEN) == ["roads"]
    assert bodies_at(layer, 0, BETWEEN, known_at=first.recorded_at) == ["roads"]
    assert bodies_at(layer, 1, BETWEEN, known_at=first.recorded_at) == []


def test_a_correction_within_an_old_version_leaves_the_later_version_alone(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0))
    publish(layer, LATER, area("a", 3))
    publish(layer, BETWEEN, area("a", 1))
    columns = {day: [column for column in range(4) if bodies_at(layer, column, day)] for day in (BETWEEN, LATER)}
    assert columns == {BETWEEN: [1], LATER: [3]}
    assert [column for column in range(4) if bodies_at(layer, column, BETWEEN - timedelta(1))] == [0]


def test_a_publication_can_end_and_what_was_before_holds_again(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0))
    publish(layer, BETWEEN, area("a", 1), valid_to=LATER)
    assert [bodies_at(layer, 0, day) for day in (FIRST_DAY, BETWEEN, LATER)] == [["roads"], [], ["roads"]]


def test_an_area_that_comes_again_later_ends_where_the_later_one_begins(layer: Layer) -> None:
    publish(layer, LATER, area("a", 0))
    publish(layer, FIRST_DAY, area("a", 1))
    assert [bodies_at(layer, 1, day) for day in (BETWEEN, LATER)] == [["roads"], []]
    assert bodies_at(layer, 0, LATER) == ["roads"]


def test_what_cannot_be_published_is_refused_with_nothing_stored(layer: Layer) -> None:
    with pytest.raises(PublicationRefused, match="more than one area: a"):
        publish(layer, FIRST_DAY, area("a", 0), area("a", 1))
    with pytest.raises(PublicationRefused, match="no area"):
        publish(layer, FIRST_DAY)
    with pytest.raises(PublicationRefused, match="not after"):
        publish(layer, FIRST_DAY, area("a", 0), valid_to=FIRST_DAY)
    with pytest.raises(PublicationRefused, match="no polygon"):
        publish(layer, FIRST_DAY, area("a"))
    with pytest.raises(BodyUnknown, match="'nobody'"):
        publish(layer, FIRST_DAY, area("a", 0, body="nobody"))
    assert not Boundary.objects.exists()


def test_a_conflict_is_judged_by_the_database_and_told_as_a_refusal(layer: Layer) -> None:
    bow_tie = Area("a", {"en": "A"}, "roads", shapely.from_wkt("MULTIPOLYGON (((0 0, 1 1, 1 0, 0 1, 0 0)))"))
    with pytest.raises(PublicationRefused, match="boundary_geom_is_valid"):
        publish(layer, FIRST_DAY, area("b", 2), bow_tie)
    assert not Boundary.objects.exists()
    assert not Jurisdiction.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"valid_from": date(1999, 1, 1)},
        {"recorded_at": datetime(1999, 1, 1, tzinfo=timezone.get_default_timezone())},
        {"source": "Another"},
        {"superseded_at": None},
        {"valid_to": None},
        {"geom": "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_published_boundary_cannot_be_edited(layer: Layer, change: dict[str, object]) -> None:
    publish(layer, FIRST_DAY, area("a", 0))
    publish(layer, LATER, area("a", 1))
    publish(layer, LATER, area("a", 2))
    # The first days' record has an end and is in force, the second day's is superseded.
    for boundary in Boundary.objects.all():
        field = next(iter(change))
        if getattr(boundary, field) != change[field]:
            with pytest.raises(IntegrityError, match="is published"), transaction.atomic():
                Boundary.objects.filter(pk=boundary.pk).update(**change)


def test_a_published_boundary_cannot_be_deleted_nor_its_jurisdiction_given_away(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0), area("b", 1, body="parks"))
    with pytest.raises(IntegrityError, match="supersede it instead"), transaction.atomic():
        Boundary.objects.all().delete()
    first, second = Jurisdiction.objects.order_by("code")
    with pytest.raises(IntegrityError, match="has boundaries"), transaction.atomic():
        Jurisdiction.objects.filter(pk=first.pk).update(body=second.body)


def test_a_boundary_in_force_can_be_ended_once(layer: Layer) -> None:
    publish(layer, FIRST_DAY, area("a", 0))
    assert Boundary.objects.update(valid_to=LATER) == 1
    assert Boundary.objects.update(superseded_at=timezone.now()) == 1


DAYS = [FIRST_DAY + timedelta(days=365 * year) for year in range(4)]
COLUMNS = 4
publications = st.tuples(
    st.sampled_from(DAYS),
    st.dictionaries(
        st.sampled_from("abc"),
        st.tuples(st.sets(st.integers(0, COLUMNS - 1), min_size=1), st.sampled_from(["roads", "parks"])),
        min_size=1,
    ),
    st.sampled_from([None, date(2023, 3, 1)]),
    st.booleans(),
)


class ThePastStays(TestCase):
    """Property test; the layer is built once, each example rolls back."""

    @classmethod
    def setUpTestData(cls) -> None:
        new_bodies("roads", "parks")
        cls.layer = new_layer()

    @hypothesis_settings(max_examples=25)
    @given(st.lists(publications, min_size=1, max_size=5))
    def test_an_answer_as_known_once_never_changes_and_the_newest_says_what_was_published(self, steps: list) -> None:
        told: dict[tuple[int, date, datetime], list[str]] = {}
        for day, content, valid_to, complete in steps:
            end = valid_to if valid_to and valid_to > day else None
            areas = [area(code, *columns, body=body) for code, (columns, body) in content.items()]
            published = publish(self.layer, day, *areas, valid_to=end, complete=complete)
            for (column, asked, known_at), bodies in told.items():
                assert bodies_at(self.layer, column, asked, known_at) == bodies
            if complete:
                for column in range(COLUMNS):
                    wanted = sorted(body for columns, body in content.values() if column in columns)
                    assert bodies_at(self.layer, column, day) == wanted
            for column in range(COLUMNS):
                for asked in [*DAYS, date(2023, 3, 1), date(2030, 1, 1)]:
                    told[column, asked, published.recorded_at] = bodies_at(self.layer, column, asked)
            # Nobody is in force twice for one code on one day.
            current = Boundary.objects.filter(superseded_at=None)
            for asked in DAYS:
                codes = current.filter(valid_from__lte=asked).exclude(valid_to__lte=asked)
                codes = list(codes.values_list("jurisdiction__code", flat=True))
                assert len(codes) == len(set(codes))
