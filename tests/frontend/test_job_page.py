"""A long job's page: who may see it, what it says, and how it is stopped."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from jobs.models import Job
from jobs.services import start_job
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner")


def page(client: Client, job: Job, part: str = "") -> str:
    return client.get(f"/jobs/{job.pk}/{part}").content.decode()


def test_only_who_started_it_and_arbitrators_see_a_job(owner: User, client: Client):
    job = start_job("count", {}, key="a", user=owner)
    arbitrator = User.objects.create_user("arbitrator")
    arbitrator.user_permissions.add(Permission.objects.get(codename="arbitrate"))
    seen = {
        "stranger": client.get(f"/jobs/{job.pk}/").status_code,
        "colleague": signed_in(User.objects.create_user("colleague")).get(f"/jobs/{job.pk}/").status_code,
        "colleague stops it": signed_in(User.objects.get(username="colleague")).post(f"/jobs/{job.pk}/").status_code,
        "owner": signed_in(owner).get(f"/jobs/{job.pk}/").status_code,
        "arbitrator": signed_in(arbitrator).get(f"/jobs/{job.pk}/").status_code,
    }
    assert seen == {
        "stranger": 302,
        "colleague": 404,
        "colleague stops it": 404,
        "owner": 200,
        "arbitrator": 200,
    }


def test_a_running_job_shows_how_far_it_is(owner: User):
    job = start_job("count", {}, key="a", user=owner)
    Job.objects.filter(pk=job.pk).update(state="running", done=3, total=4, message="Counting")
    text = page(signed_in(owner), job, "?part")
    assert "Counting" in text and 'value="75"' in text and "<html" not in text


def test_the_owner_stops_a_waiting_job(owner: User):
    job = start_job("count", {}, key="a", user=owner)
    answer = signed_in(owner).post(f"/jobs/{job.pk}/", follow=True)
    assert "Stopped, as you asked" in answer.content.decode()


def test_a_finished_job_leads_to_its_result_but_never_off_the_site(owner: User):
    job = start_job("count", {}, key="a", user=owner)
    Job.objects.filter(pk=job.pk).update(state="done", result={"url": "/planner/"})
    assert 'href="/planner/"' in page(signed_in(owner), job)
    Job.objects.filter(pk=job.pk).update(result={"url": "//elsewhere.example/"})
    assert "elsewhere" not in page(signed_in(owner), job)


def test_a_failed_job_says_why(owner: User):
    job = start_job("count", {}, key="a", user=owner)
    Job.objects.filter(pk=job.pk).update(state="failed", error="The file holds no polygons.")
    assert "The file holds no polygons." in page(signed_in(owner), job)
