"""Hotspot layers that come out: versions, publishing for ever, sensitive services kept out."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from tests.tiles.hot_reports import asked_for, gather, question
from tests.toytown import Toytown
from tiles.errors import HotspotLayerUnknown, PublishingRefused
from tiles.models import HotspotCell, HotspotLayer
from tiles.services.compute_hotspots import compute_hotspots
from tiles.services.publish_hotspots import publish_hotspots, withdraw_hotspots


def test_computing_again_makes_the_next_version(littered: Toytown) -> None:
    first, second = compute_hotspots(question()), compute_hotspots(question())
    assert (first.version, second.version, first.question) == (1, 2, second.question)
    assert compute_hotspots(question(cell="hexagon")).version == 1


def test_what_was_published_cannot_be_changed_by_anybody(littered: Toytown) -> None:
    layer = compute_hotspots(question())
    publish_hotspots(layer)
    for change in (
        lambda: HotspotLayer.objects.filter(pk=layer.pk).update(min_count=1),
        lambda: HotspotLayer.objects.filter(pk=layer.pk).update(status="draft", published_at=None),
        lambda: HotspotLayer.objects.filter(pk=layer.pk).delete(),
        lambda: layer.cells.update(count=0),
        lambda: layer.cells.all()[:1].get().delete(),
        lambda: HotspotCell.objects.create(
            layer=layer, column=999, row=1, geom=layer.cells.first().geom, count=1, around_count=1, z=0, p=1, q=1,
            pattern="new",
        ),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    withdraw_hotspots(layer)
    assert layer.status == "withdrawn"
    with pytest.raises(PublishingRefused):
        publish_hotspots(layer)
    with pytest.raises(PublishingRefused):
        withdraw_hotspots(layer)


def test_a_draft_may_be_deleted(littered: Toytown) -> None:
    compute_hotspots(question()).delete()
    assert not HotspotCell.objects.exists()


def test_fewer_than_five_reports_of_a_sensitive_service_leave_no_trace(toytown: Toytown) -> None:
    gather(toytown, "noise", 4, range(56))
    gather(toytown, "noise", 6, range(56), at=(-73.9835, 40.7035))
    layer = compute_hotspots(question(services="noise", size_m="500"))
    counts = set(layer.cells.values_list("count", flat=True))
    assert counts == {0, 6}
    assert layer.counted == 6 and layer.outside == 0
    for cell in layer.cells.all():
        assert cell.around_count in (0, 6) and cell.period_counts == []


def test_few_sensitive_reports_do_not_hide_among_others(toytown: Toytown) -> None:
    gather(toytown, "noise", 4, range(56))
    gather(toytown, "litter", 30, range(56))
    with_noise = compute_hotspots(question(services="noise,litter", size_m="500"))
    without = compute_hotspots(question(services="litter", size_m="500"))
    numbers = ("column", "row", "count", "around_count", "z", "p")
    assert list(with_noise.cells.values_list(*numbers)) == list(without.cells.values_list(*numbers))
    per = compute_hotspots(question(services="litter", size_m="500", per="all_reports"))
    assert per.total_exposure == 30


def test_what_counts_a_sensitive_service_is_never_published(toytown: Toytown) -> None:
    gather(toytown, "noise", 9, range(56))
    layer = compute_hotspots(question(services="noise,litter", size_m="500"))
    with pytest.raises(PublishingRefused, match="noise"):
        publish_hotspots(layer)
    HotspotLayer.objects.filter(pk=layer.pk).update(status="published", published_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert asked_for("") is None  # one that came out before
    with pytest.raises(HotspotLayerUnknown):
        asked_for(f"layer={layer.pk}")
    publish_hotspots(compute_hotspots(question()))  # litter is not sensitive


def test_who_does_not_name_a_sensitive_service_does_not_count_it(toytown: Toytown) -> None:
    gather(toytown, "litter", 30, range(56))
    before = compute_hotspots(question(services="", size_m="500", per="all_reports"))
    gather(toytown, "noise", 9, range(56))
    for parts in ({"services": ""}, {"services": "", "group": toytown.services["noise"].group.slug}):
        layer = compute_hotspots(question(**parts))
        assert "noise" not in layer.service_codes and layer.sensitive_codes == []
    after = compute_hotspots(question(services="", size_m="500", per="all_reports"))
    assert (after.counted, after.total_exposure) == (before.counted, before.total_exposure) == (30, 30)
    publish_hotspots(after)
