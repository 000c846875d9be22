"""A real browser on a real server. Screenshots go to var/screens/ (pytest-playwright empties its own test-results/)."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.live import ROOT, LiveCity

SCREENS = ROOT / "var" / "screens"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium, with nothing that calls home."""
    switches = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    switches += ["--disable-sync", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")
    return {"executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"), "args": switches}


def note(figure: str) -> None:
    """Keep a measured figure in var/figures.txt, and show it (pytest -s)."""
    sys.stdout.write(f"{figure}\n")
    with (ROOT / "var" / "figures.txt").open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} {figure}\n")


class Visitor:
    """A person with a browser; complains about everything the console says."""

    def __init__(self, context: BrowserContext, city: LiveCity, name: str) -> None:
        self.context = context
        self.city = city
        self.name = name
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.page: Page = context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("request", self._note_host)

    def _hear(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _note_host(self, request: object) -> None:
        if request.url.startswith("http"):  # blob: and data: stay in the browser
            self.hosts.add(re.sub(r"^(\w+://[^/]*).*", r"\1", request.url))

    def open(self, path: str) -> None:
        """Go to a page of the city."""
        self.page.goto(self.city.url + path)

    def wait_for_map(self) -> None:
        """Until base map, layers and list of the view are drawn (CSP forbids evaluated strings)."""
        self.page.wait_for_selector("html[data-map-ready=true]", state="attached")

    def look(self, what: str) -> Path:
        """Keep a picture of the window."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        path = SCREENS / f"{what}-{self.name}.png"
        self.page.screenshot(path=path)
        return path


@pytest.fixture
def visit(browser: Browser, new_york: LiveCity) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser for one person: `visit(viewport, language, javascript=…, dark=…)`."""
    contexts: list[BrowserContext] = []

    def open_browser(viewport: dict[str, int], language: str, **options: object) -> Visitor:
        dark, city = options.pop("dark", False), options.pop("city", new_york)
        context = browser.new_context(
            viewport=viewport,
            locale={"en": "en-US", "zh-hans": "zh-CN"}[language],
            color_scheme="dark" if dark else "light",
            java_script_enabled=options.pop("javascript", True),
            **options,
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        size = "phone" if viewport == PHONE else "wide"
        return Visitor(context, city, "-".join([size, language, *(["dark"] if dark else [])]))

    yield open_browser
    for context in contexts:
        context.close()
