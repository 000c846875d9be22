"""What a publication would change: added, removed, moved by how many m², renamed, handed over."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from django.utils.translation import gettext as _

from layers.errors import FileUnreadable
from layers.importing.areas import Area

NEGLIGIBLE_M2 = 1.0
"""Reprojecting there and back moves vertices by less than a micrometre: not a new boundary."""
LONGEST_EDGE_DEG = 0.001
"""As `layers.models.metre_copy` cuts edges, so that areas agree with the database's."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An area whose border is another one now."""

    code: str
    gained_m2: float
    lost_m2: float

    @property
    def moved_m2(self) -> float:
        """Gained and lost together."""
        return self.gained_m2 + self.lost_m2


@dataclass(frozen=True, slots=True)
class Renamed:
    """An area with another name in at least one language that the file gives."""

    code: str
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An area that another body answers for now."""

    code: str
    before: str
    after: str


@dataclass(frozen=True)
class Diff:
    """The difference between what is in force and what a file says."""

    added: list[Area] = field(default_factory=list)
    removed: list[Area] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    handed_over: list[HandedOver] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether publishing would change nothing."""
        return not (self.added or self.removed or self.moved or self.renamed or self.handed_over)


def compare(
    in_force: Iterable[Area], areas: Iterable[Area], srid: int, complete: bool = True, stays: Collection[str] = ()
) -> Diff:
    """The difference between two sets of areas, matched by code.

    Parameters
    ----------
    in_force, areas
        Each code at most once. An area can be moved, renamed and handed over at the same time.
    srid
        The city's projected system in metres, for areas.
    complete
        Whether an area that `areas` lacks is removed; otherwise it stays.
    stays
        Codes of areas that stay in any case.
    """
    before = {area.code: area for area in in_force}
    after = {area.code: area for area in areas}
    both = [code for code in after if code in before]
    found = Diff(
        added=[area for code, area in after.items() if code not in before],
        removed=[area for code, area in before.items() if complete and code not in after and code not in stays],
        moved=_moved([(before[code], after[code]) for code in both], srid),
    )
    changed = {moved.code for moved in found.moved}
    for code in both:
        old, new = before[code], after[code]
        if old.body != new.body:
            found.handed_over.append(HandedOver(code, old.body, new.body))
            changed.add(code)
        if any(old.names.get(language) != name for language, name in new.names.items()):
            found.renamed.append(Renamed(code, old.names, new.names))
            changed.add(code)
        if code not in changed:
            found.unchanged.append(code)
    return found


def _moved(pairs: list[tuple[Area, Area]], srid: int) -> list[Moved]:
    """The pairs whose geometries differ by more than a rounding."""
    differing = [(old, new) for old, new in pairs if not shapely.equals_exact(old.geometry, new.geometry)]
    if not differing:
        return []
    old_m = in_metres([old.geometry for old, _ in differing], srid)
    new_m = in_metres([new.geometry for _, new in differing], srid)
    gained = shapely.area(shapely.difference(new_m, old_m))
    lost = shapely.area(shapely.difference(old_m, new_m))
    return [
        Moved(new.code, float(more), float(less))
        for (_, new), more, less in zip(differing, gained, lost, strict=True)
        if more + less > NEGLIGIBLE_M2
    ]


def in_metres(geometries: list[shapely.Geometry], srid: int) -> np.ndarray:
    """Geometries (EPSG:4326) in the city's metre system, valid; shape `(n,)`.

    Raises
    ------
    FileUnreadable
        A geometry reaches where that system has no place: the far side of the earth, a pole.
    """
    cut = shapely.segmentize(np.asarray(geometries, dtype=object), LONGEST_EDGE_DEG)
    projected = gpd.GeoSeries(cut, crs=4326).to_crs(srid).to_numpy()
    if not np.isfinite(shapely.get_coordinates(projected)).all():
        raise FileUnreadable(_("An area reaches to the other side of the earth: cut it to the city first."))
    return np.asarray(shapely.make_valid(projected))
