"""Toytown: a small city on a grid of degrees, with its awkward places named.

::

    -74.000      -73.990   -73.985   -73.980
       |   west     |   east  |   gap   |        districts, rank 10
       |      +-----+-----+             |
       |      |   commons |             |        parks, rank 10: overlaps both districts
       |      +-----+-----+             |
    40.700 … 40.720

Edges run along whole thousandths of a degree, so a point can lie exactly on one.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from issues.models import Service, ServiceGroup
from layers.models import Asset, AssetClass, BasemapFeature, Body, Boundary, City, Jurisdiction, Layer

LONG_AGO = date(2000, 1, 1)
MOVED_ON = date(2024, 1, 1)

IN_WEST = (-73.997, 40.702)
IN_EAST = (-73.987, 40.702)
ON_SHARED_EDGE = (-73.990, 40.702)
IN_GAP = (-73.983, 40.702)
IN_COMMONS_AND_WEST = (-73.991, 40.7065)
IN_HOLE_OF_COMMONS = (-73.9885, 40.7065)
NEAR_EDGE_IN_WEST = (-73.9901, 40.702)
"""About 8 m west of the shared edge."""
OUTSIDE = (-73.90, 40.70)
AT_LAMP = (-73.9950, 40.7100)
BETWEEN_LAMPS = (-73.9940, 40.7150)
IN_MOVED_WARD = (-73.9945, 40.701)


def box(xmin: float, ymin: float, xmax: float, ymax: float) -> MultiPolygon:
    """A rectangle in degrees."""
    return MultiPolygon(Polygon.from_bbox((xmin, ymin, xmax, ymax)), srid=4326)


@dataclass
class Toytown:
    """The rows of Toytown by name."""

    bodies: dict[str, Body] = field(default_factory=dict)
    layers: dict[str, Layer] = field(default_factory=dict)
    boundaries: dict[str, Boundary] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)


def build_toytown() -> Toytown:
    """Write Toytown to the database."""
    town = Toytown()
    City.objects.create(
        id=1,
        slug="new_york",
        names={"en": "Toytown", "zh-hans": "玩具城"},
        outline=box(-74.0, 40.7, -73.98, 40.72),
        pack_digest="toytown",
    )
    _add_bodies(town)
    _add_areas(town)
    _add_assets(town)
    _add_services(town)
    BasemapFeature.objects.create(
        kind="place", names={"en": "Old Market", "zh-hans": "老市场"}, geom=Point(-73.9972, 40.7021, srid=4326)
    )
    return town


def _add_bodies(town: Toytown) -> None:
    kinds = Body.Kind
    for slug, name, chinese, kind in [
        ("sanitation", "Sanitation", "环卫局", kinds.DEPARTMENT),
        ("sanitation-west", "Sanitation West", "环卫局西区", kinds.DISTRICT_OFFICE),
        ("sanitation-east", "Sanitation East", "环卫局东区", kinds.DISTRICT_OFFICE),
        ("parks", "Parks", "公园局", kinds.DEPARTMENT),
        ("roads", "Roads", "道路局", kinds.DEPARTMENT),
        ("power-company", "Power Company", "电力公司", kinds.OUTSIDE),
    ]:
        town.bodies[slug] = Body.objects.create(slug=slug, names={"en": name, "zh-hans": chinese}, kind=kind)
    for office in ("sanitation-west", "sanitation-east"):
        town.bodies[office].parent = town.bodies["sanitation"]
        town.bodies[office].save()
    town.bodies["power-company"].advice = {"en": "Call the power company.", "zh-hans": "请致电电力公司。"}
    town.bodies["power-company"].save()


def _add_areas(town: Toytown) -> None:
    for slug, rank in [("districts", 10), ("parks", 10), ("park-land", 20), ("wards", 15)]:
        town.layers[slug] = Layer.objects.create(
            slug=slug,
            names={"en": slug.capitalize(), "zh-hans": slug},
            rank=rank,
            source="Toytown",
            licence="None needed",
        )
    commons = Polygon.from_bbox((-73.993, 40.705, -73.987, 40.708))
    hole = Polygon.from_bbox((-73.989, 40.706, -73.988, 40.707))
    commons_with_hole = MultiPolygon(Polygon(commons.exterior_ring, hole.exterior_ring), srid=4326)
    _add_boundary(town, "west", "districts", "sanitation-west", box(-74.0, 40.7, -73.99, 40.72))
    _add_boundary(town, "east", "districts", "sanitation-east", box(-73.99, 40.7, -73.985, 40.72))
    _add_boundary(town, "commons", "parks", "parks", commons_with_hole)
    _add_boundary(town, "commons-land", "park-land", "parks", commons_with_hole)
    _add_boundary(town, "ward-before", "wards", "roads", box(-74.0, 40.7, -73.994, 40.72), until=MOVED_ON)
    town.boundaries["ward-after"] = Boundary.objects.create(
        jurisdiction=town.boundaries["ward-before"].jurisdiction,
        geom=box(-74.0, 40.7, -73.995, 40.72),
        valid_from=MOVED_ON,
        recorded_at=datetime(2000, 1, 1, tzinfo=UTC),
    )


def _add_boundary(
    town: Toytown, name: str, layer: str, body: str, geom: MultiPolygon, until: date | None = None
) -> None:
    jurisdiction = Jurisdiction.objects.create(
        layer=town.layers[layer],
        body=town.bodies[body],
        code=name,
        names={"en": name.replace("-", " ").capitalize(), "zh-hans": f"{name}区"},
    )
    town.boundaries[name] = Boundary.objects.create(
        jurisdiction=jurisdiction,
        geom=geom,
        valid_from=LONG_AGO,
        valid_to=until,
        recorded_at=datetime(2000, 1, 1, tzinfo=UTC),
    )


def _add_assets(town: Toytown) -> None:
    lamps = AssetClass.objects.create(slug="lamp", names={"en": "Street lamp", "zh-hans": "路灯"}, snap_distance_m=15)
    for name, owner, lon, lat in [
        ("lamp-1", "roads", -73.99500, 40.71),
        ("lamp-2", "power-company", -73.99480, 40.71),  # 17 m east of lamp-1
        ("lamp-3", "roads", -73.99403, 40.715),
        ("lamp-4", "power-company", -73.99397, 40.715),  # 5 m east of lamp-3
        ("lamp-5", "power-company", -73.98700, 40.715),
    ]:
        town.assets[name] = Asset.objects.create(
            asset_class=lamps,
            external_id=name,
            owner=town.bodies[owner],
            geom=Point(lon, lat, srid=4326),
            recorded_at=datetime(2000, 1, 1, tzinfo=UTC),
        )


def _add_services(town: Toytown) -> None:
    group = ServiceGroup.objects.create(slug="cleanliness", names={"en": "Cleanliness", "zh-hans": "市容环境"})
    other = ServiceGroup.objects.create(slug="public-works", names={"en": "Public works", "zh-hans": "市政设施"})
    for code, name, chinese, its_group, layers, exact in [
        ("litter", "Litter", "垃圾", group, ["districts", "parks"], True),
        ("tree", "Damaged tree", "树木受损", group, ["districts", "park-land"], True),
        ("noise", "Noise from a home", "家庭噪音", group, ["districts"], False),
        ("pothole", "Pothole", "路面坑洼", other, ["wards"], True),
        ("street-lamp", "Broken street lamp", "路灯故障", other, ["districts"], True),
    ]:
        service = Service.objects.create(
            service_code=code,
            group=its_group,
            names={"en": name, "zh-hans": chinese},
            keywords={"en": ["rubbish", "trash"] if code == "litter" else []},
            exact_point_is_public=exact,
        )
        service.layers.set([town.layers[layer] for layer in layers])
        town.services[code] = service
    town.services["street-lamp"].asset_classes.set(AssetClass.objects.all())
