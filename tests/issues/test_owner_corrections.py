"""A ruling about lamps becomes corrections of their owners, accepted at once."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.test import Client

from issues import errors
from issues.models import Case, CaseReport, Ruling, RulingCorrection
from issues.selectors.asset_corrections import corrections_of_ruling, rulings_with_corrections, single_corrections
from issues.services.arbitration import owner_corrections as service
from issues.services.arbitration.owner_corrections import stage_owner_corrections
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling
from issues.services.asset_corrections import accept_and_decide_anew
from layers.errors import CorrectionInvalid
from layers.models import Asset, AssetCorrection, Publication
from layers.services.asset_corrections import Proposal, propose_asset_correction
from layers.services.change_asset import let_asset_vanish
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, hire, report, zone_ruling
from tests.toytown import Toytown, box

AROUND_FOUR_LAMPS = box(-73.9960, 40.7095, -73.9939, 40.7155)
"""Lamps 1 to 4 stand in it, lamp 5 does not."""


@pytest.fixture
def people(toytown: Toytown) -> People:
    return hire(toytown)


@pytest.fixture
def ruling(toytown: Toytown, people: People) -> Ruling:
    """The lamps 1 to 4 belong to Roads; 2 and 4 are the power company's as stored."""
    case = Case.objects.create(key="by hand", cause="contested", zone=AROUND_FOUR_LAMPS, due_date=date(2030, 1, 1))
    CaseReport.objects.create(case=case, service_request=report("street-lamp", place.BETWEEN_LAMPS))
    draft = zone_ruling(case, "roads", "asset_class_in_zone", asset_class="lamp")
    return confirm_ruling(draft, user=people.arbitrator, version=case.version)


def owners() -> dict[str, str]:
    return dict(Asset.objects.order_by("pk").values_list("external_id", "owner__slug"))


def test_each_object_of_the_class_in_the_zone_with_another_owner_is_staged_once(
    toytown: Toytown, people: People, ruling: Ruling
) -> None:
    assert stage_owner_corrections(ruling.pk, user=people.arbitrator).count == 2
    waiting = corrections_of_ruling(ruling.pk)
    assert {(each.asset.external_id, each.body.slug) for each in waiting} == {("lamp-2", "roads"), ("lamp-4", "roads")}
    assert not single_corrections().exists()
    assert [(each.pk, each.waiting) for each in rulings_with_corrections()] == [(ruling.pk, 2)]
    assert owners()["lamp-2"] == "power-company", "nothing changes before staff accept"
    with pytest.raises(errors.DraftRefused, match="waits to be accepted"):
        stage_owner_corrections(ruling.pk, user=people.arbitrator)
    assert ruling.case.events.filter(kind="corrections_staged").count() == 1


def test_accepted_at_once_the_owners_say_what_the_ruling_said(toytown: Toytown, people: People, ruling: Ruling) -> None:
    stage_owner_corrections(ruling.pk, user=people.arbitrator)
    ids = corrections_of_ruling(ruling.pk).values_list("pk", flat=True)
    done = accept_and_decide_anew(*ids, user=people.arbitrator, source=f"Ruling {ruling.pk}")
    assert (len(done.corrections), done.moved) == (2, ()), "the ruling had settled the reports already"
    assert owners() == {**dict.fromkeys(("lamp-1", "lamp-2", "lamp-3", "lamp-4"), "roads"), "lamp-5": "power-company"}
    assert (Publication.objects.get().source, Publication.objects.get().superseded) == (f"Ruling {ruling.pk}", 2)
    reverse_ruling(ruling.pk, "The list says it now.", user=people.arbitrator, reopen=False)
    later = report("street-lamp", place.BETWEEN_LAMPS)
    assert later.body == toytown.bodies["roads"]


def test_a_citizens_equal_correction_becomes_the_rulings_and_gone_objects_are_left_out(
    toytown: Toytown, people: People, ruling: Ruling
) -> None:
    said = propose_asset_correction(Proposal(toytown.assets["lamp-2"].pk, "owner", body="roads")).correction
    let_asset_vanish(toytown.assets["lamp-4"], source="Test")
    assert stage_owner_corrections(ruling.pk, user=people.arbitrator).count == 1
    assert corrections_of_ruling(ruling.pk).get() == said


def test_a_ruling_that_was_taken_back_corrects_nothing(toytown: Toytown, people: People, ruling: Ruling) -> None:
    stage_owner_corrections(ruling.pk, user=people.arbitrator)
    reverse_ruling(ruling.pk, "Wrong", user=people.arbitrator, reopen=False)
    ids = corrections_of_ruling(ruling.pk).values_list("pk", flat=True)
    with pytest.raises(CorrectionInvalid, match="taken back"):
        accept_and_decide_anew(*ids, user=people.arbitrator)
    with pytest.raises(errors.DraftRefused, match="in force"):
        stage_owner_corrections(ruling.pk, user=people.arbitrator)


def test_who_may_not_and_what_cannot(
    toytown: Toytown, people: People, ruling: Ruling, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(errors.NotAllowed):
        stage_owner_corrections(ruling.pk, user=people.roads)
    litter = case_of(report())
    zone = confirm_ruling(zone_ruling(litter), user=people.arbitrator, version=litter.version)
    with pytest.raises(errors.DraftRefused, match="kind of object"):
        stage_owner_corrections(zone.pk, user=people.arbitrator)
    monkeypatch.setattr(service, "MOST_STAGED", 1)
    with pytest.raises(errors.DraftRefused, match="as a file"):
        stage_owner_corrections(ruling.pk, user=people.arbitrator)
    assert not AssetCorrection.objects.exists()


def test_the_link_to_the_ruling_is_never_exchanged(toytown: Toytown, people: People, ruling: Ruling) -> None:
    stage_owner_corrections(ruling.pk, user=people.arbitrator)
    with pytest.raises(IntegrityError), transaction.atomic():
        RulingCorrection.objects.update(ruling=ruling)


def signed_in(user: User, *permissions: str) -> Client:
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_one_click_from_the_case_and_one_to_accept(toytown: Toytown, people: People, ruling: Ruling) -> None:
    stage = f"/desk/arbitration/rulings/{ruling.pk}/corrections/"
    case, group = f"/desk/arbitration/{ruling.case_id}/", f"/desk/corrections/rulings/{ruling.pk}/"
    for stranger in (signed_in(people.roads), signed_in(people.citizen)):
        assert stranger.post(stage).status_code == 404
    arbitrator, publisher = signed_in(people.arbitrator), signed_in(people.other_arbitrator, "publish")
    assert stage in arbitrator.get(case).content.decode()
    assert arbitrator.get(stage).status_code == 405
    assert arbitrator.post(stage)["Location"] == case
    assert "asked that the stored owners follow" in arbitrator.get(case).content.decode()
    assert arbitrator.get(group).status_code == 403
    assert publisher.post(stage)["Location"] == case, "nothing is left to stage"
    assert group in publisher.get("/desk/corrections/").content.decode()
    page = publisher.get(group)
    assert "Street lamp lamp-2" in page.content.decode()
    first = corrections_of_ruling(ruling.pk)[0]
    assert case in publisher.get(f"/desk/corrections/{first.pk}/").content.decode()
    assert publisher.post(f"/desk/corrections/{first.pk}/", {"act": "refuse", "reason": "Theirs"}).status_code == 303
    assert publisher.post(group, {"act": "accept", "seen": page.context["seen"]}).status_code == 409
    left = publisher.get(group).context["seen"]
    assert publisher.post(group, {"act": "accept", "seen": left}).status_code == 303
    assert owners()["lamp-4"] == "roads"
    assert "Nothing of this ruling waits" in publisher.get(group).content.decode()
