"""Refuses what cannot be used, feature by feature, and suspects what is wrong with a whole file."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext_noop as _

from geo.sentences import Sentence
from layers.importing.areas import Area
from layers.importing.chinese_datum import gcj02_offset_m
from layers.importing.diff import in_metres
from layers.importing.features import Reason
from layers.importing.flaws import flaw
from layers.pack.sources import as_multipolygon

Extent = tuple[float, float, float, float]
AREAL = {"Polygon", "MultiPolygon"}
THINGS = {"Point", "MultiPoint", "LineString", "MultiLineString", *AREAL}

MOST_CROSSINGS = 200
"""What a repair costs grows with a power of them: 0.3 s for 200, 5 s for 1,100, and 4,600 were not done in 20 s."""

SHIFT_M = 20.0
"""A constant offset below this may be a better survey; WGS 84 to GCJ-02 is 100 to 700 m, NAD27 to NAD83 10 to 100 m."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A feature that is not used. `repaired_m2`: its area before and after a repair, None where there is none."""

    row: int
    label: str
    reason: Reason
    repaired_m2: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Repaired:
    """A feature that was made valid, and by how much that changed its area."""

    row: int
    label: str
    reason: Reason
    before_m2: float
    after_m2: float


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that is probably wrong with the whole file."""

    code: str
    text: str


@dataclass
class Checked:
    """Usable rows, valid and in EPSG:4326, beside what was refused or repaired."""

    frame: gpd.GeoDataFrame
    refused: list[Refused] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)


def check_shapes(
    frame: gpd.GeoDataFrame,
    unreadable: dict[int, Reason],
    labels: Sequence[str],
    extent: Extent,
    srid: int,
    types: set[str] = AREAL,
    repair: bool | Collection[int] = False,
) -> Checked:
    """Refuse features without a usable geometry inside the city.

    Parameters
    ----------
    frame
        EPSG:4326, indexed by row number.
    labels
        A word for each row, for messages.
    extent
        The city's, in degrees. A feature that only touches it is used.
    repair
        Make invalid geometries valid (`ST_MakeValid`'s algorithm) instead of refusing them: all, or those of
        these rows.
    """
    shapes = frame.geometry.to_numpy().copy()
    found = Checked(frame)
    good = np.zeros(len(shapes), dtype=bool)
    valid = shapely.is_valid(shapes)
    reasons = _reasons_to_refuse(shapes, extent, types)
    for at, (number, label) in enumerate(zip(frame.index.to_numpy(), labels, strict=True)):
        row = int(number)
        if reason := unreadable.get(row) or reasons.get(at):
            found.refused.append(Refused(row, label, reason))
        elif valid[at]:
            good[at] = True
        elif crosses_itself_often(shapes[at]):
            found.refused.append(Refused(row, label, Sentence(_("crosses itself too often to be repaired"))))
        else:
            reason = flaw(shapely.is_valid_reason(shapes[at]))
            shape, before, after = _made_valid(shapes[at], srid)
            good[at] = not shape.is_empty and after > 0 and (repair is True or bool(repair and row in repair))
            if good[at]:
                shapes[at] = shape
                found.repaired.append(Repaired(row, label, reason, before, after))
            else:
                found.refused.append(Refused(row, label, reason, (before, 0.0 if shape.is_empty else after)))
    found.frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=4326))[good]
    return found


def _reasons_to_refuse(shapes: npt.NDArray[np.object_], extent: Extent, types: set[str]) -> dict[int, Reason]:
    """Why shapes cannot be used even if they are valid, by their place in the array."""
    bounds = shapely.bounds(shapes)
    inside = shapely.intersects(shapely.box(*bounds.T), shapely.box(*extent))
    on_earth = (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 90).all(axis=1)
    reasons: dict[int, Reason] = {}
    for at, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            reasons[at] = Sentence(_("has no geometry"))
        elif shape.geom_type not in types:
            words = {"kind": shape.geom_type, "wanted": _one_of(types)}
            reasons[at] = Sentence(_("is a %(kind)s, not a %(wanted)s"), words)
        elif not on_earth[at]:
            words = {"x": f"{bounds[at, 0]:g}", "y": f"{bounds[at, 1]:g}"}
            reasons[at] = Sentence(_("lies at no degrees: x %(x)s, y %(y)s"), words)
        elif not inside[at]:
            words = {"lon": f"{bounds[at, 0]:.5f}", "lat": f"{bounds[at, 1]:.5f}"}
            reasons[at] = Sentence(_("lies outside the city's extent, at lon %(lon)s, lat %(lat)s"), words)
    return reasons


def _one_of(types: set[str]) -> Sentence:
    return Sentence(_("polygon") if types == AREAL else _("point, line or polygon"))


def crosses_itself_often(shape: shapely.Geometry) -> bool:
    """Whether edges of its rings cross more than `MOST_CROSSINGS` times. Looks at few of them where all cross."""
    rings = shapely.get_rings(shape) if shape.geom_type in AREAL else []
    corners = [shapely.get_coordinates(ring) for ring in rings]
    edges = [np.stack([found[:-1], found[1:]], axis=1) for found in corners]
    lines = shapely.linestrings(np.concatenate(edges)) if edges else np.zeros(0, dtype=object)
    tree, crossings, first, some = shapely.STRtree(lines), 0, 0, 1
    while first < len(lines) and crossings <= 2 * MOST_CROSSINGS:  # each is found from both its edges
        crossings += tree.query(lines[first : first + some], predicate="crosses").shape[1]
        first, some = first + some, min(2 * some, 4096)
    return crossings > 2 * MOST_CROSSINGS


def _made_valid(shape: shapely.Geometry, srid: int) -> tuple[shapely.Geometry, float, float]:
    """The valid shape, and the area in m² before and after; lines and points that a polygon's repair leaves are cut."""
    made = shapely.make_valid(shape)
    if shape.geom_type in AREAL:
        made = as_multipolygon(made)
        in_m = gpd.GeoSeries([shape, made], crs=4326).to_crs(srid)
        before, after = (float(area) for area in in_m.area)
        return made, before, after
    return made, 0.0, float(made.length) or 1.0


def duplicates(rows: Iterable[tuple[int, str]]) -> list[Refused]:
    """Every row whose code another row has, too."""
    by_code: dict[str, list[int]] = {}
    for row, code in rows:
        by_code.setdefault(code, []).append(row)
    return [
        Refused(
            row,
            code,
            Sentence(
                _("has the same code as row %(rows)s"),
                {"rows": ", ".join(str(other) for other in same[:5] if other != row)},
            ),
        )
        for code, same in by_code.items()
        if len(same) > 1
        for row in same
    ]


def suspect_axes(frame: gpd.GeoDataFrame, extent: Extent) -> list[Suspicion]:
    """Whether most features miss the city and would hit it with the two numbers exchanged, or are no degrees."""
    shapes = frame.geometry.to_numpy()
    shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if not len(shapes):
        return []
    bounds = shapely.bounds(shapes)
    city = shapely.box(*extent)
    inside = shapely.intersects(shapely.box(*bounds.T), city)
    exchanged = shapely.intersects(shapely.box(*bounds.T[[1, 0, 3, 2]]), city)
    if exchanged.mean() > 0.5 > inside.mean():
        return [
            Suspicion(
                "axes_swapped",
                f"{exchanged.sum()} of {len(shapes)} features lie in the city only with lon and lat exchanged: "
                "add --axes latlon.",
            )
        ]
    if (np.abs(bounds) > 180).any(axis=1).mean() > 0.5:
        return [
            Suspicion(
                "not_degrees",
                "The numbers are too large for degrees: the file is in a projected system. Name it with --source-crs.",
            )
        ]
    if not inside.any():
        west, south, east, north = shapely.total_bounds(shapes)
        return [
            Suspicion(
                "outside_city",
                f"No feature lies in the city; the file covers lon {west:.3f} to {east:.3f}, "
                f"lat {south:.3f} to {north:.3f}. Is it another city's, or in another system (--source-crs)?",
            )
        ]
    return []


def suspect_shift(in_force: Iterable[Area], areas: Iterable[Area], srid: int) -> list[Suspicion]:
    """Whether areas are those in force, all moved by the same distance: another datum (GCJ-02, NAD27) or system.

    Only areas of nearly the same size count: one that grew moves its middle, too.
    """
    before = {area.code: area.geometry for area in in_force}
    both = [(before[area.code], area.geometry) for area in areas if area.code in before]
    if len(both) < 2:
        return []
    old, new = in_metres([pair[0] for pair in both], srid), in_metres([pair[1] for pair in both], srid)
    same_size = np.abs(shapely.area(new) / shapely.area(old) - 1) < 0.02
    if same_size.sum() < max(2, len(both) / 2):
        return []
    offsets = shapely.get_coordinates(shapely.centroid(new)) - shapely.get_coordinates(shapely.centroid(old))
    offsets = offsets[same_size]
    east, north = np.median(offsets, axis=0)
    distance = math.hypot(east, north)
    spread = np.median(np.hypot(offsets[:, 0] - east, offsets[:, 1] - north))
    if distance < SHIFT_M or spread > distance / 4:
        return []
    across = f"{abs(east):,.0f} m {'east' if east > 0 else 'west'}"
    along = f"{abs(north):,.0f} m {'north' if north > 0 else 'south'}"
    text = (
        f"All areas lie about {distance:,.0f} m off those in force ({across}, {along}) with the same shapes: "
        "another datum or system?"
    )
    middle = shapely.centroid(both[0][0])
    chinese = gcj02_offset_m(middle.x, middle.y)
    if chinese and math.hypot(chinese[0] - east, chinese[1] - north) < 0.2 * distance:
        text += " That is the offset of GCJ-02 (Chinese map services): ask for WGS 84 or CGCS2000."
    elif chinese and math.hypot(chinese[0] + east, chinese[1] + north) < 0.2 * distance:
        text += " It is as if what is in force were in GCJ-02 (Chinese map services) and the file not."
    return [Suspicion("datum_shift", text)]
