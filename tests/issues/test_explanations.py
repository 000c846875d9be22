"""Decisions in words."""

from dataclasses import fields

import pytest
from django.utils import translation

from issues.explanations import Explanation, explain, explain_publicly
from issues.routing.decision import Candidate
from issues.routing.outcomes import Rejection
from issues.selectors.responsibility import responsibility_at
from issues.services.submit import Submission, submit_service_request
from issues.timeline import timeline
from tests import toytown as place
from tests.toytown import Toytown


def explained(service: str, lonlat: tuple[float, float], **other: object) -> Explanation:
    return explain(responsibility_at(service, *lonlat, **other))


def test_the_winner_and_the_reason_are_named(toytown: Toytown) -> None:
    said = explained("litter", place.IN_WEST)
    assert said.headline == "Goes to Sanitation West"
    assert said.because == "The place lies in West (Districts), where Sanitation West is responsible."
    assert said.body == toytown.bodies["sanitation-west"]


def test_an_asset_is_named_with_its_distance(toytown: Toytown) -> None:
    said = explained("street-lamp", (place.AT_LAMP[0] - 0.00005, place.AT_LAMP[1]))
    assert said.because == "Street lamp, 4 m away, belongs to Roads."


def test_claimants_are_named_and_the_report_is_not_sent_back(toytown: Toytown) -> None:
    said = explained("litter", place.IN_COMMONS_AND_WEST)
    assert "Parks" in said.because and "Sanitation West" in said.because
    assert "arbitration" in said.because
    assert said.body is None


def test_a_gap_names_nobody_but_lists_who_is_near(toytown: Toytown) -> None:
    said = explained("litter", place.IN_GAP)
    assert said.body is None
    assert said.candidates[0].body == toytown.bodies["sanitation-east"]
    assert {item.rejected_because for item in said.candidates} == {"Its area does not include the place."}


def test_a_border_within_the_accuracy_is_said(toytown: Toytown) -> None:
    said = explained("noise", place.NEAR_EDGE_IN_WEST, accuracy_m=30)
    assert "within the accuracy" in said.because


def test_what_is_not_ours_comes_with_advice(toytown: Toytown) -> None:
    lamp = toytown.assets["lamp-5"].geom
    said = explained("street-lamp", (lamp.x, lamp.y))
    assert said.headline == "Not the city's: Power Company"
    assert said.advice == "Call the power company."


def test_a_stored_decision_says_the_same_as_the_fresh_one(toytown: Toytown) -> None:
    for service, lonlat in [
        ("litter", place.IN_WEST),
        ("litter", place.IN_COMMONS_AND_WEST),
        ("litter", place.IN_GAP),
        ("street-lamp", place.AT_LAMP),
    ]:
        fresh = explained(service, lonlat)
        report = submit_service_request(Submission(service, *lonlat)).service_request
        stored = explain(report.responsibilities.get())
        assert (stored.headline, stored.because) == (fresh.headline, fresh.because)
        assert [item.candidate for item in stored.candidates] == [item.candidate for item in fresh.candidates]


def test_a_stored_candidate_has_every_field_of_a_candidate(toytown: Toytown) -> None:
    report = submit_service_request(Submission("litter", *place.IN_WEST)).service_request
    [stored] = report.responsibilities.get().candidates
    assert set(stored) == {each.name for each in fields(Candidate)} - {"level", "area"}  # of the memory alone


def test_where_the_point_is_private_no_distance_or_neighbour_is_said(toytown: Toytown) -> None:
    report = submit_service_request(Submission("noise", *place.NEAR_EDGE_IN_WEST, accuracy_m=3)).service_request
    said = explain_publicly(report)
    assert said is not None and said.body == toytown.bodies["sanitation-west"]
    assert said.candidates == []
    assert not any(character.isdigit() for character in said.because)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reason_has_a_sentence_of_its_own(toytown: Toytown, language: str) -> None:
    from issues.explanations import _rejection_sentence

    with translation.override(language):
        sentences = [_rejection_sentence(reason) for reason in Rejection]
    assert len(set(sentences)) == len(Rejection)
    assert all(sentences)


def test_the_timeline_tells_the_facts_in_order(toytown: Toytown) -> None:
    report = submit_service_request(Submission("litter", *place.IN_WEST)).service_request
    assert [entry.sentence for entry in timeline(report)] == ["Somebody reported it.", "We sent it to Sanitation West."]
