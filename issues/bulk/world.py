"""What a bulk router knows: boundaries, services, assets of one version, as plain arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
ToMetres = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""lon, lat (EPSG:4326) to x, y in the city's metre SRID."""


@dataclass(frozen=True)
class Boundaries:
    """Boundaries in force, one element each; `geometries` are EPSG:4326 (Multi)Polygons."""

    ids: Ints
    bodies: Ints
    is_city_body: npt.NDArray[np.bool_]
    layers: Ints
    ranks: Ints
    geometries: Objects

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, chosen: npt.NDArray[np.bool_] | Ints) -> "Boundaries":
        """Some of them."""
        return Boundaries(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def joined(self, others: "Boundaries") -> "Boundaries":
        """These and then the others."""
        names = self.__dataclass_fields__
        return Boundaries(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in names))


@dataclass(frozen=True)
class Assets:
    """The assets of one class, one element each; `geometries_m` in the city's metre SRID.

    `places_m`, shape (n, 2), stands instead of `geometries_m` (None) where all are points.
    """

    ids: Ints
    owners: Ints
    is_city_body: npt.NDArray[np.bool_]
    snap_distance_m: float
    places_m: Floats | None = None
    geometries_m: Objects | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class World:
    """One version of all that decides.

    `layers_of` and `asset_classes_of` say by service id what decides it;
    `assets_of(class)` loads a class when a service first needs it. Assets
    farther than `chosen_limit_m` cannot be chosen; accuracy is cut to
    `accuracy_limit_m`.
    """

    boundaries: Boundaries
    layers_of: Mapping[int, frozenset[int]]
    asset_classes_of: Mapping[int, frozenset[int]]
    assets_of: Callable[[int], Assets]
    to_metres: ToMetres
    chosen_limit_m: float
    accuracy_limit_m: float


@dataclass(frozen=True)
class Questions:
    """Places and services to decide, one element each, shape (n,).

    `lon, lat` in EPSG:4326. Without `accuracy_m` all places are exact; `assets`
    holds the chosen asset's id, 0 for none.
    """

    services: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats = field(default_factory=lambda: np.empty(0))
    assets: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.services)

    def chosen(self, chosen: Ints | slice) -> "Questions":
        """Some of them."""
        return Questions(
            self.services[chosen],
            self.lon[chosen],
            self.lat[chosen],
            self.accuracy_m[chosen] if len(self.accuracy_m) else self.accuracy_m,
            self.assets[chosen] if len(self.assets) else self.assets,
        )
