"""A ruling becomes a boundary."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import shapely
from django.core.management import call_command
from django.utils import timezone

from issues import errors
from issues.models import Case
from issues.routing.outcomes import Rule
from issues.selectors.evidence import Question, find_responsibility
from issues.services.arbitration.draft_boundaries import draft_boundaries, publish_drafts
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling
from layers.models import Boundary
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, report, zone_ruling
from tests.toytown import Toytown


def ruling_for(people: People, body: str, case: Case | None = None) -> int:
    if case is None:
        report()
        case = Case.objects.get()
    return confirm_ruling(zone_ruling(case, body), user=people.arbitrator, version=case.version).pk


def test_the_loser_loses_the_zone_and_the_winner_has_it(toytown: Toytown, people: People) -> None:
    [draft] = draft_boundaries(ruling_for(people, "parks"), user=people.arbitrator)
    assert draft.layer == toytown.layers["districts"]
    [west] = draft.areas
    overlap = shapely.from_wkb(bytes(Case.objects.get().zone.wkb))
    before = shapely.from_wkb(bytes(toytown.boundaries["west"].geom.wkb))
    assert shapely.equals(west.geometry, before - overlap)
    [moved] = draft.diff.moved
    assert moved.gained_m2 == 0
    assert moved.lost_m2 == pytest.approx(Case.objects.get().zone_m.area, rel=1e-6)


def test_a_gap_grows_the_winners_area(toytown: Toytown, people: People) -> None:
    case = case_of(report(at=place.IN_GAP))
    [draft] = draft_boundaries(ruling_for(people, "sanitation-east", case), user=people.arbitrator)
    assert [area.code for area in draft.areas] == ["east"]
    assert shapely.covers(draft.areas[0].geometry, shapely.Point(place.IN_GAP))


def test_published_from_a_day_on_the_map_says_what_the_ruling_said(toytown: Toytown, people: People) -> None:
    ruling_id = ruling_for(people, "parks")
    day = timezone.localdate() + timedelta(days=30)
    [published] = publish_drafts(ruling_id, day, user=people.arbitrator)
    assert published.added == 2  # the new area, and the days of the old one before it
    litter = toytown.services["litter"].pk
    reverse_ruling(ruling_id, "The map says it now.", user=people.arbitrator, reopen=False)

    def answer(on: date) -> tuple[Rule, int | None]:
        decision = find_responsibility(Question(litter, *place.IN_COMMONS_AND_WEST, valid_on=on))
        return decision.rule, decision.body_id

    assert answer(day) == (Rule.BOUNDARY, toytown.bodies["parks"].pk)
    assert answer(day - timedelta(days=1)) == (Rule.BOUNDARY, None)
    assert Case.objects.get().events.filter(kind="boundary_published").count() == 1


def test_the_draft_is_a_file_that_the_import_reads(toytown: Toytown, people: People, tmp_path: Path) -> None:
    [draft] = draft_boundaries(ruling_for(people, "sanitation-west"), user=people.arbitrator)
    file = tmp_path / "draft.geojson"
    file.write_text(json.dumps(draft.as_geojson()))
    call_command(
        *("import_boundaries", str(file), "--layer", draft.layer.slug, "--code-field", "code", "--body-field", "body"),
        *("--name-field", "name_en", "--keep-missing", "--commit"),
    )
    now = Boundary.objects.get(jurisdiction__code="commons", superseded_at=None, valid_to=None)
    assert shapely.equals(shapely.from_wkb(bytes(now.geom.wkb)), draft.areas[0].geometry)


@pytest.mark.parametrize("days", [None, 0, -5])
def test_only_a_day_in_the_future_is_taken(toytown: Toytown, people: People, days: int | None) -> None:
    day = None if days is None else timezone.localdate() + timedelta(days=days)
    with pytest.raises(errors.DraftRefused):
        publish_drafts(ruling_for(people, "parks"), day, user=people.arbitrator)


def test_a_winner_without_an_area_there_or_a_ruling_of_one_report_draws_nothing(
    toytown: Toytown, people: People
) -> None:
    ruling_id = ruling_for(people, "roads")
    with pytest.raises(errors.DraftRefused):
        draft_boundaries(ruling_id, user=people.arbitrator)
    reverse_ruling(ruling_id, "Wrong", user=people.arbitrator, reopen=True)
    with pytest.raises(errors.DraftRefused):
        draft_boundaries(ruling_id, user=people.arbitrator)
    case = Case.objects.get()
    one = confirm_ruling(zone_ruling(case, scope="this_report"), user=people.arbitrator, version=case.version)
    with pytest.raises(errors.DraftRefused):
        draft_boundaries(one.pk, user=people.arbitrator)
