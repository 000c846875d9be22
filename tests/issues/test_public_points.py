"""What was exact becomes coarse when its service says so, and back."""

from django.contrib.auth.models import User
from django.test import Client

from issues.services.public_points import refresh_public_points
from issues.services.submit import Submission, submit_service_request
from tests import toytown as place
from tests.toytown import Toytown


def test_earlier_reports_become_coarse_and_exact_again_with_their_service(toytown: Toytown) -> None:
    report = submit_service_request(Submission("litter", *place.IN_WEST)).service_request
    service = toytown.services["litter"]
    exact = report.public_point
    service.exact_point_is_public = False
    service.save()
    assert refresh_public_points(service) == 1
    report.refresh_from_db()
    assert (report.public_point == exact, report.place["en"]) == (False, "West")
    assert refresh_public_points(service) == 0
    service.exact_point_is_public = True
    assert refresh_public_points(service) == 1
    report.refresh_from_db()
    assert (report.public_point, report.place["en"]) == (exact, "Old Market, West")


def test_an_administrator_who_hides_points_hides_those_of_earlier_reports(client: Client, toytown: Toytown) -> None:
    report = submit_service_request(Submission("litter", *place.IN_WEST)).service_request
    client.force_login(User.objects.create_superuser("root"))
    service = toytown.services["litter"]
    form = {
        "service_code": service.service_code,
        "group": service.group_id,
        "names": '{"en": "Litter"}',
        "descriptions": "{}",
        "keywords": "{}",
        "deadline_working_days": 8,
        "is_active": "on",
        "layers": [layer.pk for layer in service.layers.all()],
    }
    assert client.post(f"/admin/issues/service/{service.pk}/change/", form).status_code == 302
    report.refresh_from_db()
    assert report.public_point != report.point
