"""Each pair that tokens.css declares is readable in light and in dark (WCAG 2.2, contrast ratio)."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "frontend" / "static" / "frontend" / "css" / "tokens.css"
DARK = "@media screen and (prefers-color-scheme: dark)"
HEAT = [f"heat-{step}" for step in range(1, 8)]


def colors(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))


def schemes() -> dict[str, dict[str, str]]:
    light, _, dark = TOKENS.read_text(encoding="utf-8").partition(DARK)
    return {"light": colors(light), "dark": colors(light) | colors(dark)}


def declared_pairs() -> list[tuple[str, str, float]]:
    found = re.findall(r"pair: ([\w-]+) on ([\w-]+) ([\d.]+)", TOKENS.read_text(encoding="utf-8"))
    return [(text, ground, float(least)) for text, ground, least in found]


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21_to_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_pairs_are_declared():
    assert len(declared_pairs()) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), declared_pairs())
def test_declared_pair_is_readable(scheme, text, ground, least):
    known = schemes()[scheme]
    assert contrast(known[text], known[ground]) >= least


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_heat_classes_step_away_from_the_land_in_one_direction(scheme):
    known = schemes()[scheme]
    steps = [contrast(known[name], known["map-land"]) for name in HEAT]
    assert steps == sorted(steps)
    assert all(contrast(known[one], known[next_one]) > 1.15 for one, next_one in pairwise(HEAT))


def test_every_light_color_that_is_not_the_same_in_the_dark_is_named_there():
    light, dark = TOKENS.read_text(encoding="utf-8").split(DARK)
    same_in_both = {"pin-outline"}
    assert set(colors(light)) - set(colors(dark)) == same_in_both
