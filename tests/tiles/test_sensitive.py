"""Sensitive services: squares of at least five, and no way to fewer."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from frontend.views import map_picture
from geo.grid import Tile, tile_at
from issues.models import Service, ServiceRequest
from issues.services.seed_demo import delete_demo_reports
from tests.tiles.conftest import decode, make_report, position
from tests.toytown import IN_WEST, Toytown
from tiles.models import SensitiveCell
from tiles.privacy import FINEST_ZOOM, MIN_COUNT, ROOT_ZOOM, is_finished, merged_squares
from tiles.services.publish_sensitive import publish_sensitive
from tiles.services.rebuild_bins import rebuild_bins
from tiles.tile_cache import TileCache

AFTER = date(2026, 7, 20)
"""The second quarter of 2026 may be published; the third may not."""

places = st.tuples(st.integers(38_600, 38_760), st.integers(49_250, 49_400))


@given(st.lists(places, max_size=200))
def test_squares_are_disjoint_and_hold_the_minimum(cells: list[tuple[int, int]]) -> None:
    squares = merged_squares(cells)
    assert all(count >= MIN_COUNT for count in squares.values())
    covering: Counter[tuple[int, int]] = Counter()
    for zoom, x, y in squares:
        down = FINEST_ZOOM - zoom
        inside = {cell for cell in cells if (cell[0] >> down, cell[1] >> down) == (x, y)}
        covering.update(inside)
        assert squares[zoom, x, y] == sum(cell in inside for cell in cells)
    assert all(times == 1 for times in covering.values())
    roots = Counter((x >> FINEST_ZOOM - ROOT_ZOOM, y >> FINEST_ZOOM - ROOT_ZOOM) for x, y in cells)
    assert sum(squares.values()) == sum(count for count in roots.values() if count >= MIN_COUNT)


@given(st.lists(places, min_size=5, max_size=60))
def test_who_knows_the_rule_cannot_tell_the_count_of_a_quarter_of_a_square(cells: list[tuple[int, int]]) -> None:
    """For each square that is not split there is another world with the same squares and other quarters."""
    squares = merged_squares(cells)
    for (zoom, x, y), count in squares.items():
        if zoom == FINEST_ZOOM:
            continue
        corners = [(2 * x + right, 2 * y + down) for right in (0, 1) for down in (0, 1)]
        down = FINEST_ZOOM - zoom - 1
        others = [cell for cell in cells if (cell[0] >> down + 1, cell[1] >> down + 1) != (x, y)]
        told = set()
        for first in (1, 2):
            worlds = [(corners[0], first), (corners[1], count - first)]
            world = others + [(cx << down, cy << down) for (cx, cy), times in worlds for _time in range(times)]
            assert merged_squares(world) == squares
            told.add(first)
        assert len(told) == 2


@pytest.mark.parametrize(
    ("today", "finished"), [(date(2026, 7, 14), False), (date(2026, 7, 15), True), (date(2027, 1, 1), True)]
)
def test_a_quarter_is_published_two_weeks_after_its_end(today: date, finished: bool) -> None:
    assert is_finished(date(2026, 4, 1), today) is finished


def make_noise(town: Toytown, number: int, **fields: Any) -> ServiceRequest:
    lon, lat = IN_WEST[0] + number * 37 % 100 / 5000, IN_WEST[1] + number * 61 % 100 / 5000
    moment = datetime(2026, 1, 3, 12, tzinfo=UTC) + timedelta(days=number * 3 % 190)
    return make_report(town, "noise", lon, lat, requested_datetime=moment, **fields)


def test_what_is_published_stays_whatever_becomes_of_its_reports(toytown: Toytown) -> None:
    reports = [make_noise(toytown, number) for number in range(60)]
    assert publish_sensitive(AFTER) > 1
    before = list(SensitiveCell.objects.order_by("id").values())
    for number, report in enumerate(reports):
        report.state = "refused" if number % 2 else "fixed"
        report.service = toytown.services["litter" if number % 3 else "noise"]
        report.save()
    ServiceRequest.objects.filter(pk__in=[report.pk for report in reports[:20]]).delete()
    make_noise(toytown, 1)
    assert publish_sensitive(AFTER) == 0
    assert list(SensitiveCell.objects.order_by("id").values()) == before


def test_the_database_refuses_changes_and_small_squares(toytown: Toytown) -> None:
    for number in range(30):
        make_noise(toytown, number)
    publish_sensitive(AFTER)
    cell = SensitiveCell.objects.first()
    assert cell is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        SensitiveCell.objects.filter(pk=cell.pk).update(count=99)
    with pytest.raises(IntegrityError), transaction.atomic():
        cell.delete()
    cell.pk, cell.count, cell.quarter = None, MIN_COUNT - 1, date(2020, 1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        cell.save()


def test_a_new_demo_replaces_its_own_squares_and_leaves_real_ones(toytown: Toytown) -> None:
    for number in range(120):
        make_noise(toytown, number, is_demo=number % 2 == 0)
    publish_sensitive(AFTER)
    real = SensitiveCell.objects.filter(is_demo=False).count()
    assert real and SensitiveCell.objects.filter(is_demo=True).exists()
    delete_demo_reports()
    assert not SensitiveCell.objects.filter(is_demo=True).exists()
    assert SensitiveCell.objects.count() == real


PERIODS = [
    {},
    {"from": "2026-01-01", "to": "2026-03-31"},
    {"from": "2026-01-02"},
    {"to": "2026-06-30"},
    {"from": "2026-05-04", "to": "2026-05-10"},
]
KINDS = [{}, {"services": "noise"}, {"services": "litter,noise"}, {"group": "cleanliness"}, {"group": "public-works"}]
OTHERS = [{"state": "published"}, {"body": "sanitation"}, {"services": "noise", "status": "open"}]
QUERIES = [{**kind, **period} for kind, period in product(KINDS, PERIODS)] + OTHERS
"""What a service, a group, days, states, bodies can do, each with each that could matter."""
ZOOMS = [0, 8, 11, 13, 17]


def test_no_filters_taken_together_single_out_fewer_than_five(toytown: Toytown, client: Client) -> None:
    """An attacker asks everything that can be asked, in successive weeks, and combines all answers.

    Each answer says how many reports lie in a square and a time. Reports that are
    in exactly the same answers cannot be told apart by any sum or difference of
    answers; so each such class must have five reports or none may be counted.
    """
    for number in range(90):
        make_report(
            toytown,
            ["litter", "pothole"][number % 2],
            IN_WEST[0] + number * 37 % 100 / 5000,
            IN_WEST[1] + number * 61 % 100 / 5000,
        )
    told = Told()
    for week, today in enumerate([date(2026, 4, 10), date(2026, 4, 17), date(2026, 7, 17), date(2026, 7, 24)]):
        for number in range(week * 25, week * 25 + 25):  # more come in, some late
            make_noise(toytown, number, body="sanitation-west" if number % 2 else None)
        ServiceRequest.objects.filter(service__service_code="noise").order_by("?").first().delete()  # type: ignore[union-attr]
        publish_sensitive(today)
        if week == 2:
            rebuild_bins()
        told.ask_everything(client)
    counted = {report for answer in told.answers for report in answer}
    assert len(counted) >= 40  # the attack sees something
    classes = Counter(
        frozenset(number for number, answer in enumerate(told.distinct) if report in answer) for report in counted
    )
    assert min(classes.values()) >= MIN_COUNT


class Told:
    """Everything that tiles told of sensitive reports, as sets of the reports counted."""

    def __init__(self) -> None:
        self.published: dict[tuple[date, int, int, int], frozenset[int]] = {}
        self.answers: set[frozenset[int]] = set()

    @property
    def distinct(self) -> list[frozenset[int]]:
        return sorted(self.answers, key=sorted)

    def ask_everything(self, client: Client) -> None:
        self._remember_published()
        for z in ZOOMS:
            for tile in {tile_at(*IN_WEST, z), *self._tiles(z)}:
                for query in QUERIES:
                    self._ask(client, tile, query)

    def _remember_published(self) -> None:
        """The members of each square when it came out, found from the reports, not from the code under test."""
        for cell in SensitiveCell.objects.all():
            key = (cell.quarter, cell.zoom, cell.x, cell.y)
            if key in self.published:
                continue
            end = cell.quarter + timedelta(days=92)
            members = frozenset(
                report.pk
                for report in ServiceRequest.objects.filter(service__service_code="noise")
                if cell.quarter <= report.requested_datetime.date() < date(end.year, end.month, 1)
                and tile_at(report.public_point.x, report.public_point.y, cell.zoom) == Tile(cell.zoom, cell.x, cell.y)
            )
            assert len(members) == cell.count
            self.published[key] = members

    def _tiles(self, z: int) -> set[Tile]:
        found = set()
        for _quarter, zoom, x, y in self.published:
            right, down = (x + 0.5) / 2**zoom, (y + 0.5) / 2**zoom
            found.add(Tile(z, int(right * 2**z), int(down * 2**z)))
        return found

    def _ask(self, client: Client, tile: Tile, query: dict[str, str]) -> None:
        response = client.get(f"/tiles/heat/{tile.z}/{tile.x}/{tile.y}.mvt", query)
        for feature in decode(response.content).get("sensitive", []):
            said = feature["properties"]
            members = self._members(tile, position(feature), said["zoom"], query)
            assert said["count"] == len(members)
            self.answers.add(members)

    def _members(self, tile: Tile, place: tuple[int, int], zoom: int, query: dict[str, str]) -> frozenset[int]:
        """The reports that such a feature counts, by what is known of squares and quarters."""
        x, y = ((part + units / 4096) / 2**tile.z for part, units in zip((tile.x, tile.y), place, strict=True))
        square = (int(x * 2**zoom), int(y * 2**zoom))
        first, last = query.get("from", "0"), query.get("to", "9")
        members: set[int] = set()
        for (quarter, cell_zoom, cell_x, cell_y), reports in self.published.items():
            up = cell_zoom - zoom
            if cell_zoom != zoom and not (zoom == tile.z + 6 and up > 0):
                continue
            end = (quarter + timedelta(days=92)).replace(day=1) - timedelta(days=1)
            if (cell_x >> up, cell_y >> up) == square and first <= str(quarter) and str(end) <= last:
                members |= reports
        return frozenset(members)


def test_other_answers_are_the_same_with_and_without_sensitive_reports(
    toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not a published square knows nothing of them: lists, counts, clusters, cells, pictures, health."""
    for number in range(20):
        make_report(toytown, "litter", IN_WEST[0] + number / 5000, IN_WEST[1])

    def answers() -> dict[str, bytes]:
        found: dict[str, bytes] = defaultdict(bytes)
        monkeypatch.setattr(map_picture, "PICTURES", TileCache())
        for path in ("/readyz", "/map.png?size=200x200&period=all", "/tiles/heat.json", "/tiles/hotspots.json"):
            found[path] = client.get(path).content
        for query in ("", "?group=cleanliness", "?services=noise,litter", "?status=open", "?from=2026-05-10"):
            for path in ("/api/v1/service-requests", "/", "/embed/"):
                # A token and a nonce differ in each page.
                found[path + query] = b"\n".join(
                    line
                    for line in client.get(path + query).content.splitlines()
                    if b"nonce" not in line and b"csrf" not in line
                )
            for z, layer in product((8, 13, 16, 18), ("heat", "reports", "boundaries", "assets")):
                tile = tile_at(*IN_WEST, z)
                address = f"/tiles/{layer}/{z}/{tile.x}/{tile.y}.mvt{query}"
                found[address] = client.get(address).content
        return found

    before = answers()
    for number in range(40):
        make_report(toytown, "noise", IN_WEST[0] + number / 5000, IN_WEST[1], body="sanitation-west")
    assert answers() == before
    rebuild_bins()
    with_bins = answers()
    ServiceRequest.objects.filter(service=Service.objects.get(service_code="noise")).delete()
    assert answers() == with_bins


def test_squares_are_drawn_at_their_centre_once(toytown: Toytown, client: Client) -> None:
    for number in range(6):
        make_report(toytown, "noise", *IN_WEST, requested_datetime=datetime(2026, 5, 1 + number, tzinfo=UTC))
    publish_sensitive(AFTER)
    [square] = SensitiveCell.objects.all()
    right, down = (square.x + 0.5) / 2**17, (square.y + 0.5) / 2**17
    for z in (3, 10, 13, 17, 20):
        x, y = int(right * 2**z), int(down * 2**z)
        found = [
            feature["properties"]
            for tile in {Tile(z, x + step, y + fall) for step in (-1, 0, 1) for fall in (-1, 0, 1) if min(x, y) > 0}
            for feature in decode(client.get(f"/tiles/heat/{z}/{tile.x}/{tile.y}.mvt").content).get("sensitive", [])
        ]
        assert found == [{"count": 6, "zoom": min(17, z + 6)}]
