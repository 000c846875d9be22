"""Reads a pack's `demo.toml` and invents reports by it. Same plan, seed, number and day: same reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import shapely

from geo.city import Names
from issues.demo.places import Place, Points, draw_points, streets_in
from issues.demo.times import draw_days, draw_moments, draw_recent_days, draw_services
from layers.errors import PackContentInvalid
from layers.pack.files import need
from layers.pack.geography import features_of
from layers.pack.sources import Source

PHONE_ACCURACY_M = (5.0, 65.0)


@dataclass(frozen=True, slots=True)
class InventedReport:
    """One report; `lon, lat` in degrees (EPSG:4326)."""

    service_code: str
    lon: float
    lat: float
    accuracy_m: float
    asset_id: int | None
    made: datetime
    description: str
    place: Names


@dataclass(frozen=True)
class Plan:
    """A pack's demo.toml, with what its places are made from.

    `assets` holds ids and metre coordinates of the stored assets by class.
    """

    path: Path
    table: dict[str, Any]
    sources: dict[str, Source]
    srid: int
    outline: shapely.Geometry
    assets: Mapping[str, Sequence[tuple[int, float, float]]]

    def metres(self, geometries: Sequence[shapely.Geometry]) -> gpd.GeoSeries:
        """Geometries in degrees as the city's metres."""
        return gpd.GeoSeries(list(geometries), crs=4326).to_crs(self.srid)


def invent_reports(plan: Plan, count: int, end: datetime, zone: ZoneInfo) -> list[InventedReport]:
    """`count` reports up to `end`, oldest first."""
    rng = np.random.default_rng(plan.table["seed"])
    days, last = plan.table["days"], end.astimezone(zone).date()
    growths = plan.table.get("growth", [])
    growing = [round(count * growth["share"]) for growth in growths]
    places = _places(plan, rng)
    if not places:
        raise PackContentInvalid(f"{plan.path} names no place: it needs background, centre, street or at_assets.")
    points, numbers = draw_points(places, count - sum(growing), plan.outline, rng)
    made_on = draw_days(len(points), last, days, rng)
    services = draw_services(
        [places[number].mix for number in numbers], made_on, plan.table["mix"], plan.table.get("seasons", {}), rng
    )
    asset_ids = [_chosen_asset(places[number], rng) for number in numbers]
    for growth, wanted in zip(growths, growing, strict=True):
        more, _ = draw_points([_centre(plan, growth | {"weight": 1, "mix": ""})], wanted, plan.outline, rng)
        points = np.concatenate([points, more])
        made_on = np.concatenate([made_on, draw_recent_days(wanted, last, growth["days"], rng)])
        weights = np.array(list(growth["services"].values()), dtype=float)
        services += rng.choice(list(growth["services"]), size=wanted, p=weights / weights.sum()).tolist()
        asset_ids += [None] * wanted
    moments = draw_moments(made_on, end, zone, rng)
    return _reports(plan, points, services, moments, asset_ids, rng)


def _reports(
    plan: Plan,
    points: Points,
    services: list[str],
    moments: list[datetime],
    asset_ids: list[int | None],
    rng: np.random.Generator,
) -> list[InventedReport]:
    count = len(points)
    degrees = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs=plan.srid).to_crs(4326)
    lons, lats = degrees.x.round(6).tolist(), degrees.y.round(6).tolist()
    by_phone = rng.uniform(size=count) < plan.table.get("phone_share", 0)
    accuracies = np.where(by_phone, np.clip(rng.lognormal(2.8, 0.7, count), *PHONE_ACCURACY_M).round(1), 0.0).tolist()
    texts = plan.table.get("texts", {})
    has_text = rng.uniform(size=count) < texts.get("share", 0)
    which_text = rng.integers(0, 1 << 30, count).tolist()
    places = _place_names(plan, degrees)
    order = sorted(range(count), key=lambda number: moments[number])
    return [
        InventedReport(
            service_code=services[number],
            lon=lons[number],
            lat=lats[number],
            accuracy_m=accuracies[number],
            asset_id=asset_ids[number],
            made=moments[number],
            description=_text(texts.get(services[number]), which_text[number]) if has_text[number] else "",
            place=places[number],
        )
        for number in order
    ]


def _text(sentences: list[str] | None, number: int) -> str:
    return sentences[number % len(sentences)] if sentences else ""


def _chosen_asset(place: Place, rng: np.random.Generator) -> int | None:
    """Every third citizen at an asset taps it on the map."""
    return place.asset_id if place.asset_id is not None and rng.uniform() < 1 / 3 else None


def _places(plan: Plan, rng: np.random.Generator) -> list[Place]:
    places: list[Place] = []
    for table in plan.table.get("background", []):
        places += _background(plan, table, rng)
    places += [_centre(plan, table) for table in plan.table.get("centre", [])]
    places += [_street(plan, table) for table in plan.table.get("street", [])]
    for table in plan.table.get("at_assets", []):
        places += _at_assets(plan, table)
    return places


def _background(plan: Plan, table: dict[str, Any], rng: np.random.Generator) -> list[Place]:
    """The source's own lines as streets; made-up streets inside its polygons."""
    shapes = list(plan.metres([feature.geometry for feature in features_of(table, plan.sources, str(plan.path))]))
    # How busy one polygon is per area differs by chance, as density does.
    busy = [shape.area**0.6 * rng.lognormal(0, 0.6) if shape.area else shape.length for shape in shapes]
    places = []
    for shape, weight in zip(shapes, busy, strict=True):
        share = table["weight"] * weight / sum(busy)
        if shape.area:
            places += streets_in(shape, rng, share, table["mix"])
        else:
            lines = shapely.get_parts(shape)
            places += [
                Place(shapely.get_coordinates(line), table.get("spread_m", 4.0), share / len(lines), table["mix"])
                for line in lines
            ]
    return places


def _centre(plan: Plan, table: dict[str, Any]) -> Place:
    middle = shapely.get_coordinates(plan.metres([shapely.Point(table["at"])]).to_numpy())
    return Place(middle, table["spread_m"], table["weight"], table["mix"])


def _street(plan: Plan, table: dict[str, Any]) -> Place:
    line = shapely.get_coordinates(plan.metres([shapely.LineString(table["path"])]).to_numpy())
    return Place(line, table["spread_m"], table["weight"], table["mix"])


def _at_assets(plan: Plan, table: dict[str, Any]) -> list[Place]:
    assets = plan.assets.get(need(table, "class", str(plan.path)), ())
    return [
        Place(np.array([[x, y]]), table["spread_m"], table["weight"] / len(assets), table["mix"], asset_id=asset_id)
        for asset_id, x, y in assets
    ]


def _place_names(plan: Plan, degrees: gpd.GeoSeries) -> list[Names]:
    """The named area that each point lies in, or the nearest named line; {} where there is none."""
    table = plan.table.get("place")
    names: list[Names] = [{} for _ in range(len(degrees))]
    if not table:
        return names
    features = [found for found in features_of(table, plan.sources, str(plan.path)) if found.names(table["name"])]
    tree = shapely.STRtree(plan.metres([feature.geometry for feature in features]).to_numpy())
    points = degrees.to_crs(plan.srid).to_numpy()
    inside = tree.query(points, predicate="intersects")
    # The nearest is 30 times dearer than the one around: only for points that lie in none.
    outside = np.setdiff1d(np.arange(len(points)), inside[0])
    near = tree.query_nearest(points[outside], max_distance=table.get("within_m", 1000), all_matches=False)
    numbers = np.concatenate([inside[0], outside[near[0]]])
    for number, feature in zip(numbers.tolist(), [*inside[1].tolist(), *near[1].tolist()], strict=True):
        names[number] = features[feature].names(table["name"])
    return names
