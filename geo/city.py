"""The city pack's `city.toml`: what differs between cities, read once at start.

Pure Python, because `config.settings` reads it before Django is configured.
"""

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from geo.errors import CityPackInvalid

Names = dict[str, str]
"""A name by language code, for example `{"en": "Parks", "zh-hans": "公园局"}`."""


@dataclass(frozen=True)
class RoutingThresholds:
    """When the routing rules call an answer clear. Units are in the names."""

    asset_lead_m: float = 5.0
    uncertain_below_share: float = 0.8
    nearest_boundary_limit_m: float = 2000.0
    memory_min_confidence: float = 0.97
    """From this measured confidence on, earlier answers decide what rules leave open; above 1 they never do."""


@dataclass(frozen=True)
class ArbitrationTimes:
    """How long a case may wait for its ruling, and how long a ruling can simply be undone."""

    case_clock_working_days: int = 5
    undo_grace_minutes: int = 30


@dataclass(frozen=True)
class WorkingDays:
    """Which days count for a deadline: weekend, public holidays, exceptions."""

    country: str
    subdivision: str | None = None
    weekend: tuple[int, ...] = (5, 6)
    extra_holidays: tuple[date, ...] = ()
    extra_working_days: tuple[date, ...] = ()


@dataclass(frozen=True)
class RasterBasemap:
    """An optional raster map drawn over the pack's own vector base map."""

    url: str
    attribution: str
    max_zoom: int = 19


@dataclass(frozen=True)
class City:
    """One city as its pack describes it.

    `extent` is xmin, ymin, xmax, ymax in degrees (EPSG:4326); `srid` is the
    projected system in metres in which distances are measured.
    """

    slug: str
    names: Names
    extent: tuple[float, float, float, float]
    srid: int
    center: tuple[float, float]
    zoom: int
    languages: tuple[str, ...]
    time_zone: str
    working_days: WorkingDays
    raster_basemap: RasterBasemap | None
    attribution: tuple[str, ...]
    demo_notice: Names
    outline_margin_m: float
    routing: RoutingThresholds = field(default_factory=RoutingThresholds)
    arbitration: ArbitrationTimes = field(default_factory=ArbitrationTimes)

    def raster_basemap_with(self, url: str | None) -> RasterBasemap | None:
        """The raster base map with the operator's `url`: None keeps the pack's, "" switches it off."""
        if url is None:
            return self.raster_basemap
        if url == "":
            return None
        own = self.raster_basemap or RasterBasemap(url=url, attribution="")
        return replace(own, url=url)


def read_city(pack: Path) -> City:
    """Read `city.toml` in the folder `pack`.

    Raises
    ------
    CityPackInvalid
        The file is missing, is not TOML, or lacks a needed key; the message
        names the file and says what to write.
    """
    path = pack / "city.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        packs = sorted(found.parent.name for found in pack.parent.glob("*/city.toml"))
        raise CityPackInvalid(
            f"There is no city pack {pack.name!r}: {path} is missing. Packs here: {', '.join(packs) or 'none'}."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise CityPackInvalid(f"{path} is not valid TOML: {error}.") from None
    try:
        return _city_from(pack.name, content)
    except KeyError as error:
        raise CityPackInvalid(f"{path} lacks the key {error}.") from None
    except (TypeError, ValueError) as error:
        raise CityPackInvalid(f"{path} has a value of the wrong kind: {error}.") from None


def _city_from(slug: str, content: dict[str, Any]) -> City:
    city = content["city"]
    xmin, ymin, xmax, ymax = (float(value) for value in city["extent"])
    if not (-180 <= xmin < xmax <= 180 and -85 <= ymin < ymax <= 85):
        raise ValueError(f"extent {city['extent']} is not xmin, ymin, xmax, ymax in degrees")
    center = city.get("center", [(xmin + xmax) / 2, (ymin + ymax) / 2])
    calendar = content["working_days"]
    raster = content.get("raster_basemap")
    return City(
        slug=slug,
        names=dict(city["name"]),
        extent=(xmin, ymin, xmax, ymax),
        srid=int(city["srid"]),
        center=(float(center[0]), float(center[1])),
        zoom=int(city.get("zoom", 11)),
        languages=tuple(city["languages"]),
        time_zone=str(city["time_zone"]),
        working_days=WorkingDays(
            country=calendar["country"],
            subdivision=calendar.get("subdivision"),
            weekend=tuple(calendar.get("weekend", (5, 6))),
            extra_holidays=tuple(calendar.get("extra_holidays", ())),
            extra_working_days=tuple(calendar.get("extra_working_days", ())),
        ),
        raster_basemap=RasterBasemap(**raster) if raster else None,
        attribution=tuple(city["attribution"]),
        demo_notice=dict(city.get("demo_notice", {})),
        outline_margin_m=float(city.get("outline_margin_m", 300)),
        routing=RoutingThresholds(**content.get("routing", {})),
        arbitration=ArbitrationTimes(**content.get("arbitration", {})),
    )
