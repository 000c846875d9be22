"""What a bulk router knows: boundaries, rulings, services and assets of one version, as plain arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from issues.routing.evidence import HandBackEvidence, RulingEvidence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
Objects = npt.NDArray[np.object_]
ToMetres = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""lon, lat (EPSG:4326) to x, y in the city's metre SRID."""

FOR_EVER = np.datetime64("9999-12-31", "D")
"""The end of what has none."""


@dataclass(frozen=True)
class Boundaries:
    """Boundaries in force, one element each; `geometries` are EPSG:4326 (Multi)Polygons."""

    ids: Ints
    bodies: Ints
    is_city_body: Bools
    layers: Ints
    ranks: Ints
    geometries: Objects

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, chosen: Bools | Ints) -> "Boundaries":
        """Some of them."""
        return Boundaries(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def joined(self, others: "Boundaries") -> "Boundaries":
        """These and then the others."""
        names = self.__dataclass_fields__
        return Boundaries(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in names))


@dataclass(frozen=True)
class Assets:
    """What the assets of one class are and were, one element a record of `valid_from <= day < valid_to`.

    `geometries_m` are in the city's metre SRID; `places_m`, shape (n, 2), stands
    instead of them (None) where all are points.
    """

    ids: Ints
    owners: Ints
    is_city_body: Bools
    valid_from: Days
    valid_to: Days
    snap_distance_m: float
    places_m: Floats | None = None
    geometries_m: Objects | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class ZoneRuling:
    """A ruling over a zone on `valid_from <= day < expires_at`; `service`, `asset_class` 0 for any."""

    evidence: RulingEvidence
    service: int
    asset_class: int
    valid_from: np.datetime64
    expires_at: np.datetime64


@dataclass(frozen=True, slots=True)
class Said:
    """What was settled or said about one report, as long as it asks for this service at this very point."""

    evidence: RulingEvidence | HandBackEvidence
    service: int
    lon: float
    lat: float
    valid_from: np.datetime64
    expires_at: np.datetime64


@dataclass(frozen=True)
class World:
    """One version of all that decides.

    `rulings[i]` holds in `zones[i]` (EPSG:4326 polygons). `layers_of` and
    `asset_classes_of` say by service id what decides it; `assets_of(class)`
    loads a class when a service first needs it. Assets farther than
    `chosen_limit_m` cannot be chosen; accuracy is cut to `accuracy_limit_m`.
    `said_of` speaks of reports by id.
    """

    boundaries: Boundaries
    rulings: tuple[ZoneRuling, ...]
    zones: Objects
    said_of: Mapping[int, tuple[Said, ...]]
    layers_of: Mapping[int, frozenset[int]]
    asset_classes_of: Mapping[int, frozenset[int]]
    assets_of: Callable[[int], Assets]
    to_metres: ToMetres
    chosen_limit_m: float
    accuracy_limit_m: float


@dataclass(frozen=True)
class Questions:
    """Places and services to decide, one element each, shape (n,).

    `lon, lat` in EPSG:4326. What is left out (length 0) says: exact places,
    no chosen asset, today, no report, no side named. `assets`, `reports` and
    `sides` (boundaries in which reporters say that they are) hold ids, 0 for none.
    """

    services: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats = field(default_factory=lambda: np.empty(0))
    assets: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    days: Days = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    reports: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    sides: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.services)

    def chosen(self, chosen: Ints | slice) -> Self:
        """Some of them."""
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{name: column[chosen] for name, column in columns.items() if len(column)})

    def complete(self, today: np.datetime64) -> Self:
        """The same with every column filled."""
        count = len(self)
        zeros = np.zeros(count, dtype=np.int64)
        return replace(
            self,
            accuracy_m=self.accuracy_m if len(self.accuracy_m) else np.zeros(count),
            assets=self.assets if len(self.assets) else zeros,
            days=self.days if len(self.days) else np.full(count, today),
            reports=self.reports if len(self.reports) else zeros,
            sides=self.sides if len(self.sides) else zeros,
        )
