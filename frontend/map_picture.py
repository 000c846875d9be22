"""Draws the heatmap as a PNG, for pages without script and for mail: from the same tiles as the page's map."""

import io
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter
from scipy.ndimage import zoom as resampled

from frontend.heat_scale import DAYS_A_MONTH, pixel_side_km
from frontend.map_question import PictureQuestion
from frontend.picture_tiles import counted_cells, places, shapes

TOKENS = Path(__file__).parent / "static" / "frontend" / "css" / "tokens.css"
DARK = "@media screen and (prefers-color-scheme: dark)"
CELL_PX = 4
SIGMA_PX = 14.0
"""As js/heat-layer.js: cells of the tiles' grid, and how far a report's heat reaches."""

CLASS_OPACITY = (0.45, 0.6, 0.7, 0.76, 0.8, 0.84, 0.88)
HATCHED_FROM = 5
"""The two densest classes carry stripes, for who sees no colour; as js/heat-layer.js."""

FONTS = ("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "DejaVuSans.ttf")
"""Looked for in the system's font folders; Pillow's own font has no Chinese."""

SHAPES = (("land", "map-land"), ("landuse", "map-landuse"), ("park", "map-park"), ("water", "map-water"))
LINES = (("street", "map-street-edge"), ("border", "map-border"))


def draw(question: PictureQuestion, bounds: list[float], months: float, words: dict[str, str]) -> bytes:
    """The picture as PNG.

    Parameters
    ----------
    question
    bounds
        Lower bounds of the seven classes, reports per km² and month.
    months
        Length of the time that the reports were counted in.
    words
        `legend`, `title` and `attribution`.
    """
    colors = _colors(question.theme)
    picture = Image.new("RGB", (question.width, question.height), colors["map-void"])
    _draw_basemap(ImageDraw.Draw(picture), question, colors)
    heat = _heat_image(question, bounds, months, colors)
    picture.paste(heat, (0, 0), heat)
    _draw_names(picture, question, colors)
    _draw_words(picture, bounds, words, colors)
    out = io.BytesIO()
    picture.quantize(160, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def months_shown(first: Any, last: Any) -> float:
    """Whole days from `first` to `last`, both included, as months."""
    return max((last - first).days + 1, 1) / DAYS_A_MONTH


def _heat_image(question: PictureQuestion, bounds: list[float], months: float, colors: dict[str, str]) -> Image.Image:
    margin = round(3 * SIGMA_PX / CELL_PX)
    # Cells lie on the world's raster, as on the page.
    first_column, first_row = question.left // CELL_PX - margin, question.top // CELL_PX - margin
    shape = (question.height // CELL_PX + 2 * margin + 2, question.width // CELL_PX + 2 * margin + 2)
    counts = np.zeros(shape, dtype=np.float32)
    for column, row, count in counted_cells(question, CELL_PX, margin * CELL_PX):
        inside = (column >= first_column) & (column < first_column + shape[1])
        inside &= (row >= first_row) & (row < first_row + shape[0])
        np.add.at(counts, (row[inside] - first_row, column[inside] - first_column), count[inside])
    smooth = gaussian_filter(counts, SIGMA_PX / CELL_PX, mode="constant")
    side_km = np.array([_side_km(question.zoom, (first_row + row) * CELL_PX) for row in range(shape[0])])
    density = resampled(smooth / (side_km**2 * months)[:, None], CELL_PX, order=1, grid_mode=True, mode="nearest")
    x, y = question.left - first_column * CELL_PX, question.top - first_row * CELL_PX
    density = density[y : y + question.height, x : x + question.width]
    classes = np.searchsorted(np.array(bounds), density, side="right")
    table = np.zeros((len(bounds) + 1, 4), dtype=np.uint8)
    for index, opacity in enumerate(CLASS_OPACITY):
        table[index + 1] = (*_rgb(colors[f"heat-{index + 1}"]), round(opacity * 255))
    pixels = table[classes]
    rows, columns = np.indices(classes.shape)
    striped = (classes > HATCHED_FROM) & ((rows + columns + question.left + question.top) % 8 < 1)
    pixels[striped] = (*_rgb(colors["map-label-halo"]), 150)
    return Image.fromarray(pixels, "RGBA")


def _draw_basemap(canvas: ImageDraw.ImageDraw, question: PictureQuestion, colors: dict[str, str]) -> None:
    found = shapes(question, [name for name, _color in (*SHAPES, *LINES)])
    for name, color in SHAPES:
        for polygon in found[name]:
            if polygon.geom_type != "Polygon":
                continue
            canvas.polygon([tuple(point) for point in polygon.exterior.coords], fill=colors[color])
            for hole in polygon.interiors:
                canvas.polygon(
                    [tuple(point) for point in hole.coords], fill=colors["map-void" if name == "land" else "map-land"]
                )
    for name, color in LINES:
        for line in found[name]:
            rings = [line.exterior, *line.interiors] if line.geom_type == "Polygon" else [line]
            for ring in rings:
                canvas.line([tuple(point) for point in ring.coords], fill=colors[color], width=1)


def _draw_names(picture: Image.Image, question: PictureQuestion, colors: dict[str, str]) -> None:
    canvas, font = ImageDraw.Draw(picture), _font(13)
    key = "name_zh" if question.language.startswith("zh") and speaks(question.language) else "name"
    # Title and legend lie over the map.
    taken = [(0.0, 0.0, 290.0, 36.0), (0.0, question.height - 96.0, 270.0, float(question.height))]
    for _rank, name, (x, y) in sorted(places(question, key)):
        left, top, right, bottom = canvas.textbbox((x, y), name, font=font, anchor="mm")
        box = (left - 8, top - 6, right + 8, bottom + 6)
        hits = any(box[0] < b[2] and box[2] > b[0] and box[1] < b[3] and box[3] > b[1] for b in taken)
        if hits or box[0] < 0 or box[2] > question.width:
            continue
        taken.append(box)
        canvas.text((x, y), name, colors["map-label"], font, "mm", stroke_width=2, stroke_fill=colors["map-label-halo"])


def _draw_words(picture: Image.Image, bounds: list[float], words: dict[str, str], colors: dict[str, str]) -> None:
    """Title above; legend and attribution below, on the page's surface."""
    canvas, font, small = ImageDraw.Draw(picture), _font(13), _font(11)
    width, height = picture.size
    labels = [f"{bound:g}" for bound in bounds]
    labels[-1] += "+"
    step = max(30, *(round(canvas.textlength(label, font=font)) + 8 for label in labels))
    step = min(step, (width - 32) // len(bounds))
    box = (8, height - 92, max(8 + 24 + step * len(bounds), 0), height - 28)
    canvas.rounded_rectangle(box, 8, fill=colors["surface"])
    canvas.text((20, height - 84), words["legend"], colors["ink"], font)
    for index, label in enumerate(labels):
        x = 20 + index * step
        shade = _mixed(colors[f"heat-{index + 1}"], colors["map-land"], CLASS_OPACITY[index])
        canvas.rectangle((x, height - 63, x + step - 1, height - 52), fill=shade)
        if index >= HATCHED_FROM:
            for start in range(x, x + step - 1, 8):
                end = min(start + 11, x + step - 1)
                canvas.line((start, height - 52, end, height - 52 - (end - start)), fill=colors["map-label-halo"])
        canvas.text((x, height - 49), label, colors["ink"], font)
    left = 8 + round(canvas.textlength(words["title"], font=font))
    canvas.rounded_rectangle((8, 8, left + 16, 32), 8, fill=colors["surface"])
    canvas.text((16, 12), words["title"], colors["ink"], font)
    line = _shortened(canvas, words["attribution"], small, width - 16)
    canvas.rectangle((0, height - 18, width, height), fill=colors["surface"])
    canvas.text((8, height - 16), line, colors["ink"], small)


def _shortened(canvas: ImageDraw.ImageDraw, text: str, font: Any, width: int) -> str:
    if canvas.textlength(text, font=font) <= width:
        return text
    while text and canvas.textlength(text + "…", font=font) > width:
        text = text[:-1]
    return text + "…"


def _side_km(zoom: int, top_px: float) -> float:
    """Side of a grid cell on the ground, by its place from the north in px of the world."""
    down = (top_px + CELL_PX / 2) / (256 * 2**zoom)
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * down))))
    return pixel_side_km(zoom, float(lat)) * CELL_PX


@cache
def _colors(theme: str) -> dict[str, str]:
    """The page's own colours."""
    light, _, dark = TOKENS.read_text(encoding="utf-8").partition(DARK)
    return {
        name: value
        for css in ([light] if theme == "light" else [light, dark])
        for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css)
    }


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mixed(color: str, ground: str, opacity: float) -> tuple[int, ...]:
    return tuple(
        round(top * opacity + below * (1 - opacity)) for top, below in zip(_rgb(color), _rgb(ground), strict=True)
    )


@cache
def _font(size_px: int) -> Any:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size_px, index=2 if name.endswith(".ttc") else 0)
        except OSError:
            continue
    return ImageFont.load_default(size_px)


def speaks(language: str) -> bool:
    """Whether words of that language can be drawn here: Chinese needs a font that knows it."""
    return not language.startswith("zh") or "Noto" in str(getattr(_font(13), "path", ""))
