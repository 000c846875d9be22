"""The index is built anew for every change that may change an answer, and for nothing that was rolled back."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from issues.models import Service
from issues.selectors.routing_index import current_index
from issues.services.arbitration.hand_back import hand_back
from layers.models import Asset, AssetClass, Boundary
from layers.selectors.version import geography_version
from tests import toytown as place
from tests.issues.arbitrating import case_of, hire, report, ruled
from tests.toytown import Toytown, box, build_toytown

TODAY = date(2026, 1, 1)


def changes(town: Toytown) -> Iterator[object]:
    """Everything that may change an answer, each done when asked for."""
    service = town.services["litter"]
    people, contested, assigned = hire(town), report(), report("noise", place.IN_WEST)
    yield ruled(people, case_of(contested))
    yield hand_back(assigned.pk, "not_our_area", user=people.west)
    yield Boundary.objects.filter(pk=town.boundaries["west"].pk).update(superseded_at=datetime.now(UTC))
    yield Boundary.objects.create(
        jurisdiction=town.boundaries["west"].jurisdiction, geom=box(-74.0, 40.7, -73.992, 40.72), valid_from=TODAY
    )
    yield service.layers.clear()
    yield service.asset_classes.add(AssetClass.objects.get())
    yield AssetClass.objects.update(snap_distance_m=50)
    yield Asset.objects.update(owner=town.bodies["parks"])
    yield Asset.objects.filter(external_id="lamp-5").update(gone_on=TODAY)
    yield town.layers["parks"].__class__.objects.filter(slug="parks").update(rank=30)
    yield town.bodies["parks"].__class__.objects.filter(slug="parks").update(kind="outside")
    yield Service.objects.filter(pk=service.pk).update(is_active=False)


@pytest.mark.django_db(transaction=True)
def test_every_change_that_may_change_an_answer_is_a_new_version() -> None:
    town = build_toytown()
    before = geography_version()
    assert current_index() is current_index()
    for _done in changes(town):
        after = geography_version()
        assert after != before
        assert current_index().version == after
        before = after


@pytest.mark.django_db(transaction=True)
def test_a_version_appears_with_its_data_and_never_for_what_was_rolled_back() -> None:
    build_toytown()
    before = geography_version()
    with closing(connection.copy()) as other, other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("UPDATE layers_assetclass SET snap_distance_m = 40")
        with transaction.atomic():  # begins later, ends earlier
            Asset.objects.filter(external_id="lamp-5").update(gone_on=TODAY)
        between = geography_version()
        assert between != before
        other.commit()
    assert geography_version() not in (before, between)
    before = geography_version()
    with transaction.atomic():
        Asset.objects.filter(external_id="lamp-1").update(gone_on=TODAY)
        transaction.set_rollback(True)
    assert geography_version() == before
