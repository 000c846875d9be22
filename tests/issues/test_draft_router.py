"""Deciding again only what a draft can change gives what a replay of everything gives."""

from dataclasses import replace

import numpy as np
import shapely
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from issues.bulk.draft import DraftRouter
from issues.bulk.router import BulkRouter, Routed
from issues.bulk.world import Boundaries, Questions
from issues.memory.voting import Level, MemoryEvidence
from issues.selectors.routing_index import RoutingIndex
from issues.services.arbitration.rule import confirm_ruling
from tests.issues.arbitrating import case_of, hire, report, zone_ruling
from tests.toytown import Toytown, build_toytown

# Thousandths of a degree hit edges and corners of Toytown and of drafts exactly.
lon = st.one_of(st.integers(-74_002, -73_978).map(lambda value: value / 1000), st.floats(-74.002, -73.978))
lat = st.one_of(st.integers(40_698, 40_722).map(lambda value: value / 1000), st.floats(40.698, 40.722))
areas = st.lists(
    st.tuples(
        st.sampled_from(["sanitation-west", "sanitation-east", "parks", "power-company"]),
        st.integers(-74_000, -73_983),
        st.integers(40_699, 40_719),
        st.integers(1, 16),
        st.integers(1, 20),
    ),
    max_size=4,
)
questions = st.lists(
    st.tuples(
        st.sampled_from(["litter", "tree", "noise", "pothole", "street-lamp"]),
        lon,
        lat,
        st.one_of(st.just(0.0), st.floats(0.5, 80.0), st.just(5000.0)),
        st.sampled_from([None, "lamp-1", "lamp-4"]),
        st.sampled_from([None, "west", "east", "commons"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def drawn_areas(town: Toytown, drawn: list[tuple[str, int, int, int, int]]) -> Boundaries:
    boxes = [
        shapely.multipolygons([shapely.box(x / 1000, y / 1000, (x + wide) / 1000, (y + high) / 1000)])
        for _body, x, y, wide, high in drawn
    ]
    owners = [town.bodies[body] for body, *_box in drawn]
    layer = town.layers["districts"]
    return Boundaries(
        ids=-np.arange(1, len(drawn) + 1, dtype=np.int64),
        bodies=np.array([owner.pk for owner in owners], dtype=np.int64),
        is_city_body=np.array([owner.is_city_body for owner in owners], dtype=bool),
        layers=np.full(len(drawn), layer.pk, dtype=np.int64),
        ranks=np.full(len(drawn), layer.rank, dtype=np.int64),
        geometries=np.array([*boxes, None], dtype=object)[:-1],
    )


def said(router: BulkRouter, routed: Routed) -> list[tuple[str, int | None]]:
    answers = (router.shared.answers[number] for number in routed.numbers.tolist())
    return [(answer.outcome.value, answer.body_id) for answer in answers]


class DraftAgreesWithAReplayOfEverything(TestCase):
    """Property test; the world is built once, not per example."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = build_toytown()
        people, contested = hire(cls.town), report()
        cls.report = contested.pk
        case = case_of(contested)
        confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)

    def setUp(self) -> None:
        self.router = RoutingIndex(cells=20_000).router(timezone.localdate())

    @hypothesis_settings(max_examples=120, deadline=None)
    @given(areas, st.sets(st.sampled_from(["west", "east", "commons"])), questions)
    def test_any_draft_any_questions(self, drawn: list, staying: set[str], asking: list) -> None:
        town, router = self.town, self.router
        comes = drawn_areas(town, drawn)
        # Commons is of another layer: a draft may take boundaries of several.
        goes = ~np.isin(router.boundaries.ids, [town.boundaries[name].pk for name in staying])
        asked = Questions(
            services=np.array([town.services[code].pk for code, *_rest in asking], dtype=np.int64),
            lon=np.array([each[1] for each in asking]),
            lat=np.array([each[2] for each in asking]),
            accuracy_m=np.array([each[3] for each in asking]),
            assets=np.array([(each[4] and town.assets[each[4]].pk) or 0 for each in asking], dtype=np.int64),
            sides=np.array([(each[5] and town.boundaries[each[5]].pk) or 0 for each in asking], dtype=np.int64),
            reports=np.array([number if each[6] else 0 for number, each in enumerate(asking, 1)], dtype=np.int64),
        ).complete(np.datetime64(timezone.localdate(), "D"))
        memory = MemoryEvidence(town.bodies["parks"].pk, 1.0, 9, 9, 50.0, Level.PLACE_AND_KIND, 9, 9, ())
        remembered = dict.fromkeys(range(1, 41), memory)

        before, draft = router.route(asked, remembered=remembered), DraftRouter(router, goes, comes)
        differ = draft.may_differ(asked)
        found = said(router, before)
        again = np.flatnonzero(differ)
        changed = said(draft.router, draft.router.route(asked.chosen(again), remembered=remembered))
        for number, answer in zip(again.tolist(), changed, strict=True):
            found[number] = answer

        world = replace(router.world, boundaries=router.boundaries.chosen(~goes).joined(comes))
        whole = BulkRouter(world, router.thresholds)
        assert found == said(whole, whole.route(asked, remembered=remembered))


def test_a_far_change_concerns_nobody_and_no_change_nobody_at_all(toytown: Toytown) -> None:
    router = RoutingIndex(cells=20_000).router(timezone.localdate())
    service = toytown.services["noise"].pk
    asked = Questions(
        np.full(3, service), np.array([-73.999, -73.990, -73.987]), np.full(3, 40.702), np.array([0.0, 30.0, 30.0])
    ).complete(np.datetime64(timezone.localdate(), "D"))
    none = np.zeros(len(router.boundaries), dtype=bool)
    assert not DraftRouter(router, none, drawn_areas(toytown, [])).may_differ(asked).any()
    near_east = drawn_areas(toytown, [("parks", -73_984, 40_701, 1, 1)])
    assert not DraftRouter(router, none, near_east).may_differ(asked).any()
    over_east = drawn_areas(toytown, [("parks", -73_988, 40_701, 2, 2)])
    assert DraftRouter(router, none, over_east).may_differ(asked).tolist() == [False, False, True]
    parks = Questions(np.full(3, toytown.services["pothole"].pk), asked.lon, asked.lat).complete(asked.days[0])
    assert not DraftRouter(router, none, over_east).may_differ(parks).any()


def test_who_named_a_side_that_goes_has_named_none_of_the_drafts(toytown: Toytown) -> None:
    """8 m beside the green, a phone: only "west" settles it, and west becomes another record of the same body."""
    router = RoutingIndex(cells=20_000).router(timezone.localdate())
    asked = Questions(
        np.array([toytown.services["tree"].pk]), np.array([-73.9931]), np.array([40.7065]), np.array([30.0]),
        sides=np.array([toytown.boundaries["west"].pk]),
    ).complete(np.datetime64(timezone.localdate(), "D"))  # fmt: skip
    west = toytown.bodies["sanitation-west"].pk
    assert said(router, router.route(asked)) == [("assigned", west)]
    goes = router.boundaries.ids == toytown.boundaries["west"].pk
    draft = DraftRouter(router, goes, drawn_areas(toytown, [("sanitation-west", -74_000, 40_699, 10, 21)]))
    assert draft.may_differ(asked).all()
    assert said(draft.router, draft.router.route(asked)) == [("uncertain", None)]
