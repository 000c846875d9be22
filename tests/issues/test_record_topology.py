"""Stored flaws of the boundaries: what a publication touched is checked again, and nothing else is lost."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import shapely
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from config.jobs import HANDLERS
from issues.models import TopologyFinding
from issues.selectors.topology import find_topology
from issues.selectors.topology_findings import topology_findings_in_force
from issues.services.record_topology import Recorded, record_topology
from issues.services.submit import Submission, submit_service_request
from jobs.models import Job
from jobs.services import run_next
from layers.importing.areas import Area
from layers.models import Layer
from layers.services.publish import publish_boundaries
from tests import toytown as place
from tests.layers.grid import cells
from tests.toytown import Toytown, build_toytown


def facts(found: Any, geometry: Any) -> tuple[Any, ...]:
    return (
        str(found.kind),
        tuple(found.layers),
        tuple(found.areas),
        tuple(found.services),
        found.open_reports,
        found.disturbed_decisions,
        # A gap cut to a box has a vertex more on a long edge, which bends in metres: 5 m² of 1.6 km².
        float(f"{found.area_m2:.4g}"),
        tuple(round(number, 7) for number in geometry.extent) if hasattr(geometry, "extent") else
        tuple(round(number, 7) for number in geometry.bounds),
    )  # fmt: skip


def stored() -> list[tuple[Any, ...]]:
    return sorted(facts(found, found.geom) for found in topology_findings_in_force())


def everything_found() -> list[tuple[Any, ...]]:
    return sorted(facts(found, found.geometry) for found in find_topology())


def publish(town: Toytown, layer: str, areas: dict[str, tuple[int, ...]], row: int = 0, **more: Any) -> Any:
    """Areas made of grid cells, code by code; bodies by the code's place in the alphabet."""
    bodies = ["sanitation-west", "sanitation-east", "parks", "roads"]
    made = [
        Area(code, {}, bodies[ord(code[0]) % 4], cells(*columns, row=row)) for code, columns in areas.items() if columns
    ]
    return publish_boundaries(
        town.layers[layer], made, more.pop("valid_from", date(2026, 1, 1)), source="Test", complete=False, **more
    )


def test_flaws_are_stored_seen_again_and_resolved(toytown: Toytown) -> None:
    first = record_topology()
    assert first.new == len(find_topology()) > 0
    assert (first.seen_again, first.resolved) == (0, 0)
    assert stored() == everything_found()
    assert record_topology() == Recorded(0, first.new, 0)
    # East takes the strip that nobody covered.
    wider = Area("east", {}, "sanitation-east", shapely.MultiPolygon([shapely.box(-73.99, 40.7, -73.98, 40.72)]))
    done = publish_boundaries(toytown.layers["districts"], [wider], date(2026, 1, 1), source="Test", complete=False)
    record_topology(done.jurisdictions)
    assert stored() == everything_found()
    gone = TopologyFinding.objects.exclude(resolved_at=None)
    assert {found.kind for found in gone} == {"gap"}
    for found in gone:
        assert found.first_seen <= found.last_seen < found.resolved_at


def test_harm_is_counted_anew(toytown: Toytown) -> None:
    record_topology()
    submit_service_request(Submission("litter", *place.IN_COMMONS_AND_WEST))
    record_topology([toytown.boundaries["commons"].jurisdiction_id])
    worst = topology_findings_in_force()[0]
    assert (worst.kind, worst.open_reports, worst.disturbed_decisions) == ("overlap", 1, 1)


@pytest.fixture
def clean(db: None) -> Iterator[None]:
    """Each example builds Toytown and rolls it back."""
    yield


columns = st.lists(st.integers(0, 3), max_size=3, unique=True).map(tuple)
publications = st.lists(
    st.tuples(
        st.sampled_from(["districts", "parks", "wards"]),
        st.dictionaries(st.sampled_from(["a", "b", "c", "west", "east"]), columns, min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=6)
@given(publications)
def test_after_every_publication_the_rows_are_what_a_check_of_everything_finds(
    clean: None, wanted: list[tuple[str, dict[str, tuple[int, ...]]]]
) -> None:
    with transaction.atomic():
        town = build_toytown()
        record_topology()
        for number, (layer, areas) in enumerate(wanted):
            done = publish(town, layer, areas, valid_from=date(2026, 1, 1) + timedelta(days=number))
            record_topology(done.jurisdictions)
            assert stored() == everything_found()
        transaction.set_rollback(True)


def test_flaws_of_a_day_to_come_are_told_before_and_old_ones_stay(toytown: Toytown) -> None:
    record_topology()
    before = stored()
    tomorrow = timezone.localdate() + timedelta(days=1)
    done = publish(toytown, "districts", {"a": (0,)}, valid_from=tomorrow)  # parks' land inside the western district
    record_topology(done.jurisdictions, day=tomorrow)
    coming = topology_findings_in_force().filter(starts_on=tomorrow)
    assert {found.kind for found in coming} >= {"overlap"}
    assert set(before) <= set(stored())
    assert record_topology().resolved == 0, "a check of today does not end what is to come"
    assert coming.exists()


def test_a_publication_queues_the_check_and_a_worker_does_it(
    toytown: Toytown, django_capture_on_commit_callbacks: Any
) -> None:
    record_topology()
    with django_capture_on_commit_callbacks(execute=True):
        done = publish(toytown, "districts", {"a": (0,)})
    job = Job.objects.get()
    assert done.publication is not None
    assert (job.kind, job.arguments) == ("check_topology", {"publication": done.publication.pk})


@pytest.mark.django_db(transaction=True)
def test_the_job_stores_what_it_finds() -> None:
    town = build_toytown()
    done = publish(town, "districts", {"a": (0,)})
    assert run_next(HANDLERS)
    job = Job.objects.get()
    assert (job.state, job.error) == ("done", "")
    assert job.result["new"] > 0
    assert done.publication is not None
    assert topology_findings_in_force().filter(areas__contains="a").exists()


def test_the_command_stores_and_says_how_much(toytown: Toytown) -> None:
    out = StringIO()
    call_command("check_topology", "--store", stdout=out, stderr=StringIO())
    assert f"{len(find_topology()):,} new findings, 0 seen again, 0 resolved" in out.getvalue()


def test_layers_without_flaws_have_no_rows(db: None) -> None:
    assert not Layer.objects.exists()
    assert record_topology() == Recorded(0, 0, 0)
