"""Giving the map away: a link, a frame on another page, a picture."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, Visitor

pytestmark = pytest.mark.journey

VIEW = "/?group={group}&status=closed&period=365&view=cells#map=12/40.7400/-73.9600"


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """A page of another origin (another port), as its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def colours(picture: bytes) -> int:
    return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(4_000_000))


def test_a_shared_link_restores_everything(visit: Callable[..., Visitor]) -> None:
    sender = visit(DESK, "en")
    sender.open("/")
    sender.wait_for_map()
    group = sender.page.locator("input[name=group]").first.get_attribute("value")
    sender.open(VIEW.format(group=group))
    sender.wait_for_map()
    sender.page.locator("[data-time-back]").click()
    expect(sender.page).to_have_url(re.compile("week="))
    sender.wait_for_map()
    sender.page.get_by_role("button", name="Share this view").click()
    link = sender.page.get_by_label("Link to exactly what the map shows").input_value()
    sender.look("map-share")
    sender.page.keyboard.press("Escape")

    receiver = visit(DESK, "en")
    receiver.page.goto(link)
    receiver.wait_for_map()
    assert receiver.page.url == link
    expect(receiver.page.locator(f"input[name=group][value={group}]")).to_be_checked()
    expect(receiver.page.locator("#status")).to_have_value("closed")
    expect(receiver.page.locator("input[name=mode][value=cells]")).to_be_checked()
    words = sender.page.locator("[data-time-words]").inner_text()
    expect(receiver.page.locator("[data-time-words]")).to_have_text(words)
    for visitor in (sender, receiver):
        assert visitor.complaints == []


def test_back_goes_through_the_choices_and_not_through_the_pans(visit: Callable[..., Visitor]) -> None:
    visitor = visit(DESK, "en")
    page = visitor.page
    visitor.open("/#map=12/40.7400/-73.9600")
    visitor.wait_for_map()
    page.locator("#status").select_option("open")
    expect(page).to_have_url(re.compile("status=open"))
    visitor.wait_for_map()
    page.locator("input[name=mode][value=cells]").check(force=True)
    expect(page).to_have_url(re.compile("view=cells"))
    page.locator("#map").press("ArrowLeft")
    visitor.wait_for_map()
    page.go_back()
    expect(page).not_to_have_url(re.compile("view=cells"))
    expect(page.locator("input[name=mode][value=heat]")).to_be_checked()
    expect(page.locator("#status")).to_have_value("open")
    page.go_back()
    expect(page.locator("#status")).to_have_value("")
    visitor.wait_for_map()
    assert visitor.complaints == []


def test_the_map_works_in_a_frame_and_no_other_page_does(visit: Callable[..., Visitor]) -> None:
    host = visit(DESK, "en")
    host.open("/?view=heat#map=12/40.7500/-73.9800")
    host.wait_for_map()
    host.page.get_by_role("button", name="Share this view").click()
    snippet = host.page.get_by_label("For another website").input_value()
    assert 'src="' + host.city.url + "/embed/?view=heat#map=12/" in snippet

    guest = visit(DESK, "en")
    refused = f"<iframe id=refused src='{host.city.url}/'></iframe>"
    with another_site(f"<!doctype html><title>News</title><link rel=icon href=data:,>{snippet}{refused}") as address:
        guest.page.goto(address)
        frame = guest.page.frame_locator("iframe[title]")
        frame.locator("html[data-map-ready=true]").wait_for(state="attached")
        guest.look("map-embedded")
        frame.locator("[data-time-back]").click()
        link = frame.locator("[data-same-view]")
        expect(link).to_have_attribute("href", re.compile(r"^/\?week=[\d-]+&view=heat#map=12/"))
        with guest.context.expect_page() as opened:
            link.click()
        expect(opened.value.locator("[data-list]")).to_be_visible()
        assert guest.page.frame_locator("#refused").locator("#map").count() == 0
        # The browser says once why it refuses the other frame.
        assert [words for words in guest.complaints if "frame-ancestors" not in words] == []
        assert len(guest.complaints) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_without_script_the_map_is_a_picture(visit: Callable[..., Visitor], dark: bool) -> None:
    visitor = visit(PHONE, "zh-hans", javascript=False, dark=dark)
    visitor.open("/?status=closed")
    picture = visitor.page.locator(".no-script-map__picture")
    expect(picture).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    assert colours(picture.screenshot()) > 12
    visitor.look("map-picture")
    assert visitor.complaints == []


def test_with_script_nobody_fetches_the_picture(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.open("/")
    visitor.wait_for_map()
    assert [address for address in asked if "map.png" in address] == []


def test_the_picture_of_the_dialog_shows_the_same_place(visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE, "en")
    visitor.open("/?view=heat#map=12/40.7500/-73.9800")
    visitor.wait_for_map()
    visitor.page.get_by_role("button", name="Share this view").click()
    address = visitor.page.get_by_role("link", name="The same as a picture").get_attribute("href")
    answer = visitor.context.request.get(address)
    assert answer.status == 200, answer.text()
    assert colours(answer.body()) > 12
