"""What a thing was and whose, on any day, as known at any moment; and that no past answer ever changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.gis.geos import Point
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import sql
from issues.selectors.evidence import EVIDENCE_SQL
from issues.selectors.responsibility import responsibility_at
from layers.errors import AssetChangeRefused
from layers.models import Asset, AssetVersion, Body
from layers.selectors.assets import asset_on, assets_on
from layers.services.change_asset import change_asset, let_asset_vanish
from tests.toytown import Toytown, build_toytown

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(-3, 12)]
PLACES = [Point(-73.9985 + number * 0.0004, 40.718, srid=4326) for number in range(3)]
OWNERS = ["roads", "parks", "power-company"]
State = tuple[str, int] | None
"""Owner and number of the place; None for gone."""

states = st.one_of(st.none(), st.tuples(st.sampled_from(OWNERS), st.integers(0, 2)))
changes = st.lists(st.tuples(st.integers(0, 8), states), min_size=1, max_size=6)


@dataclass
class Oracle:
    """All that was ever said, in order: the last word known about a day counts."""

    said: list[tuple[datetime, date, State]]

    def answer(self, day: date, known_at: datetime) -> State:
        known = [state for moment, since, state in self.said if moment <= known_at and since <= day]
        return known[-1] if known else None


def answer_by_selector(asset: Asset, day: date, known_at: datetime) -> State:
    found = asset_on(asset.pk, day, known_at)
    return None if found is None else (found.owner.slug, PLACES.index(found.geom))


def answer_by_evidence(asset: Asset, day: date, known_at: datetime) -> State:
    """The same through the statement that decides reports: at which of the places is which owner's lamp?"""
    answers = []
    for number, spot in enumerate(PLACES):
        decision = responsibility_at("street-lamp", spot.x, spot.y, valid_on=day, known_at=known_at)
        for candidate in decision.candidates:
            if candidate.asset_id == asset.pk:
                answers.append((Body.objects.get(pk=candidate.body_id).slug, number))
    assert len(answers) <= 1
    return answers[0] if answers else None


def change(asset: Asset, since: date, state: State) -> datetime | None:
    """Do it and return when it was recorded; None where there was nothing to do."""
    asset.refresh_from_db()
    if state is None:
        if asset.gone_on is not None and since >= asset.gone_on:
            return None
        let_asset_vanish(asset, source="Test", since=since)
    else:
        owner, number = state
        change_asset(asset, owner=Body.objects.get(slug=owner), geom=PLACES[number], since=since, source="Test")
    return asset.recorded_at


@pytest.mark.parametrize("ask", [answer_by_selector, answer_by_evidence])
@settings(max_examples=12)
@given(changes)
def test_every_answer_is_the_last_word_known_about_the_day_and_never_changes(
    transactional_toytown: None,
    ask: Callable[[Asset, date, datetime], State],
    wanted: list[tuple[int, State]],
) -> None:
    with transaction.atomic():
        town = build_toytown()
        asset = Asset.objects.create(
            asset_class=town.assets["lamp-1"].asset_class,
            external_id="new",
            owner=town.bodies["roads"],
            geom=PLACES[0],
            valid_from=FIRST,
        )
        oracle = Oracle([(asset.recorded_at, FIRST, ("roads", 0))])
        asked: dict[tuple[date, datetime], State] = {}
        for number, state in wanted:
            recorded_at = change(asset, FIRST + timedelta(days=number), state)
            if recorded_at is not None:
                oracle.said.append((recorded_at, FIRST + timedelta(days=number), state))
            sample = DAYS if ask is answer_by_selector else [DAYS[0], FIRST, DAYS[7], DAYS[-1]]
            for day in sample:
                moment = oracle.said[-1][0]
                asked[(day, moment)] = ask(asset, day, moment)
        for (day, moment), before in asked.items():
            assert ask(asset, day, moment) == before == oracle.answer(day, moment), (day, moment)
        transaction.set_rollback(True)


@pytest.fixture
def transactional_toytown(db: None) -> None:
    """Each example builds Toytown and rolls it back."""


def test_who_owned_this_lamp_on_3_may_as_known_on_10_may(toytown: Toytown) -> None:
    lamp = toytown.assets["lamp-1"]
    on_10_may = timezone.now()
    change_asset(lamp, owner=toytown.bodies["parks"], since=date(2026, 5, 1), source="Handed over")

    def owner(day: date, known_at: datetime | None = None) -> str:
        found = asset_on(lamp.pk, day, known_at)
        assert found is not None
        return found.owner.slug

    assert owner(date(2026, 5, 3), on_10_may) == "roads"
    assert owner(date(2026, 5, 3)) == "parks"
    assert owner(date(2026, 4, 30)) == "roads"


def test_a_plain_update_is_remembered_like_any_other(toytown: Toytown) -> None:
    lamp, before, today = toytown.assets["lamp-1"], timezone.now(), timezone.localdate()
    lamp.owner = toytown.bodies["parks"]
    lamp.save()
    lamp.refresh_from_db()
    assert (lamp.valid_from, lamp.owner.slug) == (today, "parks")
    yesterday = asset_on(lamp.pk, today - timedelta(days=1))
    as_known = asset_on(lamp.pk, today, before)
    assert yesterday is not None
    assert as_known is not None
    assert yesterday.owner.slug == as_known.owner.slug == "roads"


def test_a_name_is_a_label_and_makes_no_version(toytown: Toytown) -> None:
    lamp = toytown.assets["lamp-1"]
    lamp.names = {"en": "The lamp"}
    lamp.save()
    assert not AssetVersion.objects.exists()


def test_a_moved_thing_keeps_its_past_place_for_evidence(toytown: Toytown) -> None:
    lamp, old = toytown.assets["lamp-5"], toytown.assets["lamp-5"].geom.clone()
    change_asset(lamp, geom=Point(-73.9990, 40.7190, srid=4326), since=date(2026, 5, 3), source="Moved")

    def rule(spot: Point, day: date) -> str:
        return responsibility_at("street-lamp", spot.x, spot.y, valid_on=day).rule.value

    assert rule(old, date(2026, 5, 2)) == "asset"
    assert rule(old, date(2026, 5, 3)) == "boundary"
    assert rule(lamp.geom, date(2026, 5, 2)) == "boundary"
    assert rule(lamp.geom, date(2026, 5, 3)) == "asset"


def test_nobody_writes_history_or_deletes_a_thing(toytown: Toytown) -> None:
    lamp = toytown.assets["lamp-1"]
    change_asset(lamp, owner=toytown.bodies["parks"], source="Test")
    version = AssetVersion.objects.filter(asset=lamp).first()
    assert version is not None
    copy = {"asset": lamp, "owner": version.owner, "geom": version.geom, "valid_from": FIRST, "valid_to": DAYS[-1]}
    for forbidden in (
        lambda: AssetVersion.objects.create(**copy, recorded_at=timezone.now()),
        lambda: AssetVersion.objects.update(owner=toytown.bodies["parks"]),
        lambda: AssetVersion.objects.all()._raw_delete("default"),
        lambda: Asset.objects.filter(pk=lamp.pk)._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()


def test_changes_of_days_to_come_and_of_gone_things_are_refused(toytown: Toytown) -> None:
    lamp, tomorrow = toytown.assets["lamp-1"], timezone.localdate() + timedelta(days=1)
    with pytest.raises(AssetChangeRefused, match="day to come"):
        change_asset(lamp, owner=toytown.bodies["parks"], since=tomorrow, source="Test")
    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.filter(pk=lamp.pk).update(valid_from=tomorrow, owner=toytown.bodies["parks"])
    let_asset_vanish(lamp, source="Test")
    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.filter(pk=lamp.pk).update(owner=toytown.bodies["parks"])
    assert lamp.pk not in {state.asset.pk for state in assets_on(timezone.localdate())}


def test_the_evidence_of_things_comes_from_two_gist_indexes(toytown: Toytown) -> None:
    """With a thousand things a change, the planner must not walk a table."""
    lamps = toytown.assets["lamp-1"].asset_class
    Asset.objects.bulk_create(
        Asset(
            asset_class=lamps,
            external_id=f"x{number}",
            owner=toytown.bodies["roads"],
            geom=Point(-73.999 + number % 50 * 0.0003, 40.7005 + number // 50 * 0.0004, srid=4326),
        )
        for number in range(2000)
    )
    Asset.objects.filter(external_id__startswith="x").update(owner=toytown.bodies["parks"])
    parameters = {
        "service_ids": [toytown.services["street-lamp"].pk],
        "lons": [-73.995], "lats": [40.71], "accuracies_m": [0.0], "asset_ids": [None],
        "days": [timezone.localdate()], "known_at": [timezone.now()], "service_request_ids": [None],
        "srid": django_settings.CITY.srid, "chosen_limit_m": 100.0, "nearest_limit_m": 2000.0,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_asset, layers_assetversion")
        cursor.execute("EXPLAIN " + sql.statement(EVIDENCE_SQL), parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan using asset_geom_m on layers_asset" in plan
    assert "Index Scan using asset_version_place_and_times on layers_assetversion" in plan
