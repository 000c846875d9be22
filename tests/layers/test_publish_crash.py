"""A publication that dies in the middle leaves the old version whole; two at once do not mix."""

import threading
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.models import QuerySet

from layers.models import Boundary, Layer
from layers.services import publish
from layers.services.publish import publish_boundaries
from tests.layers.grid import FIRST_DAY, area, new_bodies, new_layer

LATER = date(2024, 1, 1)


@pytest.fixture
def layer(transactional_db: None) -> Layer:
    new_bodies("roads", "parks")
    layer = new_layer()
    publish_boundaries(layer, [area("a", 0), area("b", 1), area("c", 2)], FIRST_DAY, source="Test")
    return layer


def everything(layer: Layer) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    boundaries = Boundary.objects.filter(jurisdiction__layer=layer).order_by("pk")
    return list(boundaries.values_list()), list(layer.jurisdictions.order_by("pk").values_list())


class Interrupted(Iterator[object]):
    """Progress that does something before the second batch is written."""

    def __init__(self, act: object) -> None:
        self.act = act

    def each(self, items: list[object], total: int | None = None) -> Iterator[object]:
        for number, item in enumerate(items):
            if number == 1:
                self.act()
            yield item

    def __next__(self) -> object:
        raise StopIteration


NEW = [area("a", 1), area("b", 0, body="parks"), area("d", 3, body="parks")]


def test_an_error_in_the_middle_leaves_the_old_version_whole(layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        assert Boundary.objects.exclude(superseded_at=None).exists(), "the old version is closed at this moment"
        raise KeyboardInterrupt

    monkeypatch.setattr(publish, "BATCH", 1)
    before = everything(layer)
    with pytest.raises(KeyboardInterrupt):
        publish_boundaries(layer, NEW, LATER, source="Test", progress=Interrupted(fail))
    assert everything(layer) == before


def test_a_database_connection_killed_in_the_middle_leaves_the_old_version_whole(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    process: list[int] = []

    def kill() -> None:
        with connections.create_connection("default").cursor() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [process[0]])

    def publish_elsewhere(outcome: list[BaseException]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                process.append(cursor.fetchone()[0])
            publish_boundaries(layer, NEW, LATER, source="Test", progress=Interrupted(kill))
        except (DatabaseError, InterfaceError) as error:
            outcome.append(error)
        finally:
            connection.close()

    monkeypatch.setattr(publish, "BATCH", 1)
    before = everything(layer)
    errors: list[BaseException] = []
    worker = threading.Thread(target=publish_elsewhere, args=[errors])
    worker.start()
    worker.join(30)
    assert len(errors) == 1
    assert everything(layer) == before
    # And nothing is left locked or half done: the same publication succeeds.
    assert publish_boundaries(layer, NEW, LATER, source="Test").added == 6


def test_two_publications_at_once_take_turns(layer: Layer) -> None:
    def publish_elsewhere(body: str) -> None:
        try:
            publish_boundaries(layer, [area("a", 0, 3, body=body), area("b", 1)], LATER, source="Test")
        finally:
            connection.close()

    workers = [threading.Thread(target=publish_elsewhere, args=[body]) for body in ("roads", "parks")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    in_force: QuerySet[Boundary] = Boundary.objects.filter(superseded_at=None, valid_from=LATER)
    assert list(in_force.values_list("jurisdiction__code", flat=True)) == ["a"]
