"""Loads a whole city pack in one transaction: all of it, or nothing."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import Centroid
from django.db import connection, transaction

from geo.city import City as CityOfPack
from geo.progress import StepByStep
from issues.demo.lives import Chances
from issues.demo.plan import Plan, invent_reports
from issues.models import Event, Responsibility, Service, ServiceGroup, ServiceRequest
from issues.services.check_golden_points import check_golden_points
from issues.services.delete_demo import delete_demo_reports
from issues.services.demo_staff import create_demo_staff
from issues.services.load_services import load_services
from issues.services.seed_demo import seed_demo
from layers.models import Asset, AssetClass, BasemapFeature, Body, Boundary, BoundaryPiece, Jurisdiction, Layer
from layers.pack.assets import read_asset_classes
from layers.pack.basemap import outline, read_basemap
from layers.pack.files import need, read_toml
from layers.pack.geography import PackLayer, features_of, read_bodies, read_layers
from layers.pack.golden_points import read_golden_points
from layers.pack.sources import Source, read_sources, repaired_and_dropped
from layers.pack.survey import Contested, Gap, survey
from layers.services.golden_points import load_golden_points
from layers.services.load_assets import load_assets, load_basemap
from layers.services.load_city_row import check_database_fits, mark_loaded, save_city
from layers.services.load_geography import BoundaryCounts, load_bodies, load_layers

COUNTED = (
    Body, Layer, Jurisdiction, Boundary, BoundaryPiece, AssetClass, Asset, BasemapFeature,
    ServiceGroup, Service, ServiceRequest, Responsibility, Event,
)  # fmt: skip
NOTEWORTHY_KM2 = 0.05
LOAD_LOCK = 7_102_011
"""Key of the advisory lock: two loads at once wait for each other."""


@dataclass(frozen=True)
class LoadOptions:
    """What the operator asked for. `end` is the last moment of the demo reports."""

    digest: str
    reports: int
    end: datetime
    with_staff: bool
    login_file: Path | None


@dataclass
class LoadSummary:
    """What was loaded, for people."""

    rows: dict[str, int] = field(default_factory=dict)
    boundaries: BoundaryCounts = field(default_factory=BoundaryCounts)
    repaired: int = 0
    dropped: int = 0
    contested: list[Contested] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    golden_points_moved: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The summary as lines of text."""
        made = self.boundaries
        lines = ["Rows: " + ", ".join(f"{count:,} {name}" for name, count in self.rows.items())]
        lines.append(
            f"Boundaries: {made.added} added, {made.kept} kept, {made.superseded} superseded, "
            f"{made.left_to_import} areas left as imported; sources: {self.repaired} geometries repaired, "
            f"{self.dropped} without geometry dropped"
        )
        lines += [
            f"Contested: {one.layers[0]} / {one.layers[1]}: {one.pairs} overlaps, {one.km2:.2f} km²"
            for one in self.contested
        ]
        lines += [
            f"Gap: {gap.km2:.2f} km² for {', '.join(gap.services[:4])}{' …' if len(gap.services) > 4 else ''}"
            for gap in self.gaps
            if gap.km2 >= NOTEWORTHY_KM2
        ]
        lines += [f"Golden point with another answer: {moved}" for moved in self.golden_points_moved]
        if total := self.outcomes.total():
            shares = (f"{name} {100 * count / total:.1f} %" for name, count in self.outcomes.most_common())
            lines.append(f"Demo reports: {total:,}: " + ", ".join(shares))
        return lines


def load_pack(city: CityOfPack, pack: Path, options: LoadOptions, out: TextIO) -> LoadSummary:
    """Load `pack` into the database; `out` gets the progress.

    Raises
    ------
    CityMismatch, PackContentInvalid
        Nothing is changed.
    """
    progress, summary = StepByStep(out), LoadSummary()
    with transaction.atomic():
        _lock()
        check_database_fits(city)
        sources = read_sources(pack)
        with progress.step("bodies"):
            bodies = load_bodies(read_bodies(pack, sources))
        with progress.step("layers and boundaries"):
            layers = read_layers(pack, sources)
            summary.boundaries = load_layers(layers, bodies, progress)
        with progress.step("assets"):
            load_assets(read_asset_classes(pack, sources), bodies)
        with progress.step("base map"):
            load_basemap(read_basemap(pack, sources, city.srid))
        with progress.step("outline"):
            shape = outline(pack, sources, city.srid, city.outline_margin_m, _outline_table(pack))
            save_city(city, shape)
        with progress.step("services"):
            services = load_services(pack)
        _analyze(Boundary, BoundaryPiece, Asset, BasemapFeature)  # the planner must know the tables before the bulk
        with progress.step("demo reports"):
            summary.outcomes = _load_demo(city, pack, sources, shape, services, options, progress)
        with progress.step("golden points"):
            load_golden_points(read_golden_points(pack))
            summary.golden_points_moved = [str(found) for found in check_golden_points()]
        with progress.step("overlaps and gaps"):
            summary.contested, summary.gaps = _survey(pack, sources, layers, city)
        mark_loaded(options.digest)
        summary.repaired, summary.dropped = repaired_and_dropped(sources)
    with progress.step("statistics for the planner"):
        _analyze(*COUNTED)
    summary.rows = {str(model._meta.verbose_name_plural): model.objects.count() for model in COUNTED}
    return summary


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOAD_LOCK])


def _analyze(*models: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(f'"{model._meta.db_table}"' for model in models))


def _outline_table(pack: Path) -> dict[str, Any]:
    table: dict[str, Any] = need(read_toml(pack, "city.toml"), "outline", str(pack / "city.toml"))
    return table


def _load_demo(
    city: CityOfPack,
    pack: Path,
    sources: dict[str, Source],
    shape: shapely.MultiPolygon,
    services: dict[str, Service],
    options: LoadOptions,
    progress: StepByStep,
) -> Counter[str]:
    """Replace the demo's reports and staff; without reports the old ones go."""
    table = read_toml(pack, "demo.toml", optional=True)
    if options.with_staff:
        create_demo_staff(table.get("staff", []), options.login_file)
    if not options.reports or not table:
        delete_demo_reports()
        return Counter()
    plan = Plan(pack / "demo.toml", table, sources, city.srid, shape, _asset_points())
    plan = Plan(plan.path, table, sources, city.srid, plan.metres([shape]).iloc[0], plan.assets)
    reports = invent_reports(plan, options.reports, options.end, ZoneInfo(city.time_zone))
    chances = Chances(len(reports), np.random.default_rng([table["seed"], 1]))
    return seed_demo(reports, services, options.end, table["reasons"], chances, progress)


def _asset_points() -> dict[str, list[tuple[int, float, float]]]:
    """Ids and metre coordinates of all assets by class."""
    points: dict[str, list[tuple[int, float, float]]] = {}
    rows = Asset.objects.annotate(middle=Centroid("geom_m")).order_by("external_id")
    for slug, pk, middle in rows.values_list("asset_class__slug", "pk", "middle"):
        points.setdefault(slug, []).append((pk, middle.x, middle.y))
    return points


def _survey(
    pack: Path, sources: dict[str, Source], layers: list[PackLayer], city: CityOfPack
) -> tuple[list[Contested], list[Gap]]:
    deciding = {
        table["code"]: frozenset(table.get("layers", []))
        for table in read_toml(pack, "services.toml").get("service", [])
    }
    table = _outline_table(pack)
    if "extent" in table:
        land = [shapely.box(*table["extent"])]
    else:
        land = [feature.geometry for feature in features_of(table, sources, str(pack / "city.toml"))]
    return survey(layers, deciding, land, city.srid)
