"""The map page, its summary, and the page that others may frame."""

import gzip
import json
import re

import pytest
from django.test import Client

from frontend.templatetags.import_map import STATIC, _imported_by
from tests.tiles.conftest import make_report
from tests.toytown import IN_WEST, Toytown

SCRIPT_LIMIT = 60_000


def test_the_map_s_scripts_stay_small() -> None:
    """Beyond Leaflet, decoder included, as they travel (the server sends them compressed)."""
    files = [STATIC / path for path in _imported_by("citypin/map")]
    travels = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    assert travels <= SCRIPT_LIMIT, f"{len(files)} files, {travels:,} bytes compressed"


@pytest.mark.parametrize("address", ["/", "/report/", "/desk/", "/map/summary/"])
def test_no_other_page_may_be_framed(toytown: Toytown, client: Client, address: str) -> None:
    response = client.get(address)
    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_the_embedded_map_may_be_framed_and_is_as_strict_otherwise(toytown: Toytown, client: Client) -> None:
    response = client.get("/embed/?group=cleanliness&week=2026-05-04")
    assert response.status_code == 200
    assert "X-Frame-Options" not in response
    policy, page_policy = (answer["Content-Security-Policy"] for answer in (response, client.get("/")))
    assert "frame-ancestors *" in policy
    strict = [re.sub(r"'nonce-[^']*'", "", text).replace("*", "'none'") for text in (policy, page_policy)]
    assert sorted(strict[0].split("; ")) == sorted(strict[1].split("; "))
    assert "csrfmiddlewaretoken" not in response.content.decode()
    assert not response.cookies


def test_the_summary_counts_weeks_without_gaps(toytown: Toytown, client: Client) -> None:
    for day in ("2026-05-04", "2026-05-10", "2026-05-20"):
        make_report(toytown, "litter", *IN_WEST, requested_datetime=f"{day}T12:00:00Z")
    page = client.get("/map/summary/?period=all").content.decode()
    assert 'data-first-week="2026-05-04"' in page
    assert 'data-week-counts="2,0,1"' in page


def test_a_week_starts_on_the_city_s_monday(toytown: Toytown, client: Client) -> None:
    # 3 am UTC on Monday is Sunday evening in New York.
    make_report(toytown, "litter", *IN_WEST, requested_datetime="2026-05-11T03:00:00Z")
    assert 'data-first-week="2026-05-04"' in client.get("/map/summary/?period=all").content.decode()


def test_the_summary_without_reports_has_a_scale_and_no_weeks(toytown: Toytown, client: Client) -> None:
    page = client.get("/map/summary/").content.decode()
    scale = json.loads(re.search(r'data-scale="([^"]*)"', page)[1].replace("&quot;", '"'))
    assert len(scale["period"]["12"]) == len(scale["week"]["12"]) == 7
    assert 'data-week-counts=""' in page


def test_a_week_in_the_address_narrows_the_list_and_not_the_summary(toytown: Toytown, client: Client) -> None:
    make_report(toytown, "litter", *IN_WEST, requested_datetime="2026-05-06T12:00:00Z")
    make_report(toytown, "litter", *IN_WEST, requested_datetime="2026-05-20T12:00:00Z")
    page = client.get("/?period=all&week=2026-05-20").content.decode()
    assert page.count('class="report-item__name" href') == 1
    assert "<strong>2</strong> open" in page


def test_without_script_the_picture_asks_what_the_page_asks(toytown: Toytown, client: Client) -> None:
    page = client.get("/?group=cleanliness&status=open&week=2026-05-06&view=cells").content.decode()
    address = re.search(r'<img class="no-script-map__picture" src="([^"]*)"', page)[1].replace("&amp;", "&")
    for part in ("group=cleanliness", "status=open", "week=2026-05-06", "lang=en"):
        assert part in address
    assert client.get(address)["Content-Type"] == "image/png"
